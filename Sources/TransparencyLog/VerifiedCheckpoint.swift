/// A checkpoint that its log signed and enough witnesses cosigned, by some policy.
///
/// Only ``UnverifiedCheckpoint/verify(by:)`` makes one: code that needs a trusted root asks for
/// this type and cannot be handed a mere claim.
public struct VerifiedCheckpoint: Hashable, Sendable {
  /// A witness's statement.
  public struct Cosignature: Hashable, Sendable {
    /// The witness.
    public let witness: VerifierKey
    /// When it says it signed: seconds since 1970.
    public let time: UInt64
  }

  /// What is now believed.
  public let checkpoint: Checkpoint
  /// The note as it came: evidence to show others.
  public let note: SignedNote
  /// The log's key that signed.
  public let logKey: VerifierKey
  /// The believed witnesses' statements, one for each public key.
  public let cosignatures: [Cosignature]

  /// The checkpoint as it was before it was verified: to hand on to others.
  public var unverified: UnverifiedCheckpoint {
    UnverifiedCheckpoint(note: note, claim: checkpoint)
  }

  fileprivate init(
    checkpoint: Checkpoint, note: SignedNote, logKey: VerifierKey, cosignatures: [Cosignature]
  ) {
    self.checkpoint = checkpoint
    self.note = note
    self.logKey = logKey
    self.cosignatures = cosignatures
  }

  /// Checks that a leaf is in this tree.
  ///
  /// - Parameter leaf: the leaf's hash, recomputed from the data that the proof is to speak for.
  public func checkInclusion(
    of leaf: Hash, proof: InclusionProof, with hasher: SHA256Hasher
  ) -> ProofVerdict {
    guard proof.size == checkpoint.size else {
      return .invalid(.otherSize(proof.size, checkpoint: checkpoint.size))
    }
    return proof.check(leaf: leaf, root: checkpoint.root, with: hasher)
  }

  /// Checks that this tree extends an older one of the same log.
  ///
  /// When it does not, both notes together with the proof are the evidence of a fork.
  public func checkExtends(
    _ older: VerifiedCheckpoint, proof: ConsistencyProof, with hasher: SHA256Hasher
  ) -> ProofVerdict {
    guard older.checkpoint.origin == checkpoint.origin else { return .invalid(.otherLog) }
    guard proof.older == older.checkpoint.size else {
      return .invalid(.otherSize(proof.older, checkpoint: older.checkpoint.size))
    }
    guard proof.newer == checkpoint.size else {
      return .invalid(.otherSize(proof.newer, checkpoint: checkpoint.size))
    }
    return proof.check(
      olderRoot: older.checkpoint.root, newerRoot: checkpoint.root, with: hasher)
  }
}

extension UnverifiedCheckpoint {
  /// Checks origin, signatures and quorum.
  ///
  /// A wrong signature by any key of the policy rejects the checkpoint. A witness counts once for
  /// each public key, only by cosignatures, and never with a key of the log itself.
  ///
  /// - Returns: the verified checkpoint, or why it is rejected.
  public func verify(
    by policy: CheckpointPolicy
  ) -> Result<VerifiedCheckpoint, CheckpointRejection> {
    guard claim.origin == policy.origin else {
      return .failure(.wrongOrigin(found: claim.origin, expected: policy.origin))
    }
    var keys: [VerifierKey] = []
    for key in policy.logKeys + policy.witnesses where !keys.contains(key) { keys.append(key) }
    let verified: [VerifiedNote.Signature]
    switch note.verify(with: keys) {
    case .failure(let rejection): return .failure(.note(rejection))
    case .success(let note): verified = note.verified
    }
    guard let logKey = verified.map(\.key).first(where: policy.logKeys.contains) else {
      return .failure(.notSignedByLog)
    }
    guard claim.size > 0 || claim.root == .emptyTree else {
      return .failure(.impossibleRoot(claim.root))
    }
    let cosignatures = UnverifiedCheckpoint.cosignatures(among: verified, by: policy)
    guard cosignatures.count >= policy.quorum else {
      return .failure(.quorumMissed(found: cosignatures.count, required: policy.quorum))
    }
    return .success(
      VerifiedCheckpoint(
        checkpoint: claim, note: note, logKey: logKey, cosignatures: cosignatures))
  }

  private static func cosignatures(
    among verified: [VerifiedNote.Signature], by policy: CheckpointPolicy
  ) -> [VerifiedCheckpoint.Cosignature] {
    // Whatever is verified is the log's or a witness's: what is not the log's is a witness's.
    var counted = Set(policy.logKeys.map(\.publicKey))
    return verified.compactMap { signature in
      guard let time = signature.time, counted.insert(signature.key.publicKey).inserted else {
        return nil
      }
      return VerifiedCheckpoint.Cosignature(witness: signature.key, time: time)
    }
  }
}
