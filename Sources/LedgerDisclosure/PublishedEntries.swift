internal import LedgerStorage
internal import TransparencyLog

/// Where a ledger's entries about keys and redactions stand, and what was redacted.
internal struct PublishedEntries {
  /// The entries about keys, in order.
  internal private(set) var keys: [EntryIndex] = []
  /// For each redacted entry, what its redactions say.
  private var redacted: [EntryIndex: State] = [:]

  private struct State {
    /// The redaction entries that name it, in order.
    var entries: [EntryIndex] = []
    /// The digest A of the payload, unless the links were destroyed too.
    var digest: Hash?
    var isDestroyed = false
  }

  /// Looks through a ledger's entries.
  ///
  /// - Throws: what reading throws.
  internal init(_ reader: LedgerReader, _ snapshot: LedgerSnapshot) throws {
    var redactions: [EntryIndex] = []
    let frames = try reader.frames(in: snapshot, extent: .entries)
    while try frames.next() {
      for record in 0..<frames.frame.count {
        guard let entry = frames.frame.entry(record) else { continue }
        if entry.kind == .key { keys.append(entry.index) }
        if entry.kind == .redaction { redactions.append(entry.index) }
      }
    }
    for index in redactions {
      guard let payload = try reader.record(index, in: snapshot).payload,
        let redaction = RedactionPayload(payload: payload)
      else { continue }
      for target in redaction.targets where target.entry < index {
        var state = redacted[target.entry] ?? State()
        state.entries.append(index)
        switch target.scope {
        case .payload(let digest): state.digest = state.digest ?? digest
        case .payloadAndLinks: state.isDestroyed = true
        }
        redacted[target.entry] = state
      }
    }
  }

  /// Whether any redaction names an entry.
  internal func isRedacted(_ entry: EntryIndex) -> Bool { redacted[entry] != nil }

  /// Whether a redaction says that an entry's links are destroyed too.
  internal func isDestroyed(_ entry: EntryIndex) -> Bool { redacted[entry]?.isDestroyed ?? false }

  /// The digest of a payload that a redaction destroys.
  internal func digest(of entry: EntryIndex) -> Hash? { redacted[entry]?.digest }

  /// The redaction entries that name any of some entries.
  internal func redactions(of entries: Set<EntryIndex>) -> Set<EntryIndex> {
    var found: Set<EntryIndex> = []
    for entry in entries { found.formUnion(redacted[entry]?.entries ?? []) }
    return found
  }
}
