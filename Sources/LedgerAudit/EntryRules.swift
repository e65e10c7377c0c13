import LedgerStorage
import TransparencyLog

/// What an entry leaves for the next one to follow: the rules that hold from entry to entry.
internal struct SequenceState {
  var lastTime: RecordTime
  /// The capture that was begun and has not ended.
  var openCapture: EntryIndex?

  /// The state before entry 0.
  static let beginning = SequenceState(lastTime: RecordTime(rawValue: .min), openCapture: nil)

  /// What an entry leaves. What follows a wrong entry is judged as if it had been right, so that
  /// one fault gives few findings.
  init(after entry: Entry, _ before: SequenceState?) {
    lastTime = entry.time
    if entry.isLastOfCapture {
      openCapture = nil
    } else {
      openCapture = before?.openCapture ?? entry.capture
    }
  }

  private init(lastTime: RecordTime, openCapture: EntryIndex?) {
    self.lastTime = lastTime
    self.openCapture = openCapture
  }
}

/// A fault of an entry's fields.
internal struct EntryFault {
  let kind: AuditFinding.Kind
  /// The offset of the field within the entry.
  let field: Int
  let message: String
  var expected: String?
  var found: String?

  init(
    _ kind: AuditFinding.Kind, field: Int, _ message: String, expected: String? = nil,
    found: String? = nil
  ) {
    self.kind = kind
    self.field = field
    self.message = message
    self.expected = expected
    self.found = found
  }
}

internal enum EntryRules {
  private static let kindField = 1
  private static let flagsField = 2
  private static let indexField = 8
  private static let timeField = 16
  private static let captureField = 24
  static let commitmentField = 64

  /// Whether an entry is an event within an open capture, and no rule has anything against it: what
  /// nearly all entries are, found out by a few comparisons. `false` says nothing.
  @inline(__always)
  static func isPlainEvent(
    _ entry: Entry, at index: EntryIndex, after state: SequenceState
  ) -> Bool {
    entry.kind == .event && entry.index == index && index != 0 && !entry.isClockHeld
      && entry.time >= state.lastTime && state.openCapture == entry.capture
  }

  /// Reports what is wrong with an entry by itself.
  static func check(_ entry: Entry, at index: EntryIndex, _ report: (EntryFault) -> Void) {
    if entry.index != index {
      report(
        EntryFault(
          .entryIndex, field: indexField, "the entry names another index than its place",
          expected: "\(index)", found: "\(entry.index)"))
    }
    if (entry.kind == .genesis) != (index == 0) {
      let message =
        index == 0 ? "entry 0 is not genesis" : "genesis stands in the middle of the log"
      report(EntryFault(.entryKind, field: kindField, message, found: "\(entry.kind)"))
    }
  }

  /// Reports what is wrong with an entry in view of what came before it.
  static func check(
    _ entry: Entry, at index: EntryIndex, after state: SequenceState,
    _ report: (EntryFault) -> Void
  ) {
    if entry.time < state.lastTime {
      report(
        EntryFault(
          .entryTime, field: timeField, "the record time lies before that of the last entry",
          expected: "at least \(state.lastTime.rawValue)", found: "\(entry.time.rawValue)"))
    }
    if entry.isClockHeld && entry.time != state.lastTime {
      report(
        EntryFault(
          .clockHeld, field: timeField,
          "the clock is said to have been held, and the time is not that of the last entry",
          expected: "\(state.lastTime.rawValue)", found: "\(entry.time.rawValue)"))
    }
    if let open = state.openCapture {
      check(entry, within: open, report)
    } else {
      checkAlone(entry, at: index, report)
    }
  }

  private static func checkAlone(
    _ entry: Entry, at index: EntryIndex, _ report: (EntryFault) -> Void
  ) {
    if entry.kind.belongsToCapture {
      report(
        EntryFault(.captureGrouping, field: kindField, "the \(entry.kind) belongs to no capture"))
    } else if entry.capture != index {
      report(
        EntryFault(
          .captureGrouping, field: captureField, "the entry names a capture that is not open",
          expected: "\(index)", found: "\(entry.capture)"))
    }
    if entry.kind != .capture && !entry.isLastOfCapture {
      report(
        EntryFault(
          .captureGrouping, field: flagsField,
          "an entry that stands alone is not marked as the last of its capture"))
    }
  }

  private static func check(
    _ entry: Entry, within open: EntryIndex, _ report: (EntryFault) -> Void
  ) {
    if entry.capture != open {
      report(
        EntryFault(
          .captureGrouping, field: captureField,
          "the entry names another capture within one that has not ended",
          expected: "\(open)", found: "\(entry.capture)"))
    } else if entry.kind.standsAlone {
      report(
        EntryFault(
          .captureGrouping, field: kindField,
          "an entry of kind \(entry.kind) stands within capture \(open)"))
    }
    if entry.kind == .receipt && !entry.isLastOfCapture {
      report(
        EntryFault(
          .captureGrouping, field: flagsField, "a receipt is not the last of its capture"))
    }
  }
}

extension EntryKind {
  /// Whether entries of this kind never stand within a capture that another opened.
  fileprivate var standsAlone: Bool {
    self == .genesis || self == .capture || self == .key || self == .redaction || self == .note
  }
}
