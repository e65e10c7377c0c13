public import LedgerStorage
import Synchronization
public import TransparencyLog

/// A head of the log that was kept outside of the ledger: what a signed checkpoint says.
public struct PinnedHead: Hashable, Sendable {
  /// The log's name; `nil` when only size and root were kept.
  public var origin: LogOrigin?
  /// The number of entries then.
  public var size: TreeSize
  /// The root of the tree of those entries.
  public var root: Hash

  /// A head to compare with.
  public init(origin: LogOrigin? = nil, size: TreeSize, root: Hash) {
    self.origin = origin
    self.size = size
    self.root = root
  }
}

/// A signed checkpoint that was kept outside of the ledger.
public struct PinnedCheckpoint: Hashable, Sendable {
  /// Where it was kept, for messages.
  public var name: String
  /// The note.
  public var checkpoint: UnverifiedCheckpoint

  /// A checkpoint to compare with.
  public init(name: String, checkpoint: UnverifiedCheckpoint) {
    self.name = name
    self.checkpoint = checkpoint
  }
}

/// How far an audit has come.
public struct AuditProgress: Hashable, Sendable {
  /// Entries checked.
  public var entryCount: UInt64
  /// Entries to check, as far as `committed` tells; it may turn out to be wrong.
  public var totalEntryCount: UInt64
  /// Bytes of the log checked.
  public var byteCount: UInt64

  /// Progress from its parts.
  public init(entryCount: UInt64, totalEntryCount: UInt64, byteCount: UInt64) {
    self.entryCount = entryCount
    self.totalEntryCount = totalEntryCount
    self.byteCount = byteCount
  }
}

/// Ends an audit early, from any thread or signal handler.
public final class AuditCancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  /// An audit that goes on.
  public init() {}

  /// Lets the audit end soon; its report says that it is not complete.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Whether the audit was told to end.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

/// How an audit works, and what it compares the ledger with.
public struct AuditOptions: Sendable {
  /// Threads that check at the same time; 0 takes as many as there are processors.
  public var threadCount = 0
  /// The most findings that are kept; more are counted.
  public var findingLimit = 10_000
  /// Heads to compare with, such as those of checkpoints that were kept elsewhere.
  public var pinnedHeads: [PinnedHead] = []
  /// Signed checkpoints to compare with, that were kept elsewhere.
  public var pinnedCheckpoints: [PinnedCheckpoint] = []
  /// The log's keys as somebody else names them. If there are any, a checkpoint must be signed by
  /// one of them, or by a key that took over from it.
  public var trustedKeys: [VerifierKey] = []
  /// The witnesses that are believed. If there are any, enough of them must have cosigned a
  /// checkpoint.
  public var witnesses: [VerifierKey] = []
  /// How many witnesses are enough; `nil` for all of them.
  public var quorum: Int?
  /// The time-stamping authorities that are believed.
  public var authorities: [TimeStampAuthority] = []
  /// The most erased records, and as many targets of redactions, that are held at once. A log with
  /// more is read again for the rest, so that memory is bounded.
  public var redactionLimit = 1 << 18
  /// Whether the links of captures and events must be what the encoding of links allows.
  public var decodesLinks = true
  /// Called now and then, by one thread at a time but not always by the same one.
  public var progress: (@Sendable (AuditProgress) -> Void)?
  /// Ends the audit early.
  public var cancellation: AuditCancellation?

  /// The options of a full audit.
  public init() {}
}
