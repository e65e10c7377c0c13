/// What checking a proof showed.
public enum ProofVerdict: Hashable, Sendable {
  /// The proof holds for the roots it was checked against.
  case valid
  /// The proof shows nothing, for a reason.
  case invalid(ProofFault)

  /// Whether the proof holds.
  public var isValid: Bool { self == .valid }
}

/// Why a proof does not hold.
public enum ProofFault: Hashable, Sendable {
  /// The tree has no leaf of that index.
  case indexBeyondSize(LeafIndex, TreeSize)
  /// The older tree is larger than the newer one.
  case sizesReversed(older: TreeSize, newer: TreeSize)
  /// Nothing can be proved from the empty tree: every tree extends it.
  case emptyOlderTree
  /// The proof is for another size than the checkpoint it is checked against.
  case otherSize(TreeSize, checkpoint: TreeSize)
  /// The checkpoints compared are of different logs.
  case otherLog
  /// The proof has more hashes than any tree needs.
  case tooLong(count: Int)
  /// The proof ends before the root is reached.
  case missingHashes(count: Int)
  /// Hashes are left over when the root is reached.
  case surplusHashes(count: Int)
  /// The proof leads to another root than the one given.
  case rootMismatch(computed: Hash, expected: Hash)
  /// The proof leads to another root of the older tree than the one given.
  case olderRootMismatch(computed: Hash, expected: Hash)
}

extension ProofFault: CustomStringConvertible {
  /// The fault in a sentence.
  public var description: String {
    switch self {
    case .indexBeyondSize(let index, let size):
      "leaf \(index) is not in a tree of \(size) leaves: the proof belongs to another checkpoint"
    case .sizesReversed(let older, let newer):
      "a log of \(newer) leaves cannot extend one of \(older): compare them the other way round"
    case .emptyOlderTree:
      "every tree extends the empty one: compare with a checkpoint of at least one leaf"
    case .otherSize(let size, let checkpoint):
      "the proof is for \(size) leaves, the checkpoint for \(checkpoint): ask for the right proof"
    case .otherLog:
      "the checkpoints are of different logs: compare checkpoints of one origin"
    case .tooLong(let count):
      "the proof has \(count) hashes, more than the \(MerkleProof.hashCountMax) of any tree"
    case .missingHashes(let count):
      "the proof ends after \(count) hashes, before it reaches the root"
    case .surplusHashes(let count):
      "the proof has \(count) hashes, more than this tree needs"
    case .rootMismatch(let computed, let expected):
      "the proof leads to root \(computed), not to \(expected): the log or the proof was changed"
    case .olderRootMismatch(let computed, let expected):
      "the proof leads to older root \(computed), not to \(expected): "
        + "the log or the proof was changed"
    }
  }
}

/// Limits that all proofs share.
public enum MerkleProof {
  /// The most hashes a proof may have: the height of the largest tree.
  public static let hashCountMax = 64
}
