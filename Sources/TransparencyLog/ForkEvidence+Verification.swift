/// A fork that the log cannot deny: its signatures hold and its trees contradict each other.
///
/// Only ``ForkEvidence/verify(by:with:)`` makes one.
public struct VerifiedFork: Hashable, Sendable {
  /// The smaller checkpoint; of one size, either.
  public let older: VerifiedCheckpoint
  /// The larger checkpoint.
  public let newer: VerifiedCheckpoint

  fileprivate init(older: VerifiedCheckpoint, newer: VerifiedCheckpoint) {
    self.older = older
    self.newer = newer
  }
}

/// Why a file shows no fork.
public enum ForkRejection: Error, Hashable, Sendable {
  /// A checkpoint is not one of the log's.
  case checkpoint(CheckpointRejection)
  /// The proof does not lead to the newer checkpoint.
  case proof(ProofFault)
  /// The two checkpoints agree.
  case consistent
}

extension ForkRejection: CustomStringConvertible {
  /// The reason in a sentence.
  public var description: String {
    switch self {
    case .checkpoint(let rejection): "this shows no fork: \(rejection)"
    case .proof(let fault): "this shows no fork: \(fault)"
    case .consistent: "this shows no fork: the two checkpoints agree"
    }
  }
}

extension ForkEvidence {
  /// Checks everything that the evidence claims: both signatures, the proof, and that the roots
  /// differ.
  ///
  /// - Parameter logKeys: the keys of the log that is accused; its name is taken from the notes.
  /// - Returns: the fork, or why there is none.
  public func verify(
    by logKeys: [VerifierKey], with hasher: SHA256Hasher
  ) -> Result<VerifiedFork, ForkRejection> {
    // A key may sign for a log of another name too, so that both notes must name the same one.
    let policy = CheckpointPolicy(origin: older.claim.origin, logKeys: logKeys)
    let first: VerifiedCheckpoint
    let second: VerifiedCheckpoint
    do throws(CheckpointRejection) {
      first = try older.verify(by: policy).get()
      second = try newer.verify(by: policy).get()
    } catch {
      return .failure(.checkpoint(error))
    }
    let roots = (older: older.claim.root, newer: newer.claim.root)
    guard let branch else {
      guard older.claim.size == newer.claim.size, roots.older != roots.newer else {
        return .failure(.consistent)
      }
      return .success(VerifiedFork(older: first, newer: second))
    }
    guard branch.root != roots.older else { return .failure(.consistent) }
    guard branch.proof.older == older.claim.size else {
      return .failure(.proof(.otherSize(branch.proof.older, checkpoint: older.claim.size)))
    }
    guard branch.proof.newer == newer.claim.size else {
      return .failure(.proof(.otherSize(branch.proof.newer, checkpoint: newer.claim.size)))
    }
    let verdict = branch.proof.check(
      olderRoot: branch.root, newerRoot: roots.newer, with: hasher)
    if case .invalid(let fault) = verdict { return .failure(.proof(fault)) }
    return .success(VerifiedFork(older: first, newer: second))
  }
}
