#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension DocumentScanner {
  /// JSON Lines: starts over from the first byte.
  ///
  /// Blank lines are passed over. A batch ends with a line.
  mutating func lines(from firstLine: Int) throws {
    result = Result()
    result.form = .lines
    guard listsLines else { return }
    var batches = try LineBatches(source, limits, firstLine: firstLine)
    while let batch = try batches.find() { result.batches.append(batch) }
  }
}

/// The batches of JSON Lines, found one after the other as they are asked for.
public struct LineBatches: Sendable {
  private let source: any ByteSource
  private let limits: EPCISLimits
  private var scan: LineScan
  private var window: SourceWindow
  /// Batches that were found and not asked for yet.
  private var found: ArraySlice<EventBatch> = []
  private var isAtEnd = false

  init(_ source: any ByteSource, _ limits: EPCISLimits, firstLine: Int) throws(ByteSourceError) {
    self.source = source
    self.limits = limits
    scan = LineScan(limits: limits, firstLine: firstLine)
    var start = 0
    if source.byteCount >= 3 {
      var head = SourceWindow(source, 0..<3, chunk: 3)
      _ = try head.consume { bytes in
        if bytes.elementsEqual([0xEF, 0xBB, 0xBF]) { start = 3 }
        return bytes.count
      }
    }
    scan.lineStart = start
    window = SourceWindow(source, start..<source.byteCount, chunk: limits.chunkBytes)
  }

  /// The next batch; nil behind the last.
  ///
  /// - Throws: `EPCISRefusal` for a line over the limit; `ByteSourceError`.
  /// - Complexity: O(bytes of the batch).
  public mutating func next() throws -> EventBatch? {
    do {
      return try find()
    } catch let fault as JSONFault {
      throw try DocumentOutliner(source: source, limits: limits).refusal(fault)
    }
  }

  mutating func find() throws -> EventBatch? {
    while found.isEmpty, !isAtEnd {
      let base = window.offset
      isAtEnd =
        !(try window.consume { bytes in
          scan.take(bytes, at: base)
          return bytes.count
        })
      if isAtEnd {
        scan.endLine(at: base)
        scan.flush()
      }
      found = scan.batches[...]
      scan.batches = []
    }
    if let batch = found.popFirst() { return batch }
    if let long = scan.longLine {
      throw JSONFault(
        long.offset, "line \(long.number) has over \(limits.eventBytes) bytes",
        "put one event on each line")
    }
    return nil
  }
}

/// The state of a scan for line ends.
private struct LineScan: Sendable {
  let limits: EPCISLimits
  let firstLine: Int
  var batches: [EventBatch] = []
  /// The line that is being read, from 1.
  var line = 1
  var lineStart = 0
  /// The first line that exceeds the limit: what stands before it is scanned, nothing behind.
  var longLine: (number: Int, offset: Int)?
  private var hasContent = false
  private var batchStart: Int?
  private var batchEnd = 0
  private var batchLine = 1
  private var nextLine = 1
  private var firstEvent = 1
  private var count = 0

  init(limits: EPCISLimits, firstLine: Int) {
    self.limits = limits
    self.firstLine = firstLine
  }

  mutating func take(_ bytes: UnsafeBufferPointer<UInt8>, at base: Int) {
    guard let start = bytes.baseAddress else { return }
    var index = 0
    while index < bytes.count, longLine == nil {
      if !hasContent { lookForContent(bytes, from: index) }
      guard let found = memchr(start + index, 0x0A, bytes.count - index) else { break }
      index = UnsafeRawPointer(found) - UnsafeRawPointer(start)
      endLine(at: base + index)
      index += 1
      line += 1
      lineStart = base + index
      hasContent = false
    }
    if base + bytes.count - lineStart > limits.eventBytes { noteLongLine() }
  }

  private mutating func lookForContent(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      guard byte == 0x20 || byte == 0x0D || byte == 0x09 else {
        hasContent = byte != 0x0A
        return
      }
      index += 1
    }
  }

  mutating func endLine(at end: Int) {
    guard hasContent, line >= firstLine else { return }
    if end - lineStart > limits.eventBytes { noteLongLine() }
    guard longLine == nil else { return }
    if batchStart == nil {
      batchStart = lineStart
      batchLine = line
    }
    batchEnd = end
    nextLine = line + 1
    count += 1
    let bytes = end - (batchStart ?? end)
    if count >= limits.batchLines || bytes >= 4 * limits.batchBytes { flush() }
  }

  private mutating func noteLongLine() {
    guard longLine == nil else { return }
    flush()
    longLine = (line, lineStart)
  }

  mutating func flush() {
    guard let start = batchStart else { return }
    batches.append(
      EventBatch(
        range: start..<batchEnd, firstEvent: firstEvent, count: count, firstLine: batchLine,
        nextLine: nextLine))
    firstEvent += count
    count = 0
    batchStart = nil
  }
}
