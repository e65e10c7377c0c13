/// How a sealed file of sections is laid out; the documentation page GraphSegment says it in full.
///
/// A header of one page names every section with its place, length and checksum; the sections
/// follow, each aligned to 64 bytes. All numbers are little-endian.
enum SegmentFile {
  static let headerSize = 4096
  static let alignment = 64
  static let version: UInt32 = 1
  /// A byte that no text holds, then letters that say what it is.
  static let magic: [UInt8] = [0xff] + Array("PRVGRPH".utf8)
  static let bindingSize = 64
  static let maximumSections = 32

  /// Places in the header.
  enum Field {
    static let magic = 0
    static let version = 8
    static let flags = 12
    static let nodeCount = 16
    static let sectionCount = 20
    static let edgeCount = 24
    static let binding = 32
    static let table = 128
    static let checksum = headerSize - 8
  }

  /// A section's line in the table: kind, a word of zeros, place, length and checksum.
  static let lineSize = 32

  /// What a section holds. Kinds that a reader does not know are checked and passed over.
  enum Kind: UInt32, CaseIterable {
    case forwardPresence = 1
    case forwardRanks = 2
    case forwardStarts = 3
    case forwardEnds = 4
    case backwardPresence = 5
    case backwardRanks = 6
    case backwardStarts = 7
    case backwardEnds = 8
    case quantities = 9
    case totals = 10
    case onwardLabels = 11
    case originLabels = 12
    case longLabels = 13
    case sketches = 14
    case onwardDirectory = 15
    case originDirectory = 16
    case times = 17
    case timeSlots = 18
  }

  /// Bits of the header's flags.
  struct Flags: OptionSet, Sendable {
    let rawValue: UInt32
    /// Every edge goes from a lower number to a higher one.
    static let ascending = Flags(rawValue: 1 << 0)
    /// The rows of nodes without edges are left out, and ranks say where the others are.
    static let sparse = Flags(rawValue: 1 << 1)
  }

  struct Section: Hashable, Sendable {
    var kind: UInt32
    var bytes: Range<Int>
    var checksum: UInt64
  }

  struct Header: Hashable, Sendable {
    var flags: Flags
    var nodeCount: Int
    var edgeCount: Int
    var binding: [UInt8]
    var sections: [Section] = []
    /// What the header's page ends with; known once it was read from a file.
    var checksum: UInt64 = 0

    subscript(kind: Kind) -> Range<Int>? {
      sections.first { $0.kind == kind.rawValue }?.bytes
    }
  }
}

extension SegmentFile.Flags: Hashable {}
