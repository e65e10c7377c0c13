/// Why bytes are no links of this version.
public struct LinksError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where in the bytes.
  public let offset: Int
  /// What is wrong there.
  public let reason: String

  /// The reason with its place.
  public var description: String { "links are damaged at byte \(offset): \(reason)" }
}

extension LinksBuffer {
  /// Reads the binary form of one event, replacing what was here.
  ///
  /// Nothing but the exact output of `encode` is taken: over-long integers, unknown codes, surplus
  /// bytes and counts beyond the bytes at hand are errors, so decoding is as injective as encoding.
  /// - Complexity: O(bytes), no allocation once the buffers have grown.
  public mutating func decode(_ bytes: UnsafeRawBufferPointer) throws(LinksError) {
    removeAll()
    text.append(contentsOf: bytes)
    var reader = LinksByteReader(bytes)
    let version = try reader.byte()
    guard version == Self.version else { throw reader.error("unknown version \(version)") }
    kind = try reader.code("event kind")
    action = try reader.code("action")
    eventID = try reader.string()
    content = Digest32(
      words: (try reader.word(), try reader.word(), try reader.word(), try reader.word()))
    time = try reader.time()
    bizStep = try reader.string()
    disposition = try reader.string()
    readPoint = try reader.name()
    bizLocation = try reader.name()
    for _ in 0..<(try reader.count(atLeast: 3)) { mentions.append(try reader.mention()) }
    try Self.decode(&reader, into: &sources)
    try Self.decode(&reader, into: &destinations)
    try Self.decode(&reader, into: &bizTransactions)
    transformationID = try reader.string()
    lotNumber = try reader.string()
    for _ in 0..<(try reader.count(atLeast: 1)) { references.append(try reader.name()) }
    let isDeclaration = try reader.byte()
    guard isDeclaration <= 1 else { throw reader.error("unknown declaration mark") }
    if isDeclaration == 1 {
      declarationTime = try reader.time()
      declarationReason = try reader.string()
      for _ in 0..<(try reader.count(atLeast: 1)) {
        correctiveEventIDs.append(try reader.string())
      }
    }
    guard reader.isAtEnd else { throw reader.error("surplus bytes") }
  }

  private static func decode(
    _ reader: inout LinksByteReader, into list: inout [Reference]
  ) throws(LinksError) {
    for _ in 0..<(try reader.count(atLeast: 2)) {
      list.append(Reference(type: try reader.string(), name: try reader.name()))
    }
  }
}

extension EventTime {
  /// The times that links may hold: years 1 to 9999, which keeps interval arithmetic away from the
  /// ends of the range.
  static var encodableMicroseconds: ClosedRange<Int64> {
    -62_135_683_200_000_000...253_402_387_200_000_000
  }
}

/// Reads the primitives of the links encoding from untrusted bytes.
struct LinksByteReader {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  func error(_ reason: String) -> LinksError { LinksError(offset: position, reason: reason) }

  mutating func byte() throws(LinksError) -> UInt8 {
    guard position < bytes.count else { throw error("cut short") }
    position += 1
    return bytes[position - 1]
  }

  mutating func code<Code: RawRepresentable<UInt8>>(_ name: String) throws(LinksError) -> Code {
    let raw = try byte()
    guard let code = Code(rawValue: raw) else { throw error("unknown \(name) \(raw)") }
    return code
  }

  mutating func word() throws(LinksError) -> UInt64 {
    guard bytes.count - position >= 8 else { throw error("cut short") }
    position += 8
    return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position - 8, as: UInt64.self))
  }

  mutating func unsigned() throws(LinksError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      if shift == 63, next > 1 { throw error("an integer beyond 64 bits") }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 {
        if next == 0, shift > 0 { throw error("an integer longer than needed") }
        return value
      }
      shift += 7
      if shift > 63 { throw error("an integer beyond 64 bits") }
    }
  }

  mutating func signed() throws(LinksError) -> Int64 {
    let raw = try unsigned()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// A count of elements of at least so many bytes each, so that it cannot exceed what is there.
  mutating func count(atLeast size: Int) throws(LinksError) -> Int {
    let count = try unsigned()
    guard count <= UInt64((bytes.count - position) / size) else {
      throw error("\(count) elements are announced, more than fit")
    }
    return Int(count)
  }

  mutating func string() throws(LinksError) -> LinksBuffer.Run {
    let count = try unsigned()
    guard count <= UInt64(bytes.count - position) else { throw error("a string is cut short") }
    let run = LinksBuffer.Run(offset: UInt32(position), count: UInt32(count))
    position += Int(count)
    return run
  }

  mutating func name() throws(LinksError) -> LinksBuffer.Name {
    let uri = try string()
    guard !uri.isEmpty else { return LinksBuffer.Name() }
    return LinksBuffer.Name(uri: uri, kind: try code("identifier kind"))
  }

  mutating func time() throws(LinksError) -> EventTime {
    let microseconds = Int64(bitPattern: try word())
    guard EventTime.encodableMicroseconds.contains(microseconds) else {
      throw error("a time outside the years 1 to 9999")
    }
    let flags = try byte()
    guard flags <= 3, let precision = EventTime.Precision(rawValue: flags & 1) else {
      throw error("unknown time flags \(flags)")
    }
    guard flags & 2 == 0 else {
      return EventTime(microseconds: microseconds, offsetMinutes: nil, precision: precision)
    }
    let offset = try signed()
    guard (-840...840).contains(offset) else { throw error("a zone beyond 14 hours") }
    return EventTime(
      microseconds: microseconds, offsetMinutes: Int16(offset), precision: precision)
  }

  mutating func mention() throws(LinksError) -> LinksBuffer.Mention {
    let role: ItemRole = try code("item role")
    let flags = try byte()
    guard flags < 16 else { throw error("unknown item flags \(flags)") }
    var mention = LinksBuffer.Mention(
      item: try name(), role: role, isClassLevel: flags & 1 != 0)
    guard !mention.item.isEmpty else { throw error("an item without a URI") }
    if flags & 2 != 0 { mention.amount = try amount() }
    if flags & 4 != 0 {
      mention.unit = try string()
      guard !mention.unit.isEmpty else { throw error("an empty unit is announced") }
    }
    if flags & 8 != 0 {
      mention.lot = try string()
      guard !mention.lot.isEmpty else { throw error("an empty lot is announced") }
    }
    return mention
  }

  private mutating func amount() throws(LinksError) -> DecimalNumber {
    let mantissa = try signed()
    let exponent = try signed()
    guard (-1024...1024).contains(exponent) else { throw error("an exponent beyond 1024") }
    let amount = DecimalNumber(mantissa: mantissa, exponent: Int16(exponent))
    guard amount.mantissa == mantissa, Int64(amount.exponent) == exponent else {
      throw error("a number that is not in its normal form")
    }
    return amount
  }
}
