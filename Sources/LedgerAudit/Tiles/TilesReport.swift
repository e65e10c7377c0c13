public import LedgerStorage
public import TransparencyLog

/// What to compare a published log with, and how to work.
public struct TilesOptions: Sendable {
  /// A checkpoint that was kept elsewhere.
  public struct Pin: Hashable, Sendable {
    /// The file's name, for messages.
    public var name: String
    /// What was kept.
    public var checkpoint: UnverifiedCheckpoint

    /// A checkpoint to compare with.
    public init(name: String, checkpoint: UnverifiedCheckpoint) {
      self.name = name
      self.checkpoint = checkpoint
    }
  }

  /// Keys of the log, one of which must have signed; without any, no signature is demanded.
  public var logKeys: [VerifierKey] = []
  /// The witnesses that are believed.
  public var witnesses: [VerifierKey] = []
  /// How many of them must have cosigned.
  public var quorum = 0
  /// Checkpoints that were kept elsewhere, such as those of earlier visits.
  public var pins: [Pin] = []
  /// The most findings that are kept; more are counted.
  public var findingLimit = 10_000
  /// Called now and then with the entries done and the entries to do, as the checkpoint has them.
  public var progress: (@Sendable (_ done: UInt64, _ total: UInt64) -> Void)?
  /// Ends the audit early.
  public var cancellation: AuditCancellation?

  /// The options of a full audit that demands no signature.
  public init() {}
}

/// What an audit of a published log found out.
public struct TilesReport: Sendable {
  /// A redaction that the log announces.
  public struct Redaction: Hashable, Sendable {
    /// The entry that announces it.
    public var entry: EntryIndex
    /// When it was recorded.
    public var time: RecordTime
    /// Why, and of what.
    public var payload: RedactionPayload
  }

  /// A pinned checkpoint that the published log contradicts: with both notes, the evidence.
  public struct Contradiction: Hashable, Sendable {
    /// The file of the pinned checkpoint.
    public var name: String
    /// The checkpoint that was kept.
    public var pinned: UnverifiedCheckpoint
    /// The published checkpoint.
    public var published: UnverifiedCheckpoint
    /// The root of the published entries at the pinned size; `nil` when there are fewer.
    public var rootThere: Hash?
    /// What leads from that root to the published one; `nil` when the tiles do not yield it.
    public var proof: ConsistencyProof?
  }

  /// The checkpoint; `nil` when there is none that can be read.
  public internal(set) var checkpoint: UnverifiedCheckpoint?
  /// The root of the entries and tiles, computed; `nil` when some are missing.
  public internal(set) var root: Hash?
  /// Whether the entries are those of a Provender ledger; else they were treated as opaque.
  public internal(set) var isProvender = false
  /// What entry 0 says, in a log of ours.
  public internal(set) var genesis: Genesis?
  /// Entries whose bytes were hashed.
  public internal(set) var entryCount: UInt64 = 0
  /// Entries of each kind, in a log of ours.
  public internal(set) var entriesByKind: [EntryKind: UInt64] = [:]
  /// Tiles compared, without those of earlier sizes.
  public internal(set) var tileCount: UInt64 = 0
  /// Bytes read.
  public internal(set) var byteCount: UInt64 = 0
  /// The record time of the first entry, in a log of ours.
  public internal(set) var firstTime: RecordTime?
  /// The record time of the last entry, in a log of ours.
  public internal(set) var lastTime: RecordTime?
  /// The log's keys by its own key entries: the log's own word.
  public internal(set) var keys: KeyHistory?
  /// Redactions in the order of the log, up to a million redacted entries.
  public internal(set) var redactions: [Redaction] = []
  /// All redactions, those that were not kept included.
  public internal(set) var redactionCount: UInt64 = 0
  /// The key of the log whose signature holds: one that was given, or one that the log's own
  /// entries make its successor.
  public internal(set) var signer: VerifierKey?
  /// Without a key given: the key by the log's own entries whose signature holds.
  public internal(set) var ownSigner: VerifierKey?
  /// The believed witnesses' statements.
  public internal(set) var cosignatures: [VerifiedNote.Signature] = []
  /// Pinned checkpoints that the log contradicts.
  public internal(set) var contradictions: [Contradiction] = []
  /// Whether the audit came to its end.
  public internal(set) var isComplete = true
  /// What is wrong, at most as many as the options allow.
  public internal(set) var findings: [TilesFinding] = []
  /// All findings, those that were not kept included.
  public internal(set) var findingCount: UInt64 = 0
  /// The worst severity of all findings.
  public internal(set) var worstSeverity: AuditFinding.Severity?
  /// What is worth knowing and no fault, in words.
  public internal(set) var notices: [String] = []
  /// In words: what was established, and what could not be.
  public internal(set) var statements: [String] = []

  /// Whether everything was checked and nothing is wrong.
  public var isIntact: Bool { isComplete && findingCount == 0 }

  /// The exit code of a command that ends with this report: 0 when nothing is wrong, else that of
  /// the worst finding.
  public var exitCode: Int32 { worstSeverity?.rawValue ?? 0 }
}
