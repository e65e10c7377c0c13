public import LedgerStorage
public import LedgerWitness
import LedgerWriter
public import TransparencyLog

extension Ledger {
  /// What is sent to a witness (C2SP tlog-witness): a signed checkpoint and the proof that it extends
  /// the one that the witness cosigned last. Its answer goes to ``addCosignatures(_:witnesses:)``.
  ///
  /// A ledger that is open for writing keeps a copy of the checkpoint, so that the answer finds it
  /// also when a newer one was signed meanwhile.
  ///
  /// - Parameters:
  ///   - olderSize: the size that the witness cosigned last; 0 for none. A witness that knows another
  ///     answers 409 with its size, and is asked again from there.
  ///   - checkpoint: a checkpoint of this ledger; nil for the newest.
  /// - Throws: `LedgerError`: there is no signed checkpoint, or it is smaller than the older size
  ///   (`invalid`), or the tree's files do not lead to its root (`corrupt`).
  /// - Complexity: O((log n)²) hashes read, at most.
  public func addCheckpointRequest(
    from olderSize: TreeSize, for checkpoint: UnverifiedCheckpoint? = nil
  ) throws -> AddCheckpointRequest {
    let checkpoint = try checkpoint ?? signedCheckpoint()
    let claim = checkpoint.claim
    guard olderSize <= claim.size else {
      throw LedgerError(
        .invalid, "the checkpoint of size \(claim.size) does not reach \(olderSize)",
        advice: "sign a new one; if the log never had \(olderSize) entries, the witness speaks of "
          + "another")
    }
    let hasher = try SHA256Hasher()
    var hashes = reader.hashes(upTo: claim.size, with: hasher)
    let request = try AddCheckpointRequest.make(
      from: olderSize, to: checkpoint, reader: &hashes, with: hasher)
    // The tree's files are derived: nothing is sent that does not lead to the signed root.
    let root = try MerkleTree.root(of: olderSize, reader: &hashes, with: hasher)
    let isProven = request.proof.check(olderRoot: root, newerRoot: claim.root, with: hasher).isValid
    guard olderSize == 0 || isProven else {
      throw LedgerError(
        .corrupt,
        "the tree's files do not lead to the root of the checkpoint of size \(claim.size)",
        at: LogLocation(file: LedgerPaths.tree),
        advice: "run `provender verify`")
    }
    try writer?.keep(checkpoint)
    return request
  }

  /// Has a witness of this machine decide about the newest checkpoint of a ledger. With the tree at
  /// hand a fork is always shown.
  ///
  /// - Throws: `LedgerError`, as `Witness.decide` does, and `invalid` for a ledger that has no signed
  ///   checkpoint.
  public func decide(
    by witness: Witness, signingWith cosigner: Cosigner
  ) throws -> WitnessDecision {
    let checkpoint = try signedCheckpoint()
    var hashes = reader.hashes(upTo: checkpoint.claim.size, with: try SHA256Hasher())
    return try witness.decide(checkpoint, reader: &hashes, signingWith: cosigner)
  }

  func signedCheckpoint() throws -> UnverifiedCheckpoint {
    guard let newest = try newestCheckpoint() else {
      throw LedgerError(
        .invalid, "the ledger has no signed checkpoint",
        advice: "sign one with `provender checkpoint --sign-with`")
    }
    return newest
  }
}

extension PublishedLog {
  /// Has a witness of this machine decide about the checkpoint of a published log.
  ///
  /// - Throws: `LedgerError`: a file is missing or cannot be read, or as `Witness.decide` does.
  public func decide(
    by witness: Witness, signingWith cosigner: Cosigner
  ) throws -> WitnessDecision {
    let checkpoint = try checkpoint()
    var hashes = TileHashReader(
      source: self, size: checkpoint.claim.size, with: try SHA256Hasher())
    return try witness.decide(checkpoint, reader: &hashes, signingWith: cosigner)
  }
}
