/// The right edge of an RFC 6962 tree: enough to append leaves and to know the root.
///
/// It holds one hash for each complete subtree of the size's binary representation, the largest
/// first: at most 64 hashes for any tree.
public struct MerkleFrontier: Hashable, Sendable {
  /// The number of leaves appended.
  public private(set) var size: TreeSize

  /// The roots of the complete subtrees from left to right, as ``init(size:hashes:)`` takes them.
  public private(set) var hashes: [Hash]

  /// The tree without leaves.
  public init() {
    size = 0
    hashes = []
    hashes.reserveCapacity(UInt64.bitWidth)
  }

  /// Resumes a tree.
  ///
  /// - Parameters:
  ///   - size: the number of leaves.
  ///   - hashes: the roots of its complete subtrees from left to right. `nil` is returned unless
  ///     their number is that of the one bits in `size`, and for sizes from 2^63, so that counting
  ///     on never overflows; that the hashes belong to the tree is not known here.
  public init?(size: TreeSize, hashes: [Hash]) {
    guard size.rawValue <= UInt64(Int64.max), hashes.count == size.rawValue.nonzeroBitCount else {
      return nil
    }
    self.size = size
    self.hashes = hashes
    self.hashes.reserveCapacity(UInt64.bitWidth)
  }

  /// Adds a leaf at the right.
  ///
  /// - Complexity: one node hash on average, at most 64.
  public mutating func append(_ leaf: Hash, with hasher: SHA256Hasher) {
    append(leaf, with: hasher) { _, _ in }
  }

  /// Adds a leaf and reports every complete subtree that ends with it: its height and its root.
  internal mutating func append(
    _ leaf: Hash, with hasher: SHA256Hasher, report: (_ height: Int, _ root: Hash) -> Void
  ) {
    var node = leaf
    report(0, node)
    // Each complete subtree as large as the new node joins it, as in binary addition.
    for height in 0..<size.rawValue.trailingOnes {
      guard let left = hashes.popLast() else { break }
      node = hasher.nodeHash(left, node)
      report(height + 1, node)
    }
    hashes.append(node)
    size.rawValue += 1
  }

  /// The root hash of the leaves appended so far (RFC 6962 section 2.1).
  ///
  /// - Complexity: one node hash for each complete subtree but the first.
  public func root(with hasher: SHA256Hasher) -> Hash {
    guard var node = hashes.last else { return .emptyTree }
    for left in hashes.dropLast().reversed() {
      node = hasher.nodeHash(left, node)
    }
    return node
  }
}

extension UInt64 {
  /// The number of one bits below the lowest zero bit.
  internal var trailingOnes: Int { (~self).trailingZeroBitCount }
}
