public import TransparencyLog

/// The first 512 bytes of a segment file.
public struct SegmentHeader: Hashable, Sendable {
  /// The number of bytes in an encoded header.
  public static let byteCount = 512
  /// The version of the format.
  public static let version: UInt32 = 1
  /// The first eight bytes; 0xFF never occurs in UTF-8.
  internal static let magic: UInt64 = 0xFF50_5652_5345_474D
  private static let usedByteCount = 88
  private static let checksumOffset = byteCount - 4

  /// The ledger the segment belongs to.
  public var logID: LogID
  /// The number of segments before this one.
  public var number: UInt64
  /// The first entry; it also names the file.
  public var firstEntry: EntryIndex
  /// The number of the first frame.
  public var firstFrame: UInt64
  /// The leaf hash of the last entry of the segment before, zeros in the first segment.
  public var previousLeaf: Hash

  package init(
    logID: LogID, number: UInt64, firstEntry: EntryIndex, firstFrame: UInt64, previousLeaf: Hash
  ) {
    self.logID = logID
    self.number = number
    self.firstEntry = firstEntry
    self.firstFrame = firstFrame
    self.previousLeaf = previousLeaf
  }

  /// Reads a header; `nil` unless the bytes are 512 and all of them are as they must be.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == SegmentHeader.byteCount,
      bytes.bigEndian(at: 0, as: UInt64.self) == SegmentHeader.magic,
      bytes.bigEndian(at: SegmentHeader.checksumOffset, as: UInt32.self)
        == CRC32C.checksum(of: bytes.part(0, SegmentHeader.checksumOffset)),
      bytes.bigEndian(at: 8, as: UInt32.self) == SegmentHeader.version,
      bytes.bigEndian(at: 12, as: UInt32.self) == 0,
      bytes.part(
        SegmentHeader.usedByteCount, SegmentHeader.checksumOffset - SegmentHeader.usedByteCount
      ).isZero
    else { return nil }
    logID = LogID(high: bytes.bigEndian(at: 16), low: bytes.bigEndian(at: 24))
    number = bytes.bigEndian(at: 32)
    firstEntry = EntryIndex(bytes.bigEndian(at: 40, as: UInt64.self))
    firstFrame = bytes.bigEndian(at: 48)
    previousLeaf = bytes.hash(at: 56)
  }

  /// The header's 512 bytes.
  public var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: SegmentHeader.byteCount)
    bytes.withUnsafeMutableBytes { buffer in
      buffer.storeBigEndian(SegmentHeader.magic, at: 0)
      buffer.storeBigEndian(SegmentHeader.version, at: 8)
      buffer.storeBigEndian(logID.high, at: 16)
      buffer.storeBigEndian(logID.low, at: 24)
      buffer.storeBigEndian(number, at: 32)
      buffer.storeBigEndian(firstEntry.rawValue, at: 40)
      buffer.storeBigEndian(firstFrame, at: 48)
      previousLeaf.write(to: buffer, at: 56)
      let covered = UnsafeRawBufferPointer(buffer).part(0, SegmentHeader.checksumOffset)
      buffer.storeBigEndian(CRC32C.checksum(of: covered), at: SegmentHeader.checksumOffset)
    }
    return bytes
  }
}
