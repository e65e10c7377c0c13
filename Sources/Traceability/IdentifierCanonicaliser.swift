/// Turns the spellings of GS1 keys into canonical URIs, reusing its buffers.
///
/// Sources: EPC Tag Data Standard 2.0 section 6 (URNs), GS1 Digital Link URI Syntax 1.4 (web URIs),
/// GS1 General Specifications section 3 (element strings, lengths). One value serves one thread.
public struct IdentifierCanonicaliser: Sendable {
  /// The canonical URI of the last identifier.
  public internal(set) var output: [UInt8] = []
  /// The canonical URI of the lot that a serialised item belongs to, where its spelling carried
  /// both lot (AI 10) and serial (AI 21); else empty.
  public internal(set) var lot: [UInt8] = []

  /// A canonicaliser with empty buffers.
  public init() {
    output.reserveCapacity(128)
  }

  /// Writes the canonical form of one identifier into `output` (and `lot`).
  ///
  /// An EPC URN whose parts have wrong lengths cannot be given a check digit: it stands as spelled,
  /// with the kind its scheme names, since real systems emit such numbers.
  /// - Parameter text: UTF-8.
  /// - Returns: what it names.
  /// - Throws: `IdentifierError` if it is empty, over 2,048 bytes, has a control character or a
  ///   space, has no URI scheme, or is a GS1 Digital Link with a malformed key.
  /// - Complexity: O(n).
  public mutating func canonicalise(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(IdentifierError) -> IdentifierKind {
    output.removeAll(keepingCapacity: true)
    lot.removeAll(keepingCapacity: true)
    guard let first = text.first else { throw IdentifierError("the identifier is empty") }
    guard text.count <= 2048 else {
      throw IdentifierError("the identifier has \(text.count) bytes; at most 2048 are taken")
    }
    for byte in text where byte <= 0x20 || byte == 0x7F {
      throw IdentifierError(
        "the identifier has a space or control character; percent-encode it in a URI")
    }
    if first == UInt8(ascii: "(") { return try elementString(text) }
    if text.starts(withASCII: "urn:epc:") { return epcURN(text) }
    if text.starts(withASCII: "https://") || text.starts(withASCII: "http://") {
      return try digitalLink(text)
    }
    guard Self.hasScheme(text) else {
      throw IdentifierError(
        "'\(String(decoding: text, as: UTF8.self))' is no URI; write a Digital Link, an EPC URN, "
          + "another URI with its scheme, or an element string such as (01)09506000134352(10)AB-12")
    }
    output.append(contentsOf: text)
    return .other
  }

  /// RFC 3986 section 3.1: a letter, then letters, digits, `+`, `-`, `.`, then a colon and more.
  private static func hasScheme(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < text.count
    else { return false }
    guard text[0].isASCIILetter else { return false }
    return text[0..<colon].allSatisfy {
      $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
        || $0 == UInt8(ascii: ".")
    }
  }
}

extension UInt8 {
  var isASCIIDigit: Bool { self >= 48 && self <= 57 }
  var isASCIILetter: Bool { (self | 0x20) >= 97 && (self | 0x20) <= 122 }

  /// The value of an ASCII hexadecimal digit.
  var hexValue: UInt8? {
    if isASCIIDigit { return self &- 48 }
    let lower = self | 0x20
    return lower >= 97 && lower <= 102 ? lower &- 87 : nil
  }
}

extension UnsafeBufferPointer<UInt8> {
  func starts(withASCII prefix: StaticString) -> Bool {
    guard count >= prefix.utf8CodeUnitCount else { return false }
    for i in 0..<prefix.utf8CodeUnitCount where self[i] != prefix.utf8Start[i] { return false }
    return true
  }
}
