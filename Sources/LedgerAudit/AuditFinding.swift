public import LedgerStorage

/// Something in a ledger that is not as it must be.
///
/// The raw values of ``Kind`` are a stable interface: programs may rely on them.
public struct AuditFinding: Hashable, Sendable {
  /// How bad a finding is, by the exit code of a command that reports it.
  public enum Severity: Int32, Sendable, Comparable, CaseIterable {
    /// Only something derived is wrong, which the log can make anew, or bytes that were committed
    /// to have no meaning.
    case derived = 1
    /// The log ends in a frame that was being written: the next writer cuts it off.
    case torn = 2
    /// The ledger disagrees with itself.
    case corrupt = 3
    /// The ledger disagrees with a head that was signed, or pinned outside of it.
    case tampered = 4
    /// A signature that was demanded is not there.
    case unsigned = 5
    /// The system could not read, so that nothing is known.
    case inputOutput = 74

    /// The milder severity comes first.
    public static func < (left: Severity, right: Severity) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  /// What is wrong.
  public enum Kind: String, Sendable, CaseIterable {
    /// `FORMAT` is missing.
    case formatMissing = "format-missing"
    /// `FORMAT` is not what genesis implies.
    case formatMismatch = "format-mismatch"
    /// Entry 0 is missing, or does not say who the log is.
    case genesis
    /// A slot of `committed`, or the whole file, is missing or unreadable, or the file has another
    /// size.
    case committedUnreadable = "committed-unreadable"
    /// `committed` names another last frame, end, last entry or time than the log has.
    case committedMismatch = "committed-mismatch"
    /// `committed` names another root than the entries have.
    case committedRoot = "committed-root"
    /// The log has fewer entries than `committed` says.
    case entriesMissing = "entries-missing"
    /// A segment is missing.
    case segmentMissing = "segment-missing"
    /// A segment's header is unreadable or does not follow from the segment before.
    case segmentHeader = "segment-header"
    /// Bytes stand where a frame should begin.
    case frameHeader = "frame-header"
    /// A frame does not follow from the one before, by number or first entry.
    case frameOrder = "frame-order"
    /// A segment ends within a frame.
    case frameCutShort = "frame-cut-short"
    /// Entries and directory of a frame disagree with their checksum.
    case frameTable = "frame-table"
    /// The lengths in a frame's directory disagree with the frame's header.
    case frameDirectory = "frame-directory"
    /// A frame's flag for a capture that goes on is wrong.
    case frameFlag = "frame-flag"
    /// A frame's padding is not zero, or zeros stand behind a sealed segment's last frame.
    case padding
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
    /// An entry, or a frame's header, names another hash of the entry before than it has.
    case chain
    /// An entry does not commit to its payload and links.
    case commitment
    /// A payload, with its salt, disagrees with its checksum though the entry commits to it.
    case payloadChecksum = "payload-checksum"
    /// Links, with their salt, disagree with their checksum though the entry commits to them.
    case linksChecksum = "links-checksum"
    /// A payload that is public has a salt.
    case publicSalt = "public-salt"
    /// A payload was zeroed, and no entry announces it.
    case payloadErased = "payload-erased"
    /// Links were zeroed, and no entry announces it.
    case linksErased = "links-erased"
    /// An entry commits to links that no version of the encoding has.
    case linksMalformed = "links-malformed"
    /// A capture has no end, and yet the log goes on or `committed` counts it.
    case captureUnfinished = "capture-unfinished"
    /// A file of the tree is missing, or has too few hashes or too many.
    case treeSize = "tree-size"
    /// A file of the tree holds another hash than the entries have.
    case treeHash = "tree-hash"
    /// A file stands among those of the tree that does not belong there.
    case treeStray = "tree-stray"
    /// The log ends in a frame that was being written.
    case tornFrame = "torn-frame"
    /// The log has fewer entries than a pinned head.
    case pinnedSize = "pinned-size"
    /// The entries have another root than a pinned head.
    case pinnedRoot = "pinned-root"
    /// The ledger has another origin than a pinned head.
    case pinnedOrigin = "pinned-origin"
    /// A file or a directory could not be read.
    case unreadable
  }

  /// What is wrong.
  public var kind: Kind
  /// How bad it is.
  public var severity: Severity
  /// The file, the byte and the entry concerned, as far as they are known.
  public var location: LogLocation
  /// What should be there, where it is a short value.
  public var expected: String?
  /// What is there, where it is a short value.
  public var found: String?
  /// What is wrong, in words.
  public var message: String

  internal init(
    _ kind: Kind, _ severity: Severity? = nil, at location: LogLocation, _ message: String,
    expected: String? = nil, found: String? = nil
  ) {
    self.kind = kind
    self.severity = severity ?? kind.usualSeverity
    self.location = location
    self.message = message
    self.expected = expected
    self.found = found
  }

  /// What to do about it.
  public var advice: String {
    switch severity {
    case .derived where kind == .linksMalformed:
      "compare the entry's payload with what was submitted; traces cannot use these links"
    case .derived: "open the ledger for writing: what is derived is then made anew"
    case .torn: "open the ledger for writing: the unfinished end is cut off and kept aside"
    case .corrupt:
      "restore the file from a backup that verifies, or start a successor with "
        + "`provender init --continue`"
    case .tampered:
      "keep this ledger and the head it disagrees with as evidence; compare with copies that "
        + "others hold"
    case .unsigned:
      "ask whoever runs the log to sign, or to have cosigned, a checkpoint; see that the key given "
        + "is the right one"
    case .inputOutput: "check the disk and the permissions, then verify again"
    }
  }
}

extension AuditFinding: CustomStringConvertible {
  /// The finding in a sentence, with place, expectation and advice.
  public var description: String {
    var text = "\(kind.rawValue): \(message) (\(location))"
    if let expected { text += ", expected \(expected)" }
    if let found { text += ", found \(found)" }
    return "\(text); \(advice)"
  }
}

extension AuditFinding.Kind {
  fileprivate var usualSeverity: AuditFinding.Severity {
    switch self {
    case .treeSize, .treeHash, .treeStray, .linksMalformed: .derived
    case .tornFrame: .torn
    case .pinnedSize, .pinnedRoot, .pinnedOrigin: .tampered
    case .unreadable: .inputOutput
    default: .corrupt
    }
  }
}
