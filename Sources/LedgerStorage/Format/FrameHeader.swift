public import TransparencyLog

/// The first 96 bytes of a frame, which is what one group commit wrote.
public struct FrameHeader: Hashable, Sendable {
  /// The number of bytes in an encoded header.
  public static let byteCount = 96
  /// Frames begin at multiples of this many bytes and are padded with zeros up to it, so that a
  /// frame's sectors hold nothing of the frame before.
  public static let alignment = 512
  /// The most entries in a frame.
  public static let maximumEntryCount = 65_536
  /// The most bytes in a frame's body; checked before any memory is set aside for it.
  public static let maximumBodyByteCount = 64 << 20
  /// The most bytes in one payload.
  public static let maximumPayloadByteCount = 32 << 20
  /// The most bytes in one entry's links.
  public static let maximumLinksByteCount = 16 << 20
  /// The first eight bytes; 0xFF never occurs in UTF-8.
  internal static let magic: UInt64 = 0xFF50_5652_4652_414D
  private static let continuesBit: UInt32 = 1
  private static let checksumOffset = byteCount - 4

  /// The ledger the frame belongs to.
  public var logID: LogID
  /// The number of frames before this one, over all segments.
  public var number: UInt64
  /// The first entry.
  public var firstEntry: EntryIndex
  /// The number of entries, at least one.
  public var entryCount: Int
  /// Whether the last capture of the frame goes on in the next.
  public var continues: Bool
  /// The number of bytes of all links.
  public var linksByteCount: Int
  /// The number of bytes of all payloads.
  public var payloadsByteCount: Int
  /// The leaf hash of the last entry.
  public var lastLeaf: Hash
  /// The CRC-32C of entries and directory.
  public var tableChecksum: UInt32

  internal init(
    logID: LogID, number: UInt64, firstEntry: EntryIndex, entryCount: Int, continues: Bool,
    linksByteCount: Int, payloadsByteCount: Int, lastLeaf: Hash, tableChecksum: UInt32
  ) {
    self.logID = logID
    self.number = number
    self.firstEntry = firstEntry
    self.entryCount = entryCount
    self.continues = continues
    self.linksByteCount = linksByteCount
    self.payloadsByteCount = payloadsByteCount
    self.lastLeaf = lastLeaf
    self.tableChecksum = tableChecksum
  }

