import Traceability
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads batches of events: one for each thread that reads, kept from batch to batch.
public final class EventParser {
  private let source: any ByteSource
  private let outline: DocumentOutline
  private let limits: EPCISLimits
  private let parser: JSONParser
  private var reader: EventReader
  private var lines: LineCounter
  /// Whether the digest of each batch of JSON Lines is taken as well, while its bytes are at hand.
  public var digestsLines = false

  /// A parser for the batches of a document.
  ///
  /// - Throws: `ByteSourceError` without memory or without SHA-256 in libcrypto.
  public init(
    _ source: any ByteSource, _ outline: DocumentOutline, limits: EPCISLimits = EPCISLimits()
  ) throws(ByteSourceError) {
    // The batch is parsed as an array, which counts as one container more.
    guard let parser = JSONParser(depth: limits.depth - outline.depth + 1) else {
      throw ByteSourceError("there is no memory for the parser")
    }
    let hasher: SHA256Hasher
    do {
      hasher = try SHA256Hasher()
    } catch {
      throw ByteSourceError("\(error)")
    }
    self.source = source
    self.outline = outline
    self.limits = limits
    self.parser = parser
    reader = EventReader(hasher: hasher)
    reader.content.namespaces = outline.namespaces
    lines = LineCounter(source)
  }

  deinit { reader.deallocate() }

  /// Reads the events of a batch into `result`, whose memory is used again.
  ///
  /// Events that are refused are told in `result.refusals`; the others are read all the same.
  /// - Throws: `EPCISRefusal` if the JSON is malformed so that no event can be told from the next;
  ///   `ByteSourceError` if the document cannot be read.
  /// - Complexity: O(bytes of the batch), sorting of unordered lists and members apart.
  public func parse(_ batch: EventBatch, into result: inout ParsedBatch) throws {
    result.removeAll()
    result.batch = batch
    result.text.resize(to: batch.range.count + 2)
    try result.text.fill(1, from: source, batch.range)
    result.text[0] = UInt8(ascii: "[")
    result.text[batch.range.count + 1] = UInt8(ascii: "]")
    if outline.form == .lines {
      if digestsLines { result.digest = digest(of: result.text, batch.range.count) }
      try parseLines(batch, &result)
    } else {
      try parseList(batch, &result)
    }
  }

