public import TransparencyLog

extension Disk {
  /// The newest signed checkpoint that the ledger keeps; `nil` when it was never signed.
  ///
  /// It is well-formed and no more: whoever relies on it verifies it.
  ///
  /// - Throws: ``LedgerError/Kind/corrupt`` when the file is none, ``LedgerError/Kind/inputOutput``.
  public func newestCheckpoint() throws(LedgerError) -> UnverifiedCheckpoint? {
    let path = LedgerPaths.checkpoint
    guard let bytes = try smallFile(path, limit: SignedNote.byteCountMax) else { return nil }
    do {
      return try UnverifiedCheckpoint(parsing: bytes)
    } catch {
      throw LedgerError(
        .corrupt, "the checkpoint is malformed: \(error)", at: LogLocation(file: path),
        advice: "run `provender verify`, and sign a new one with `provender checkpoint`")
    }
  }
}

extension LedgerReader {
  /// The newest signed checkpoint that the ledger keeps; see ``Disk/newestCheckpoint()``.
  public func newestCheckpoint() throws(LedgerError) -> UnverifiedCheckpoint? {
    try disk.newestCheckpoint()
  }
}
