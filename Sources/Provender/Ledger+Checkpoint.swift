public import LedgerStorage
import LedgerWriter
public import TransparencyLog

extension Ledger {
  /// The newest signed checkpoint; nil if the log was never signed. It is as old as the last
  /// signature, and unverified: judge it with ``keyRecords()``.
  public func newestCheckpoint() throws -> UnverifiedCheckpoint? {
    if let writer { return writer.newestCheckpoint }
    return try reader.newestCheckpoint()
  }

  /// Signs what is acknowledged now, and returns when the checkpoint is durable.
  ///
  /// - Parameter key: the log's present key; nil for the one that the ledger was opened with.
  /// - Throws: `LedgerError`: the key is not the log's (`invalid`), a checkpoint that was signed
  ///   before contradicts the log (`tampered`), or writing failed.
  @discardableResult
  public func signCheckpoint(with key: Ed25519PrivateKey? = nil) throws -> TrustedCheckpoint {
    let writer = try writable()
    if let key {
      return try writer.sign(with: NoteSigner(key: key, origin: writer.genesis.origin))
    }
    guard let signer else {
      throw LedgerError(
        .invalid, "the ledger was opened without a key", advice: "name the key to sign with")
    }
    return try signer.sign()
  }

  /// Why signing beside the captures failed the last time, if it did; the captures stand, and it is
  /// tried again a second later and when the ledger is closed.
  public var signingFailure: LedgerError? { signer?.failure }

  /// Adds witnesses' signatures to a checkpoint of this log, and keeps a copy of it.
  ///
  /// - Parameters:
  ///   - text: the checkpoint with cosignatures, which may be one that the log signed before the
  ///     newest; or the signature lines alone, which are then those of the newest or of a kept one.
  ///   - witnesses: the witnesses' keys. What others signed is left out.
  /// - Returns: the checkpoint with all signatures that it has now.
  /// - Throws: `LedgerError` (`invalid`): a signature does not hold, none is by the witnesses, or it
  ///   belongs to no checkpoint of this ledger; or `MalformedText`.
  @discardableResult
  public func addCosignatures(
    _ text: [UInt8], witnesses: [VerifierKey]
  ) throws -> TrustedCheckpoint {
    let writer = try writable()
    let history = try keyRecords().history
    let (cosigned, isOwn) = try cosigned(text, by: witnesses, history)
    switch history.verify(cosigned, witnesses: witnesses, isPinned: isOwn) {
    case .failure(let refusal):
      throw LedgerError(
        .invalid, "the checkpoint cannot be kept: \(refusal)", advice: "sign a new one")
    case .success(let trusted):
      try writer.keep(cosigned)
      return trusted
    }
  }

  /// The checkpoint that cosignatures belong to, with those that hold, and whether it was kept here
  /// before.
  private func cosigned(
    _ text: [UInt8], by witnesses: [VerifierKey], _ history: KeyHistory
  ) throws -> (UnverifiedCheckpoint, isOwn: Bool) {
    let newline = UInt8(ascii: "\n")
    let isNote = zip(text, text.dropFirst()).contains { $0 == newline && $1 == newline }
    var problem = "it is of no checkpoint that the ledger keeps"
    let own = try ownCheckpoints()
    let foreign = isNote ? try signedByLog(text, history) : nil
    for (checkpoint, isOwn) in own.map({ ($0, true) }) + (foreign.map { [($0, false)] } ?? []) {
      let note = try SignedNote(
        parsing: isNote ? text : checkpoint.note.textBytes + [newline] + text)
      guard note.textBytes == checkpoint.note.textBytes else { continue }
      let lines = note.signatures.filter { !checkpoint.note.signatures.contains($0) }
      let collection = try checkpoint.collecting(lines, by: witnesses)
      if let wrong = collection.wrong.first {
        problem = "the signature of \(wrong.name) does not hold"
      } else if collection.added.isEmpty, let unknown = collection.unknown.first {
        problem = "it is by \(unknown.name), whose vkey was not given"
      } else {
        return (collection.checkpoint, isOwn)
      }
      if isNote { break }
    }
    throw LedgerError(
      .invalid, "the cosignature cannot be added: \(problem)",
      advice: "give a cosignature of a checkpoint of this ledger, and the witness's vkey")
  }

  /// A note with nothing but the signatures that claim to be the log's; nil if there are none.
  private func signedByLog(
    _ text: [UInt8], _ history: KeyHistory
  ) throws -> UnverifiedCheckpoint? {
    let note = try SignedNote(parsing: text)
    let lines = note.signatures.filter { line in
      history.keys.contains { $0.key.name == line.name && $0.key.id == line.id }
    }
    guard !lines.isEmpty else { return nil }
    return try UnverifiedCheckpoint(
      parsing: note.textBytes + "\n".utf8 + lines.flatMap { Array($0.line.utf8) })
  }

  /// The checkpoints that cosignatures may belong to, the newest first.
  private func ownCheckpoints() throws -> [UnverifiedCheckpoint] {
    let disk = PosixDisk(directory)
    var all = try newestCheckpoint().map { [$0] } ?? []
    for size in try disk.keptCheckpoints().sizes.reversed() where size != all.first?.claim.size {
      if let kept = try disk.keptCheckpoint(of: size) { all.append(kept) }
    }
    return all
  }

  /// Keeps a copy of a checkpoint of this log that others rely on, in `checkpoints/`: one that was
  /// published, or sent to a witness. The ledger will answer for it whatever is signed later.
  ///
  /// - Throws: `LedgerError`: it contradicts the log (`tampered`), or writing failed.
  public func keepCheckpoint(_ checkpoint: TrustedCheckpoint) throws {
    try writable().keep(checkpoint.verified.unverified)
  }

  /// Keeps a time stamp (RFC 3161, DER) of a checkpoint, and the checkpoint. The caller has verified
  /// the stamp.
  ///
  /// - Returns: the time stamp's path in the ledger's directory.
  /// - Throws: what ``keepCheckpoint(_:)`` throws.
  @discardableResult
  public func keepTimeStamp(
    _ timeStamp: [UInt8], of checkpoint: TrustedCheckpoint
  ) throws -> String {
    try writable().keep(timeStamp: timeStamp, of: checkpoint.verified.unverified)
  }
}
