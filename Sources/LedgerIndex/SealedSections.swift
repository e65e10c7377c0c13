import ProvenanceGraph
import TransparencyLog

/// The parts of a sealed index. Raw values are on disk: they never change within a version.
enum SectionID: UInt32, CaseIterable, Sendable {
  case itemHeap = 1
  case itemStarts, itemSlots, itemRows
  case placeHeap, placeStarts, placeKinds, placeSites
  case classHeap, classStarts, stepHeap, stepStarts, unitHeap, unitStarts
  case lotNumberHeap, lotNumberStarts, lotNumberItems
  case events, eventSlots, mentions
  case stays, childStayStarts, childStays, unitStayStarts, unitStays
  case itemTimelineStarts, itemTimelines, placeTimelineStarts, placeTimelines
  case nodeItems, carrierStarts, carriers
  case forwardPresence, forwardRanks, forwardStarts, forwardEnds
  case forwardEvents, forwardDoubts, forwardMarks
  case backwardPresence, backwardRanks, backwardStarts, backwardEnds
  case backwardEvents, backwardDoubts, backwardMarks
  case nameHeap, nameStarts, nameRecordHeap, nameRecordStarts
  case classSlots, unknownLotStarts, unknownLots, itemsByTail
  case transformationHashes, transformationEvents
  case cuts, cutReasonHeap, cutReasonStarts
}

/// What a sealed index belongs to: an index made for another log, size or root is not used.
public struct IndexBinding: Sendable, Hashable {
  /// The log's origin.
  public var origin: String
  /// How many entries are indexed.
  public var size: UInt64
  /// The 32 bytes of the tree's root at that size.
  public var root: [UInt8]

  /// A binding from its parts.
  public init(origin: String, size: UInt64, root: [UInt8]) {
    self.origin = origin
    self.size = size
    self.root = root
  }
}

/// A section before it is written: rows that stay where they are, since copies of all sections
/// would double the memory that sealing takes.
struct SealedSection {
  let id: SectionID
  let byteCount: Int
  private let lend: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  init<Row>(_ id: SectionID, _ rows: [Row]) {
    self.id = id
    byteCount = rows.count * MemoryLayout<Row>.stride
    lend = { body in try rows.withUnsafeBytes { try body($0) } }
  }

  func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws { try lend(body) }
}

/// The container of a sealed index: sections aligned to 64 bytes, the checksum of each page, the
/// checksums of the pages of checksums, and a trailer of one page that says where everything lies.
/// Every byte is covered. Numbers are little-endian, as the machines are that map them.
///
/// Opening reads the trailer and the checksums of checksums, about a millionth of the file.
enum SealedSections {
  static let magic: [UInt8] = Array("PROVIDX".utf8) + [0xFF]
  static let version: UInt32 = 4
  static let trailerBytes = CheckedRegion.pageByteCount

  /// Where the parts of the trailer lie.
  enum Trailer {
    static let version = 8
    static let sectionCount = 12
    static let size = 16
    static let root = 24
    static let seed = 56
    static let dataEnd = 64
    static let topCount = 72
    static let topChecksum = 80
    static let originCount = 84
    static let origin = 88
    /// Section rows: id, reserved, offset, length; 24 bytes each.
    static let table = 1024
    static let checksum = 4092
  }

  static let checksum: PageChecksum = { CRC32C.checksum(of: $0) }

  /// Lays out sections, checksums and trailer, handing out the file's bytes piece by piece.
  static func write(
    _ sections: [SealedSection], binding: IndexBinding, seed: UInt64,
    to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var trailer = [UInt8](repeating: 0, count: trailerBytes)
    var sums = PageSums(checksum: checksum)
    var offset = 0
    func write(_ bytes: UnsafeRawBufferPointer) throws {
      sums.update(bytes)
      try sink(bytes)
    }
    for (row, section) in sections.enumerated() {
      let at = Trailer.table + row * 24
      put(section.id.rawValue, at: at, in: &trailer)
      put(UInt64(offset), at: at + 8, in: &trailer)
      put(UInt64(section.byteCount), at: at + 16, in: &trailer)
      try section.withBytes(write)
      let padding = [UInt8](
        repeating: 0, count: aligned(section.byteCount) - section.byteCount)
      try padding.withUnsafeBytes(write)
      offset += aligned(section.byteCount)
    }
    try sums.padding.withUnsafeBytes(write)
    let (pages, tops) = sums.sealed()
    try pages.withUnsafeBytes(sink)
    let top = tops.flatMap { sum in withUnsafeBytes(of: sum.littleEndian) { [UInt8]($0) } }
    try top.withUnsafeBytes(sink)
    trailer.replaceSubrange(0..<8, with: magic)
    put(version, at: Trailer.version, in: &trailer)
    put(UInt32(sections.count), at: Trailer.sectionCount, in: &trailer)
    put(binding.size, at: Trailer.size, in: &trailer)
    trailer.replaceSubrange(Trailer.root..<Trailer.root + 32, with: binding.root.prefix(32))
    put(seed, at: Trailer.seed, in: &trailer)
    put(UInt64(sums.sums.count * CheckedRegion.pageByteCount), at: Trailer.dataEnd, in: &trailer)
    put(UInt64(tops.count), at: Trailer.topCount, in: &trailer)
    put(CRC32C.checksum(of: top), at: Trailer.topChecksum, in: &trailer)
    let origin = Array(binding.origin.utf8.prefix(900))
    put(UInt32(origin.count), at: Trailer.originCount, in: &trailer)
    trailer.replaceSubrange(Trailer.origin..<Trailer.origin + origin.count, with: origin)
    let sum = CRC32C.checksum(of: Array(trailer[..<Trailer.checksum]))
    put(sum, at: Trailer.checksum, in: &trailer)
    try trailer.withUnsafeBytes(sink)
  }

