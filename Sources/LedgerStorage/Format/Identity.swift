public import TransparencyLog

/// An entry's place in the log: every entry is one leaf of the log's tree.
public typealias EntryIndex = LeafIndex

/// The random number that tells one ledger's files from every other's: 16 bytes, drawn at genesis.
public struct LogID: Hashable, Sendable, CustomStringConvertible {
  /// The number of bytes in an identifier.
  public static let byteCount = 16

  /// The identifier's bytes as two big-endian words.
  internal let high: UInt64
  internal let low: UInt64

  internal init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Copies an identifier; `nil` is returned unless there are exactly 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == LogID.byteCount else { return nil }
    self = bytes.withUnsafeBytes { LogID(high: $0.bigEndian(at: 0), low: $0.bigEndian(at: 8)) }
  }

  /// Draws an identifier.
  package static func random(_ source: LedgerRandom) throws(LedgerError) -> LogID {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    let result = bytes.withUnsafeMutableBytes { buffer in
      Result<Void, CryptoError> { () throws(CryptoError) in try source.fill(buffer) }
    }
    do {
      try result.get()
    } catch {
      throw LedgerError(error)
    }
    return bytes.withUnsafeBytes { LogID(high: $0.bigEndian(at: 0), low: $0.bigEndian(at: 8)) }
  }

  /// The identifier's 16 bytes.
  public var bytes: [UInt8] {
    [high, low].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  /// The identifier as 32 lower-case hexadecimal digits.
  public var description: String { bytes.withUnsafeBytes { Hexadecimal.encode($0) } }
}

/// The name under which a log is known to others: the first line of its checkpoints
/// (C2SP tlog-checkpoint), such as `acme.example/trace`.
public struct LogOrigin: Hashable, Sendable, CustomStringConvertible {
  /// The longest origin that is accepted, in UTF-8 bytes.
  public static let maximumByteCount = 255

  /// The name itself.
  public let name: String

  /// Accepts a name that can stand in a signed note: 1 to 255 bytes of printable UTF-8 without
  /// Unicode spaces, without `+`, and without control characters (C2SP signed-note).
  public init(_ name: String) throws(LedgerError) {
    let count = name.utf8.count
    guard count > 0, count <= LogOrigin.maximumByteCount else {
      throw .invalid("an origin has 1 to \(LogOrigin.maximumByteCount) bytes, not \(count)")
    }
    for scalar in name.unicodeScalars where !LogOrigin.isAllowed(scalar) {
      let code = String(scalar.value, radix: 16, uppercase: true)
      throw .invalid("the origin may not contain the character U+\(code)")
    }
    self.name = name
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "+" || scalar.properties.isWhitespace { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned: return false
    case .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
    default: return true
    }
  }

  /// The name itself.
  public var description: String { name }

  /// Origins are compared as bytes: Unicode equivalence does not make two names one.
  public static func == (left: LogOrigin, right: LogOrigin) -> Bool {
    left.name.utf8.elementsEqual(right.name.utf8)
  }

  /// Hashes the name's bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in name.utf8 { hasher.combine(byte) }
  }
}

/// When an entry was recorded, in microseconds since 1970-01-01T00:00:00Z, leap seconds not
/// counted.
public struct RecordTime: RawRepresentable, Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public var rawValue: Int64

  /// A time so many microseconds after 1970-01-01T00:00:00Z.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  /// The earlier of two times comes first.
  public static func < (left: RecordTime, right: RecordTime) -> Bool {
    left.rawValue < right.rawValue
  }
}