  /// Reads a header; `nil` unless the bytes are 96, undamaged, and within the caps, so that
  /// lengths and indices taken from it neither overflow nor ask for much memory.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == FrameHeader.byteCount,
      bytes.bigEndian(at: 0, as: UInt64.self) == FrameHeader.magic,
      bytes.bigEndian(at: FrameHeader.checksumOffset, as: UInt32.self)
        == CRC32C.checksum(of: bytes.part(0, FrameHeader.checksumOffset))
    else { return nil }
    let flags: UInt32 = bytes.bigEndian(at: 44)
    let count = Int(bytes.bigEndian(at: 40, as: UInt32.self))
    let links = Int(bytes.bigEndian(at: 48, as: UInt32.self))
    let payloads = Int(bytes.bigEndian(at: 52, as: UInt32.self))
    let first: UInt64 = bytes.bigEndian(at: 32)
    let number: UInt64 = bytes.bigEndian(at: 24)
    guard flags & ~FrameHeader.continuesBit == 0, count > 0,
      count <= FrameHeader.maximumEntryCount,
      count * FrameLayout.fixedByteCount + links + payloads <= FrameHeader.maximumBodyByteCount,
      first <= UInt64(Int64.max) - UInt64(count), number < UInt64(Int64.max)
    else { return nil }
    logID = LogID(high: bytes.bigEndian(at: 8), low: bytes.bigEndian(at: 16))
    self.number = number
    firstEntry = EntryIndex(first)
    entryCount = count
    continues = flags & FrameHeader.continuesBit != 0
    linksByteCount = links
    payloadsByteCount = payloads
    lastLeaf = bytes.hash(at: 56)
    tableChecksum = bytes.bigEndian(at: 88)
  }

  /// Writes the header's 96 bytes; the program stops when there is less room.
  package func encode(to buffer: UnsafeMutableRawBufferPointer) {
    buffer.storeBigEndian(FrameHeader.magic, at: 0)
    buffer.storeBigEndian(logID.high, at: 8)
    buffer.storeBigEndian(logID.low, at: 16)
    buffer.storeBigEndian(number, at: 24)
    buffer.storeBigEndian(firstEntry.rawValue, at: 32)
    buffer.storeBigEndian(UInt32(truncatingIfNeeded: entryCount), at: 40)
    buffer.storeBigEndian(continues ? FrameHeader.continuesBit : 0, at: 44)
    buffer.storeBigEndian(UInt32(truncatingIfNeeded: linksByteCount), at: 48)
    buffer.storeBigEndian(UInt32(truncatingIfNeeded: payloadsByteCount), at: 52)
    lastLeaf.write(to: buffer, at: 56)
    buffer.storeBigEndian(tableChecksum, at: 88)
    let covered = UnsafeRawBufferPointer(buffer).part(0, FrameHeader.checksumOffset)
    buffer.storeBigEndian(CRC32C.checksum(of: covered), at: FrameHeader.checksumOffset)
  }

  /// A header without entries, to be filled in.
  package static let empty = FrameHeader(
    logID: LogID(high: 0, low: 0), number: 0, firstEntry: 0, entryCount: 0, continues: false,
    linksByteCount: 0, payloadsByteCount: 0, lastLeaf: .zero, tableChecksum: 0)

  /// The entry after the frame's last.
  public var endEntry: EntryIndex { EntryIndex(firstEntry.rawValue + UInt64(entryCount)) }

  /// Where the parts of the frame stand.
  public var layout: FrameLayout {
    FrameLayout(entryCount, links: linksByteCount, payloads: payloadsByteCount)
  }
}

/// Where the parts of a frame stand, in bytes from the frame's start.
public struct FrameLayout: Hashable, Sendable {
  /// The bytes of one entry's place in the directory: two lengths and two checksums.
  public static let directoryByteCount = 16
  /// The bytes of one entry's two salts.
  public static let saltsByteCount = 2 * Salt.byteCount
  /// What each entry takes beside its links and its payload.
  public static let fixedByteCount = Entry.byteCount + directoryByteCount + saltsByteCount

  /// The entries, 96 bytes each.
  public let entries: Int
  /// The directory, 16 bytes for each entry.
  public let directory: Int
  /// The salts, 32 bytes for each entry.
  public let salts: Int
  /// The links of all entries.
  public let links: Int
  /// The payloads of all entries.
  public let payloads: Int
  /// The end of the payloads.
  public let end: Int
  /// The end of the padding, a multiple of 512.
  public let paddedEnd: Int

  internal init(_ count: Int, links linksCount: Int, payloads payloadsCount: Int) {
    entries = FrameHeader.byteCount
    directory = entries + count * Entry.byteCount
    salts = directory + count * FrameLayout.directoryByteCount
    links = salts + count * FrameLayout.saltsByteCount
    payloads = links + linksCount
    end = payloads + payloadsCount
    paddedEnd = (end + FrameHeader.alignment - 1) / FrameHeader.alignment * FrameHeader.alignment
  }
}

/// A place in the log: a byte of a segment.
public struct LogPosition: Hashable, Comparable, Sendable {
  /// The first entry of the segment, which names its file.
  public var segment: EntryIndex
  /// The byte, counted from the segment's start.
  public var offset: UInt64

  /// A byte of a segment.
  public init(segment: EntryIndex, offset: UInt64) {
    self.segment = segment
    self.offset = offset
  }

  /// The segment's path inside the ledger.
  public var file: String { LedgerPaths.segment(segment) }

  /// Positions in the order in which they are written.
  public static func < (left: LogPosition, right: LogPosition) -> Bool {
    (left.segment, left.offset) < (right.segment, right.offset)
  }

  /// The place for a message.
  package func location(entry: EntryIndex? = nil) -> LogLocation {
    LogLocation(file: file, offset: offset, entry: entry)
  }
}
