public import LedgerStorage
public import TransparencyLog

/// Something worth knowing that is no fault.
public struct AuditNotice: Hashable, Sendable {
  /// What it is about.
  public enum Kind: String, Sendable, CaseIterable {
    /// A writer was at work: what lies above `committed` was not judged.
    case writerAtWork = "writer-at-work"
    /// Whole captures lie above `committed`; the next writer keeps them.
    case entriesAboveCommitted = "entries-above-committed"
    /// A capture above `committed` was not written to its end; the next writer cuts it off.
    case unfinishedCapture = "unfinished-capture"
    /// The ledger was not closed; the next writer brings derived files up to date.
    case notClosed = "not-closed"
    /// Bytes that recovery once cut off are kept in a file.
    case setAside = "set-aside"
    /// A file that belongs to no ledger.
    case unknownFile = "unknown-file"
    /// A redaction was begun and not finished; the next writer finishes it.
    case redactionPending = "redaction-pending"
    /// A checkpoint of the ledger does not count, since its key was revoked.
    case checkpointVoid = "checkpoint-void"
    /// A time stamp that nobody vouches for whom the auditor believes.
    case timestampUnverified = "timestamp-unverified"
    /// The audit was told to end before it was done.
    case cancelled
  }

  /// What it is about.
  public var kind: Kind
  /// The file concerned, inside the ledger's directory.
  public var file: String?
  /// In words.
  public var message: String
}

/// What a redaction entry says.
public struct AuditRedaction: Hashable, Sendable {
  /// The redaction entry.
  public var entry: EntryIndex
  /// When it was recorded.
  public var time: RecordTime
  /// Why: a code.
  public var reason: String
  /// How many entries it redacts.
  public var targetCount: Int
  /// What it redacts; not all of them where the log redacts more than 100,000 entries.
  public var targets: [RedactionPayload.Target]
}

/// What an audit found out.
public struct AuditReport: Sendable {
  /// The log's name; `nil` when genesis could not be read.
  public internal(set) var origin: LogOrigin?
  /// The log's number; `nil` when no file tells.
  public internal(set) var logID: LogID?
  /// The ledger that this one continues.
  public internal(set) var predecessor: Genesis.Predecessor?
  /// The number of entries that readers may see; of all entries found where `committed` does not
  /// tell.
  public internal(set) var size: TreeSize = 0
  /// The root of the tree of those entries, computed from their bytes; `nil` when some are missing.
  public internal(set) var root: Hash?
  /// Entries checked, those above `committed` included.
  public internal(set) var entryCount: UInt64 = 0
  /// Capture entries among them.
  public internal(set) var captureCount: UInt64 = 0
  /// Event entries among them.
  public internal(set) var eventCount: UInt64 = 0
  /// Redaction entries among them.
  public internal(set) var redactionCount: UInt64 = 0
  /// What the redaction entries say, in the order of the log; at most 100,000 of them.
  public internal(set) var redactions: [AuditRedaction] = []
  /// Payloads that are erased as a redaction entry says.
  public internal(set) var erasedPayloadCount: UInt64 = 0
  /// Links that are erased as a redaction entry says.
  public internal(set) var erasedLinksCount: UInt64 = 0
  /// The log's keys, by its valid key entries; `nil` when genesis could not be read.
  public internal(set) var keys: KeyHistory?
  /// The checkpoints that were judged, the ledger's own first; at most 1,000 of those it keeps.
  public internal(set) var checkpoints: [AuditedCheckpoint] = []
  /// What witnesses and time-stamping authorities that are believed say of record times; at most
  /// 1,000 statements.
  public internal(set) var timeBounds: [TimeBound] = []
  /// What shows that the log signed two histories.
  public internal(set) var forks: [ForkEvidence] = []
  /// Bytes of the log checked.
  public internal(set) var byteCount: UInt64 = 0
  /// The record time of the first entry.
  public internal(set) var firstTime: RecordTime?
  /// The record time of the last entry.
  public internal(set) var lastTime: RecordTime?
  /// Whether the audit came to its end.
  public internal(set) var isComplete = true
  /// What is wrong, in the order of the files; at most as many as the options allow.
  public internal(set) var findings: [AuditFinding] = []
  /// All findings, those that were not kept included.
  public internal(set) var findingCount: UInt64 = 0
  /// What is worth knowing.
  public internal(set) var notices: [AuditNotice] = []
  /// In words: what was established, and what could not be.
  public internal(set) var statements: [String] = []
  /// The worst severity of all findings.
  public internal(set) var worstSeverity: AuditFinding.Severity?

  /// Whether everything was checked and nothing is wrong.
  public var isIntact: Bool { isComplete && findingCount == 0 }

  /// The exit code of a command that ends with this report: 0 when nothing is wrong, else that of
  /// the worst finding.
  public var exitCode: Int32 { worstSeverity?.rawValue ?? 0 }
}

extension AuditReport {
  /// Adds what was found by somebody who looks at what an audit does not know: the meaning of
  /// payloads.
  package mutating func add(_ finding: AuditFinding, limit: Int) {
    findingCount += 1
    worstSeverity = max(worstSeverity ?? finding.severity, finding.severity)
    if findings.count < limit { findings.append(finding) }
  }

  /// Adds what was established, or could not be.
  package mutating func state(_ statement: String) { statements.append(statement) }
}
