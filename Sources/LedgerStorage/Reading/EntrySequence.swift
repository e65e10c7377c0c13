public import TransparencyLog

/// The rules that hold from entry to entry: index, time, and how captures are grouped.
public struct EntrySequence: Sendable {
  /// The index that the next entry must have.
  public private(set) var nextIndex: EntryIndex
  /// The time of the last entry.
  public private(set) var lastTime: RecordTime
  /// The capture that was begun and has not ended.
  public private(set) var openCapture: EntryIndex?

  /// The state before an entry; whole captures precede it unless one is named.
  public init(
    before nextIndex: EntryIndex = 0, lastTime: RecordTime = RecordTime(rawValue: .min),
    openCapture: EntryIndex? = nil
  ) {
    self.nextIndex = nextIndex
    self.lastTime = lastTime
    self.openCapture = openCapture
  }

  /// Takes an entry in, and says what is wrong with it. What follows a wrong entry is judged as
  /// if it had been right, so that one fault gives one finding.
  public mutating func take(_ entry: Entry) -> String? {
    let fault = self.fault(of: entry)
    nextIndex = EntryIndex(nextIndex.rawValue &+ 1)
    lastTime = max(lastTime, entry.time)
    if entry.isLastOfCapture {
      openCapture = nil
    } else if openCapture == nil {
      openCapture = entry.capture
    }
    return fault
  }

  private func fault(of entry: Entry) -> String? {
    if entry.index != nextIndex { return "the entry calls itself \(entry.index)" }
    if entry.time < lastTime {
      let before = lastTime.rawValue
      return "the record time \(entry.time.rawValue) lies before the last entry's, \(before)"
    }
    if (entry.kind == .genesis) != (entry.index == 0) {
      return entry.index == 0
        ? "entry 0 is of kind \(entry.kind), not genesis" : "genesis stands in the middle"
    }
    return groupFault(of: entry)
  }

  private func groupFault(of entry: Entry) -> String? {
    guard let openCapture else {
      if entry.kind.belongsToCapture { return "the \(entry.kind) belongs to no capture" }
      if entry.capture != entry.index { return "the entry names capture \(entry.capture)" }
      if entry.kind != .capture && !entry.isLastOfCapture {
        return "an entry that stands alone is not marked as the last of its capture"
      }
      return nil
    }
    if entry.capture != openCapture {
      return "the entry names capture \(entry.capture) within capture \(openCapture)"
    }
    if entry.kind == .capture || entry.kind == .key || entry.kind == .redaction
      || entry.kind == .note
    {
      return "an entry of kind \(entry.kind) stands within capture \(openCapture)"
    }
    if entry.kind == .receipt && !entry.isLastOfCapture {
      return "a receipt is not the last of its capture"
    }
    return nil
  }
}
