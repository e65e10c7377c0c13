/// A tile with its hashes.
public struct Tile: Hashable, Sendable {
  /// Where it stands.
  public let coordinate: TileCoordinate
  /// Its hashes from left to right, as many as the coordinate's width.
  public let hashes: [Hash]

  internal init(trusted coordinate: TileCoordinate, _ hashes: [Hash]) {
    self.coordinate = coordinate
    self.hashes = hashes
  }

  /// Reads a tile's file; `nil` unless it has exactly 32 bytes for each hash.
  public init?(coordinate: TileCoordinate, bytes: UnsafeRawBufferPointer) {
    guard bytes.count == coordinate.byteCount else { return nil }
    self.coordinate = coordinate
    hashes = Tile.hashes(bytes, count: coordinate.width)
  }

  /// Reads a tile's file; `nil` unless it has exactly 32 bytes for each hash.
  public init?(coordinate: TileCoordinate, bytes: [UInt8]) {
    guard let tile = bytes.withUnsafeBytes({ Tile(coordinate: coordinate, bytes: $0) }) else {
      return nil
    }
    self = tile
  }

  /// Lends the bytes of the tile's file.
  public func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try hashes.withUnsafeBytes(body)
  }

  /// The root of the tile's hashes; of a full tile, the hash that stands for it one level up.
  ///
  /// - Complexity: one node hash less than the tile is wide.
  public func root(with hasher: SHA256Hasher) -> Hash {
    var frontier = MerkleFrontier()
    for hash in hashes { frontier.append(hash, with: hasher) }
    return frontier.root(with: hasher)
  }

  /// Copies hashes from the start of a file that the caller knows to be long enough.
  internal static func hashes(_ bytes: UnsafeRawBufferPointer, count: Int) -> [Hash] {
    guard let base = bytes.baseAddress else { return [] }
    return [Hash](unsafeUninitializedCapacity: count) { target, filled in
      for place in 0..<count {
        target.initializeElement(at: place, to: Hash(loading: base + place * Hash.byteCount))
      }
      filled = count
    }
  }
}

/// Where the bytes of tiles come from: a folder, a server or memory.
public protocol TileSource {
  /// The bytes of a tile's file. A wider tile of the same level and index serves as well, since it
  /// begins with the same hashes: a source may fall back on it when a partial tile is gone.
  ///
  /// - Throws: whatever keeps the tile from being read.
  mutating func bytes(of tile: TileCoordinate) throws -> [UInt8]
}

/// A tile that cannot serve.
public enum TileError: Error, Hashable, Sendable {
  /// The file's length is not 32 bytes for each hash, is too short or longer than a full tile.
  case wrongLength(TileCoordinate, byteCount: Int)
  /// A hash was asked for that is not complete in a tree of this size.
  case beyondSize(StoredHashIndex, TreeSize)
}

extension TileError: CustomStringConvertible {
  /// The fault in a sentence.
  public var description: String {
    switch self {
    case .wrongLength(let tile, let byteCount):
      "\(tile.path) has \(byteCount) bytes instead of \(tile.byteCount): fetch or rebuild it"
    case .beyondSize(let index, let size):
      "hash \(index.offset) of level \(index.level) is not complete in a tree of \(size) leaves"
    }
  }
}
