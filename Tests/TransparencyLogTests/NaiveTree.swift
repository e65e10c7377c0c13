import TransparencyLog

/// RFC 6962 section 2.1 word for word, slow, to compare with.
enum NaiveTree {
  static func leaves(_ count: Int, _ hasher: SHA256Hasher) -> [Hash] {
    (0..<count).map { hasher.leafHash(Array("leaf-\($0)".utf8)) }
  }

  static func split(_ count: Int) -> Int {
    var half = 1
    while half * 2 < count { half *= 2 }
    return half
  }

  static func root(_ leaves: ArraySlice<Hash>, _ hasher: SHA256Hasher) -> Hash {
    guard let first = leaves.first else { return .emptyTree }
    guard leaves.count > 1 else { return first }
    let middle = leaves.startIndex + split(leaves.count)
    return hasher.nodeHash(root(leaves[..<middle], hasher), root(leaves[middle...], hasher))
  }
}

extension NaiveTree {
  /// PATH(m, D[n]) of RFC 6962 section 2.1.1.
  static func path(
    _ index: Int, _ leaves: ArraySlice<Hash>, _ hasher: SHA256Hasher
  ) -> [Hash] {
    guard leaves.count > 1 else { return [] }
    let half = split(leaves.count)
    let middle = leaves.startIndex + half
    if index < half {
      return path(index, leaves[..<middle], hasher) + [root(leaves[middle...], hasher)]
    }
    return path(index - half, leaves[middle...], hasher) + [root(leaves[..<middle], hasher)]
  }

  /// SUBPROOF(m, D[n], b) of RFC 6962 section 2.1.2.
  static func subproof(
    _ older: Int, _ leaves: ArraySlice<Hash>, _ isKnown: Bool, _ hasher: SHA256Hasher
  ) -> [Hash] {
    if older == leaves.count { return isKnown ? [] : [root(leaves, hasher)] }
    let half = split(leaves.count)
    let middle = leaves.startIndex + half
    if older <= half {
      return subproof(older, leaves[..<middle], isKnown, hasher) + [root(leaves[middle...], hasher)]
    }
    return subproof(older - half, leaves[middle...], false, hasher)
      + [root(leaves[..<middle], hasher)]
  }
}

/// Complete subtrees hashed from leaves in memory. It refuses a read out of the tree.
struct MemoryReader: HashReader {
  let leaves: [Hash]
  let hasher: SHA256Hasher

  struct OutOfTree: Error {}

  mutating func readHashes(at indexes: [StoredHashIndex]) throws -> [Hash] {
    try indexes.map { index in
      guard index.isComplete(in: TreeSize(UInt64(leaves.count))) else { throw OutOfTree() }
      let first = Int(index.offset) << Int(index.level)
      return NaiveTree.root(leaves[first..<(first + (1 << Int(index.level)))], hasher)
    }
  }
}

/// Tiles in memory, and which were asked for.
struct MemoryTiles: TileSource {
  var files: [String: [UInt8]] = [:]
  var asked: [String] = []

  struct Missing: Error {}

  mutating func store(_ tile: Tile) {
    files[tile.coordinate.path] = tile.withUnsafeBytes { [UInt8]($0) }
  }

  mutating func bytes(of tile: TileCoordinate) throws -> [UInt8] {
    asked.append(tile.path)
    guard let bytes = files[tile.path] ?? files[tile.full.path] else { throw Missing() }
    return bytes
  }
}
