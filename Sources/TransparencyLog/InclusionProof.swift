/// The way from one leaf up to the root (RFC 6962 section 2.1.1).
public struct InclusionProof: Hashable, Sendable {
  /// The leaf's place.
  public let index: LeafIndex
  /// The size of the tree the proof leads to. The proof alone does not authenticate it: it comes
  /// from a signed checkpoint.
  public let size: TreeSize
  /// The hashes beside the way, the leaf's sibling first.
  public let hashes: [Hash]

  /// Takes a proof from elsewhere, to be checked.
  public init(index: LeafIndex, size: TreeSize, hashes: [Hash]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// Makes the proof for a leaf.
  ///
  /// - Throws: ``ProofRequestError`` when the tree has no such leaf, what the reader throws, or
  ///   ``HashReaderError``.
  /// - Complexity: O((log n)²) hashes read, at most.
  public static func make(
    index: LeafIndex, size: TreeSize, reader: inout some HashReader, with hasher: SHA256Hasher
  ) throws -> InclusionProof {
    let ranges = try ranges(index: index, size: size)
    let hashes = try reader.hashes(of: ranges, with: hasher)
    return InclusionProof(index: index, size: size, hashes: hashes)
  }

  /// The stored hashes from which the proof is made.
  ///
  /// - Throws: ``ProofRequestError`` when the tree has no such leaf.
  public static func indexes(
    index: LeafIndex, size: TreeSize
  ) throws(ProofRequestError) -> [StoredHashIndex] {
    var indexes: [StoredHashIndex] = []
    for range in try ranges(index: index, size: size) { range.appendIndexes(to: &indexes) }
    return indexes
  }

  /// PATH(m, D[n]) of RFC 6962 section 2.1.1: at each split the half without the leaf.
  private static func ranges(
    index: LeafIndex, size: TreeSize
  ) throws(ProofRequestError) -> [LeafRange] {
    guard index.rawValue < size.rawValue else { throw .indexBeyondSize(index, size) }
    var lower: UInt64 = 0
    var upper = size.rawValue
    var ranges: [LeafRange] = []
    while upper - lower > 1 {
      let middle = lower + LeafRange.split(upper - lower)
      if index.rawValue < middle {
        ranges.append(LeafRange(lower: middle, upper: upper))
        upper = middle
      } else {
        ranges.append(LeafRange(lower: lower, upper: middle))
        lower = middle
      }
    }
    ranges.reverse()
    return ranges
  }

  /// Checks that a leaf is in the tree with a root, after RFC 9162 section 2.1.3.2.
  ///
  /// - Parameters:
  ///   - leaf: the leaf's hash, recomputed from the data that the proof is to speak for.
  ///   - root: the root of the tree of ``size`` leaves, from a checkpoint that was verified.
  ///   - hasher: the caller's own.
  /// - Complexity: one node hash for each hash of the proof.
  public func check(leaf: Hash, root: Hash, with hasher: SHA256Hasher) -> ProofVerdict {
    guard index.rawValue < size.rawValue else { return .invalid(.indexBeyondSize(index, size)) }
    guard hashes.count <= MerkleProof.hashCountMax else {
      return .invalid(.tooLong(count: hashes.count))
    }
    var way = index.rawValue
    var edge = size.rawValue - 1
    var node = leaf
    for sibling in hashes {
      guard edge != 0 else { return .invalid(.surplusHashes(count: hashes.count)) }
      if way & 1 == 1 || way == edge {
        node = hasher.nodeHash(sibling, node)
        // On the right edge, levels at which the node has no sibling are passed over.
        let skipped = way == 0 ? 0 : UInt64(way.trailingZeroBitCount)
        way >>= skipped
        edge >>= skipped
      } else {
        node = hasher.nodeHash(node, sibling)
      }
      way >>= 1
      edge >>= 1
    }
    guard edge == 0 else { return .invalid(.missingHashes(count: hashes.count)) }
    guard node == root else { return .invalid(.rootMismatch(computed: node, expected: root)) }
    return .valid
  }
}

/// A proof that cannot be made, since no tree has it.
public enum ProofRequestError: Error, Equatable, Sendable {
  /// The tree has no leaf of that index.
  case indexBeyondSize(LeafIndex, TreeSize)
  /// The older size is 0 or above the newer one.
  case sizesOutOfOrder(older: TreeSize, newer: TreeSize)
}

extension ProofRequestError: CustomStringConvertible {
  /// The refusal in a sentence.
  public var description: String {
    switch self {
    case .indexBeyondSize(let index, let size):
      "leaf \(index) is not in a tree of \(size) leaves: ask for a leaf below \(size)"
    case .sizesOutOfOrder(let older, let newer):
      "no proof leads from \(older) to \(newer) leaves: the older size is at least 1 and at most "
        + "the newer one"
    }
  }
}
