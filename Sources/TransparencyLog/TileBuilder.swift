/// Grows a tree and its tiles together: each node is hashed once.
///
/// A writer appends leaf hashes, stores the tiles that became full, and at each checkpoint stores
/// ``partialTiles`` too.
public struct TileBuilder: Sendable {
  /// The right edge of the tree.
  public private(set) var frontier: MerkleFrontier

  /// The hashes of each level's partial tile, from the leaves up.
  private var edges: [[Hash]]

  /// The tree without leaves.
  public init() {
    frontier = MerkleFrontier()
    edges = []
  }

  /// Resumes a tree whose tiles were stored; it reads the partial tile of each level.
  ///
  /// - Throws: ``TileError``, or what the source throws. That the tiles belong to the tree shows in
  ///   ``root(with:)``, to be compared with a checkpoint's.
  public init(
    size: TreeSize, source: inout some TileSource, with hasher: SHA256Hasher
  ) throws {
    guard size.rawValue <= UInt64(Int64.max) else { throw HashReaderError.tooManyLeaves(size) }
    let layout = TileLayout(size: size)
    var edges: [[Hash]] = []
    var peaks: [Hash] = []
    for level in 0..<layout.levelCount {
      guard let tile = layout.partialTile(level: level) else {
        edges.append([])
        continue
      }
      let hashes = try source.hashes(of: tile)
      // The subtrees of a lower level lie to the right.
      var edge = MerkleFrontier()
      for hash in hashes { edge.append(hash, with: hasher) }
      peaks.insert(contentsOf: edge.hashes, at: 0)
      edges.append(hashes)
    }
    guard let frontier = MerkleFrontier(size: size, hashes: peaks) else {
      throw HashReaderError.wrongCount(
        asked: size.rawValue.nonzeroBitCount, given: peaks.count)
    }
    self.frontier = frontier
    self.edges = edges
  }

  /// The number of leaves appended.
  public var size: TreeSize { frontier.size }

  /// The root hash of the leaves appended so far.
  public func root(with hasher: SHA256Hasher) -> Hash {
    frontier.root(with: hasher)
  }

  /// Adds a leaf at the right.
  ///
  /// - Parameters:
  ///   - leaf: the leaf's hash.
  ///   - hasher: the caller's own.
  ///   - completed: receives the tiles that this leaf filled, if any, from the lowest level up.
  /// - Complexity: one node hash on average.
  public mutating func append(
    _ leaf: Hash, with hasher: SHA256Hasher, completed: inout [Tile]
  ) {
    let index = frontier.size.rawValue
    frontier.append(leaf, with: hasher) { height, node in
      guard height % 8 == 0 else { return }
      let level = height / 8
      if level == edges.count { edges.append([]) }
      edges[level].append(node)
      guard edges[level].count == TileCoordinate.fullWidth else { return }
      let place = index >> UInt64(height + 8)
      let coordinate = TileCoordinate(trusted: level, place, TileCoordinate.fullWidth)
      completed.append(Tile(trusted: coordinate, edges[level]))
      edges[level] = []
      edges[level].reserveCapacity(TileCoordinate.fullWidth)
    }
  }

  /// Adds leaves at the right and returns the tiles they filled, in the order of their filling.
  public mutating func append(
    contentsOf leaves: some Sequence<Hash>, with hasher: SHA256Hasher
  ) -> [Tile] {
    var completed: [Tile] = []
    for leaf in leaves { append(leaf, with: hasher, completed: &completed) }
    return completed
  }

  /// The partial tiles of the tree as it is now, from the leaves up: at most eight.
  public var partialTiles: [Tile] {
    let layout = TileLayout(size: size)
    return edges.indices.compactMap { level in
      layout.partialTile(level: level).map { Tile(trusted: $0, edges[level]) }
    }
  }
}
