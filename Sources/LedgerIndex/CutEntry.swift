import ProvenanceGraph
public import Traceability

/// An entry whose links were destroyed by a redaction: nobody can know what they joined, so that any
/// trace may be cut there.
public struct CutEntry: Sendable, Hashable {
  /// What the links were about.
  public enum Kind: UInt32, Sendable {
    /// A capture: its submitter, and names and addresses.
    case capture = 1
    /// An event.
    case event = 2
  }

  /// The redaction that destroyed the links.
  public struct Cause: Sendable, Hashable {
    /// The entry that announces it.
    public var entry: UInt64
    /// When it was recorded.
    public var time: EventTime
    /// The code that says why.
    public var reason: String

    /// A redaction from its parts.
    public init(entry: UInt64, time: EventTime, reason: String) {
      self.entry = entry
      self.time = time
      self.reason = reason
    }
  }

  /// The entry.
  public var entry: UInt64
  /// What its links were about.
  public var kind: Kind
  /// When the entry was recorded.
  public var time: EventTime
  /// The first entry of its capture.
  public var capture: UInt64
  /// Why; nil where no redaction is on record, which an audit reports.
  public var cause: Cause?

  /// A cut from its parts.
  public init(entry: UInt64, kind: Kind, time: EventTime, capture: UInt64, cause: Cause?) {
    self.entry = entry
    self.kind = kind
    self.time = time
    self.capture = capture
    self.cause = cause
  }
}

/// What the index keeps of a cut; times in microseconds since 1970, UTC.
struct CutRow: Sendable {
  var entry: UInt64
  var time: Int64
  var capture: UInt64
  /// Entry of the redaction; 0 for none (entry 0 is genesis).
  var redaction: UInt64
  var redactionTime: Int64
  /// Number of the reason.
  var reason: UInt32
  var kind: UInt32
}

extension IndexBuilder {
  /// Takes note of an entry whose links were destroyed.
  public mutating func add(_ cut: CutEntry) {
    cuts.append(
      CutRow(
        entry: cut.entry, time: cut.time.microseconds, capture: cut.capture,
        redaction: cut.cause?.entry ?? 0, redactionTime: cut.cause?.time.microseconds ?? 0,
        reason: cutReasons.number(Array((cut.cause?.reason ?? "").utf8)), kind: cut.kind.rawValue))
  }
}

extension LedgerIndex {
  /// How many entries there are whose links were destroyed.
  public var cutCount: Int { cuts.count }

  /// The entries whose links were destroyed, in order of the log.
  /// - Complexity: O(cuts).
  public func cutEntries() -> [CutEntry] {
    (0..<cuts.count).map { number in
      let row = cuts[number]
      return CutEntry(
        entry: row.entry, kind: kind(row, number), time: time(row.time, number),
        capture: row.capture,
        cause: row.redaction == 0 ? nil : cause(row, number))
    }
  }

  private func kind(_ row: CutRow, _ number: Int) -> CutEntry.Kind {
    if let kind = CutEntry.Kind(rawValue: row.kind) { return kind }
    cuts.refuse(number)
    return .event
  }

  private func cause(_ row: CutRow, _ number: Int) -> CutEntry.Cause? {
    guard Int(row.reason) < cutReasons.count else {
      cuts.refuse(number)
      return nil
    }
    return CutEntry.Cause(
      entry: row.redaction, time: time(row.redactionTime, number),
      reason: cutReasons.string(Int(row.reason)))
  }

  /// A record time; where it is out of bounds, 1970.
  private func time(_ microseconds: Int64, _ number: Int) -> EventTime {
    let isSound = microseconds.magnitude < 1 << 60
    if !isSound { cuts.refuse(number) }
    return EventTime(
      microseconds: isSound ? microseconds : 0, offsetMinutes: 0, precision: .instant)
  }
}
