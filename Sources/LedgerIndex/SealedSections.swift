import ProvenanceGraph

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
  case forwardStarts, forwardEnds, forwardEvents, forwardMarks
  case backwardStarts, backwardEnds, backwardEvents, backwardMarks
  case masterData
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

/// The container of a sealed index: a header page, then sections aligned to 64 bytes. Every byte is
/// covered by a checksum. Numbers are little-endian, as the machines are that map them.
enum SealedSections {
  static let magic: [UInt8] = Array("PROVIDX".utf8) + [0xFF]
  static let version: UInt32 = 1
  static let headerBytes = 4096

  /// Where the fixed parts of the header lie.
  enum Header {
    static let version = 8
    static let sectionCount = 12
    static let size = 16
    static let root = 24
    static let seed = 56
    static let fileBytes = 64
    static let originCount = 72
    static let origin = 76
    /// Section rows: id, reserved, offset, length, checksum; 32 bytes each.
    static let table = 1024
    static let checksum = 4088
  }

  /// Lays out header and sections, handing out the file's bytes piece by piece.
  static func write(
    _ sections: [SealedSection], binding: IndexBinding, seed: UInt64,
    to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var header = [UInt8](repeating: 0, count: headerBytes)
    header.replaceSubrange(0..<8, with: magic)
    put(version, at: Header.version, in: &header)
    put(UInt32(sections.count), at: Header.sectionCount, in: &header)
    put(binding.size, at: Header.size, in: &header)
    header.replaceSubrange(Header.root..<Header.root + 32, with: binding.root.prefix(32))
    put(seed, at: Header.seed, in: &header)
    let origin = Array(binding.origin.utf8.prefix(900))
    put(UInt32(origin.count), at: Header.originCount, in: &header)
    header.replaceSubrange(Header.origin..<Header.origin + origin.count, with: origin)
    var offset = headerBytes
    for (row, section) in sections.enumerated() {
      let at = Header.table + row * 32
      put(section.id.rawValue, at: at, in: &header)
      put(UInt64(offset), at: at + 8, in: &header)
      put(UInt64(section.byteCount), at: at + 16, in: &header)
      var checksum: UInt64 = 0
      try section.withBytes { checksum = ByteHash.hash($0, seed: UInt64(offset)) }
      put(checksum, at: at + 24, in: &header)
      offset += aligned(section.byteCount)
    }
    put(UInt64(offset), at: Header.fileBytes, in: &header)
    let checksum = header.withUnsafeBytes {
      ByteHash.hash(UnsafeRawBufferPointer(rebasing: $0[..<Header.checksum]), seed: 0)
    }
    put(checksum, at: Header.checksum, in: &header)
    try header.withUnsafeBytes(sink)
    for section in sections {
      try section.withBytes(sink)
      let padding = [UInt8](
        repeating: 0, count: aligned(section.byteCount) - section.byteCount)
      try padding.withUnsafeBytes(sink)
    }
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

/// The sections of an opened index, each checked against the bounds and its checksum.
struct SectionMap: Sendable {
  let region: ByteRegion
  let binding: IndexBinding
  let seed: UInt64
  private var ranges: [UInt32: Range<Int>] = [:]

  /// - Throws: `IndexError` that says what does not hold.
  init(_ region: ByteRegion) throws(IndexError) {
    self.region = region
    let bytes = region.bytes
    guard bytes.count >= SealedSections.headerBytes,
      bytes[..<8].elementsEqual(SealedSections.magic)
    else { throw IndexError("it has no header") }
    typealias Header = SealedSections.Header
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    func half(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    let covered = UnsafeRawBufferPointer(rebasing: bytes[..<Header.checksum])
    guard ByteHash.hash(covered, seed: 0) == word(Header.checksum) else {
      throw IndexError("its header does not match its checksum")
    }
    guard half(Header.version) == SealedSections.version else {
      throw IndexError("it has version \(half(Header.version))")
    }
    let count = Int(half(Header.sectionCount))
    let originCount = Int(half(Header.originCount))
    guard count <= 95, originCount <= 900, word(Header.fileBytes) == UInt64(bytes.count) else {
      throw IndexError("its length is not what its header says")
    }
    seed = word(Header.seed)
    binding = IndexBinding(
      origin: String(
        decoding: bytes[Header.origin..<Header.origin + originCount], as: UTF8.self),
      size: word(Header.size), root: Array(bytes[Header.root..<Header.root + 32]))
    var end = SealedSections.headerBytes
    for row in 0..<count {
      let at = Header.table + row * 32
      let length = Int(clamping: word(at + 16))
      guard word(at + 8) == UInt64(end), length <= bytes.count - end else {
        throw IndexError("section \(half(at)) lies outside the file")
      }
      let section = UnsafeRawBufferPointer(rebasing: bytes[end..<end + length])
      let next = end + SealedSections.aligned(length)
      guard ByteHash.hash(section, seed: UInt64(end)) == word(at + 24), next <= bytes.count,
        bytes[(end + length)..<next].allSatisfy({ $0 == 0 })
      else { throw IndexError("section \(half(at)) does not match its checksum") }
      ranges[half(at)] = end..<end + length
      end = next
    }
    guard end == bytes.count else { throw IndexError("bytes follow the last section") }
  }

  func range(_ id: SectionID) throws(IndexError) -> Range<Int> {
    guard let range = ranges[id.rawValue] else {
      throw IndexError("section \(id.rawValue) is missing")
    }
    return range
  }

  func column<Element>(_ id: SectionID, of type: Element.Type) throws(IndexError) -> Column<Element>
  {
    let range = try range(id)
    guard range.count % MemoryLayout<Element>.stride == 0 else {
      throw IndexError("section \(id.rawValue) has a broken row")
    }
    return Column(
      region.bytes.baseAddress.map {
        ($0 + range.lowerBound).assumingMemoryBound(to: Element.self)
      }, count: range.count / MemoryLayout<Element>.stride)
  }
}

/// A run of fixed-size rows in a mapped region, which its owner keeps alive.
struct Column<Element>: @unchecked Sendable {
  private let base: UnsafePointer<Element>?
  let count: Int

  init(_ base: UnsafePointer<Element>?, count: Int) {
    self.base = base
    self.count = base == nil ? 0 : count
  }

  /// Where the rows lie.
  var address: UnsafePointer<Element>? { base }

  subscript(index: Int) -> Element {
    guard let base, index >= 0, index < count else {
      preconditionFailure("row \(index) is outside the section")
    }
    return base[index]
  }
}
