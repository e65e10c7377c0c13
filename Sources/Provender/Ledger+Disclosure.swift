public import LedgerIndex
public import LedgerStorage
public import RecallAnalysis
import TransparencyLog

extension Ledger {
  /// The entry that a text names: digits, or `entry:` and digits; `nil` for any other text.
  public static func entryIndex(_ text: String) -> EntryIndex? {
    let digits = text.hasPrefix("entry:") ? text.dropFirst(6) : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt64(digits).map { EntryIndex($0) }
  }

  /// The entries of all events on the timelines of the items that a text can mean, declarations
  /// about them included.
  ///
  /// - Throws: `ItemNotFound`, `LedgerError`.
  public func entries(
    ofItems text: String, in index: LedgerIndex, takesAll: Bool = false
  ) throws -> Set<EntryIndex> {
    var found: Set<EntryIndex> = []
    for item in try items(matching: text, in: index, takesAll: takesAll) {
      for event in index.timeline(of: item) { insert(index.event(event), into: &found) }
    }
    return found
  }

  /// The entries of all events of a trace, declarations about them included.
  public func entries(of trace: Trace, in index: LedgerIndex) -> Set<EntryIndex> {
    var found: Set<EntryIndex> = []
    for event in trace.pathEvents + trace.mentionEvents { insert(index.event(event), into: &found) }
    return found
  }

  private func insert(_ event: IndexedEvent, into entries: inout Set<EntryIndex>) {
    entries.insert(EntryIndex(event.entry))
    if let declaration = event.declarationEntry { entries.insert(EntryIndex(declaration)) }
  }
}
