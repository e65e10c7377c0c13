extension LinksBuffer {
  /// Checks that bytes are the binary form of one event: exactly what ``decode(_:)`` takes, with the
  /// same errors, and a fifth of its time, since nothing is built.
  ///
  /// - Complexity: O(bytes), without allocation unless there is something to complain about.
  public static func validate(_ bytes: UnsafeRawBufferPointer) throws(LinksError) {
    if isWellFormed(bytes) { return }
    var buffer = LinksBuffer()
    try buffer.decode(bytes)
  }

  /// Whether bytes are the binary form of one event.
  package static func isWellFormed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress else { return false }
    var scan = LinksScan(place: start, end: start + bytes.count)
    return scan.event()
  }
}

/// Walks over the binary form of links by the grammar of `LinksBuffer.decode`, which it must follow
/// in everything: every function tells whether what stands at its place is in order, and then
/// stands behind it.
private struct LinksScan {
  var place: UnsafeRawPointer
  let end: UnsafeRawPointer

  mutating func event() -> Bool {
    guard byte() == LinksBuffer.version, code(EventKind.self), code(EventAction.self), string(),
      skip(MemoryLayout<Digest32>.size), time(), string(), string(), name(), name()
    else { return false }
    guard let mentions = count(atLeast: 3) else { return false }
    for _ in 0..<mentions { guard mention() else { return false } }
    guard references(), references(), references(), string(), string(),
      let names = count(atLeast: 1)
    else { return false }
    for _ in 0..<names { guard name() else { return false } }
    return declaration() && place == end
  }

  private mutating func declaration() -> Bool {
    guard let isDeclaration = byte(), isDeclaration <= 1 else { return false }
    guard isDeclaration == 1 else { return true }
    guard time(), string(), let identifiers = count(atLeast: 1) else { return false }
    for _ in 0..<identifiers { guard string() else { return false } }
    return true
  }

  private mutating func mention() -> Bool {
    guard code(ItemRole.self), let flags = byte(), flags < 16, nonEmptyName() else { return false }
    if flags & 2 != 0 { guard amount() else { return false } }
    if flags & 4 != 0 { guard let count = stringCount(), count > 0 else { return false } }
    if flags & 8 != 0 { guard let count = stringCount(), count > 0 else { return false } }
    return true
  }

  private mutating func references() -> Bool {
    guard let count = count(atLeast: 2) else { return false }
    for _ in 0..<count { guard string(), name() else { return false } }
    return true
  }

  private mutating func amount() -> Bool {
    guard let mantissa = signed(), let exponent = signed(), (-1024...1024).contains(exponent) else {
      return false
    }
    let amount = DecimalNumber(mantissa: mantissa, exponent: Int16(truncatingIfNeeded: exponent))
    return amount.mantissa == mantissa && Int64(amount.exponent) == exponent
  }

  private mutating func time() -> Bool {
    guard end - place >= 9 else { return false }
    let microseconds = Int64(bigEndian: place.loadUnaligned(as: Int64.self))
    let flags = place.load(fromByteOffset: 8, as: UInt8.self)
    place += 9
    guard EventTime.encodableMicroseconds.contains(microseconds), flags <= 3 else { return false }
    guard flags & 2 == 0 else { return true }
    guard let offset = signed() else { return false }
    return (-840...840).contains(offset)
  }

  // MARK: Primitives

  @inline(__always)
  private mutating func skip(_ count: Int) -> Bool {
    guard end - place >= count else { return false }
    place += count
    return true
  }

  @inline(__always)
  private mutating func byte() -> UInt8? {
    guard place < end else { return nil }
    defer { place += 1 }
    return place.load(as: UInt8.self)
  }

  @inline(__always)
  private mutating func code<Code: RawRepresentable<UInt8>>(_ type: Code.Type) -> Bool {
    guard let raw = byte() else { return false }
    return Code(rawValue: raw) != nil
  }

  @inline(__always)
  private mutating func unsigned() -> UInt64? {
    guard let first = byte() else { return nil }
    return first < 0x80 ? UInt64(first) : rest(after: first)
  }

  /// The value of an integer of several bytes.
  private mutating func rest(after first: UInt8) -> UInt64? {
    var value = UInt64(first & 0x7F)
    var shift: UInt64 = 7
    while let next = byte() {
      if shift == 63 && next > 1 { return nil }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return next == 0 ? nil : value }
      shift += 7
      if shift > 63 { return nil }
    }
    return nil
  }

  private mutating func signed() -> Int64? {
    guard let raw = unsigned() else { return nil }
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  @inline(__always)
  private mutating func count(atLeast size: Int) -> Int? {
    guard let count = unsigned(), count <= UInt64((end - place) / size) else { return nil }
    return Int(count)
  }

  @inline(__always)
  private mutating func stringCount() -> Int? {
    guard let count = unsigned(), count <= UInt64(end - place) else { return nil }
    place += Int(count)
    return Int(count)
  }

  @inline(__always)
  private mutating func string() -> Bool { stringCount() != nil }

  private mutating func name() -> Bool {
    guard let count = stringCount() else { return false }
    return count == 0 || code(IdentifierKind.self)
  }

  private mutating func nonEmptyName() -> Bool {
    guard let count = stringCount(), count > 0 else { return false }
    return code(IdentifierKind.self)
  }
}
