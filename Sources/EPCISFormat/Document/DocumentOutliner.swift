import Traceability

/// Makes an outline of a document: scans it, reads its envelope, and says where a fault is.
struct DocumentOutliner {
  let source: any ByteSource
  let limits: EPCISLimits
  var listsLines = true

  func outline(firstLine: Int) throws -> DocumentOutline {
    var scanner = DocumentScanner(source, limits, listsLines: listsLines)
    do {
      try scanner.scan(firstLine: firstLine)
    } catch let fault as JSONFault {
      throw try refusal(earlier(than: fault.offset, scanner.result) ?? fault)
    } catch let open as DocumentScanner.OpenElement {
      throw try refusal(earlier(than: open.end, scanner.result) ?? open.fault)
    }
    let scan = scanner.result
    switch scan.form {
    case .lines, .array:
      return outline(scan, scan.form ?? .array, EnvelopeReader.Result())
    default:
      return try outline(object: scan)
    }
  }

  private func outline(object scan: DocumentScanner.Result) throws -> DocumentOutline {
    let envelope: EnvelopeReader.Result
    do {
      let reader = EnvelopeReader(limits: limits)
      envelope = try reader.read(scan.envelope, hasList: scan.cut != nil)
    } catch let fault as JSONFault {
      throw try refusal(
        JSONFault(scan.documentOffset(fault.offset), fault.problem, fault.advice))
    }
    guard envelope.faults.isEmpty else {
      throw try refusal(envelope.faults, at: scan.envelopeStart)
    }
    guard envelope.isEvent else {
      return outline(scan, envelope.isQuery ? .queryDocument : .document, envelope)
    }
    guard scan.envelope.count <= limits.eventBytes else {
      throw try refusal(
        JSONFault(
          scan.envelopeStart, "the event has over \(limits.eventBytes) bytes",
          "split it into several events"))
    }
    var event = scan
    let range = scan.envelopeStart..<scan.envelopeStart + scan.envelope.count
    event.batches = [
      EventBatch(range: range, firstEvent: 1, count: 1, firstLine: nil, nextLine: nil)
    ]
    event.envelope = []
    return outline(event, .event, envelope)
  }

  private func outline(
    _ scan: DocumentScanner.Result, _ form: DocumentForm, _ envelope: EnvelopeReader.Result
  ) -> DocumentOutline {
    DocumentOutline(
      form: form, envelope: scan.envelope, batches: scan.batches,
      masterData: envelope.masterData, byteCount: source.byteCount,
      namespaces: envelope.namespaces, depth: scan.depth)
  }

  // MARK: Faults

  func refusal(_ fault: JSONFault, event: Int? = nil) throws(ByteSourceError)
    -> EPCISRefusal
  {
    var lines = LineCounter(source)
    let position = EPCISError.Position(
      event: event, line: try lines.line(of: fault.offset), offset: fault.offset)
    return EPCISRefusal([
      EPCISError(position: position, problem: fault.problem, advice: fault.advice)
    ])
  }

  private func refusal(
    _ faults: [EventReader.Problem], at offset: Int
  ) throws(ByteSourceError) -> EPCISRefusal {
    var lines = LineCounter(source)
    let line = try lines.line(of: offset)
    return EPCISRefusal(
      faults.prefix(limits.errors).map {
        EPCISError(
          position: .init(line: line, offset: offset, path: $0.path), problem: $0.problem,
          advice: $0.advice)
      }, isCutShort: faults.count >= limits.errors)
  }

  /// What made the scan fail may stand before the place where it failed: a quote that is missing
  /// turns all strings after it inside out. So what was passed is checked byte by byte.
  private func earlier(
    than end: Int, _ scan: DocumentScanner.Result
  ) throws -> JSONFault? {
    if let found = firstFault(scan.envelope, depth: limits.depth) {
      return JSONFault(scan.documentOffset(found.offset), found.problem, found.advice)
    }
    guard scan.form != .lines else { return nil }
    var ranges = scan.batches.map(\.range)
    if let start = scan.pendingStart, start < end { ranges.append(start..<end) }
    for range in ranges {
      var text = PaddedText()
      text.resize(to: range.count + 1)
      text[0] = UInt8(ascii: "[")
      try text.fill(1, from: source, range)
      let depth = limits.depth - scan.depth + 1
      if let found = text.withText({ firstFault(Array($0), depth: depth) }) {
        return JSONFault(range.lowerBound + found.offset - 1, found.problem, found.advice)
      }
    }
    return nil
  }

  /// The first fault of a text that was cut off, but for the cut itself.
  private func firstFault(_ text: [UInt8], depth: Int) -> JSONFault? {
    text.withUnsafeBufferPointer { bytes in
      var checker = StrictJSONChecker(bytes, depthLimit: depth)
      do throws(JSONFault) {
        try checker.check()
      } catch {
        return checker.position >= bytes.count ? nil : error
      }
      return nil
    }
  }
}
