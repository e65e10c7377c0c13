import Traceability

extension EnvelopeReader {
  /// `epcisHeader.epcisMasterData.vocabularyList` (ISO/IEC 19987 section 9.5).
  func readMasterData(_ tape: JSONTape, _ result: inout Result) {
    guard let header = tape.member(JSONTape.root, "epcisHeader"),
      let data = tape.member(header, "epcisMasterData"),
      let list = tape.member(data, "vocabularyList")
    else { return }
    let path = "epcisHeader.epcisMasterData.vocabularyList"
    for (number, vocabulary) in tape.elements(list).enumerated() {
      let type = tape.text(tape.member(vocabulary, "type") ?? tape.member(vocabulary, "isA")) ?? ""
      let name = type.split(whereSeparator: { ":/#".contains($0) }).last.map(String.init) ?? ""
      guard let elements = tape.member(vocabulary, "vocabularyElementList") else { continue }
      for (index, element) in tape.elements(elements).enumerated() {
        let place = "\(path)[\(number)].vocabularyElementList[\(index)]"
        readElement(element, tape, name, place, &result)
      }
    }
  }

  private func readElement(
    _ element: Int, _ tape: JSONTape, _ vocabulary: String, _ path: String, _ result: inout Result
  ) {
    guard result.faults.count < limits.errors else { return }
    guard let id = tape.text(tape.member(element, "id") ?? tape.member(element, "@id")) else {
      result.faults.append(
        .init(
          path: path, problem: "the entry of the master data has no id",
          advice: "say which site, party or product it describes"))
      return
    }
    do {
      let identifier = try Identifier(id)
      var attributes: [MasterDataRecord.Attribute] = []
      if let list = tape.member(element, "attributes") {
        for attribute in tape.elements(list) {
          guard let name = tape.text(tape.member(attribute, "id")) else { continue }
          let value = tape.member(attribute, "attribute").map { Self.text($0, tape) } ?? ""
          attributes.append(.init(name: name, value: value))
        }
      }
      attributes += Self.directAttributes(element, tape)
      result.masterData.append(
        MasterDataRecord(vocabulary: vocabulary, identifier: identifier, attributes: attributes))
    } catch {
      result.faults.append(
        .init(path: "\(path).id", problem: error.description, advice: "correct the identifier"))
    }
  }

  /// Attributes written as members of the entry, as JSON-LD allows beside the list.
  private static func directAttributes(
    _ element: Int, _ tape: JSONTape
  ) -> [MasterDataRecord.Attribute] {
    var result: [MasterDataRecord.Attribute] = []
    var member = element + 1
    let end = tape.end(element)
    while member < end {
      let name = tape.text(member) ?? ""
      if name.contains(":") { result.append(.init(name: name, value: text(member + 1, tape))) }
      member = tape.after(member + 1)
    }
    return result
  }

  /// A string as it is, other values as JSON text.
  private static func text(_ index: Int, _ tape: JSONTape) -> String {
    if let text = tape.text(index) { return text }
    var json = ""
    append(index, tape, to: &json)
    return json
  }

  private static func append(_ index: Int, _ tape: JSONTape, to json: inout String) {
    switch tape.kind(index) {
    case JSONTape.Kind.string:
      append(string: tape.string(index), to: &json)
    case JSONTape.Kind.object:
      var member = index + 1
      json += "{"
      while member < tape.end(index) {
        if member > index + 1 { json += "," }
        append(string: tape.string(member), to: &json)
        json += ":"
        append(member + 1, tape, to: &json)
        member = tape.after(member + 1)
      }
      json += "}"
    case JSONTape.Kind.array:
      json += "["
      for (number, element) in tape.elements(index).enumerated() {
        if number > 0 { json += "," }
        append(element, tape, to: &json)
      }
      json += "]"
    case JSONTape.Kind.yes: json += "true"
    case JSONTape.Kind.no: json += "false"
    case JSONTape.Kind.null: json += "null"
    default: json += String(decoding: tape.number(index), as: UTF8.self)
    }
  }

  private static func append(string: UnsafeBufferPointer<UInt8>, to json: inout String) {
    json += "\""
    for scalar in String(decoding: string, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\"", "\\": json += "\\\(scalar)"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: json.unicodeScalars.append(scalar)
      }
    }
    json += "\""
  }
}
