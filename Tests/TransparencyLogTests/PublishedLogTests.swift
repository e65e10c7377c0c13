import Foundation
import Testing
import TransparencyLog

/// A log of 257 entries that other software wrote (transparency-dev/tessera).
@Suite("A published log", .needsVectors)
struct PublishedLogTests {
  static let folder = "tessera-logs/size-257/"
  static let vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

  struct Folder: TileSource {
    mutating func bytes(of tile: TileCoordinate) throws -> [UInt8] {
      try Vectors.bytes(PublishedLogTests.folder + tile.path)
    }
  }

  let hasher: SHA256Hasher
  let checkpoint: VerifiedCheckpoint
  let entries: [[UInt8]]

  init() throws {
    let hasher = try SHA256Hasher()
    self.hasher = hasher
    let origin = try #require(CheckpointOrigin("example.com/log/testdata"))
    let policy = CheckpointPolicy(
      origin: origin, logKeys: [try VerifierKey(parsing: Self.vkey)])
    checkpoint = try UnverifiedCheckpoint(parsing: Vectors.bytes(Self.folder + "checkpoint"))
      .verify(by: policy).get()
    entries = (0..<257).map { (index: Int) -> [UInt8] in
      let number = withUnsafeBytes(of: UInt64(index).littleEndian) { Array($0) }
      return Array(hasher.hash(number).bytes.prefix(24))
    }
  }

  @Test("its entries, tiles, root and proofs are what its checkpoint says")
  func verifies() throws {
    #expect(checkpoint.checkpoint.size == 257)
    let layout = TileLayout(size: 257)
    var published: [UInt8] = []
    for index in [0, 1] as [UInt64] {
      let bundle = try #require(layout.entryBundle(index: index))
      let bytes = try Vectors.bytes(Self.folder + bundle.path)
      let first = Int(index) * 256
      let expected = Array(entries[first..<(first + bundle.width)])
      #expect(try EntryBundle.entries(bytes, width: bundle.width) == expected)
      #expect(try EntryBundle.encode(expected) == bytes)
      published += bytes
    }
    #expect(published.count == 257 * 26)

    var builder = TileBuilder()
    let leaves = entries.map { hasher.leafHash($0) }
    let full = builder.append(contentsOf: leaves, with: hasher)
    let tiles = full + builder.partialTiles
    #expect(Set(tiles.map(\.coordinate)) == Set(layout.tiles))
    for tile in tiles {
      let bytes = try Vectors.bytes(Self.folder + tile.coordinate.path)
      #expect(tile.withUnsafeBytes { [UInt8]($0) } == bytes)
    }
    #expect(builder.root(with: hasher) == checkpoint.checkpoint.root)

    var reader = TileHashReader(source: Folder(), size: 257, with: hasher)
    for index in [0, 1, 127, 128, 255, 256] {
      let proof = try InclusionProof.make(
        index: LeafIndex(UInt64(index)), size: 257, reader: &reader, with: hasher)
      #expect(checkpoint.checkInclusion(of: leaves[index], proof: proof, with: hasher) == .valid)
    }
  }
}
