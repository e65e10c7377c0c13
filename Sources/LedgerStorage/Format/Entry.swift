public import TransparencyLog

/// What an entry is about. Unknown kinds are carried and verified as opaque.
public struct EntryKind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number on disk.
  public let rawValue: UInt8

  /// The kind with a number on disk.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Entry 0: who the log is, and what it continues.
  public static let genesis = EntryKind(rawValue: 0)
  /// The first entry of a capture: what was submitted, and by whom.
  public static let capture = EntryKind(rawValue: 1)
  /// One event of a capture.
  public static let event = EntryKind(rawValue: 2)
  /// The last entry of a capture: the digest of the whole document.
  public static let receipt = EntryKind(rawValue: 3)
  /// The announcement that a payload is destroyed.
  public static let redaction = EntryKind(rawValue: 4)
  /// A key of the log, its rotation or its revocation.
  public static let key = EntryKind(rawValue: 5)
  /// Anything the operator wishes to have on record.
  public static let note = EntryKind(rawValue: 6)

  /// Whether entries of this kind belong to a capture that an entry before them opened.
  public var belongsToCapture: Bool { self == .event || self == .receipt }

  /// Whether payloads of this kind are published beside the log, so that their salts are zero.
  public var isPublic: Bool { self == .genesis || self == .key || self == .redaction }

  /// The kind's name, or its number.
  public var description: String {
    let names = ["genesis", "capture", "event", "receipt", "redaction", "key", "note"]
    return names.indices.contains(Int(rawValue)) ? names[Int(rawValue)] : "kind \(rawValue)"
  }
}

/// One leaf of the log, version 1: 96 bytes, big-endian.
public struct Entry: Hashable, Sendable {
  /// The number of bytes in an encoded entry.
  public static let byteCount = 96
  /// The only version there is; it fixes the size and the algorithms.
  public static let version: UInt8 = 1

  private static let lastOfCaptureBit: UInt16 = 1
  private static let clockHeldBit: UInt16 = 2

  /// What the entry is about.
  public var kind: EntryKind
  /// Whether a capture, or an entry that stands alone, ends with this entry.
  public var isLastOfCapture: Bool
  /// Whether the clock stood before the last entry's time, which was then used again.
  public var isClockHeld: Bool
  /// The entry's place in the log.
  public var index: EntryIndex
  /// When the entry was recorded; never earlier than the entry before.
  public var time: RecordTime
  /// The index of the capture entry that this entry belongs to; its own for those that stand alone.
  public var capture: EntryIndex
  /// The leaf hash of the entry before, zeros in entry 0.
  public var previous: Hash
  /// The salted commitment to payload and links.
  public var commitment: Hash

  /// Makes an entry of its fields.
  public init(
    kind: EntryKind, isLastOfCapture: Bool, isClockHeld: Bool, index: EntryIndex,
    time: RecordTime, capture: EntryIndex, previous: Hash, commitment: Hash
  ) {
    self.kind = kind
    self.isLastOfCapture = isLastOfCapture
    self.isClockHeld = isClockHeld
    self.index = index
    self.time = time
    self.capture = capture
    self.previous = previous
    self.commitment = commitment
  }

  /// Reads an entry; `nil` unless the bytes are 96, of version 1, without unknown flags and with
  /// the reserved bytes zero.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Entry.byteCount, bytes[0] == Entry.version else { return nil }
    let flags: UInt16 = bytes.bigEndian(at: 2)
    guard flags & ~(Entry.lastOfCaptureBit | Entry.clockHeldBit) == 0 else { return nil }
    guard bytes.bigEndian(at: 4, as: UInt32.self) == 0 else { return nil }
    self.init(unchecked: bytes)
  }

  /// Reads an entry whose fixed fields were checked before.
  internal init(unchecked bytes: UnsafeRawBufferPointer) {
    let flags: UInt16 = bytes.bigEndian(at: 2)
    kind = EntryKind(rawValue: bytes[1])
    isLastOfCapture = flags & Entry.lastOfCaptureBit != 0
    isClockHeld = flags & Entry.clockHeldBit != 0
    index = EntryIndex(bytes.bigEndian(at: 8, as: UInt64.self))
    time = RecordTime(rawValue: bytes.bigEndian(at: 16))
    capture = EntryIndex(bytes.bigEndian(at: 24, as: UInt64.self))
    previous = bytes.hash(at: 32)
    commitment = bytes.hash(at: 64)
  }

  /// Writes the entry's 96 bytes; the program stops when there is less room.
  public func encode(to buffer: UnsafeMutableRawBufferPointer) {
    precondition(buffer.count >= Entry.byteCount, "an entry needs 96 bytes of room")
    buffer[0] = Entry.version
    buffer[1] = kind.rawValue
    buffer.storeBigEndian(
      (isLastOfCapture ? Entry.lastOfCaptureBit : 0) | (isClockHeld ? Entry.clockHeldBit : 0),
      at: 2)
    buffer.storeBigEndian(UInt32(0), at: 4)
    buffer.storeBigEndian(index.rawValue, at: 8)
    buffer.storeBigEndian(time.rawValue, at: 16)
    buffer.storeBigEndian(capture.rawValue, at: 24)
    previous.write(to: buffer, at: 32)
    commitment.write(to: buffer, at: 64)
  }

  /// The entry's 96 bytes.
  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Entry.byteCount) { buffer, count in
      encode(to: UnsafeMutableRawBufferPointer(buffer))
      count = Entry.byteCount
    }
  }

  /// The hash that stands for the entry in the chain and in the tree (RFC 6962 section 2.1).
  public func leafHash(with hasher: SHA256Hasher) -> Hash {
    bytes.withUnsafeBytes { hasher.leafHash($0) }
  }
}

extension Entry {
  /// Where the hash of the entry before stands in an entry.
  package static let previousOffset = 32
}
