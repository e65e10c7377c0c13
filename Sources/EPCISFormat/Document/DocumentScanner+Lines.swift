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
    var scan = LineScan(limits: limits, firstLine: firstLine)
    var start = 0
    var head: [UInt8] = [0, 0, 0]
    if source.byteCount >= 3 {
      try head.withUnsafeMutableBytes { try source.read(at: 0, into: $0) }
      if head == [0xEF, 0xBB, 0xBF] { start = 3 }
    }
    scan.lineStart = start
    window = SourceWindow(source, start..<source.byteCount, chunk: limits.chunkBytes)
    var base = start
    while try window.consume({ bytes in
      scan.take(bytes, at: base)
      base += bytes.count
      return bytes.count
    }) {
      if let long = scan.longLine {
        throw JSONFault(
          long, "line \(scan.line) has over \(limits.eventBytes) bytes",
          "put one event on each line")
      }
    }
    scan.endLine(at: base)
    scan.flush()
    result.batches = scan.batches
  }
}

/// The state of a scan for line ends.
private struct LineScan {
  let limits: EPCISLimits
  let firstLine: Int
  var batches: [EventBatch] = []
  /// The line that is being read, from 1.
  var line = 1
  var lineStart = 0
  /// Where a line begins that exceeds the limit.
  var longLine: Int?
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
    while index < bytes.count {
      if !hasContent { lookForContent(bytes, from: index) }
      guard let found = memchr(start + index, 0x0A, bytes.count - index) else { break }
      index = UnsafeRawPointer(found) - UnsafeRawPointer(start)
      endLine(at: base + index)
      index += 1
      line += 1
      lineStart = base + index
      hasContent = false
    }
    if base + bytes.count - lineStart > limits.eventBytes, longLine == nil { longLine = lineStart }
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
    if end - lineStart > limits.eventBytes, longLine == nil { longLine = lineStart }
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
