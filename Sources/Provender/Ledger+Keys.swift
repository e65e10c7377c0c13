public import LedgerStorage
import LedgerWriter
import Synchronization
public import TransparencyLog

extension Ledger {
  /// The log's key entries and the keys as they leave them.
  ///
  /// - Throws: `LedgerError`: the log is damaged (`corrupt`) or cannot be read.
  /// - Complexity: the first call reads the log's entries, or those after the last writer that needed
  ///   them; later calls read what is new.
  public func keyRecords() throws -> KeyRecords {
    if let writer { return try writer.keyRecords() }
    let snapshot = try reader.snapshot()
    return try keyCache.withLock { cache in
      var records = try cache ?? reader.keyRecords(in: snapshot)
      try records.extend(with: reader, to: snapshot)
      cache = records
      return records
    }
  }

  /// Names the log's first key, and the recovery key that can revoke it. Both sign.
  ///
  /// Write both keys to durable files before: what names them here cannot be taken back.
  ///
  /// - Returns: the key entry.
  /// - Throws: `LedgerError`: the log has keys already (`invalid`), or writing failed.
  @discardableResult
  public func establishKeys(
    logKey: Ed25519PrivateKey, recoveryKey: Ed25519PrivateKey
  ) throws -> EntryIndex {
    try change(
      .establish(logKey: logKey.publicKey, recoveryKey: recoveryKey.publicKey),
      signedBy: [logKey, recoveryKey])
  }

  /// Puts another log key in the place of the present one. Both sign; from then on the new one signs
  /// checkpoints, also in a ledger that was opened with the old one.
  ///
  /// - Returns: the key entry.
  /// - Throws: `LedgerError`: the old key is not the log's, or the new one was used (`invalid`).
  @discardableResult
  public func rotateKey(
    from old: Ed25519PrivateKey, to new: Ed25519PrivateKey
  ) throws -> EntryIndex {
    let entry = try change(.rotate(to: new.publicKey), signedBy: [old, new])
    try signer?.use(new)
    return entry
  }

  /// Revokes a log key for trees of more entries than a size, with every key that it handed over to
  /// from there on. What it signed at that size or below counts only if it was pinned, cosigned or
  /// stamped before the revocation.
  ///
  /// - Parameters:
  ///   - key: the key that was stolen or lost.
  ///   - size: the size of the last tree that it is known to have signed rightly.
  ///   - recoveryKey: the recovery key, which signs.
  ///   - replacement: the log's next key, which signs too; without one nothing can be signed.
  /// - Returns: the key entry.
  /// - Throws: `LedgerError`: the key never was the log's, or the size is ahead of the log
  ///   (`invalid`).
  @discardableResult
  public func revokeKey(
    _ key: Ed25519PublicKey, above size: TreeSize, recoveryKey: Ed25519PrivateKey,
    replacement: Ed25519PrivateKey? = nil
  ) throws -> EntryIndex {
    let entry = try change(
      .revoke(key, above: size, replacement: replacement?.publicKey),
      signedBy: [recoveryKey] + (replacement.map { [$0] } ?? []))
    if let replacement { try signer?.use(replacement) }
    return entry
  }

  private func change(
    _ change: KeyPayload.Change, signedBy keys: [Ed25519PrivateKey]
  ) throws -> EntryIndex {
    let writer = try writable()
    let payload = try writer.keyRecords().history.next(change)
    return try writer.append(
      try payload.signed(by: keys, logID: writer.genesis.logID)
    ).firstEntry
  }

  /// The writer of a ledger that was opened for writing.
  func writable() throws -> LedgerWriter {
    guard let writer else {
      throw LedgerError.openedForReading
    }
    return writer
  }
}
