import Testing
import TransparencyLog

@Suite("Tile paths")
struct TilePathTests {
  @Test(
    "both ways",
    arguments: [
      (0, 0, 256, "tile/0/000"), (0, 1_234_067, 5, "tile/0/x001/x234/067.p/5"),
      (63, 999, 255, "tile/63/999.p/255"), (1, 1000, 256, "tile/1/x001/000"),
      (7, UInt64.max, 1, "tile/7/x018/x446/x744/x073/x709/x551/615.p/1"),
    ])
  func roundTrip(level: Int, index: UInt64, width: Int, path: String) throws {
    let tile = try #require(TileCoordinate(level: level, index: index, width: width))
    #expect(tile.path == path)
    #expect(try TileCoordinate(path: path) == tile)
    let bundle = try #require(EntryBundleCoordinate(index: index, width: width))
    let entries = path.replacing("tile/\(level)/", with: "tile/entries/")
    #expect(bundle.path == entries)
    #expect(try EntryBundleCoordinate(path: entries) == bundle)
  }

  @Test(
    "every other spelling is refused",
    arguments: [
      "", "/", "tile", "tile/", "tile/0", "tile/0/", "tile//000", "/tile/0/000", "tile/0/000/",
      "tiles/0/000", "Tile/0/000", "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000",
      "tile/+1/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000", "tile/0/x000/000",
      "tile/0/x000/001", "tile/0/001/234", "tile/0/X001/234", "tile/0/x1/234", "tile/0/x001",
      "tile/0/x001/x234", "tile/0/x01/234", "tile/0/xx01/234", "tile/0/001.p", "tile/0/001.p/",
      "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/01", "tile/0/001.p/-1",
      "tile/0/001.p/+1", "tile/0/001.p/1/", "tile/0/001.p/1/1", "tile/0/.p/1", "tile/0/x001.p/1",
      "tile/0/x001.p/000", "tile/0/001.P/1", "tile/0/001.q/1", "tile/0/001/1", "tile/0/001.p//1",
      "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x999/x999/x999/x999/x999/x999/999",
      "tile/0/x001/x000/x000/x000/x000/x000/x000/000", "tile/0/٠٠٠", "tile/0/0 0", "tile/0/000 ",
      "tile/entries/000", "tile/ 0/000", "tile/0x1/000",
      "tile/0/../0/000",
    ])
  func refused(path: String) {
    #expect(throws: MalformedText.self) { try TileCoordinate(path: path) }
  }

  @Test("control characters are refused", arguments: [0x00, 0x09, 0x0a, 0x0d, 0x7f] as [UInt8])
  func control(byte: UInt8) {
    let path = "tile/0/000" + String(decoding: [byte], as: UTF8.self)
    #expect(throws: MalformedText.self) { try TileCoordinate(path: path) }
  }

  @Test(
    "entry bundles have a path of their own",
    arguments: [
      "tile/0/000", "tile/entries", "tile/entries/", "tile/entries/0", "tile/Entries/000",
      "tile/entries/000.p/0", "tile/entries/000.p/256", "tile/entries/0/000", "entries/000",
    ])
  func entriesRefused(path: String) {
    #expect(throws: MalformedText.self) { try EntryBundleCoordinate(path: path) }
  }

  @Test("no coordinate has an impossible level or width")
  func impossible() {
    #expect(TileCoordinate(level: 64, index: 0) == nil)
    #expect(TileCoordinate(level: -1, index: 0) == nil)
    #expect(TileCoordinate(level: 0, index: 0, width: 0) == nil)
    #expect(TileCoordinate(level: 0, index: 0, width: 257) == nil)
    #expect(EntryBundleCoordinate(index: 0, width: 0) == nil)
    #expect(EntryBundleCoordinate(index: 0, width: 257) == nil)
  }

  struct Row: Decodable {
    let entriesPath: String
    let level: Int
    let n: UInt64
    let partial: Int
    let tilePath: String
  }

  @Test("published paths", .needsVectors)
  func published() throws {
    let rows = try Vectors.rows("tile-paths.jsonl", as: Row.self)
    #expect(rows.count == 100)
    for row in rows {
      let width = row.partial == 0 ? TileCoordinate.fullWidth : row.partial
      let tile = try #require(TileCoordinate(level: row.level, index: row.n, width: width))
      #expect(tile.path == row.tilePath)
      #expect(try TileCoordinate(path: row.tilePath) == tile)
      let bundle = try #require(EntryBundleCoordinate(index: row.n, width: width))
      #expect(bundle.path == row.entriesPath)
      #expect(try EntryBundleCoordinate(path: row.entriesPath) == bundle)
    }
  }
}
