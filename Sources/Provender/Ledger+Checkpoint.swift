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

  /// Adds witnesses' signatures to a checkpoint that the ledger keeps, and keeps a copy of it.
  ///
  /// - Parameters:
  ///   - text: the checkpoint with cosignatures, or the signature lines alone, which are then those
  ///     of the newest checkpoint or of a kept one.
  ///   - witnesses: the witnesses' keys. What is signed by others is refused.
  /// - Returns: the checkpoint with all signatures that it has now.
  /// - Throws: `LedgerError` (`invalid`): a signature does not hold, is by none of the witnesses, or
  ///   belongs to no checkpoint of this ledger; or `MalformedText`.
  @discardableResult
  public func addCosignatures(
    _ text: [UInt8], witnesses: [VerifierKey]
  ) throws -> TrustedCheckpoint {
    let writer = try writable()
    let history = try keyRecords().history
    let found = try CosignedCheckpoint(text, witnesses: witnesses, checkpoints: ownCheckpoints())
    switch history.verify(found.checkpoint, witnesses: witnesses, isPinned: true) {
    case .failure(let refusal):
      throw LedgerError(
        .invalid, "the checkpoint cannot be kept: \(refusal)", advice: "sign a new one")
    case .success(let trusted):
      try writer.keep(found.checkpoint)
      return trusted
    }
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

/// A checkpoint of the ledger's with cosignatures that were verified.
struct CosignedCheckpoint {
  let checkpoint: UnverifiedCheckpoint

  /// Finds the checkpoint that cosignatures belong to, and verifies them.
  init(
    _ text: [UInt8], witnesses: [VerifierKey], checkpoints: [UnverifiedCheckpoint]
  ) throws {
    let isNote = zip(text, text.dropFirst()).contains { $0 == 10 && $1 == 10 }
    var refusal = "it is of no checkpoint that the ledger keeps"
    for own in checkpoints {
      let note =
        isNote
        ? try SignedNote(parsing: text)
        : try SignedNote(parsing: own.note.textBytes + [10] + text)
      guard note.textBytes == own.note.textBytes else { continue }
      let added = note.signatures.filter { !own.note.signatures.contains($0) }
      // What stands there already needs no second look.
      guard !added.isEmpty else {
        checkpoint = own
        return
      }
      let fresh = try SignedNote(parsing: note.textBytes + [10] + Self.lines(added))
      switch fresh.verify(with: witnesses.filter { $0.type == .cosignature }) {
      case .success(let verified) where verified.unverified.isEmpty:
        checkpoint = own.adding(added)
        return
      case .success(let verified):
        refusal = "it is also signed by \(verified.unverified[0].name), which is not among them"
      case .failure(let rejection):
        refusal = rejection.description
      }
      if isNote { break }
    }
    throw LedgerError(
      .invalid, "the cosignature cannot be added: \(refusal)",
      advice: "name the witness's vkey, and give the cosignature of a checkpoint of this ledger")
  }

  private static func lines(_ signatures: [SignedNote.Signature]) -> [UInt8] {
    signatures.flatMap { Array($0.line.utf8) }
  }
}
