public import LedgerIndex
import LedgerStorage
public import ProvenanceGraph
import Traceability

/// What an index is wanted for. Of a ledger that has grown since it was indexed, only the events are
/// read that the answer can depend on.
public enum IndexQuestion: Sendable, Hashable {
  /// A trace from the items that a text can mean.
  case trace(GraphDirection, from: String, takesAll: Bool)
  /// Whether a trace from the items that a text can mean holds any of those that another can mean.
  case reach(GraphDirection, from: String, to: String, takesAll: Bool)
  /// What is on record about the items that a text can mean.
  case item(String, takesAll: Bool)
  /// The events with an ID.
  case event(id: String)
}

extension Ledger {
  /// Does something with an index that holds all that a question depends on.
  ///
  /// That is the stored index where it is up to date; else a small one for this question alone, out
  /// of the stored one and the events since; where these concern too much of the ledger, one built
  /// now. Damage that comes to light on the way leads to a new one, and to doing it again.
  ///
  /// - Parameters:
  ///   - question: what is asked; nil for everything.
  ///   - options: cleaning steps and vessels beyond what the ledger says.
  ///   - progress: called with entries done and all entries while an index is built.
  ///   - notice: called with what was wrong with stored files of the index, and with the reason why an
  ///     index is built although a stored one was sound.
  ///   - body: what is to be done; its outcome is given out only if all it read was sound.
  public func withIndex<Value>(
    for question: IndexQuestion? = nil, options: IndexOptions = IndexOptions(),
    progress: ((UInt64, UInt64) -> Void)? = nil, notice: (String) -> Void = { _ in },
    _ body: (LedgerIndex) throws -> Value
  ) throws -> Value {
    if let question {
      for usesFacts in [true, false] {
        let part = try neighbourhood(
          of: question, options: options, usesFacts: usesFacts, notice: notice)
        guard let part else { break }
        let outcome = Result { try body(part.index) }
        // What is wrong with the stored index leads to a new one below, with a notice.
        if part.index.damage != nil { break }
        guard let damage = part.later.damage else { return try outcome.get() }
        notice("facts beside the index are damaged: \(damage); the log was read in their place")
      }
    }
    guard options.isDefault else { return try body(index(options: options, progress: progress)) }
    let index = try index(progress: progress, notice: notice)
    let outcome = Result { try body(index) }
    guard let damage = index.damage else { return try outcome.get() }
    notice("the index is damaged: \(damage); it was built anew from the log")
    let value = try body(rebuiltIndex(progress: progress))
    return value
  }

  /// The index for one question; nil where the stored index answers it alone, or so much is new or
  /// concerned that a new one is worth its time.
  private func neighbourhood(
    of question: IndexQuestion, options: IndexOptions, usesFacts: Bool, notice: (String) -> Void
  ) throws -> (index: LedgerIndex, later: LaterEvents)? {
    let snapshot = try snapshot()
    let stored = storedIndex(snapshot)
    guard stored.notice == nil,
      (stored.index?.binding.size ?? 0) < snapshot.size.rawValue || !options.isDefault,
      let later = try indexStore.later(than: stored.index, snapshot, usesFacts: usesFacts),
      // A ledger without an index gets one.
      stored.index != nil || later.hasFacts || !options.isDefault
    else { return nil }
    if let text = later.notice { notice("\(text); the log was read in their place") }
    let direction: GraphDirection? =
      switch question {
      case .trace(let asked, _, _), .reach(let asked, _, _, _): asked
      case .item, .event: nil
      }
    let base = try stored.index ?? LedgerIndex.empty(origin: snapshot.origin.name)
    var neighbourhood = Neighbourhood(
      of: base, and: later.events, source: later.source,
      direction: direction, options: options, limit: IndexStore.neighbourhoodLimit)
    let isComplete =
      switch question {
      case .trace(_, let text, let takesAll), .item(let text, let takesAll):
        try neighbourhood.collect(text, takesAll: takesAll)
      case .reach(_, let text, let other, let takesAll):
        try neighbourhood.collect(text, takesAll: takesAll)
          && neighbourhood.collectItems(other, takesAll: takesAll)
      case .event(let id):
        try neighbourhood.collect(eventID: id)
      }
    guard base.damage == nil else { return nil }
    guard isComplete else {
      notice(
        "the answer depends on over \(IndexStore.neighbourhoodLimit) events, so that the whole "
          + "ledger is indexed anew")
      return nil
    }
    return (try neighbourhood.index(binding: IndexBinding(snapshot)), later.events)
  }
}
