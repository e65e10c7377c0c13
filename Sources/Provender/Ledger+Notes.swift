import LedgerStorage
import LedgerWriter

extension Ledger {
  /// Appends notes: bytes of any kind that the ledger is to keep beside its events, each an entry of
  /// its own. They are durable when this returns, all of them or none.
  ///
  /// Callers that come while others' notes or captures are being written share one write and one
  /// sync.
  ///
  /// - Returns: the entries, in the order of the notes.
  /// - Throws: `LedgerError`: the ledger was opened for reading, there are more than 65,536 notes or
  ///   64 MiB of them, the disk is full, or writing failed.
  /// - Complexity: O(bytes); five hashes a note.
  public func append(notes: [[UInt8]]) throws -> Range<EntryIndex> {
    let writer = try writable()
    guard let appended = try writer.append(notes: notes) else {
      let end = EntryIndex(writer.snapshot.size.rawValue)
      return end..<end
    }
    signer?.didAppend()
    upkeep?.didAppend()
    let first = appended.firstEntry
    return first..<EntryIndex(first.rawValue + appended.entryCount)
  }
}

extension LedgerError {
  static let openedForReading = LedgerError(
    .invalid, "the ledger was opened for reading", advice: "open it for writing")
}
