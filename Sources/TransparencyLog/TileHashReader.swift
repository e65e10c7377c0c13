/// Reads stored hashes out of tiles.
///
/// It does not authenticate them: what is made from them, a root or a proof, is checked against a
/// root that was signed. At most ``cachedTileCountMax`` tiles are kept in memory.
public struct TileHashReader<Source: TileSource>: HashReader {
  /// The most tiles kept: twice the levels of any tree for each of several ways.
  public static var cachedTileCountMax: Int { 64 }

  /// The size of the tree that the source publishes; tiles are as wide as this size has them.
  public let size: TreeSize

  /// Where the tiles come from.
  public var source: Source

  private let hasher: SHA256Hasher
  private var cache: [TileCoordinate: [Hash]] = [:]

  /// A reader of a tree's tiles.
  public init(source: Source, size: TreeSize, with hasher: SHA256Hasher) {
    self.source = source
    self.size = size
    self.hasher = hasher
  }

  /// Reads hashes, in the order asked for.
  ///
  /// - Throws: ``TileError``, or what the source throws.
  /// - Complexity: at most 127 node hashes for each hash, where it stands inside a tile.
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
    let height = UInt64(index.level % 8)
    let first = index.offset << height
    let place = Int(first % UInt64(TileCoordinate.fullWidth))
    let tile = try hashes(level: Int(index.level / 8), tile: first >> 8, for: index)
    let count = 1 << Int(height)
    guard count > 1 else { return tile[place] }
    var frontier = MerkleFrontier()
    for hash in tile[place..<(place + count)] { frontier.append(hash, with: hasher) }
    return frontier.root(with: hasher)
  }

  private mutating func hashes(
    level: Int, tile: UInt64, for index: StoredHashIndex
  ) throws -> [Hash] {
    guard let coordinate = TileLayout(size: size).tile(level: level, index: tile) else {
      throw TileError.beyondSize(index, size)
    }
    if let hashes = cache[coordinate] { return hashes }
    let hashes = try source.hashes(of: coordinate)
    if cache.count >= Self.cachedTileCountMax { cache.removeAll(keepingCapacity: true) }
    cache[coordinate] = hashes
    return hashes
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
