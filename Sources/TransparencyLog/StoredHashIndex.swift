/// The place of a complete subtree's root: a hash that never changes once its leaves are there.
///
/// At level h, hash number n covers the 2^h leaves from n·2^h (counting both from 0).
public struct StoredHashIndex: Hashable, Sendable {
  /// The height above the leaves, 0 to 63.
  public let level: UInt8

  /// The number of hashes to the left on the same level.
  public let offset: UInt64

  /// The hash of one leaf.
  public init(leaf: LeafIndex) {
    level = 0
    offset = leaf.rawValue
  }

  /// The root of a complete subtree; `nil` for a level above 63 or when the subtree would reach
  /// beyond the largest tree size.
  public init?(level: UInt8, offset: UInt64) {
    guard level < 64, offset < UInt64.max >> UInt64(level) else { return nil }
    self.level = level
    self.offset = offset
  }

  /// A place that the caller computed from a range of leaves.
  internal init(level: Int, leavesFrom first: UInt64) {
    self.level = UInt8(level)
    offset = first >> UInt64(level)
  }

  /// Whether a tree of this size holds the whole subtree.
  public func isComplete(in size: TreeSize) -> Bool {
    offset < size.rawValue >> UInt64(level)
  }
}

/// Where hashes of complete subtrees come from: tiles, memory or a test's fake.
public protocol HashReader {
  /// Reads hashes, in the order asked for.
  ///
  /// - Throws: whatever keeps a hash from being read. What is returned is only as trustworthy as
  ///   the storage: proofs made from it are checked against a root that was signed.
  mutating func readHashes(at indexes: [StoredHashIndex]) throws -> [Hash]
}
