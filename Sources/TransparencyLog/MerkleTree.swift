/// What can be computed about an RFC 6962 tree from its stored hashes.
public enum MerkleTree {
  /// The stored hashes that make up the root of a tree, from left to right.
  public static func indexesForRoot(of size: TreeSize) -> [StoredHashIndex] {
    var indexes: [StoredHashIndex] = []
    LeafRange(lower: 0, upper: size.rawValue).appendIndexes(to: &indexes)
    return indexes
  }

  /// The root of the tree as it was at a size (RFC 6962 section 2.1).
  ///
  /// - Throws: what the reader throws, or ``HashReaderError``.
  /// - Complexity: at most 64 hashes read and 63 nodes hashed.
  public static func root(
    of size: TreeSize, reader: inout some HashReader, with hasher: SHA256Hasher
  ) throws -> Hash {
    guard size > 0 else { return .emptyTree }
    let root = try reader.hashes(
      of: [LeafRange(lower: 0, upper: size.rawValue)], with: hasher)
    return root[0]
  }

  /// The right edge of the tree as it was at a size, ready to grow.
  ///
  /// - Throws: what the reader throws, or ``HashReaderError``.
  public static func frontier(
    of size: TreeSize, reader: inout some HashReader
  ) throws -> MerkleFrontier {
    guard size.rawValue <= UInt64(Int64.max) else { throw HashReaderError.tooManyLeaves(size) }
    let indexes = indexesForRoot(of: size)
    let hashes = try reader.readHashes(at: indexes)
    guard let frontier = MerkleFrontier(size: size, hashes: hashes) else {
      throw HashReaderError.wrongCount(asked: indexes.count, given: hashes.count)
    }
    return frontier
  }
}
