import Traceability

extension HistoryBuilder {
  /// The identifier of an item's name; see `HistoryBuilder`.
  static func item(_ text: String) -> Identifier {
    let name = text.prefix { $0 != " " }
    if name.contains(":") { return Identifier(canonical: String(name), kind: .other) }
    if let first = name.first, first.isUppercase { return container(String(name)) }
    let product = gtin(String(name.prefix { $0 != "." && $0 != "#" }))
    if let hash = name.firstIndex(of: "#") {
      let serial = name[name.index(after: hash)...]
      return Identifier(canonical: "\(product)/21/\(serial)", kind: .serialised)
    }
    let lot = name.drop { $0 != "." }.dropFirst()
    if lot == "*" { return Identifier(canonical: product, kind: .productClass) }
    return Identifier(canonical: "\(product)/10/\(percentEncoded(String(lot)))", kind: .lot)
  }

  /// The URI of the unknown lot that an event makes of a class.
  static func unknownLot(_ name: String, of key: EventKey) -> String {
    "\(item(name).uri)#\(key.id.isEmpty ? hexadecimal(key.content) : key.id)"
  }

  /// The canonical URI of an item's name.
  static func uri(_ name: String) -> String { item(name).uri }

  /// The identifier of a place's name.
  static func place(_ name: String) -> Identifier {
    if name.contains(":") { return Identifier(canonical: name, kind: .other) }
    let parts = name.split(separator: "/")
    let digits = checked("9506" + number(String(parts[0]), digits: 8))
    let extensionPart = parts.count > 1 ? "/254/\(parts[1])" : ""
    return Identifier(canonical: "https://id.gs1.org/414/\(digits)\(extensionPart)", kind: .site)
  }

  private static func container(_ name: String) -> Identifier {
    let key = number(name, digits: 8)
    switch name.first {
    case "R":
      return Identifier(
        canonical: "https://id.gs1.org/8003/0\(checked("9506" + key))\(name)",
        kind: .returnableAsset)
    case "V":
      return Identifier(
        canonical: "https://id.gs1.org/8004/9506\(key)\(name)", kind: .individualAsset)
    default:
      return Identifier(
        canonical: "https://id.gs1.org/00/\(checked("09506" + key + "0000"))",
        kind: .logisticUnit)
    }
  }

  private static func gtin(_ product: String) -> String {
    "https://id.gs1.org/01/\(checked("09506" + number(product, digits: 8)))"
  }

  private static func checked(_ digits: String) -> String {
    digits + String(decoding: [GS1CheckDigit.compute(Array(digits.utf8))], as: UTF8.self)
  }

  /// A number for a name, the same in every run.
  private static func number(_ name: String, digits: Int) -> String {
    let value = name.utf8.reduce(5_381) { ($0 &* 33 &+ Int($1)) % 99_999_989 }
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits)
  }
}

/// Shows histories and answers to people, with short names for URIs.
struct HistoryNames {
  private let names: [String: String]

  /// The names that a history's builder used.
  init(_ history: CapturedHistory) { names = history.names }

  /// The name of a URI; of an unknown lot, that of its class with its event.
  func callAsFunction(_ uri: String) -> String {
    if let known = names[uri] { return known }
    guard let hash = uri.firstIndex(of: "#"), let known = names[String(uri[..<hash])] else {
      return Self.short(uri)
    }
    return known + uri[hash...]
  }

  private static func short(_ uri: String) -> String {
    uri.hasPrefix("https://id.gs1.org/") ? String(uri.dropFirst(19)) : uri
  }

  /// One event in a line.
  func text(_ event: Links) -> String {
    let span = event.time.precision == .day ? "day " : ""
    let zone = event.time.offsetMinutes == nil ? " no zone" : ""
    var line = "\(EventKey(event)) \(span)\(event.time.text)\(zone) \(event.kind.name)"
    line += " \(event.action) \(event.bizStep) at \(event.readPoint.map { self($0.uri) } ?? "-")"
    if !event.transformationID.isEmpty { line += " id \(event.transformationID)" }
    if !event.lotNumber.isEmpty { line += " lot \(event.lotNumber)" }
    if event.errorDeclaration != nil { line += " DECLARED IN ERROR" }
    for mention in event.items {
      line += " | \(mention.role) \(self(mention.item.uri))"
      if let quantity = mention.quantity { line += " \(quantity.text)" }
      if let lot = mention.lot { line += " of \(self(lot.uri))" }
    }
    return line
  }

  /// What differs between two answers; empty if nothing.
  func difference(expected: ModelAnswer, found: ModelAnswer) -> String {
    var lines: [String] = []
    func compare<T: Hashable>(_ name: String, _ a: Set<T>, _ b: Set<T>, _ show: (T) -> String) {
      let missing = a.subtracting(b).map(show).sorted()
      let surplus = b.subtracting(a).map(show).sorted()
      if !missing.isEmpty { lines.append("\(name) missing: \(missing.joined(separator: ", "))") }
      if !surplus.isEmpty { lines.append("\(name) surplus: \(surplus.joined(separator: ", "))") }
    }
    compare("items", expected.items, found.items) { self($0) }
    compare("certain", expected.certain, found.certain) { self($0) }
    compare("path", expected.path, found.path, \.description)
    compare("mention", expected.mention, found.mention, \.description)
    return lines.joined(separator: "\n")
  }

  /// What differs between two refined answers; empty if nothing.
  func difference(expected: ModelScope, found: ModelScope) -> String {
    var lines: [String] = []
    func compare<T: Hashable>(_ name: String, _ a: Set<T>, _ b: Set<T>, _ show: (T) -> String) {
      let missing = a.subtracting(b).map(show).sorted()
      let surplus = b.subtracting(a).map(show).sorted()
      if !missing.isEmpty { lines.append("\(name) missing: \(missing.joined(separator: ", "))") }
      if !surplus.isEmpty { lines.append("\(name) surplus: \(surplus.joined(separator: ", "))") }
    }
    func certainties(_ items: [String: String]) -> Set<String> {
      Set(items.map { "\(self($0)) \($1)" })
    }
    func reasons(_ items: [String: Set<String>]) -> Set<String> {
      Set(items.map { "\(self($0)): \($1.sorted().joined(separator: " + "))" })
    }
    compare("items", certainties(expected.items), certainties(found.items)) { $0 }
    compare("separated", reasons(expected.separated), reasons(found.separated)) { $0 }
    compare("holdings", expected.holdings, found.holdings) { holding in
      let place =
        holding.place.map { place in
          place.hasPrefix("unit:") ? "in \(self(String(place.dropFirst(5))))" : self(place)
        } ?? "unknown"
      return "\(self(holding.item)) at \(place) \(holding.time) \(holding.certainty)"
    }
    compare("open", expected.open, found.open) {
      "\(self($0.item)) by \($0.event) to \($0.destination.map { self($0) } ?? "?")"
    }
    return lines.joined(separator: "\n")
  }
}