  private func digest(of text: PaddedText, _ count: Int) -> Digest32 {
    text.withText { bytes in
      let message = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[1...count])
      return reader.hasher.hash(message).withUnsafeBytes { Digest32($0) }
    } ?? Digest32(words: (0, 0, 0, 0))
  }

  private func parseList(_ batch: EventBatch, _ result: inout ParsedBatch) throws {
    let outcome = result.text.withText { parser.parse($0) }
    guard case .parsed = outcome, parser.elementCount == batch.count else {
      throw try malformed(batch, result.text, outcome)
    }
    try readEvents(batch, &result) { batch.firstEvent + $0 }
  }

  /// Reads the elements of the parsed array one after the other.
  private func readEvents(
    _ batch: EventBatch, _ result: inout ParsedBatch, line: (Int) -> Int? = { _ in nil },
    number: (Int) -> Int
  ) throws {
    let count = parser.elementCount
    try result.text.withText { text in
      guard let tape = parser.tape(of: text) else { return }
      reader.tape = tape
      var index = JSONTape.root + 1
      for element in 0..<count {
        let isRead = reader.read(index)
        index = tape.after(index)
        let span = parser.span(ofElement: element)
        let offset = batch.range.lowerBound + span.lowerBound - 1
        if isRead {
          append(number(element), line(element), offset, span, to: &result)
        } else if result.refusals.count < limits.errors {
          try refuse(number(element), line(element), offset, &result.refusals)
        }
      }
    }
  }

  /// Adds the event that was read last.
  private func append(
    _ number: Int, _ line: Int?, _ offset: Int, _ span: Range<Int>, to result: inout ParsedBatch
  ) {
    let start = result.links.count
    reader.encodeLinks(into: &result.links)
    // Version, kind and action come before the ID, which has its length before it.
    let length = Int(reader.links.eventID.count)
    let id = start + 3 + max(1, (Int.bitWidth - length.leadingZeroBitCount + 6) / 7)
    result.events.append(
      ParsedEvent(
        number: number, line: line, offset: offset, payload: span,
        links: start..<result.links.count, eventID: id..<id + length,
        content: reader.links.content, declaration: reader.declaration, notices: reader.notices))
  }

  private func refuse(
    _ number: Int, _ line: Int?, _ offset: Int, _ refusals: inout [EPCISError]
  ) throws {
    let line = try line ?? lines.line(of: offset)
    for problem in reader.problems where refusals.count < limits.errors {
      refusals.append(
        EPCISError(
          position: .init(event: number, line: line, offset: offset, path: problem.path),
          problem: problem.problem, advice: problem.advice))
    }
  }

  /// The refusal of a list that is not JSON, with the place of its first fault.
  private func malformed(
    _ batch: EventBatch, _ text: PaddedText, _ outcome: JSONParser.Outcome
  ) throws -> any Error {
    if case .noMemory = outcome { return ByteSourceError("there is no memory for the parser") }
    let depth = limits.depth - outline.depth + 1
    let (fault, complete) = text.withText { bytes in
      var checker = StrictJSONChecker(bytes, depthLimit: depth)
      do throws(JSONFault) {
        try checker.check()
        return (JSONFault(1, "the events are no JSON"), 0)
      } catch {
        return (error, checker.completeElements)
      }
    }
    let offset = batch.range.lowerBound + max(0, fault.offset - 1)
    let position = EPCISError.Position(
      event: batch.firstEvent + complete, line: try lines.line(of: offset), offset: offset)
    return EPCISRefusal([
      EPCISError(position: position, problem: fault.problem, advice: fault.advice)
    ])
  }

  // MARK: JSON Lines

  private struct Line {
    /// Where it is in the text, without its newline.
    var range: Range<Int>
    var number: Int
  }

  private func parseLines(_ batch: EventBatch, _ result: inout ParsedBatch) throws {
    var lines = Self.lines(of: result.text, batch)
    Self.separate(lines, &result.text)
    var isRead = isParsed(result.text, lines)
    if !isRead {
      lines = removeMalformed(lines, batch, &result)
      guard !lines.isEmpty else { return }
      Self.separate(lines, &result.text)
      isRead = isParsed(result.text, lines)
    }
    guard isRead else {
      throw try malformed(batch, result.text, .malformed("the lines are no JSON"))
    }
    let first = batch.firstEvent - 1
    try readEvents(batch, &result, line: { lines[$0].number }, number: { first + $0 + 1 })
    result.refusals.sort { $0.position.offset < $1.position.offset }
  }

  /// The lines that are not blank.
  private static func lines(of text: PaddedText, _ batch: EventBatch) -> [Line] {
    var lines: [Line] = []
    lines.reserveCapacity(batch.count)
    var number = batch.firstLine ?? 1
    text.withText { bytes in
      // The last byte is the closing bracket that was added.
      let last = bytes.count - 1
      var start = 1
      while start < last, let base = bytes.baseAddress {
        let newline = memchr(base + start, 0x0A, last - start)
        let end = newline.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? last
        let isBlank = !bytes[start..<end].contains { $0 > 0x20 }
        if !isBlank { lines.append(Line(range: start..<end, number: number)) }
        number += 1
        start = end + 1
      }
    }
    return lines
  }

  /// Puts commas for the newlines between lines, so that they are one array. A newline cannot stand
  /// within a value, so that nothing is changed that could be hashed.
  private static func separate(_ lines: [Line], _ text: inout PaddedText) {
    for line in lines.dropLast() { text[line.range.upperBound] = UInt8(ascii: ",") }
  }

  /// Whether the text is an array with exactly one element on each line.
  private func isParsed(_ text: PaddedText, _ lines: [Line]) -> Bool {
    guard case .parsed = text.withText({ parser.parse($0) }) else { return false }
    guard parser.elementCount == lines.count else { return false }
    for (index, line) in lines.enumerated() {
      let span = parser.span(ofElement: index)
      guard line.range.lowerBound <= span.lowerBound, span.upperBound <= line.range.upperBound
      else { return false }
    }
    return true
  }

  /// Refuses the lines that are no JSON and blanks them; the others are returned.
  private func removeMalformed(
    _ lines: [Line], _ batch: EventBatch, _ result: inout ParsedBatch
  ) -> [Line] {
    var sound: [Line] = []
    for (index, line) in lines.enumerated() {
      if line.range.upperBound < result.text.count - 1 { result.text[line.range.upperBound] = 0x0A }
      let fault: JSONFault? = result.text.withText { bytes in
        let part = UnsafeBufferPointer(rebasing: bytes[line.range])
        var checker = StrictJSONChecker(part, depthLimit: limits.depth)
        do throws(JSONFault) {
          try checker.check()
          return nil
        } catch {
          return error
        }
      }
      guard let fault else {
        sound.append(line)
        continue
      }
      for position in line.range { result.text[position] = 0x20 }
      guard result.refusals.count < limits.errors else { continue }
      let offset = batch.range.lowerBound + line.range.lowerBound - 1 + fault.offset
      result.refusals.append(
        EPCISError(
          position: .init(event: batch.firstEvent + index, line: line.number, offset: offset),
          problem: fault.problem, advice: fault.advice))
    }
    return sound
  }
}
