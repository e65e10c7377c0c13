public import Traceability

extension IdentifierKind {
  /// What it is, in words for people and programs.
  public var label: String {
    switch self {
    case .other: "other"
    case .lot: "lot"
    case .serialised: "serialised item"
    case .productClass: "product class"
    case .logisticUnit: "logistic unit"
    case .returnableAsset: "returnable asset"
    case .individualAsset: "individual asset"
    case .site: "site"
    case .party: "party"
    case .otherKey: "other GS1 key"
    }
  }
}

extension EventAction {
  /// The action as EPCIS writes it; nil where there is none.
  public var label: String? {
    switch self {
    case .none: nil
    case .add: "ADD"
    case .observe: "OBSERVE"
    case .delete: "DELETE"
    }
  }
}

extension ItemRole {
  /// What the item is in the event, in a word.
  public var label: String {
    switch self {
    case .object: "object"
    case .parent: "parent"
    case .child: "child"
    case .input: "input"
    case .output: "output"
    }
  }
}

/// How identifiers are shown to people.
public enum IdentifierText {
  private static let prefix = "https://id.gs1.org/"

  /// The element string of a Digital Link, such as `(01)09506000134352(10)AB-12`, if it reads back
  /// as the same identity; else the URI.
  public static func short(_ uri: String) -> String {
    guard uri.hasPrefix(prefix) else { return uri }
    let parts = uri.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts.count % 2 == 0 else { return uri }
    var text = ""
    for pair in stride(from: 0, to: parts.count, by: 2) {
      guard let value = percentDecoded(parts[pair + 1]) else { return uri }
      text += "(\(parts[pair]))\(value)"
    }
    guard let back = try? Identifier(text), back.uri.utf8.elementsEqual(uri.utf8) else {
      return uri
    }
    return text
  }

  private static func percentDecoded(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.next(), let low = rest.next(),
        let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension JSONWriter {
  /// Writes a quantity as an object: its value as exact decimal text, and its unit or `null`.
  public mutating func quantity(_ quantity: Quantity) {
    object {
      $0.member("value", quantity.value.text)
      $0.member("unit", quantity.unit)
    }
  }

  /// Writes a member: a quantity, or `null` for nil.
  public mutating func member(_ name: String, _ amount: Quantity?) {
    key(name)
    if let amount { quantity(amount) } else { null() }
  }
}

extension EventTime {
  /// The time to the minute with its zone, as a column of a table; the date alone for a day.
  public var minute: String {
    let text = text
    guard precision == .instant else { return text }
    let zone = text.dropFirst(19).drop { $0 == "." || $0.isNumber }
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + zone
  }
}

extension EventKind {
  /// The kind without the word "event".
  public var shortName: String { String(name.dropLast("Event".count)) }
}
