/// A run of leaves that is one node of some tree: it begins at a multiple of the smallest power of
/// two that is not less than its length, so that it is made of complete subtrees, largest first.
internal struct LeafRange {
  internal let lower: UInt64
  internal let upper: UInt64

  /// The place of every complete subtree in the run, from left to right.
  internal func appendIndexes(to indexes: inout [StoredHashIndex]) {
    var first = lower
    while first < upper {
      let level = LeafRange.log2(upper - first)
      indexes.append(StoredHashIndex(level: level, leavesFrom: first))
      first += 1 << UInt64(level)
    }
  }

  /// The number of complete subtrees in the run.
  internal var subtreeCount: Int { (upper - lower).nonzeroBitCount }

  /// Joins the roots of the run's complete subtrees into the run's own (RFC 6962 section 2.1).
  internal static func join(_ hashes: ArraySlice<Hash>, with hasher: SHA256Hasher) -> Hash {
    guard var node = hashes.last else { return .emptyTree }
    for left in hashes.dropLast().reversed() {
      node = hasher.nodeHash(left, node)
    }
    return node
  }

  /// The largest power of two below a count of at least 2: where RFC 6962 splits a tree.
  internal static func split(_ count: UInt64) -> UInt64 {
    1 << UInt64(log2(count - 1))
  }

  private static func log2(_ value: UInt64) -> Int {
    UInt64.bitWidth - 1 - value.leadingZeroBitCount
  }
}

extension HashReader {
  /// Reads what several runs need at once and returns the hash of each.
  internal mutating func hashes(
    of ranges: [LeafRange], with hasher: SHA256Hasher
  ) throws -> [Hash] {
    var indexes: [StoredHashIndex] = []
    for range in ranges { range.appendIndexes(to: &indexes) }
    let stored = try readHashes(at: indexes)
    guard stored.count == indexes.count else {
      throw HashReaderError.wrongCount(asked: indexes.count, given: stored.count)
    }
    var place = 0
    return ranges.map { range in
      let next = place + range.subtreeCount
      defer { place = next }
      return LeafRange.join(stored[place..<next], with: hasher)
    }
  }
}

/// A fault of a hash reader that the code using it noticed.
public enum HashReaderError: Error, Equatable, Sendable {
  /// The reader returned another number of hashes than it was asked for.
  case wrongCount(asked: Int, given: Int)
  /// A tree of 2^63 leaves or more cannot be grown.
  case tooManyLeaves(TreeSize)
}

extension HashReaderError: CustomStringConvertible {
  /// The fault in a sentence.
  public var description: String {
    switch self {
    case .wrongCount(let asked, let given):
      "the store of hashes gave \(given) hashes for \(asked): it is at fault"
    case .tooManyLeaves(let size):
      "a tree of \(size) leaves cannot be grown: the limit is 2^63"
    }
  }
}
