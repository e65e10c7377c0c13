import ProvenanceGraph
import TransparencyLog

/// The parts of a sealed index. Raw values are on disk: they never change within a version.
enum SectionID: UInt32, CaseIterable, Sendable {
  case itemHeap = 1
  case itemStarts, itemSlots, itemKinds, itemNodes, itemsByTail
  case unknownLotItems, unknownLotClasses, unknownLotStarts, unknownLots
  case placeHeap, placeStarts, placeKinds, placeSites
  case classHeap, classStarts, classSlots
  case lotNumberHeap, lotNumberStarts, lotNumberItems
  case stepHeap, stepStarts, profiles
  case eventClock, eventTimes, eventEntries, eventPlaces, eventProfiles, eventMentions, eventSlots
  case declaredEvents, declarations
  case transformationHashes, transformationEvents
  case mentionItems, mentionRoles
  case itemTimelineStarts, itemTimelines, placeTimelineStarts, placeTimelines
  case stayUnits, stayChildren, stayOpenings, stayEntries, stayExits, stayFlags
  case lateStays, lateStayTimes
  case unitStayPresence, unitStayRanks, unitStayStarts
  case childStayPresence, childStayRanks, childStayStarts, childStays
  case carrierPresence, carrierRanks, carrierStarts, carriers
  case nodeItems
  case forwardPresence, forwardRanks, forwardStarts, forwardEnds
  case forwardEvents, forwardDoubts, forwardMarks
  case backwardPresence, backwardRanks, backwardStarts, backwardEnds
  case backwardEvents, backwardDoubts, backwardMarks
  case nameHeap, nameStarts, nameRecordHeap, nameRecordStarts
  case cuts, cutReasonHeap, cutReasonStarts

  /// One more than the highest raw value.
  static let end = Int(cutReasonStarts.rawValue) + 1

  /// What the bytes of a section are counted as.
  var part: LedgerIndex.Part {
    switch rawValue {
    case Self.itemHeap.rawValue: .keys
    case ...Self.unknownLots.rawValue: .items
    case ...Self.placeSites.rawValue: .names
    case ...Self.lotNumberItems.rawValue: .items
    case ...Self.transformationEvents.rawValue: .events
    case ...Self.itemTimelines.rawValue: .mentions
    case ...Self.placeTimelines.rawValue: .events
    case ...Self.childStays.rawValue: .items
    case ...Self.backwardMarks.rawValue: .graph
    default: .names
    }
  }
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

/// The container of a sealed index: sections aligned to 64 bytes, the checksum of each page, the
/// checksums of the pages of checksums, and a trailer of one page that says where everything lies.
/// Every byte is covered. Numbers are little-endian, as the machines are that map them.
///
/// Opening reads the trailer and the checksums of checksums, about a millionth of the file.
enum SealedSections {
  static let magic: [UInt8] = Array("PROVIDX".utf8) + [0xFF]
  static let version: UInt32 = 5
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
    /// Section rows: id, bytes a number (0 where these are no packed numbers), offset, length; 24
    /// bytes each.
    static let table = 1024
    static let checksum = 4092
  }

  static let checksum: PageChecksum = { CRC32C.checksum(of: $0) }
}

/// The sections of an opened index, each within the bounds of the data.
struct SectionMap {
  let checked: CheckedRegion
  let binding: IndexBinding
  let seed: UInt64
  /// The sections by their raw values; those that are missing have no bytes.
  private(set) var rows: [Row]

  /// Where a section lies, and how many bytes each of its numbers has. Plain numbers in an array, since
  /// making a dictionary's types takes the process longer than reading the table.
  struct Row {
    var start = -1
    var end = -1
    var width = 0

    var byteCount: Int { end - start }
  }

  /// - Throws: `IndexError` that says what does not hold.
  /// - Complexity: O(bytes / 2^20).
  init(_ region: ByteRegion) throws(IndexError) {
    typealias Trailer = SealedSections.Trailer
    let all = region.bytes
    guard all.count >= SealedSections.trailerBytes else { throw IndexError("it has no trailer") }
    let end = all.count - SealedSections.trailerBytes
    guard region.load(end..<all.count) else { throw IndexError("its trailer cannot be read") }
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
    guard count <= 120, originCount <= 900, dataEnd <= end,
      topCount <= (end - dataEnd) / (page + 4), dataEnd + topCount * (page + 4) == end
    else { throw IndexError("its length is not what its trailer says") }
    guard region.load((end - topCount * 4)..<end) else {
      throw IndexError("its checksums cannot be read")
    }
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
    rows = [Row](repeating: Row(), count: SectionID.end)
    for row in 0..<count {
      let at = Trailer.table + row * 24
      let start = Int(clamping: word(at + 8))
      let length = Int(clamping: word(at + 16))
      guard start % 64 == 0, start <= dataEnd, length <= dataEnd - start else {
        throw IndexError("section \(half(at)) lies outside the file")
      }
      guard let id = SectionID(rawValue: half(at)) else { continue }
      rows[Int(id.rawValue)] = Row(start: start, end: start + length, width: Int(half(at + 4)))
    }
  }

  func range(_ id: SectionID) throws(IndexError) -> Range<Int> {
    let row = rows[Int(id.rawValue)]
    guard row.start >= 0 else { throw IndexError("section \(id.rawValue) is missing") }
    return row.start..<row.end
  }

  func column<Element: BitwiseCopyable>(
    _ id: SectionID, of type: Element.Type
  ) throws(IndexError) -> CheckedColumn<Element> {
    guard let column = CheckedColumn<Element>(checked, try range(id)) else {
      throw IndexError("section \(id.rawValue) has a broken row")
    }
    return column
  }

  /// Numbers of as many bytes each as the table of sections says.
  func numbers(_ id: SectionID) throws(IndexError) -> PackedColumn {
    guard let column = PackedColumn(checked, try range(id), width: width(id)) else {
      throw IndexError("section \(id.rawValue) has a broken row")
    }
    return column
  }

  /// How many bytes each number of a section has.
  func width(_ id: SectionID) -> Int { rows[Int(id.rawValue)].width }
}
