public import LedgerStorage

/// Something in a published log that is not as it must be.
///
/// The raw values of ``Kind`` are a stable interface: programs may rely on them. Where a ledger's
/// own audit finds the same fault in an entry, the value is the same.
public struct TilesFinding: Hashable, Sendable {
  /// What is wrong.
  public enum Kind: String, Sendable, CaseIterable {
    /// There is no checkpoint.
    case checkpointMissing = "checkpoint-missing"
    /// What stands there as checkpoint is none.
    case checkpointMalformed = "checkpoint-malformed"
    /// A signature by a key that is known does not hold.
    case checkpointSignature = "checkpoint-signature"
    /// The checkpoint is not signed by the key that was given, or by none of the log's own.
    case keyMissing = "key-missing"
    /// By the log's key entries the key that signed did not count at this size.
    case keyStatus = "key-status"
    /// Too few of the witnesses cosigned.
    case quorumMissed = "quorum-missed"
    /// Entries say that they were recorded after a witness had seen them.
    case recordTime = "record-time"
    /// The entries and tiles have another root than the checkpoint.
    case root
    /// A tile is missing.
    case tileMissing = "tile-missing"
    /// A tile has not 32 bytes for each hash.
    case tileLength = "tile-length"
    /// A tile holds another hash than the entries, or the tiles below, have.
    case tileHash = "tile-hash"
    /// An entry bundle is missing.
    case bundleMissing = "bundle-missing"
    /// An entry bundle has other bytes than its entries, or too few or too many of them.
    case bundleMalformed = "bundle-malformed"
    /// An entry bundle holds other entries than the tree has hashes of.
    case entryHash = "entry-hash"
    /// A partial tile or bundle of an earlier size begins otherwise than the present one.
    case partialMismatch = "partial-mismatch"
    /// A file or directory stands among the log's that does not belong there.
    case stray
    /// An entry has another version, unknown flags or a reserved byte that is not zero.
    case entryMalformed = "entry-malformed"
    /// An entry has another index than its place.
    case entryIndex = "entry-index"
    /// An entry's kind cannot stand where it stands.
    case entryKind = "entry-kind"
    /// An entry was recorded before the one before it.
    case entryTime = "entry-time"
    /// An entry says that the clock was held, and has another time than the entry before.
    case clockHeld = "clock-held"
    /// A capture's entries are not together, or its end is not marked.
    case captureGrouping = "capture-grouping"
    /// A capture has no end.
    case captureUnfinished = "capture-unfinished"
    /// An entry names another hash of the entry before than that has.
    case chain
    /// The payload of an entry whose kind is public is missing.
    case payloadMissing = "payload-missing"
    /// A published payload is not the one that its entry commits to.
    case commitment
    /// A payload is published that belongs to no public entry.
    case payloadStray = "payload-stray"
    /// Genesis does not say what it must, or names another log than the checkpoint.
    case genesis
    /// A key entry is not valid.
    case keyEntry = "key-entry"
    /// A redaction entry is malformed or names entries after itself.
    case redaction
    /// The log is smaller than a pinned checkpoint.
    case pinnedSize = "pinned-size"
    /// The log has another root at a pinned checkpoint's size.
    case pinnedRoot = "pinned-root"
    /// The log has another origin than a pinned checkpoint or the key given.
    case pinnedOrigin = "pinned-origin"
    /// A file or a directory could not be read.
    case unreadable
  }

  /// What is wrong.
  public var kind: Kind
  /// How bad it is.
  public var severity: AuditFinding.Severity
  /// The file below the directory, the byte and the entry concerned, as far as they are known.
  public var location: LogLocation
  /// What is wrong, in words.
  public var message: String
  /// What should be there, where it is a short value.
  public var expected: String?
  /// What is there, where it is a short value.
  public var found: String?

  internal init(
    _ kind: Kind, _ severity: AuditFinding.Severity? = nil, at location: LogLocation,
    _ message: String, expected: String? = nil, found: String? = nil
  ) {
    self.kind = kind
    self.severity = severity ?? kind.usualSeverity
    self.location = location
    self.message = message
    self.expected = expected
    self.found = found
  }

  internal init(
    _ kind: Kind, _ severity: AuditFinding.Severity? = nil, in path: String, _ message: String,
    expected: String? = nil, found: String? = nil
  ) {
    self.init(
      kind, severity, at: LogLocation(file: path), message, expected: expected, found: found)
  }

  /// What to do about it.
  public var advice: String {
    switch severity {
    case .derived, .torn: "remove what does not belong there; the log itself does not need it"
    case .corrupt:
      "fetch the file again; a publisher puts it right with `provender publish --all`"
    case .tampered:
      "keep these files and the head they disagree with as evidence; compare with what others hold"
    case .unsigned: "ask the log's operator for the right vkey, or wait for more cosignatures"
    case .inputOutput: "check the disk and the permissions, then verify again"
    }
  }
}

extension TilesFinding: CustomStringConvertible {
  /// The finding in a sentence, with place, expectation and advice.
  public var description: String {
    var text = "\(kind.rawValue): \(message) (\(location))"
    if let expected { text += ", expected \(expected)" }
    if let found { text += ", found \(found)" }
    return "\(text); \(advice)"
  }
}

extension TilesFinding.Kind {
  fileprivate var usualSeverity: AuditFinding.Severity {
    switch self {
    case .stray, .payloadStray: .derived
    case .checkpointSignature, .recordTime, .pinnedSize, .pinnedRoot, .pinnedOrigin: .tampered
    case .keyMissing, .keyStatus, .quorumMissed: .unsigned
    case .unreadable: .inputOutput
    default: .corrupt
    }
  }
}

/// Findings up to a cap; those beyond are counted only.
internal struct TilesFindings {
  private(set) var kept: [TilesFinding] = []
  private(set) var count: UInt64 = 0
  private(set) var worst: AuditFinding.Severity?
  let limit: Int

  mutating func add(_ finding: TilesFinding) {
    count += 1
    worst = max(worst ?? finding.severity, finding.severity)
    if kept.count < limit { kept.append(finding) }
  }
}

extension TilesFindings {
  mutating func add(_ other: TilesFindings) {
    for finding in other.kept { add(finding) }
    count += other.count - UInt64(other.kept.count)
    if let severity = other.worst { worst = max(worst ?? severity, severity) }
  }
}
