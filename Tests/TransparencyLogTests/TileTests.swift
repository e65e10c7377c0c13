import Testing
import TransparencyLog

@Suite("Tiles")
struct TileTests {
  let hasher: SHA256Hasher

  init() throws {
    hasher = try SHA256Hasher()
  }

  @Test("the layout of the specification's example, 70,000 entries")
  func layout() {
    let layout = TileLayout(size: 70_000)
    #expect(layout.levelCount == 3)
    #expect(layout.fullTileCount(level: 0) == 273)
    let paths = layout.tiles.map(\.path)
    #expect(paths.count == 277)
    #expect(
      paths.suffix(4) == ["tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"])
    #expect(TileLayout(size: 256).tiles.map(\.path) == ["tile/0/000", "tile/1/000.p/1"])
    #expect(TileLayout(size: 0).tiles.map(\.path).isEmpty)
    #expect(TileLayout(size: 65_536).levelCount == 3)
    #expect(TileLayout(size: TreeSize(.max)).levelCount == 8)
    #expect(layout.entryBundle(index: 273)?.path == "tile/entries/273.p/112")
    #expect(layout.entryBundle(index: 274) == nil)
    #expect(layout.tile(level: 99, index: 0) == nil)
    #expect(layout.tile(level: -1, index: 0) == nil)
    #expect(layout.hashCount(level: -1) == 0)
    #expect(layout.hashCount(level: .max) == 0)
  }

  @Test("tiles new between two sizes")
  func newTiles() {
    let sizes: [UInt64] = [0, 1, 2, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 65_793]
    for older in sizes {
      for newer in sizes where newer >= older {
        let before = Set(TileLayout(size: TreeSize(older)).tiles)
        let after = TileLayout(size: TreeSize(newer))
        let expected = after.tiles.filter { !before.contains($0) }
        #expect(Array(after.tiles(since: TreeSize(older))) == expected, "\(older) to \(newer)")
      }
    }
  }

  @Test("tiles built step by step hold what the formula says; readers prove from them")
  func builder() throws {
    let leaves = NaiveTree.leaves(600, hasher)
    var tiles = MemoryTiles()
    var builder = TileBuilder()
    for (place, leaf) in leaves.enumerated() {
      var completed: [Tile] = []
      builder.append(leaf, with: hasher, completed: &completed)
      completed.forEach { tiles.store($0) }
      let size = TreeSize(UInt64(place + 1))
      guard [1, 2, 255, 256, 257, 511, 512, 513, 600].contains(place + 1) else { continue }
      builder.partialTiles.forEach { tiles.store($0) }
      for tile in TileLayout(size: size).tiles {
        let width = 1 << (tile.level * 8)
        let expected = (0..<tile.width).flatMap { hash in
          let first = (Int(tile.index) * 256 + hash) * width
          return NaiveTree.root(leaves[first..<(first + width)], hasher).bytes
        }
        #expect(tiles.files[tile.path] == expected, "\(tile.path) at \(size)")
      }
      let root = NaiveTree.root(leaves[...place], hasher)
      #expect(builder.root(with: hasher) == root)
      var resumed = try TileBuilder(size: size, source: &tiles, with: hasher)
      #expect(resumed.root(with: hasher) == root)
      #expect(resumed.partialTiles == builder.partialTiles)
      let rest = resumed.append(contentsOf: leaves[(place + 1)...], with: hasher)
      #expect(rest.count == 2 - (place + 1) / 256)
      #expect(resumed.root(with: hasher) == NaiveTree.root(leaves[...], hasher))
    }
  }

  @Test("a tile reader's proofs are those of the leaves, whatever the sizes")
  func reader() throws {
    let leaves = NaiveTree.leaves(600, hasher)
    var tiles = MemoryTiles()
    var builder = TileBuilder()
    builder.append(contentsOf: leaves, with: hasher).forEach { tiles.store($0) }
    builder.partialTiles.forEach { tiles.store($0) }
    var reader = TileHashReader(source: tiles, size: 600, with: hasher)
    let root = NaiveTree.root(leaves[...], hasher)
    for index in stride(from: 0, to: 600, by: 7) {
      let proof = try InclusionProof.make(
        index: LeafIndex(UInt64(index)), size: 600, reader: &reader, with: hasher)
      #expect(proof.check(leaf: leaves[index], root: root, with: hasher) == .valid)
    }
    for older in stride(from: 1, through: 600, by: 13) {
      let size = TreeSize(UInt64(older))
      let proof = try ConsistencyProof.make(
        older: size, newer: 600, reader: &reader, with: hasher)
      let past = try MerkleTree.root(of: size, reader: &reader, with: hasher)
      #expect(past == NaiveTree.root(leaves[..<older], hasher))
      #expect(proof.check(olderRoot: past, newerRoot: root, with: hasher) == .valid)
    }
    #expect(reader.source.asked.count == TileLayout(size: 600).tiles.map(\.path).count)
    let beyond = try #require(StoredHashIndex(level: 3, offset: 75))
    #expect(throws: TileError.beyondSize(beyond, 600)) { try reader.readHashes(at: [beyond]) }
  }

  @Test("tiles of a wrong length are refused, wider ones serve")
  func wrongLength() throws {
    let leaves = NaiveTree.leaves(300, hasher)
    var tiles = MemoryTiles()
    var builder = TileBuilder()
    builder.append(contentsOf: leaves, with: hasher).forEach { tiles.store($0) }
    let leaf = StoredHashIndex(leaf: 7)
    var reader = TileHashReader(source: tiles, size: 100, with: hasher)
    #expect(try reader.readHashes(at: [leaf]) == [leaves[7]])
    let full = try #require(tiles.files["tile/0/000"])
    for count in [0, 31, 99 * 32, 100 * 32 - 1, 100 * 32 + 1, 8192 + 32] {
      var damaged = tiles
      damaged.files = ["tile/0/000": Array((full + full).prefix(count))]
      var reader = TileHashReader(source: damaged, size: 100, with: hasher)
      #expect(throws: TileError.self) { try reader.readHashes(at: [leaf]) }
    }
    #expect(throws: HashReaderError.tooManyLeaves(TreeSize(.max))) {
      try TileBuilder(size: TreeSize(.max), source: &tiles, with: hasher)
    }
    let place = try #require(TileCoordinate(level: 0, index: 0))
    #expect(Tile(coordinate: place, bytes: full)?.hashes == Array(leaves[..<256]))
    #expect(Tile(coordinate: place, bytes: Array(full.dropLast())) == nil)
    #expect(Tile(coordinate: place, bytes: full + [0]) == nil)
  }

  @Test("entry bundles: round trip, every cut and every surplus refused")
  func entryBundles() throws {
    let entries: [[UInt8]] = [[1, 2, 3], [], [UInt8](repeating: 9, count: 300), [4]]
    let bundle = try EntryBundle.encode(entries)
    #expect(bundle.prefix(5) == [0, 3, 1, 2, 3])
    #expect(try EntryBundle.entries(bundle, width: 4) == entries)
    for count in 0..<bundle.count {
      #expect(throws: EntryBundleError.self) {
        try EntryBundle.entries(Array(bundle[..<count]), width: 4)
      }
    }
    #expect(throws: EntryBundleError.surplusBytes(offset: bundle.count)) {
      try EntryBundle.entries(bundle + [0], width: 4)
    }
    #expect(throws: EntryBundleError.missingEntries(count: 4, width: 5)) {
      try EntryBundle.entries(bundle, width: 5)
    }
    #expect(throws: EntryBundleError.self) { try EntryBundle.entries(bundle, width: 3) }
    let longest = [UInt8](repeating: 0, count: 65_535)
    #expect(try EntryBundle.entries(EntryBundle.encode([longest]), width: 1) == [longest])
    #expect(throws: EntryBundleError.entryTooLong(byteCount: 65_536)) {
      try EntryBundle.encode([longest + [0]])
    }
    var appended: [UInt8] = []
    for entry in entries { try entry.withUnsafeBytes { try EntryBundle.append($0, to: &appended) } }
    #expect(appended == bundle)
  }
}
