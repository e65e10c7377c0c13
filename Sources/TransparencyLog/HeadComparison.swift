/// What comparing two verified checkpoints of one log shows.
public enum HeadComparison: Hashable, Sendable {
  /// The larger tree extends the smaller, by this proof; between equal sizes, and from the empty
  /// tree, it has no hashes.
  case consistent(ConsistencyProof)
  /// The log signed two histories.
  case forked(ForkEvidence)
  /// The hashes read are those of another tree than the larger checkpoint's, so that nothing is
  /// known: they are missing, damaged, or of another branch. Whoever shows that checkpoint has to
  /// show its tree.
  case otherTree
  /// The checkpoints are of different logs, and need not agree.
  case otherLog
}

extension HeadComparison {
  /// Compares two checkpoints of one log, in either order.
  ///
  /// - Parameters:
  ///   - reader: the hashes of the larger checkpoint's tree. They are not believed: what comes of
  ///     them is checked against its root.
  /// - Throws: what the reader throws, or ``HashReaderError``.
  /// - Complexity: O((log n)²) hashes read, at most; none for equal sizes.
  public init(
    _ one: VerifiedCheckpoint, _ other: VerifiedCheckpoint, reader: inout some HashReader,
    with hasher: SHA256Hasher
  ) throws {
    let (older, newer) = one.checkpoint.size <= other.checkpoint.size ? (one, other) : (other, one)
    let (first, second) = (older.checkpoint, newer.checkpoint)
    guard first.origin == second.origin else {
      self = .otherLog
      return
    }
    guard first.size > 0, first.size < second.size else {
      let proof = ConsistencyProof(older: first.size, newer: second.size, hashes: [])
      let evidence = ForkEvidence(older, newer, shownBy: proof, with: hasher)
      self = evidence.map { .forked($0) } ?? .consistent(proof)
      return
    }
    let proof = try ConsistencyProof.make(
      older: first.size, newer: second.size, reader: &reader, with: hasher)
    let root = try MerkleTree.root(of: first.size, reader: &reader, with: hasher)
    guard proof.check(olderRoot: root, newerRoot: second.root, with: hasher).isValid else {
      self = .otherTree
      return
    }
    guard root != first.root else {
      self = .consistent(proof)
      return
    }
    let branch = ForkEvidence.Branch(root: root, proof: proof)
    self = .forked(ForkEvidence(older, newer, branch))
  }
}

extension ForkEvidence {
  /// Evidence out of a proof that does not hold, when the proof itself shows another root at the
  /// older size; `nil` when it shows no fork.
  ///
  /// Where the older size is a power of two, a proof does not hold the root that the newer tree has
  /// at that size, and shows nothing: ``HeadComparison`` finds it in the newer tree.
  public init?(
    _ older: VerifiedCheckpoint, _ newer: VerifiedCheckpoint, shownBy proof: ConsistencyProof,
    with hasher: SHA256Hasher
  ) {
    let (first, second) = (older.checkpoint, newer.checkpoint)
    guard first.origin == second.origin, proof.older == first.size, proof.newer == second.size
    else { return nil }
    if first.size == second.size {
      guard first.root != second.root else { return nil }
      self.init(older, newer, nil)
      return
    }
    let verdict = proof.check(olderRoot: first.root, newerRoot: second.root, with: hasher)
    guard case .invalid(.olderRootMismatch(let root, _)) = verdict,
      proof.check(olderRoot: root, newerRoot: second.root, with: hasher).isValid
    else { return nil }
    self.init(older, newer, Branch(root: root, proof: proof))
  }

  internal init(_ older: VerifiedCheckpoint, _ newer: VerifiedCheckpoint, _ branch: Branch?) {
    self.init(older: older.unverified, newer: newer.unverified, branch: branch)
  }
}
