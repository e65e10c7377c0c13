import Traceability

/// Reads what surrounds an event list: checks it strictly, and takes prefixes and master data.
struct EnvelopeReader {
  /// What the envelope says.
  struct Result {
    var isQuery = false
    var isEvent = false
    var namespaces = NamespaceTable.standard
    var masterData: [MasterDataRecord] = []
    /// Faults of the header, with paths.
    var faults: [EventReader.Problem] = []
  }

  let limits: EPCISLimits

  /// Reads the outermost object of a document.
  ///
  /// - Throws: `JSONFault` with an offset in the envelope.
  func read(_ envelope: [UInt8], hasList: Bool) throws -> Result {
    guard let parser = JSONParser(depth: limits.depth) else {
      throw ByteSourceError("there is no memory for the parser")
    }
    var text = PaddedText()
    text.resize(to: envelope.count)
    for (index, byte) in envelope.enumerated() { text[index] = byte }
    return try text.withText { bytes in
      guard case .parsed = parser.parse(bytes), let tape = parser.tape(of: bytes) else {
        throw Self.fault(bytes, depth: limits.depth)
      }
      return try read(tape, hasList)
    }
  }

  /// The first fault of a text that the parser refused.
  static func fault(_ text: UnsafeBufferPointer<UInt8>, depth: Int) -> JSONFault {
    var checker = StrictJSONChecker(text, depthLimit: depth)
    do throws(JSONFault) {
      try checker.check()
      return JSONFault(0, "the text is no JSON")
    } catch {
      return error
    }
  }

  private func read(_ tape: JSONTape, _ hasList: Bool) throws -> Result {
    var result = Result()
    let root = JSONTape.root
    let type = tape.text(tape.member(root, "type") ?? tape.member(root, "isA"))
    let local = type.map { $0.split(whereSeparator: { ":/#".contains($0) }).last.map(String.init) }
    let isDocument = local == "EPCISDocument" || local == "EPCISQueryDocument"
    guard isDocument || hasList || tape.member(root, "epcisBody") != nil else {
      result.isEvent = true
      return result
    }
    result.isQuery = local == "EPCISQueryDocument"
    checkDuplicates(tape, &result)
    guard isDocument else {
      result.faults.append(
        .init(
          path: "type", problem: "the document's type is \(type.map { "'\($0)'" } ?? "missing")",
          advice: "write \"type\": \"EPCISDocument\" or \"EPCISQueryDocument\""))
      return result
    }
    guard hasList else {
      result.faults.append(
        .init(
          path: "epcisBody", problem: "the document has no event list",
          advice: result.isQuery
            ? "put events into epcisBody.queryResults.resultsBody.eventList"
            : "put events into epcisBody.eventList, in square brackets"))
      return result
    }
    checkVersion(tape, &result)
    if let context = tape.member(root, "@context") {
      result.namespaces.bind(context: context, tape)
    }
    readMasterData(tape, &result)
    return result
  }

  private func checkDuplicates(_ tape: JSONTape, _ result: inout Result) {
    var writer = ContentWriter()
    defer { writer.deallocate() }
    writer.value(JSONTape.root, tape)
    guard let name = writer.duplicate else { return }
    result.faults.append(
      .init(
        path: "", problem: "the member '\(name)' is given twice in one object of the envelope",
        advice: "keep one of them"))
  }

  /// A later version may have other members. An earlier one has no form in JSON: documents that
  /// name it, or none, are written after 2.0.
  private func checkVersion(_ tape: JSONTape, _ result: inout Result) {
    let root = JSONTape.root
    if let version = tape.text(tape.member(root, "schemaVersion")),
      let major = version.split(separator: ".").first, !["1", "2"].contains(major)
    {
      result.faults.append(
        .init(
          path: "schemaVersion", problem: "the document is of EPCIS \(version)",
          advice: "convert it to EPCIS 2.0"))
    }
    guard let date = tape.member(root, "creationDate"), tape.kind(date) != JSONTape.Kind.null else {
      return
    }
    do {
      guard tape.kind(date) == JSONTape.Kind.string else { throw JSONFault(0, "it is no string") }
      _ = try EventTime(tape.string(date), zone: nil)
    } catch {
      let reason = (error as? EventTimeError)?.description ?? "the creation date is no string"
      result.faults.append(
        .init(path: "creationDate", problem: reason, advice: "write it as 2026-01-31T14:05:09Z"))
    }
  }
}
