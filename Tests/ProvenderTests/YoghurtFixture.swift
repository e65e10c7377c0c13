import Foundation

/// The documents in Fixtures/yoghurt, read with Foundation so that nothing under test reads them.
struct YoghurtFixture {
  typealias Object = [String: Any]

  /// One event and the document it stands in.
  struct Entry {
    let document: String
    let event: Object

    func text(_ key: String) -> String? { event[key] as? String }

    func place(_ key: String) -> String? { (event[key] as? Object)?["id"] as? String }

    /// The items of the named lists, as they are written.
    func items(_ keys: [String]) -> [String] {
      keys.flatMap { key -> [String] in
        if let list = event[key] as? [String] { return list }
        let quantities = event[key] as? [Object] ?? []
        return quantities.compactMap { $0["epcClass"] as? String }
      }
    }

    /// Canonical forms of all items, parents included.
    var allItems: [String] {
      let lists = [
        "epcList", "childEPCs", "inputEPCList", "outputEPCList", "quantityList",
        "childQuantityList", "inputQuantityList", "outputQuantityList",
      ]
      return ([text("parentID")].compactMap(\.self) + items(lists)).map(canonicalIdentity)
    }
  }

  let entries: [Entry]
  /// Canonical identities that master data names, by vocabulary (`BusinessLocation`, `Party`,
  /// `EPCClass`).
  let named: [String: Set<String>]
  /// All strings in all documents, keys left out.
  let strings: [String]

  static var folder: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/yoghurt")
  }

  init() throws {
    var entries: [Entry] = []
    var named: [String: Set<String>] = [:]
    var strings: [String] = []
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    for name in names where name.hasSuffix(".jsonld") || name.hasSuffix(".jsonl") {
      let data = try Data(contentsOf: Self.folder.appendingPathComponent(name))
      let parts = name.hasSuffix(".jsonl") ? Array(data.split(separator: 0x0A)) : [data]
      for part in parts {
        let value = try JSONSerialization.jsonObject(with: part)
        Self.collect(value, into: &strings)
        guard let object = value as? Object else { continue }
        let events = (object["epcisBody"] as? Object)?["eventList"] as? [Object] ?? [object]
        entries += events.map { Entry(document: name, event: $0) }
        for (kind, ids) in Self.vocabulary(of: object) { named[kind, default: []].formUnion(ids) }
      }
    }
    (self.entries, self.named, self.strings) = (entries, named, strings)
  }

  /// Events that differ in identity or, without an eventID, in content.
  var distinctEvents: [Entry] {
    var seen: Set<String> = []
    return entries.filter { entry in
      seen.insert(entry.text("eventID") ?? "\(entry.document) \(entry.event.description)").inserted
    }
  }

  func expected(_ direction: String) throws -> (seed: String, items: Set<String>) {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("expected.json"))
    let all = try JSONSerialization.jsonObject(with: data) as? [String: Object]
    let answer = all?[direction] ?? [:]
    return (answer["seed"] as? String ?? "", Set(answer["items"] as? [String] ?? []))
  }

  private static func vocabulary(of document: Object) -> [(String, [String])] {
    let header = document["epcisHeader"] as? Object
    let list = (header?["epcisMasterData"] as? Object)?["vocabularyList"] as? [Object] ?? []
    return list.map { vocabulary in
      let kind = (vocabulary["type"] as? String)?.split(separator: ":").last.map(String.init) ?? ""
      let elements = vocabulary["vocabularyElementList"] as? [Object] ?? []
      return (kind, elements.compactMap { $0["id"] as? String }.map(canonicalIdentity))
    }
  }

  private static func collect(_ value: Any, into strings: inout [String]) {
    if let text = value as? String { strings.append(text) }
    for element in value as? [Any] ?? [] { collect(element, into: &strings) }
    for element in (value as? Object ?? [:]).values { collect(element, into: &strings) }
  }
}

/// The GS1 check digit of a string of digits: weights 3, 1, 3, 1 … from the right.
func checkDigit(_ digits: some StringProtocol) -> Int {
  var sum = 0
  for (position, digit) in digits.utf8.reversed().enumerated() {
    sum += (Int(digit) - 48) * (position.isMultiple(of: 2) ? 3 : 1)
  }
  return (10 - sum % 10) % 10
}

/// The Digital Link of an EPC URN; anything else comes back as it is.
func canonicalIdentity(_ uri: String) -> String {
  let parts = uri.split(separator: ":", maxSplits: 4).map(String.init)
  guard parts.count == 5, parts[0] == "urn", parts[1] == "epc" else { return uri }
  let fields = parts[4].split(separator: ".", maxSplits: 2).map(String.init)
  guard fields.count > 1 else { return uri }
  let tail = fields.count > 2 ? fields[2] : ""
  func key(_ digits: some StringProtocol) -> String { digits + String(checkDigit(digits)) }
  let moved = fields[1].prefix(1) + fields[0] + fields[1].dropFirst()
  let link = "https://id.gs1.org/"
  switch parts[3] {
  case "lgtin": return link + "01/\(key(moved))/10/\(tail)"
  case "sgtin":
    return link + (tail == "*" ? "01/\(key(moved))" : "01/\(key(moved))/21/\(tail)")
  case "sscc": return link + "00/\(key(moved))"
  case "sgln":
    return link + "414/\(key(fields[0] + fields[1]))" + (tail == "0" ? "" : "/254/\(tail)")
  case "pgln": return link + "417/\(key(fields[0] + fields[1]))"
  case "grai": return link + "8003/0\(key(fields[0] + fields[1]))\(tail)"
  case "giai": return link + "8004/\(fields[0])\(fields[1])"
  case "gdti": return link + "253/\(key(fields[0] + fields[1]))\(tail)"
  default: return uri
  }
}
