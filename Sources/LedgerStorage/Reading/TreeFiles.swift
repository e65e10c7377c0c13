public import TransparencyLog

/// The hashes of the Merkle tree, as files that hold what tlog tiles hold.
///
/// The file of level L holds, 32 bytes each, the roots of the complete subtrees of 256^L leaves
/// from left to right. A full tile (L, N) of C2SP tlog-tiles is bytes 8192 N to 8192 (N + 1), a
/// partial one what is left after it. A file for each tile would be 40,000 files for ten million
/// entries, and as many calls to make them durable; publishing cuts them apart.
///
/// The files are derived from the log, and disposable.
public enum TreeFiles {
  /// Each hash of a level covers so many of the level below.
  public static let width: UInt64 = 256
  /// No tree has more levels than this.
  public static let maximumLevelCount = 8

  /// The number of hashes on a level of a tree.
  public static func hashCount(level: Int, size: TreeSize) -> UInt64 {
    level >= maximumLevelCount ? 0 : size.rawValue >> (8 * UInt64(level))
  }

  /// The number of levels of a tree: the first one that has no hash is the next.
  public static func levelCount(size: TreeSize) -> Int {
    (0..<maximumLevelCount).first { hashCount(level: $0, size: size) == 0 } ?? maximumLevelCount
  }
}

extension Disk {
  /// Hashes of a level of the tree; fewer than asked for when the file is shorter or missing.
  ///
  /// They are derived: whoever relies on them checks them against a root.
  public func treeHashes(
    level: Int, from first: UInt64, count: Int
  ) throws(LedgerError) -> [Hash] {
    let (offset, overflow) = first.multipliedReportingOverflow(by: UInt64(Hash.byteCount))
    guard !overflow, count > 0, count <= 1 << 20 else { return [] }
    do {
      let file = try open(LedgerPaths.treeLevel(level), .read)
      let bytes = try file.bytes(at: offset, count: count * Hash.byteCount)
      return bytes.withUnsafeBytes { bytes in
        (0..<bytes.count / Hash.byteCount).map { bytes.hash(at: $0 * Hash.byteCount) }
      }
    } catch {
      if error.code == .notFound { return [] }
      throw LedgerError(error, while: "read the tree")
    }
  }
}

/// The right edge of the tree, level by level, as it grows: it yields the hashes that the tree's
/// files hold, without hashing any node twice.
public struct TreeEdge: Sendable {
  /// For each level the hashes that are not yet under a hash of the next: fewer than 256.
  private var levels: [MerkleFrontier]
  /// The number of leaves.
  public private(set) var size: TreeSize

  /// The tree without leaves.
  public init() {
    levels = [MerkleFrontier()]
    size = 0
  }

  /// Adds a leaf.
  ///
  /// - Parameter emit: receives each new hash of a level: the leaf itself, and the roots of the
  ///   subtrees that it completes.
  public mutating func append(
    _ leaf: Hash, with hasher: SHA256Hasher, emit: (_ level: Int, Hash) -> Void
  ) {
    var hash = leaf
    var level = 0
    while true {
      if level == levels.count { levels.append(MerkleFrontier()) }
      emit(level, hash)
      levels[level].append(hash, with: hasher)
      guard levels[level].size.rawValue == TreeFiles.width, let root = levels[level].hashes.first
      else { break }
      levels[level] = MerkleFrontier()
      hash = root
      level += 1
    }
    size.rawValue += 1
  }

  /// The root of all leaves appended so far (RFC 6962 section 2.1).
  public func root(with hasher: SHA256Hasher) -> Hash {
    var root: Hash?
    for level in levels {
      for left in level.hashes.reversed() {
        root = root.map { hasher.nodeHash(left, $0) } ?? left
      }
    }
    return root ?? .emptyTree
  }

  /// The complete subtrees from left to right, as proofs and checkpoints need them.
  public var frontier: MerkleFrontier? {
    MerkleFrontier(size: size, hashes: levels.reversed().flatMap(\.hashes))
  }

  /// Takes up a tree of some size from the tree's files; `nil` when they are too short. Whether
  /// the files are right shows in the root.
  public init?(
    _ disk: any Disk, size: TreeSize, with hasher: SHA256Hasher
  ) throws(LedgerError) {
    levels = []
    self.size = size
    for level in 0..<max(1, TreeFiles.levelCount(size: size)) {
      let total = TreeFiles.hashCount(level: level, size: size)
      let count = total % TreeFiles.width
      var frontier = MerkleFrontier()
      let hashes = try disk.treeHashes(level: level, from: total - count, count: Int(count))
      guard hashes.count == Int(count) else { return nil }
      for hash in hashes { frontier.append(hash, with: hasher) }
      levels.append(frontier)
    }
  }
}
