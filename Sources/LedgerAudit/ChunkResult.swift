import LedgerStorage
import TransparencyLog

/// What the log was like when it had a certain number of entries.
internal struct LogHead {
  var size: UInt64
  var lastLeaf: Hash
  var lastTime: RecordTime?
  /// Whether a capture went on after the last entry.
  var isWithinCapture: Bool
  /// Filled in when the chunks are put together.
  var root: Hash?
}

/// What the check of a chunk found, to be put together with those before and after it.
internal struct ChunkResult {
  /// The first entry, whose predecessor is in another chunk.
  struct FirstEntry {
    var entry: Entry
    var location: LogLocation
  }

  var number: Int
  var isPlaced: Bool
  var followsGap: Bool
  var firstIndex: EntryIndex
  /// What the scan met before the chunk.
  var leading: FindingList
  var findings: FindingList
  /// `nil` when it is malformed.
  var first: FirstEntry?
  /// `nil` when the last entry is malformed.
  var endState: SequenceState?
  var lastLeaf: Hash?
  var subtrees: [Subtree] = []
  var heads: [LogHead] = []
  /// Key and redaction entries.
  var statements: [PublicStatement] = []
  /// Records of which something is zeroed.
  var erased: [ErasedRecord] = []
  var counts = EntryCounts()
  var firstTime: RecordTime?
  var lastTime: RecordTime?
  /// Hashes in the tree's files that differ where nothing says that they are durable.
  var hasStaleTree = false
}

/// How many entries of which kind, and in how many bytes.
internal struct EntryCounts {
  var entries: UInt64 = 0
  var captures: UInt64 = 0
  var events: UInt64 = 0
  var redactions: UInt64 = 0
  var bytes: UInt64 = 0

  mutating func count(_ kind: EntryKind) {
    switch kind {
    case .capture: captures += 1
    case .event: events += 1
    case .redaction: redactions += 1
    default: break
    }
  }

  mutating func add(_ other: EntryCounts) {
    entries += other.entries
    captures += other.captures
    events += other.events
    redactions += other.redactions
    bytes += other.bytes
  }
}
