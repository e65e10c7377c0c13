import CSimdJSON

extension DocumentScanner {
  /// The rest of an event list, whose opening bracket was passed, with its closing bracket.
  ///
  /// Events are grouped into batches; a batch ends with an event, never within one.
  mutating func list() throws {
    var start: Int?
    var first = 1
    var count = 0
    func batch(to end: Int) -> EventBatch? {
      guard let start else { return nil }
      return EventBatch(
        range: start..<end, firstEvent: first, count: count, firstLine: nil, nextLine: nil)
    }
    try skipBlanks()
    if try window.peek() == UInt8(ascii: "]") {
      window.advance()
      return
    }
    while true {
      let begin = window.offset
      try element(number: first + count)
      start = start ?? begin
      result.pendingStart = start
      count += 1
      let end = window.offset
      try skipBlanks()
      let separator = try window.peek()
      let isLast = separator == UInt8(ascii: "]")
      guard isLast || separator == UInt8(ascii: ",") else {
        guard separator != nil else {
          throw fault("the document ends within its event list", "send the whole document")
        }
        throw fault("a comma or ] is expected after event \(first + count - 1)", "add it")
      }
      window.advance()
      if isLast || end - (start ?? end) >= limits.batchBytes {
        if let batch = batch(to: end) { result.batches.append(batch) }
        result.pendingStart = nil
        if isLast { return }
        (start, first, count) = (nil, first + count, 0)
      }
      try skipBlanks()
    }
  }

  /// One element of the list.
  private mutating func element(number: Int) throws {
    let begin = window.offset
    guard let byte = try window.peek() else {
      throw fault("the document ends within its event list", "send the whole document")
    }
    guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
      if byte == UInt8(ascii: "]") {
        throw fault("the event list ends with a comma", "remove the comma after the last event")
      }
      throw fault(
        "event \(number) is no object: it starts with \(StrictJSONChecker.shown(byte))",
        "each element of the event list is an object in braces")
    }
    var scan = provender_json_scan()
    var isDone = false
    while !isDone {
      let more = try window.consume { bytes in
        guard let base = bytes.baseAddress else { return 0 }
        let used = provender_json_skip(&scan, 0, base, bytes.count)
        isDone = scan.depth == 0
        return used
      }
      guard more else {
        result.pendingStart = result.pendingStart ?? begin
        throw OpenElement(
          window.offset,
          fault("the document ends within event \(number)", "send the whole document"))
      }
      guard window.offset - begin <= limits.eventBytes else {
        let fault = JSONFault(
          begin, "event \(number) has over \(limits.eventBytes) bytes",
          "split it into several events")
        result.pendingStart = result.pendingStart ?? begin
        throw OpenElement(window.offset, fault)
      }
    }
  }

  /// A fault of an element that does not end: what is wrong within it may be the cause.
  struct OpenElement: Error {
    /// How far the document was read.
    let end: Int
    let fault: JSONFault

    init(_ end: Int, _ fault: JSONFault) {
      self.end = end
      self.fault = fault
    }
  }
}
