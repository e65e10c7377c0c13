public import LedgerIndex
public import LedgerStorage
public import ProvenanceGraph
public import RecallAnalysis
public import Traceability
public import TransparencyLog

/// The stored events of a ledger as an analysis reads them.
struct LedgerHistory: History {
  let reader: LedgerReader
  let snapshot: LedgerSnapshot

  func links(at entry: UInt64) throws -> Links? {
    guard let bytes = try reader.links(EntryIndex(entry), in: snapshot) else { return nil }
    return try Links(decoding: bytes)
  }
}

/// Why an item could not be found by what a person typed.
public struct ItemNotFound: Error, Sendable, CustomStringConvertible {
  /// What was typed.
  public let text: String
  /// The items that it could mean; empty if there are none.
  public let candidates: [String]
  /// Why the text is no identity, where it looks like one: a wrong check digit, say.
  public let reason: String?
  /// How many entries of the ledger lost their links by redaction: what only they named cannot be
  /// found any more.
  public let cutCount: Int

  /// What is wrong and what to do.
  public var description: String {
    guard !candidates.isEmpty else {
      if let reason { return "no item is known by '\(text)': \(reason)" }
      let entries = cutCount == 1 ? "1 entry" : "\(cutCount) entries"
      let cut =
        cutCount == 0
        ? "" : " (the links of \(entries) were destroyed by redaction: items may be missing)"
      return
        "no item is known by '\(text)'\(cut); type (01)GTIN(10)lot, a Digital Link, a URN, or a part "
        + "of a lot code that is in the ledger"
    }
    return "'\(text)' can mean \(candidates.count) items; choose one, or take all with "
      + "--all-matching:\n  " + candidates.joined(separator: "\n  ")
  }
}

extension Ledger {
  /// The items that a person means by a text: `(01)…(10)…`, a Digital Link, a URN, any URI, or a
  /// part of a known one.
  ///
  /// - Throws: `ItemNotFound` if there is none, or several and not all are wanted.
  public func items(
    matching text: String, in index: LedgerIndex, takesAll: Bool = false
  ) throws -> [ItemNumber] {
    let limit = takesAll ? Int.max : 50
    let (items, isExact) = index.lookUp(text, limit: limit)
    if isExact || items.count == 1 || (takesAll && !items.isEmpty) { return items }
    throw ItemNotFound(
      text: text, candidates: items.map(index.uri),
      reason: items.isEmpty ? Self.fault(in: text) : nil, cutCount: index.cutCount)
  }

  /// What is wrong with a text that is written like an identity.
  private static func fault(in text: String) -> String? {
    guard text.hasPrefix("(0") || text.hasPrefix("http") || text.hasPrefix("(8") else { return nil }
    do throws(IdentifierError) {
      _ = try Identifier(text)
      return nil
    } catch {
      return error.description
    }
  }

  /// Everything that an item can have reached (forward) or can have come from (backward), with the
  /// events, sites and parties on the way and what is in doubt: the conservative answer and the
  /// refined one of the documentation page *What a trace follows*.
  ///
  /// - Parameters:
  ///   - text: the item as people write it; see `items(matching:in:takesAll:)`.
  ///   - index: an index with options of its own; by default the ledger's.
  /// - Throws: `ItemNotFound`; `LedgerError` if stored events cannot be read; `IndexError` if the
  ///   index that was handed in is damaged.
  public func trace(
    _ direction: GraphDirection, from text: String, using index: LedgerIndex? = nil,
    takesAll: Bool = false
  ) throws -> TraceAnswer {
    guard let index else {
      return try withIndex(for: .trace(direction, from: text, takesAll: takesAll)) {
        try trace(direction, from: text, using: $0, takesAll: takesAll)
      }
    }
    let seeds = try items(matching: text, in: index, takesAll: takesAll)
    let answer = try answer(Tracer(index).trace(direction, from: seeds), in: index)
    if let damage = index.damage { throw damage }
    return answer
  }

  /// Puts names to a trace, and refines it by place and time.
  public func answer(_ trace: Trace, in index: LedgerIndex) throws -> TraceAnswer {
    let history = LedgerHistory(reader: reader, snapshot: try snapshot())
    return try AnswerBuilder(trace, index: index, history: history).build()
  }

  /// The links of an event entry; nil if it is no event or they were erased.
  public func links(at entry: EntryIndex) throws -> Links? {
    let record = try reader.record(entry, in: snapshot())
    guard record.entry.kind == .event, let bytes = record.links else { return nil }
    return try Links(decoding: bytes)
  }

  /// An entry with its payload and links.
  public func record(at entry: EntryIndex) throws -> LedgerRecord {
    try reader.record(entry, in: snapshot())
  }

  /// The entries of the events with an ID, the declarations about them included.
  public func entries(ofEvent id: String, in index: LedgerIndex) throws -> [EntryIndex] {
    var id = id
    let identity = id.withUTF8 { bytes in
      EventIdentityTable.identity(
        eventID: UnsafeRawBufferPointer(bytes), content: Digest32(words: (0, 0, 0, 0)),
        seed: index.seed)
    }
    var entries: [EntryIndex] = []
    for event in index.events(identity: identity) {
      guard let links = try links(at: EntryIndex(event.entry)),
        links.eventID.utf8.elementsEqual(id.utf8)
      else { continue }
      entries.append(EntryIndex(event.entry))
      if let declared = event.declarationEntry, declared != event.entry {
        entries.append(EntryIndex(declared))
      }
    }
    return entries
  }
}
