public import LedgerIndex
import LedgerStorage
public import ProvenanceGraph
import Traceability

/// What an index is wanted for. Of a ledger that has grown a little since it was indexed, only the
/// events are read that the answer can depend on.
public enum IndexQuestion: Sendable, Hashable {
  /// A trace from the items that a text can mean.
  case trace(GraphDirection, from: String, takesAll: Bool)
  /// What is on record about the items that a text can mean.
  case item(String, takesAll: Bool)
  /// The events with an ID.
  case event(id: String)
}

extension Ledger {
  /// Does something with an index that holds all that a question depends on.
  ///
  /// That is the stored index where it is up to date; a small one for this question alone, out of the
  /// stored one and the events since, where these are few or other options are asked for; else one
  /// built now. Damage that comes to light on the way leads to a new index, and to doing it again.
  ///
  /// - Parameters:
  ///   - question: what is asked; nil for everything.
  ///   - options: cleaning steps and vessels beyond what the ledger says.
  ///   - progress: called with entries done and all entries while an index is built.
  ///   - notice: called if the stored index could not be used, with the reason.
  ///   - body: what is to be done; its outcome is given out only if all it read was sound.
  public func withIndex<Value>(
    for question: IndexQuestion? = nil, options: IndexOptions = IndexOptions(),
    progress: ((UInt64, UInt64) -> Void)? = nil, notice: (String) -> Void = { _ in },
    _ body: (LedgerIndex) throws -> Value
  ) throws -> Value {
    if let question, let part = try neighbourhood(of: question, options: options) {
      let outcome = Result { try body(part) }
      // A damaged one is rebuilt below, with a notice.
      if part.damage == nil { return try outcome.get() }
    }
    guard options.isDefault else { return try body(index(options: options, progress: progress)) }
    let index = try index(progress: progress, notice: notice)
    let outcome = Result { try body(index) }
    guard let damage = index.damage else { return try outcome.get() }
    notice("the index is damaged: \(damage); it was built anew from the log")
    let value = try body(rebuiltIndex(progress: progress))
    return value
  }

  /// The index for one question; nil where the stored index answers it alone, there is none, or so
  /// much is new or concerned that a new one is worth its time.
  private func neighbourhood(
    of question: IndexQuestion, options: IndexOptions
  ) throws -> LedgerIndex? {
    let snapshot = try snapshot()
    guard let base = indexStore.stored(snapshot).index,
      base.binding.size < snapshot.size.rawValue || !options.isDefault,
      let later = try indexStore.later(than: base, snapshot)
    else { return nil }
    var direction: GraphDirection?
    if case .trace(let asked, _, _) = question { direction = asked }
    var neighbourhood = try Neighbourhood(
      of: base, and: later, source: StoredEvents(reader: reader, snapshot: snapshot),
      direction: direction, options: options, limit: IndexStore.neighbourhoodLimit)
    let isComplete =
      switch question {
      case .trace(_, let text, let takesAll), .item(let text, let takesAll):
        try neighbourhood.collect(text, takesAll: takesAll)
      case .event(let id):
        try neighbourhood.collect(eventID: id)
      }
    guard isComplete, base.damage == nil else { return nil }
    return try neighbourhood.index(
      binding: IndexBinding(
        origin: snapshot.origin.name, size: snapshot.size.rawValue, root: snapshot.root.bytes))
  }
}

/// The events of a ledger as they are collected for a question.
private final class StoredEvents: EventSource {
  private let reader: LedgerReader
  private let snapshot: LedgerSnapshot
  private var submitters: [EntryIndex: String] = [:]

  init(reader: LedgerReader, snapshot: LedgerSnapshot) {
    self.reader = reader
    self.snapshot = snapshot
  }

  func event(at entry: UInt64) throws -> LaterEvents.Stored? {
    // Numbers from a damaged index may lie beyond the log.
    guard entry < snapshot.size.rawValue else { return nil }
    let record = try reader.record(EntryIndex(entry), in: snapshot)
    guard record.entry.kind == .event, let links = record.links else { return nil }
    return LaterEvents.Stored(
      links: links, submitter: try submitter(of: record.entry.capture))
  }

  private func submitter(of capture: EntryIndex) throws -> String {
    if let known = submitters[capture] { return known }
    let record = try reader.record(capture, in: snapshot)
    let submitter =
      try record.links.map { links in
        try links.withUnsafeBytes { try CaptureLinks(decoding: $0).submitter }
      } ?? ""
    submitters[capture] = submitter
    return submitter
  }
}
