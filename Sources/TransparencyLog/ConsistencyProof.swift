/// Shows that a tree extends an older one: the older leaves are its first leaves (RFC 6962
/// section 2.1.2).
public struct ConsistencyProof: Hashable, Sendable {
  /// The older tree's size.
  public let older: TreeSize
  /// The newer tree's size.
  public let newer: TreeSize
  /// The hashes, in the order of RFC 6962.
  public let hashes: [Hash]

  /// Takes a proof from elsewhere, to be checked.
  public init(older: TreeSize, newer: TreeSize, hashes: [Hash]) {
    self.older = older
    self.newer = newer
    self.hashes = hashes
  }

  /// Makes the proof between two sizes of one log; it is empty between equal sizes.
  ///
  /// - Throws: ``ProofRequestError`` for sizes without a proof, what the reader throws, or
  ///   ``HashReaderError``.
  /// - Complexity: O((log n)²) hashes read, at most.
  public static func make(
    older: TreeSize, newer: TreeSize, reader: inout some HashReader, with hasher: SHA256Hasher
  ) throws -> ConsistencyProof {
    let ranges = try ranges(older: older, newer: newer)
    let hashes = try reader.hashes(of: ranges, with: hasher)
    return ConsistencyProof(older: older, newer: newer, hashes: hashes)
  }

  /// The stored hashes from which the proof is made.
  ///
  /// - Throws: ``ProofRequestError`` for sizes without a proof.
  public static func indexes(
    older: TreeSize, newer: TreeSize
  ) throws(ProofRequestError) -> [StoredHashIndex] {
    var indexes: [StoredHashIndex] = []
    for range in try ranges(older: older, newer: newer) { range.appendIndexes(to: &indexes) }
    return indexes
  }

  /// SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2, from the root down.
  private static func ranges(
    older: TreeSize, newer: TreeSize
  ) throws(ProofRequestError) -> [LeafRange] {
    guard older > 0, older <= newer else { throw .sizesOutOfOrder(older: older, newer: newer) }
    var lower: UInt64 = 0
    var upper = newer.rawValue
    // Whether the node is one whose hash the verifier knows: the older root itself.
    var isKnown = true
    var ranges: [LeafRange] = []
    while upper != older.rawValue {
      let middle = lower + LeafRange.split(upper - lower)
      if older.rawValue <= middle {
        ranges.append(LeafRange(lower: middle, upper: upper))
        upper = middle
      } else {
        ranges.append(LeafRange(lower: lower, upper: middle))
        lower = middle
        isKnown = false
      }
    }
    if !isKnown { ranges.append(LeafRange(lower: lower, upper: upper)) }
    ranges.reverse()
    return ranges
  }

  /// Checks that the newer tree extends the older one, after RFC 9162 section 2.1.4.2.
  ///
  /// The RFC leaves out equal sizes, for which the proof is empty and the roots are equal, and the
  /// empty older tree, from which nothing can be proved.
  ///
  /// - Complexity: two node hashes for each hash of the proof.
  public func check(olderRoot: Hash, newerRoot: Hash, with hasher: SHA256Hasher) -> ProofVerdict {
    guard older <= newer else { return .invalid(.sizesReversed(older: older, newer: newer)) }
    guard hashes.count <= MerkleProof.hashCountMax else {
      return .invalid(.tooLong(count: hashes.count))
    }
    if older == newer { return checkEqual(olderRoot, newerRoot) }
    guard older > 0 else { return .invalid(.emptyOlderTree) }
    guard !hashes.isEmpty else { return .invalid(.missingHashes(count: 0)) }

    // An older tree that is one complete subtree is the first node itself.
    let isComplete = older.rawValue.nonzeroBitCount == 1
    var way = older.rawValue - 1
    var edge = newer.rawValue - 1
    let skipped = UInt64(way.trailingOnes)
    way >>= skipped
    edge >>= skipped
    var olderNode = isComplete ? olderRoot : hashes[0]
    var newerNode = olderNode
    for sibling in hashes.dropFirst(isComplete ? 0 : 1) {
      guard edge != 0 else { return .invalid(.surplusHashes(count: hashes.count)) }
      if way & 1 == 1 || way == edge {
        olderNode = hasher.nodeHash(sibling, olderNode)
        newerNode = hasher.nodeHash(sibling, newerNode)
        let skipped = way == 0 ? 0 : UInt64(way.trailingZeroBitCount)
        way >>= skipped
        edge >>= skipped
      } else {
        newerNode = hasher.nodeHash(newerNode, sibling)
      }
      way >>= 1
      edge >>= 1
    }
    guard edge == 0 else { return .invalid(.missingHashes(count: hashes.count)) }
    guard olderNode == olderRoot else {
      return .invalid(.olderRootMismatch(computed: olderNode, expected: olderRoot))
    }
    guard newerNode == newerRoot else {
      return .invalid(.rootMismatch(computed: newerNode, expected: newerRoot))
    }
    return .valid
  }

  private func checkEqual(_ olderRoot: Hash, _ newerRoot: Hash) -> ProofVerdict {
    guard hashes.isEmpty else { return .invalid(.surplusHashes(count: hashes.count)) }
    guard olderRoot == newerRoot else {
      return .invalid(.rootMismatch(computed: olderRoot, expected: newerRoot))
    }
    guard newer > 0 || newerRoot == .emptyTree else {
      return .invalid(.rootMismatch(computed: .emptyTree, expected: newerRoot))
    }
    return .valid
  }
}
