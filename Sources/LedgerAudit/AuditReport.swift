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
