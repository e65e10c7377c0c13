public import TransparencyLog

/// How far readers may read: what `committed` says in one of its two slots.
public struct Committed: Hashable, Sendable {
  /// The number of bytes in a slot; slots are written in turn, so that one is always whole.
  public static let slotByteCount = 512
  /// The number of slots, and so the file's size in slots.
  public static let slotCount = 2
  /// The first eight bytes of a slot; 0xFF never occurs in UTF-8.
  internal static let magic: UInt64 = 0xFF50_5652_434F_4D4D
  private static let usedByteCount = 160
  private static let checksumOffset = slotByteCount - 4

  /// The ledger.
  public var logID: LogID
  /// Counts the writes of `committed`; its lowest bit is the slot.
  public var sequence: UInt64
  /// The number of entries that are durable and whole.
  public var size: TreeSize
  /// The number of the next frame.
  public var nextFrame: UInt64
  /// Where the next frame stands, unless a new segment begins first.
  public var end: LogPosition
  /// Where the last frame stands.
  public var lastFrame: LogPosition
  /// The record time of the last entry.
  public var lastTime: RecordTime
  /// How many leaves of the tree's files are known to be durable.
  public var treeSize: TreeSize
  /// The leaf hash of the last entry.
  public var lastLeaf: Hash
  /// The root of the tree of all entries.
  public var root: Hash

  package init(
    logID: LogID, sequence: UInt64, size: TreeSize, nextFrame: UInt64, end: LogPosition,
    lastFrame: LogPosition, lastTime: RecordTime, treeSize: TreeSize, lastLeaf: Hash, root: Hash
  ) {
    self.logID = logID
    self.sequence = sequence
    self.size = size
    self.nextFrame = nextFrame
    self.end = end
    self.lastFrame = lastFrame
    self.lastTime = lastTime
    self.treeSize = treeSize
    self.lastLeaf = lastLeaf
    self.root = root
  }

  /// Reads a slot; `nil` unless the bytes are 512 and all of them are as they must be.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Committed.slotByteCount,
      bytes.bigEndian(at: 0, as: UInt64.self) == Committed.magic,
      bytes.bigEndian(at: Committed.checksumOffset, as: UInt32.self)
        == CRC32C.checksum(of: bytes.part(0, Committed.checksumOffset)),
      bytes.part(Committed.usedByteCount, Committed.checksumOffset - Committed.usedByteCount).isZero
    else { return nil }
    logID = LogID(high: bytes.bigEndian(at: 8), low: bytes.bigEndian(at: 16))
    sequence = bytes.bigEndian(at: 24)
    size = TreeSize(bytes.bigEndian(at: 32, as: UInt64.self))
    nextFrame = bytes.bigEndian(at: 40)
    end = Committed.position(bytes, at: 48)
    lastFrame = Committed.position(bytes, at: 64)
    lastTime = RecordTime(rawValue: bytes.bigEndian(at: 80))
    treeSize = TreeSize(bytes.bigEndian(at: 88, as: UInt64.self))
    lastLeaf = bytes.hash(at: 96)
    root = bytes.hash(at: 128)
    guard isPlausible else { return nil }
  }

  /// Whether later arithmetic on the numbers is safe.
  private var isPlausible: Bool {
    let limit = UInt64(Int64.max)
    return size.rawValue > 0 && size.rawValue < limit && nextFrame > 0 && nextFrame < limit
      && sequence < limit && treeSize <= size && end.offset < limit && lastFrame < end
      && end.segment.rawValue <= size.rawValue
  }

  private static func position(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> LogPosition {
    LogPosition(
      segment: EntryIndex(bytes.bigEndian(at: offset, as: UInt64.self)),
      offset: bytes.bigEndian(at: offset + 8))
  }

  /// The slot's 512 bytes.
  public var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Committed.slotByteCount)
    bytes.withUnsafeMutableBytes { buffer in
      buffer.storeBigEndian(Committed.magic, at: 0)
      buffer.storeBigEndian(logID.high, at: 8)
      buffer.storeBigEndian(logID.low, at: 16)
      buffer.storeBigEndian(sequence, at: 24)
      buffer.storeBigEndian(size.rawValue, at: 32)
      buffer.storeBigEndian(nextFrame, at: 40)
      buffer.storeBigEndian(end.segment.rawValue, at: 48)
      buffer.storeBigEndian(end.offset, at: 56)
      buffer.storeBigEndian(lastFrame.segment.rawValue, at: 64)
      buffer.storeBigEndian(lastFrame.offset, at: 72)
      buffer.storeBigEndian(lastTime.rawValue, at: 80)
      buffer.storeBigEndian(treeSize.rawValue, at: 88)
      lastLeaf.write(to: buffer, at: 96)
      root.write(to: buffer, at: 128)
      let covered = UnsafeRawBufferPointer(buffer).part(0, Committed.checksumOffset)
      buffer.storeBigEndian(CRC32C.checksum(of: covered), at: Committed.checksumOffset)
    }
    return bytes
  }

  /// The slot that this is written to.
  package var slot: Int { Int(sequence & 1) }
}
