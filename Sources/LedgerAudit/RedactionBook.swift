import LedgerStorage
import TransparencyLog

/// What redaction entries name, and which records are not whole, for a range of entries.
///
/// Both are taken in the order of the log. When there is more of it than the book may hold, the
/// range is made shorter from its end; what is left out is for another pass over the log.
internal struct RedactionBook {
  /// A target of a redaction entry.
  struct Mark {
    var entry: EntryIndex
    var redaction: EntryIndex
    /// The digest A of a payload whose links stay; `nil` where both are destroyed.
    var digest: Hash?
    /// Where the redaction entry's payload is.
    var segment: EntryIndex
    var offset: UInt64

    var isAll: Bool { digest == nil }
    var location: LogLocation {
      LogLocation(file: LedgerPaths.segment(segment), offset: offset, entry: redaction)
    }
  }

  /// The entries that are judged.
  private(set) var window: Range<UInt64>
  private(set) var marks: [Mark] = []
  private(set) var erased: [ErasedRecord] = []
  /// What is wrong with redaction entries by themselves.
  private(set) var findings: FindingList
  /// What the redaction entries say, for the report.
  private(set) var redactions: [AuditRedaction] = []
  private let limit: Int
  private var listedTargetCount = 0

  /// The most redaction entries, and targets of all together, that a report lists.
  private static let listedMax = 100_000

  init(from first: UInt64 = 0, limit: Int, findingLimit: Int) {
    window = first..<UInt64.max
    self.limit = max(2, limit)
    findings = FindingList(limit: findingLimit)
  }

  /// Takes in a redaction entry.
  mutating func take(_ statement: PublicStatement) {
    guard let payload = statement.payload.flatMap({ RedactionPayload(payload: $0) }) else {
      findings.add(
        .redaction, at: statement.location,
        "the redaction entry is malformed: it redacts nothing")
      return
    }
    list(payload, statement)
    for target in payload.targets {
      guard target.entry < statement.index, target.entry > 0 else {
        findings.add(
          .redaction, at: statement.location,
          target.entry == 0
            ? "the redaction entry names genesis, which is published and cannot be redacted"
            : "the redaction entry names entry \(target.entry), which is not before it")
        continue
      }
      guard window.contains(target.entry.rawValue) else { continue }
      add(target, statement)
    }
  }

  private mutating func add(_ target: RedactionPayload.Target, _ statement: PublicStatement) {
    var digest: Hash?
    if case .payload(let kept) = target.scope { digest = kept }
    marks.append(
      Mark(
        entry: target.entry, redaction: statement.index, digest: digest,
        segment: statement.segment, offset: statement.offset))
    if marks.count >= 2 * limit { settle() }
  }

  private mutating func list(_ payload: RedactionPayload, _ statement: PublicStatement) {
    guard redactions.count < RedactionBook.listedMax else { return }
    let room = RedactionBook.listedMax - listedTargetCount
    let targets = Array(payload.targets.prefix(room))
    listedTargetCount += targets.count
    redactions.append(
      AuditRedaction(
        entry: statement.index, time: statement.time, reason: payload.reason,
        targetCount: payload.targets.count, targets: targets))
  }

  /// Takes in a record of which something is zeroed, or being zeroed.
  mutating func take(_ record: ErasedRecord) {
    guard window.contains(record.index.rawValue) else { return }
    if erased.count == limit {
      shorten(to: record.index.rawValue)
      return
    }
    erased.append(record)
  }

  private mutating func shorten(to end: UInt64) {
    window = window.lowerBound..<max(window.lowerBound + 1, min(window.upperBound, end))
    marks.removeAll { !window.contains($0.entry.rawValue) }
    erased.removeAll { !window.contains($0.index.rawValue) }
  }

  /// Sorts the marks by entry, and keeps one of each scope for each: the first.
  mutating func settle() {
    marks.sort { ($0.entry, $0.redaction) < ($1.entry, $1.redaction) }
    var kept: [Mark] = []
    kept.reserveCapacity(marks.count)
    for mark in marks {
      let same = kept.suffix(2).first { $0.entry == mark.entry && $0.isAll == mark.isAll }
      guard let same else {
        kept.append(mark)
        continue
      }
      if same.digest != mark.digest {
        findings.add(
          .redactionDigest, at: mark.location,
          "redaction entries \(same.redaction) and \(mark.redaction) keep different digests of the "
            + "payload of entry \(mark.entry)",
          expected: same.digest?.hex, found: mark.digest?.hex)
      }
    }
    marks = kept
    if marks.count > limit { shorten(to: marks[limit / 2].entry.rawValue) }
  }
}
