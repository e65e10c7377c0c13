import ProvenanceGraph
import TransparencyLog

/// The file of a fact table: rows, buckets, lists of entries, the checksum of each page, the checksums
/// of the pages of checksums, and a trailer of one page. Described on the page *FactTables*.
enum FactFile {
  static let magic: [UInt8] = Array("PROVFCT".utf8) + [0xFF]
  static let version: UInt32 = 1
  static let trailerByteCount = CheckedRegion.pageByteCount
  static let originByteCountMax = 255

  /// Where the parts of the trailer lie.
  enum Trailer {
    static let version = 8
    static let originCount = 12
    static let seed = 16
    static let first = 24
    static let size = 32
    static let root = 40
    static let rowCount = 72
    static let cutCount = 80
    static let redactionCount = 88
    static let topCount = 96
    static let topChecksum = 104
    static let knownSize = 112
    static let origin = 120
    static let checksum = 4092
  }

  static let checksum: PageChecksum = { CRC32C.checksum(of: $0) }

  static func put<Value: FixedWidthInteger>(
    _ value: Value, at offset: Int, in bytes: inout [UInt8]
  ) {
    withUnsafeBytes(of: value.littleEndian) {
      bytes.replaceSubrange(offset..<offset + $0.count, with: $0)
    }
  }
}

/// What a table of facts belongs to.
struct FactHead: Sendable {
  /// The first entry that it covers.
  var firstEntry: UInt64
  /// The log, and its size and root after the last entry that it covers.
  var binding: IndexBinding
  /// How many entries the log had when it was made: what a later one redacts may be in it.
  var knownSize: UInt64
  /// What its hashes are seeded with.
  var seed: UInt64
}

/// Writes the file of a fact table from front to back.
struct FactFileWriter {
  typealias Sink = (UnsafeRawBufferPointer) throws -> Void

  private var sums = PageSums(checksum: FactFile.checksum)
  private var block: [UInt8] = []
  private var rowCount: UInt64 = 0
  private static let blockByteCount = 1 << 18

  init() { block.reserveCapacity(Self.blockByteCount) }

  /// Takes the next packed rows.
  mutating func append(_ rows: [UInt64], to sink: Sink) throws {
    rowCount += UInt64(rows.count)
    try rows.withUnsafeBytes { try append($0, to: sink) }
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer, to sink: Sink) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let taken = rest.prefix(Self.blockByteCount - block.count)
      block.append(contentsOf: UnsafeRawBufferPointer(rebasing: taken))
      rest = rest.dropFirst(taken.count)
      if block.count == Self.blockByteCount { try flush(to: sink) }
    }
  }

  private mutating func flush(to sink: Sink) throws {
    try block.withUnsafeBytes {
      sums.update($0)
      try sink($0)
    }
    block.removeAll(keepingCapacity: true)
  }

  /// Writes what follows the rows.
  mutating func finish(
    starts: [UInt32], cuts: [UInt32], redactions: [UInt32], head: FactHead, to sink: Sink
  ) throws {
    for list in [starts, cuts, redactions] { try list.withUnsafeBytes { try append($0, to: sink) } }
    try flush(to: sink)
    let top = try sums.finish(to: sink)
    typealias Trailer = FactFile.Trailer
    var trailer = [UInt8](repeating: 0, count: FactFile.trailerByteCount)
    let origin = Array(head.binding.origin.utf8)
    guard origin.count <= FactFile.originByteCountMax, head.binding.root.count == 32 else {
      throw IndexError("the origin or the root has a wrong length")
    }
    trailer.replaceSubrange(0..<8, with: FactFile.magic)
    FactFile.put(FactFile.version, at: Trailer.version, in: &trailer)
    FactFile.put(UInt32(origin.count), at: Trailer.originCount, in: &trailer)
    FactFile.put(head.seed, at: Trailer.seed, in: &trailer)
    FactFile.put(head.firstEntry, at: Trailer.first, in: &trailer)
    FactFile.put(head.binding.size, at: Trailer.size, in: &trailer)
    FactFile.put(head.knownSize, at: Trailer.knownSize, in: &trailer)
    trailer.replaceSubrange(Trailer.root..<Trailer.root + 32, with: head.binding.root)
    FactFile.put(rowCount, at: Trailer.rowCount, in: &trailer)
    FactFile.put(UInt64(cuts.count), at: Trailer.cutCount, in: &trailer)
    FactFile.put(UInt64(redactions.count), at: Trailer.redactionCount, in: &trailer)
    FactFile.put(UInt64(top.count / 4), at: Trailer.topCount, in: &trailer)
    FactFile.put(CRC32C.checksum(of: top), at: Trailer.topChecksum, in: &trailer)
    trailer.replaceSubrange(Trailer.origin..<Trailer.origin + origin.count, with: origin)
    let sum = CRC32C.checksum(of: Array(trailer[..<Trailer.checksum]))
    FactFile.put(sum, at: Trailer.checksum, in: &trailer)
    try trailer.withUnsafeBytes(sink)
  }
}

extension FactCollector {
  /// Sorts the facts and hands out the bytes of their file piece by piece.
  ///
  /// - Parameters:
  ///   - binding: the log, and its size and root after the last entry that was added.
  ///   - knownSize: how many entries the log had when the entries were read.
  /// - Throws: what the sink throws, and `IndexError` for a binding that does not fit.
  /// - Complexity: O(rows).
  public func seal(
    binding: IndexBinding, knownSize: UInt64, to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let rows = sorted()
    var writer = FactFileWriter()
    try writer.append(rows.packed, to: sink)
    try writer.finish(
      starts: rows.starts, cuts: cuts, redactions: redactions,
      head: FactHead(
        firstEntry: firstEntry, binding: binding, knownSize: knownSize, seed: seed), to: sink)
  }

  /// The table of the facts in memory.
  public func table(binding: IndexBinding) throws -> FactTable {
    var bytes: [UInt8] = []
    try seal(binding: binding, knownSize: binding.size) { bytes.append(contentsOf: $0) }
    return try FactTable(ByteRegion(copying: bytes))
  }
}
