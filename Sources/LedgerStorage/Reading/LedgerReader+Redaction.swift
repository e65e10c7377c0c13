import TransparencyLog

extension LedgerReader {
  /// What a redaction under way destroys of an entry; `nil` when none does. Parts of it that are
  /// half erased are not damaged.
  package func partsBeingErased(of index: EntryIndex) throws(LedgerError) -> RedactedParts? {
    guard case .announced(let entry) = try disk.pendingRedaction(logID: genesis.logID) else {
      return nil
    }
    let snapshot = try snapshot()
    guard entry.rawValue < snapshot.size.rawValue else { return nil }
    let announcement = try RecordReader(locate(entry, in: snapshot), entry).record()
    guard announcement.entry.kind == .redaction,
      let redaction = announcement.payload.flatMap({ RedactionPayload(payload: $0) })
    else { return nil }
    return redaction.targets.first { $0.entry == index }?.scope.parts
  }
}
