public import LedgerStorage
import Traceability

/// What a redaction entry says of one entry.
public struct RedactionNotice: Hashable, Sendable {
  /// The entry that announces the redaction.
  public var entry: EntryIndex
  /// When it was recorded.
  public var time: RecordTime
  /// The code that says why.
  public var reason: String
  /// What was destroyed, and what stands in for it.
  public var scope: RedactionPayload.Scope

  /// What was destroyed.
  public var parts: RedactedParts { scope.parts }
}

/// The redactions of a ledger by the entries they are about.
struct RedactionLog {
  private var notices: [EntryIndex: [RedactionNotice]] = [:]

  /// The redactions in records, given in the order of the log; other records are left out.
  init(_ records: [LedgerRecord]) {
    for record in records where record.entry.kind == .redaction {
      guard let redaction = record.payload.flatMap({ RedactionPayload(payload: $0) }) else {
        continue
      }
      for target in redaction.targets {
        notices[target.entry, default: []].append(
          RedactionNotice(
            entry: record.entry.index, time: record.entry.time, reason: redaction.reason,
            scope: target.scope))
      }
    }
  }

  /// What was destroyed of an entry, in the order of the log.
  func notices(of entry: EntryIndex) -> [RedactionNotice] { notices[entry] ?? [] }

  /// The number of entries that were redacted, and of those that lost their links too.
  var counts: (entries: UInt64, cut: UInt64) {
    let cut = notices.values.filter { $0.contains { $0.parts == .payloadAndLinks } }
    return (UInt64(notices.count), UInt64(cut.count))
  }
}

extension EventTime {
  /// A record time, which is in UTC.
  init(_ time: RecordTime) {
    self.init(microseconds: time.rawValue, offsetMinutes: 0, precision: .instant)
  }
}