  static func aligned(_ count: Int) -> Int { (count + 63) & ~63 }

  private static func put<Value: FixedWidthInteger>(
    _ value: Value, at offset: Int, in bytes: inout [UInt8]
  ) {
    withUnsafeBytes(of: value.littleEndian) {
      bytes.replaceSubrange(offset..<offset + $0.count, with: $0)
    }
  }
}

/// The sections of an opened index, each within the bounds of the data.
struct SectionMap {
  let checked: CheckedRegion
  let binding: IndexBinding
  let seed: UInt64
  private var ranges: [UInt32: Range<Int>] = [:]

  /// - Throws: `IndexError` that says what does not hold.
  /// - Complexity: O(bytes / 2^20).
  init(_ region: ByteRegion) throws(IndexError) {
    typealias Trailer = SealedSections.Trailer
    let all = region.bytes
    guard all.count >= SealedSections.trailerBytes else { throw IndexError("it has no trailer") }
    let end = all.count - SealedSections.trailerBytes
    let bytes = UnsafeRawBufferPointer(rebasing: all[end...])
    guard bytes[..<8].elementsEqual(SealedSections.magic) else {
      throw IndexError("it has no trailer")
    }
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    func half(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    let covered = UnsafeRawBufferPointer(rebasing: bytes[..<Trailer.checksum])
    guard CRC32C.checksum(of: covered) == half(Trailer.checksum) else {
      throw IndexError("its trailer does not match its checksum")
    }
    guard half(Trailer.version) == SealedSections.version else {
      throw IndexError("it has version \(half(Trailer.version))")
    }
    let count = Int(half(Trailer.sectionCount))
    let originCount = Int(half(Trailer.originCount))
    let dataEnd = Int(clamping: word(Trailer.dataEnd))
    let topCount = Int(clamping: word(Trailer.topCount))
    let page = CheckedRegion.pageByteCount
    guard count <= 95, originCount <= 900, dataEnd <= end,
      topCount <= (end - dataEnd) / (page + 4), dataEnd + topCount * (page + 4) == end
    else { throw IndexError("its length is not what its trailer says") }
    let top = UnsafeRawBufferPointer(rebasing: all[(end - topCount * 4)..<end])
    guard CRC32C.checksum(of: top) == half(Trailer.topChecksum),
      let checked = CheckedRegion(
        region, dataEnd: dataEnd,
        sumsOfSums: (0..<topCount).map {
          UInt32(littleEndian: top.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
        }, checksum: SealedSections.checksum)
    else { throw IndexError("its checksums do not match their checksum") }
    self.checked = checked
    seed = word(Trailer.seed)
    binding = IndexBinding(
      origin: String(
        decoding: bytes[Trailer.origin..<Trailer.origin + originCount], as: UTF8.self),
      size: word(Trailer.size), root: Array(bytes[Trailer.root..<Trailer.root + 32]))
    for row in 0..<count {
      let at = Trailer.table + row * 24
      let start = Int(clamping: word(at + 8))
      let length = Int(clamping: word(at + 16))
      guard start % 64 == 0, start <= dataEnd, length <= dataEnd - start else {
        throw IndexError("section \(half(at)) lies outside the file")
      }
      ranges[half(at)] = start..<start + length
    }
  }

  func range(_ id: SectionID) throws(IndexError) -> Range<Int> {
    guard let range = ranges[id.rawValue] else {
      throw IndexError("section \(id.rawValue) is missing")
    }
    return range
  }

  func column<Element: BitwiseCopyable>(
    _ id: SectionID, of type: Element.Type
  ) throws(IndexError) -> CheckedColumn<Element> {
    guard let column = CheckedColumn<Element>(checked, try range(id)) else {
      throw IndexError("section \(id.rawValue) has a broken row")
    }
    return column
  }
}
