import ProvenanceGraph
import RecallAnalysis
import Testing
import Traceability
import TransparencyLog

@testable import LedgerIndex

@Suite("A damaged index is refused, never believed")
struct IndexDamageTests {
  /// A sealed index over two events.
  static func sealed() throws -> [UInt8] {
    var builder = IndexBuilder(seed: 3)
    let unit = try Identifier("(00)195060002345678901")
    let lot = try Identifier("(01)09506000134352(10)A")
    let product = try Identifier("(01)09506000134369(10)B")
    var links = Links(
      content: Digest32(words: (1, 1, 1, 1)), kind: .transformation, action: .none,
      time: EventTime(microseconds: 1_000_001, offsetMinutes: 0, precision: .instant))
    links.items = [
      ItemMention(item: lot, role: .input), ItemMention(item: product, role: .output),
    ]
    links.bizLocation = try Identifier("(414)9506000123455")
    links.lotNumber = "B"
    try builder.add(LinksBuffer(links), entry: 2, submitter: "")
    links = Links(
      content: Digest32(words: (2, 2, 2, 2)), kind: .aggregation, action: .add,
      time: EventTime(microseconds: 2_000_001, offsetMinutes: 0, precision: .instant))
    links.items = [
      ItemMention(item: unit, role: .parent), ItemMention(item: product, role: .child),
    ]
    try builder.add(LinksBuffer(links), entry: 3, submitter: "")
    var names = CaptureLinks()
    names.masterData = [
      MasterDataRecord(
        vocabulary: "Location", identifier: try Identifier("(414)9506000123455"),
        attributes: [.init(name: "name", value: "Dairy")])
    ]
    builder.add(names)
    var bytes: [UInt8] = []
    try builder.seal(
      binding: IndexBinding(
        origin: "test", size: 4, root: [UInt8](repeating: 7, count: 32))
    ) { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Whether an index opens, and every byte of it is sound.
  private static func isSound(_ bytes: [UInt8]) -> Bool {
    guard let index = try? LedgerIndex(ByteRegion(copying: bytes)) else { return false }
    return (try? index.checkAll()) != nil
  }

  @Test("No index is sealed for an origin or a root that does not fit its trailer")
  func bindingFits() {
    for (length, count) in [(256, 32), (2_000, 32), (4, 31), (4, 0)] {
      let binding = IndexBinding(
        origin: String(repeating: "x", count: length), size: 0,
        root: [UInt8](repeating: 0, count: count))
      #expect(throws: IndexError.self) { try IndexBuilder(seed: 7).sealed(binding: binding) }
    }
  }

  @Test("Every single bit of a sealed index is noticed", arguments: 0..<8)
  func everyBit(bit: Int) throws {
    let bytes = try Self.sealed()
    #expect(Self.isSound(bytes))
    let taken = unnoticedFlips(of: bit, in: bytes, Self.isSound)
    #expect(taken.isEmpty, "bit \(bit) of bytes \(taken.prefix(8))")
  }

  @Test("A damaged page condemns the index when it is read, and reads as nothing")
  func damageIsMetWhenRead() throws {
    var bytes = try Self.sealed()
    let lot = "https://id.gs1.org/01/09506000134352/10/A"
    let start = try #require(
      bytes.indices.first { bytes[$0...].starts(with: Array(lot.utf8)) })
    bytes[start + 3] ^= 1
    let index = try LedgerIndex(ByteRegion(copying: bytes))
    #expect(index.damage == nil)
    #expect(index.item(lot) == nil)
    #expect(index.damage?.description.contains("byte 0") == true)
    #expect(throws: IndexError.self) { try index.checkAll() }
  }

  @Test("An index that somebody forged with right checksums is refused or answers; it never traps")
  func forged() throws {
    let original = try Self.sealed()
    var random = SeededGenerator(seed: 12)
    var opened = 0
    for _ in 0..<3_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let position = Int.random(in: 0..<Self.dataEnd(bytes), using: &random)
        bytes[position] = Bool.random(using: &random) ? 0xFF : .random(in: 0...255, using: &random)
      }
      Self.fixChecksums(&bytes)
      guard let index = try? LedgerIndex(ByteRegion(copying: bytes)) else { continue }
      opened += 1
      let search = try? ReachSearch(index)
      for item in 0..<UInt32(index.itemCount) {
        for direction in GraphDirection.allCases {
          _ = index.reach(direction, from: [ItemNumber(item)]).map(index.uri)
          _ = search?.reach(direction, from: ItemNumber(item)).map(index.uri)
          let trace = Tracer(index).trace(direction, from: [ItemNumber(item)])
          for event in trace.pathEvents {
            _ = index.mentions(of: event).map(\.role)
            _ = index.event(event).time.text
            _ = index.bizStep(of: event)
          }
        }
        _ = index.lookUp(String(index.uri(of: ItemNumber(item)).suffix(3)), limit: 5)
        _ = index.classOfUnknownLot(ItemNumber(item))
      }
    }
    #expect(opened > 100, "only \(opened) were opened: the test tries nothing")
  }

  private static func trailer(_ bytes: [UInt8]) -> Int {
    bytes.count - SealedSections.trailerBytes
  }

  private static func dataEnd(_ bytes: [UInt8]) -> Int {
    let offset = trailer(bytes) + SealedSections.Trailer.dataEnd
    return bytes.withUnsafeBytes {
      Int($0.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
  }

  /// Makes all checksums those of the bytes as they are.
  private static func fixChecksums(_ bytes: inout [UInt8]) {
    typealias Trailer = SealedSections.Trailer
    let end = dataEnd(bytes)
    var sums = PageSums(checksum: SealedSections.checksum)
    bytes.withUnsafeBytes { sums.update(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    let (pages, tops) = sums.sealed()
    let top = tops.flatMap { sum in withUnsafeBytes(of: sum.littleEndian) { [UInt8]($0) } }
    bytes.replaceSubrange(end..<end + pages.count, with: pages)
    bytes.replaceSubrange(end + pages.count..<end + pages.count + top.count, with: top)
    func put(_ sum: UInt32, at offset: Int) {
      withUnsafeBytes(of: sum.littleEndian) {
        bytes.replaceSubrange(offset..<offset + 4, with: $0)
      }
    }
    let trailer = trailer(bytes)
    put(CRC32C.checksum(of: top), at: trailer + Trailer.topChecksum)
    let sum = CRC32C.checksum(of: Array(bytes[trailer..<trailer + Trailer.checksum]))
    put(sum, at: trailer + Trailer.checksum)
  }

  @Test("Every truncation is noticed")
  func truncations() throws {
    let bytes = try Self.sealed()
    for count in stride(from: 0, to: bytes.count, by: 13) {
      #expect(throws: IndexError.self) {
        try LedgerIndex(ByteRegion(copying: Array(bytes.prefix(count))))
      }
    }
    #expect(throws: IndexError.self) { try LedgerIndex(ByteRegion(copying: bytes + [0])) }
  }

  @Test("Units within units along very many ways are each seen once")
  func latticeOfUnits() throws {
    var builder = IndexBuilder(seed: 3)
    func unit(_ layer: Int, _ number: Int) throws -> Identifier {
      try Identifier(
        "urn:epc:id:sscc:9506000.1\(String(1_000_000_000 + layer * 2 + number).dropFirst())")
    }
    var event: UInt64 = 0
    for layer in 1..<60 {
      for number in 0..<2 {
        event += 1
        var links = Links(
          content: Digest32(words: (event, event, 0, 0)), kind: .aggregation, action: .add,
          time: EventTime(
            microseconds: Int64(event) * 1_000_000 + 1, offsetMinutes: 0, precision: .instant))
        links.bizLocation = try Identifier("(414)9506000123455")
        links.items = [
          ItemMention(item: try unit(layer, number), role: .parent),
          ItemMention(item: try unit(layer - 1, 0), role: .child, isClassLevel: true),
          ItemMention(item: try unit(layer - 1, 1), role: .child, isClassLevel: true),
        ]
        try builder.add(LinksBuffer(links), entry: event, submitter: "")
      }
    }
    let index = try builder.sealed(
      binding: IndexBinding(origin: "t", size: 200, root: [UInt8](repeating: 0, count: 32)))
    let bottom = try #require(index.item(unit(0, 0).uri))
    let top = try #require(index.item(unit(59, 0).uri))
    #expect(Tracer(index).trace(.forward, from: [bottom]).items.count > 1)
    #expect(Tracer(index).trace(.forward, from: [top]).items.count > 1)
    #expect(Tracer(index).trace(.backward, from: [top]).items.count > 1)
  }

  @Test("A unit inside itself, through others, ends every trace all the same")
  func cyclicContainment() throws {
    var builder = IndexBuilder(seed: 3)
    let units = try (0..<6).map { number in
      try Identifier("urn:epc:id:sscc:9506000.123456789\(number)")
    }
    let lot = try Identifier("(01)09506000134352(10)A")
    for (number, unit) in units.enumerated() {
      var links = Links(
        content: Digest32(words: (UInt64(number), UInt64(number), 0, 0)), kind: .aggregation,
        action: .observe,
        time: EventTime(
          microseconds: Int64(number) * 1_000_000 + 1, offsetMinutes: 0, precision: .instant))
      links.items = [
        ItemMention(item: unit, role: .parent),
        ItemMention(item: units[(number + 1) % units.count], role: .child),
        ItemMention(item: lot, role: .child),
      ]
      try builder.add(LinksBuffer(links), entry: UInt64(number + 1), submitter: "")
    }
    let index = try builder.sealed(
      binding: IndexBinding(origin: "t", size: 7, root: [UInt8](repeating: 0, count: 32)))
    for item in 0..<UInt32(index.itemCount) {
      let forward = Tracer(index).trace(.forward, from: [ItemNumber(item)])
      let backward = Tracer(index).trace(.backward, from: [ItemNumber(item)])
      #expect(forward.items.count <= index.itemCount)
      #expect(backward.items.count <= index.itemCount)
      #expect(!forward.path(to: ItemNumber(item)).isEmpty)
    }
  }
}

/// The bytes in which a bit can be changed and nobody notices.
func unnoticedFlips(
  of bit: Int, in bytes: [UInt8], _ isSound: ([UInt8]) -> Bool
) -> [Int] {
  var bytes = bytes
  return bytes.indices.filter { position in
    bytes[position] ^= 1 << UInt8(bit)
    defer { bytes[position] ^= 1 << UInt8(bit) }
    return isSound(bytes)
  }
}
