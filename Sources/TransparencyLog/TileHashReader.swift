/// Reads stored hashes out of tiles.
///
/// It does not authenticate them: what is made from them, a root or a proof, is checked against a
/// root that was signed. At most ``cachedTileCountMax`` tiles are kept, with their inner nodes
/// about 2 MB.
public struct TileHashReader<Source: TileSource>: HashReader {
  /// The most tiles kept in memory.
  public static var cachedTileCountMax: Int { 128 }

  /// The size of the tree that the source publishes; tiles are as wide as this size has them.
  public let size: TreeSize

  /// Where the tiles come from.
  public var source: Source

  private let hasher: SHA256Hasher
  private var cache: [TileCoordinate: TileNodes] = [:]

  /// A reader of a tree's tiles.
  public init(source: Source, size: TreeSize, with hasher: SHA256Hasher) {
    self.source = source
    self.size = size
    self.hasher = hasher
  }

  /// Reads hashes, in the order asked for.
  ///
  /// - Throws: ``TileError``, or what the source throws.
  /// - Complexity: a tile that is not in the cache costs a read, and up to 255 node hashes when a
  ///   node inside it is asked for; further hashes of that tile cost a look-up.
  public mutating func readHashes(at indexes: [StoredHashIndex]) throws -> [Hash] {
    var hashes: [Hash] = []
    hashes.reserveCapacity(indexes.count)
    for index in indexes {
      hashes.append(try hash(at: index))
    }
    return hashes
  }

  private mutating func hash(at index: StoredHashIndex) throws -> Hash {
    guard index.isComplete(in: size) else { throw TileError.beyondSize(index, size) }
    // Inside its tile the subtree covers 2^height of the tile's hashes. Nothing is shifted out,
    // since the subtree lies within the tree.
    let height = Int(index.level % 8)
    let first = index.offset << UInt64(height)
    let level = Int(index.level / 8)
    guard let tile = TileLayout(size: size).tile(level: level, index: first >> 8) else {
      throw TileError.beyondSize(index, size)
    }
    try load(tile)
    let place = Int(first % UInt64(TileCoordinate.fullWidth))
    let hasher = hasher
    guard let hash = cache[tile]?.hash(height: height, offset: place >> height, with: hasher)
    else { throw TileError.beyondSize(index, size) }
    return hash
  }

  private mutating func load(_ tile: TileCoordinate) throws {
    guard cache[tile] == nil else { return }
    let nodes = TileNodes(try source.hashes(of: tile))
    if cache.count >= Self.cachedTileCountMax {
      // The few tiles above the leaves are on the way of every proof.
      cache = cache.filter { $0.key.level > 0 }
      if cache.count >= Self.cachedTileCountMax { cache.removeAll() }
    }
    cache[tile] = nodes
  }
}

/// A tile's hashes and, once one of them was needed, the nodes between them and its root.
private struct TileNodes {
  /// The complete subtrees by height; only the lowest row is there at first.
  private var rows: [[Hash]]

  init(_ hashes: [Hash]) {
    rows = [hashes]
  }

  /// The root of the subtree of 2^height hashes that has so many to its left; `nil` when the tile
  /// is not wide enough.
  mutating func hash(height: Int, offset: Int, with hasher: SHA256Hasher) -> Hash? {
    while rows.count <= height {
      let below = rows[rows.count - 1]
      rows.append(
        (0..<(below.count / 2)).map { hasher.nodeHash(below[2 * $0], below[2 * $0 + 1]) })
    }
    return offset < rows[height].count ? rows[height][offset] : nil
  }
}

extension TileSource {
  /// A tile's hashes, from its own file or the start of a wider one.
  internal mutating func hashes(of tile: TileCoordinate) throws -> [Hash] {
    let bytes = try bytes(of: tile)
    guard bytes.count >= tile.byteCount, bytes.count <= TileCoordinate.fullByteCount,
      bytes.count.isMultiple(of: Hash.byteCount)
    else { throw TileError.wrongLength(tile, byteCount: bytes.count) }
    return bytes.withUnsafeBytes { Tile.hashes($0, count: tile.width) }
  }
}
