import Traceability

/// Canonical forms of identifiers: quick for those that are canonical already, remembered for those
/// that were seen lately, else by `IdentifierCanonicaliser`.
struct IdentifierReader {
  /// What an identifier is; the bytes are valid until the next one is read.
  struct Result {
    var kind: IdentifierKind
    var uri: UnsafeBufferPointer<UInt8>
    /// The lot of a serialised item whose spelling carries both; else empty.
    var lot: UnsafeBufferPointer<UInt8>
  }

  private struct Remembered {
    var spelled: [UInt8] = []
    var uri: [UInt8] = []
    var lot: [UInt8] = []
    var kind = IdentifierKind.other

    mutating func remember(_ text: UnsafeBufferPointer<UInt8>, _ result: Result) {
      spelled.removeAll(keepingCapacity: true)
      spelled.append(contentsOf: text)
      uri.removeAll(keepingCapacity: true)
      uri.append(contentsOf: result.uri)
      lot.removeAll(keepingCapacity: true)
      lot.append(contentsOf: result.lot)
      kind = result.kind
    }
  }

  private static let slots = 1024
  private static let longestRemembered = 256
  private var canonicaliser = IdentifierCanonicaliser()
  private var remembered = [Remembered](repeating: Remembered(), count: slots)
  var uri = ByteBuffer(capacity: 4096)
  private var lot = ByteBuffer(capacity: 4096)

  func deallocate() {
    uri.deallocate()
    lot.deallocate()
  }

  /// Reads one identifier.
  ///
  /// - Throws: `IdentifierError` if it is none, or a GS1 key with a wrong length or check digit.
  mutating func read(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(IdentifierError) -> Result {
    if let kind = Self.canonicalKind(text) {
      return Result(kind: kind, uri: text, lot: UnsafeBufferPointer(start: nil, count: 0))
    }
    if let kind = quickURN(text) {
      lot.removeAll()
      return result(kind)
    }
    guard text.count <= Self.longestRemembered else { return try canonicalise(text) }
    let slot = Self.slot(text)
    let isKnown = remembered[slot].spelled.withUnsafeBufferPointer {
      !$0.isEmpty && $0.equals(text)
    }
    if !isKnown {
      let result = try canonicalise(text)
      remembered[slot].remember(text, result)
      return result
    }
    uri.removeAll()
    uri.append(remembered[slot].uri)
    lot.removeAll()
    lot.append(remembered[slot].lot)
    return result(remembered[slot].kind)
  }

  private mutating func canonicalise(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(IdentifierError) -> Result {
    let kind = try canonicaliser.canonicalise(text)
    uri.removeAll()
    uri.append(canonicaliser.output)
    lot.removeAll()
    lot.append(canonicaliser.lot)
    return result(kind)
  }

  private func result(_ kind: IdentifierKind) -> Result {
    Result(
      kind: kind, uri: UnsafeBufferPointer(start: uri.base, count: uri.count),
      lot: UnsafeBufferPointer(start: lot.base, count: lot.count))
  }

  /// A slot by eight bytes at a time. A clash costs time, never an answer.
  private static func slot(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    let raw = UnsafeRawBufferPointer(text)
    var hash = UInt64(truncatingIfNeeded: text.count) &* 0x9E37_79B9_7F4A_7C15
    var offset = 0
    while offset &+ 8 <= raw.count {
      hash = mix(hash, raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset &+= 8
    }
    while offset < raw.count {
      hash = mix(hash, UInt64(raw[offset]))
      offset &+= 1
    }
    return Int(truncatingIfNeeded: hash & UInt64(slots - 1))
  }

  @inline(__always)
  private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
  }

  // MARK: Identifiers that are canonical as they stand

  /// The kind of the common keys in canonical spelling; nil for all else, right or wrong.
  static func canonicalKind(_ text: UnsafeBufferPointer<UInt8>) -> IdentifierKind? {
    guard text.hasPrefix("https://id.gs1.org/"), text.count > 22 else { return nil }
    let rest = text.from(19)
    if rest[0] == 48, rest[2] == UInt8(ascii: "/") {
      if rest[1] == 49 { return tradeItem(rest.from(3)) }
      if rest[1] == 48, rest.count == 21, isNumber(rest.from(3), 18) { return .logisticUnit }
      return nil
    }
    guard rest[0] == 52, rest[1] == 49, rest[3] == UInt8(ascii: "/"), rest.count == 17,
      isNumber(rest.from(4), 13)
    else { return nil }
    return rest[2] == 52 ? .site : rest[2] == 55 ? .party : nil
  }

  private static func tradeItem(_ rest: UnsafeBufferPointer<UInt8>) -> IdentifierKind? {
    guard rest.count >= 14, isNumber(rest, 14) else { return nil }
    if rest.count == 14 { return .productClass }
    guard rest.count > 18, rest.count <= 38, rest[14] == UInt8(ascii: "/"),
      rest[17] == UInt8(ascii: "/")
    else { return nil }
    for i in 18..<rest.count where !isUnreserved(rest[i]) { return nil }
    if rest[15] == 49, rest[16] == 48 { return .lot }
    return rest[15] == 50 && rest[16] == 49 ? .serialised : nil
  }

  /// Digits whose last is the right check digit (GS1 General Specifications section 7.9).
  private static func isNumber(_ text: UnsafeBufferPointer<UInt8>, _ count: Int) -> Bool {
    var sum = 0
    var weight = 1
    var i = count
    while i > 0 {
      i &-= 1
      let digit = text[i] &- 48
      guard digit <= 9 else { return false }
      sum &+= weight &* Int(digit)
      weight = 4 &- weight
    }
    return sum % 10 == 0
  }

  @inline(__always)
  static func isUnreserved(_ byte: UInt8) -> Bool {
    byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 25 || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
  }
}
