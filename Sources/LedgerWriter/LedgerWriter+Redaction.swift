public import LedgerStorage

/// What a redaction did.
public struct Redaction: Hashable, Sendable {
  /// The entry that announces it; `nil` when everything asked for had been erased before, so that
  /// nothing was changed.
  public let entry: EntryIndex?
  /// When it was recorded.
  public let time: RecordTime?
  /// The entries of which something was erased now, in ascending order.
  public let erased: [EntryIndex]
  /// The entries asked for of which nothing was left to erase, in ascending order.
  public let erasedBefore: [EntryIndex]
}

extension LedgerWriter {
  /// Destroys payloads, or payloads and links, with their salts; a redaction entry says which and
  /// why. What the entry is committed to stays in the log, so that the log still verifies.
  ///
  /// When this returns, the bytes are gone from the ledger's files, what recovery once set aside
  /// and the files of the index among them, and from nothing else. When it fails, or the machine
  /// does, either nothing happened or the next writer that opens the ledger finishes it.
  ///
  /// - Parameters:
  ///   - entries: captures, events, receipts and notes, at most 65,535. Those that are redacted
  ///     already are left alone, unless more of them is to be destroyed now.
  ///   - parts: how much of each is destroyed.
  ///   - reason: a code of 1 to 64 letters, digits, `.`, `_` and `-`, such as `gdpr-17`. It is
  ///     published.
  /// - Throws: ``LedgerError/Kind/invalid`` for entries that do not exist or may not be redacted,
  ///   ``LedgerError/Kind/corrupt`` when one is damaged, ``LedgerError/Kind/diskFull``: nothing
  ///   happened then. Any other failure stops the writer.
  /// - Complexity: linear in the bytes of the frames concerned; others wait meanwhile.
  public func redact(
    _ entries: [EntryIndex], parts: RedactedParts, reason: String
  ) throws(LedgerError) -> Redaction {
    try acquire()
    defer { release() }
    return try withCore { core throws(WriteFailure) in
      try core.redact(Set(entries).sorted(), parts, reason: reason)
    }
  }
}
