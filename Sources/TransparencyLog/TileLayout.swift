/// Which tiles and entry bundles a tree of some size has (C2SP tlog-tiles).
public struct TileLayout: Hashable, Sendable {
  /// The tree's size.
  public let size: TreeSize

  /// The layout of a tree.
  public init(size: TreeSize) {
    self.size = size
  }

  /// The number of levels that have at least one hash, at most 8.
  public var levelCount: Int {
    let bits = UInt64.bitWidth - size.rawValue.leadingZeroBitCount
    return (bits + 7) / 8
  }

  /// The number of hashes at a level: complete subtrees of 256^level leaves.
  public func hashCount(level: Int) -> UInt64 {
    (0..<8).contains(level) ? size.rawValue >> UInt64(level * 8) : 0
  }

  /// The number of full tiles at a level.
  public func fullTileCount(level: Int) -> UInt64 {
    hashCount(level: level) / UInt64(TileCoordinate.fullWidth)
  }

  /// The number of hashes in a level's partial tile; 0 where there is none.
  public func partialWidth(level: Int) -> Int {
    Int(hashCount(level: level) % UInt64(TileCoordinate.fullWidth))
  }

  /// The partial tile of a level, if it has one.
  public func partialTile(level: Int) -> TileCoordinate? {
    TileCoordinate(
      level: level, index: fullTileCount(level: level), width: partialWidth(level: level))
  }

  /// The tile that holds a hash, as wide as this tree has it; `nil` when the tree has no such tile.
  public func tile(level: Int, index: UInt64) -> TileCoordinate? {
    guard (0...TileCoordinate.levelMax).contains(level) else { return nil }
    let full = fullTileCount(level: level)
    if index < full { return TileCoordinate(level: level, index: index) }
    return index == full ? partialTile(level: level) : nil
  }

  /// All tiles, level by level from the leaves, each from left to right.
  public var tiles: TileSequence {
    TileSequence(layout: self, older: 0)
  }

  /// The tiles that a tree of the older size has not, or has narrower.
  public func tiles(since older: TreeSize) -> TileSequence {
    TileSequence(layout: self, older: older)
  }

  /// The entry bundle of a level-0 tile; `nil` when the tree has none there.
  public func entryBundle(index: UInt64) -> EntryBundleCoordinate? {
    tile(level: 0, index: index).flatMap {
      EntryBundleCoordinate(index: $0.index, width: $0.width)
    }
  }
}

/// Tiles in order, computed one at a time, so that a large tree costs no memory.
public struct TileSequence: Sequence, IteratorProtocol, Sendable {
  private let layout: TileLayout
  private let older: TileLayout
  private var level = 0
  private var index: UInt64 = 0

  internal init(layout: TileLayout, older: TreeSize) {
    self.layout = layout
    self.older = TileLayout(size: older)
    index = self.older.fullTileCount(level: 0)
  }

  /// The next tile.
  public mutating func next() -> TileCoordinate? {
    while level < layout.levelCount {
      let hasGrown = layout.hashCount(level: level) > older.hashCount(level: level)
      if hasGrown, let tile = layout.tile(level: level, index: index) {
        index += 1
        return tile
      }
      level += 1
      index = older.fullTileCount(level: level)
    }
    return nil
  }
}
