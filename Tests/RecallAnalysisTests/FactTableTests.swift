import ProvenanceGraph
import Testing
import Traceability

@testable import LedgerIndex

@Suite("Tables of facts: what they say, and what damage does")
struct FactTableTests {
  /// What a table must say, found by looking at every event.
  struct Model {
    var entries: [FactKind: [[UInt8]: [UInt64]]] = [:]

    init(_ source: HistorySource, _ range: Range<UInt64>) throws {
      var links = LinksBuffer()
      var tails: Set<[UInt8]> = []
      for entry in range {
        guard let event = source.events[entry] else { continue }
        try event.links.withUnsafeBytes { try links.decode($0) }
        var items: [[UInt8]] = []
        for mention in links.mentions {
          items.append(IndexBuilder.itemKey(mention.item, links))
          if let lot = IndexBuilder.lot(ofSerial: mention, links) { items.append(lot) }
          if mention.item.kind == .productClass {
            note(.unknownLot, Array(links.bytes(mention.item.uri)), entry)
          }
        }
        for item in items {
          note(.item, item, entry)
          guard tails.insert(item).inserted else { continue }
          let tail = item.withUnsafeBytes { Array(Tail.of($0)) }
          note(.tail, tail.map(ByteHash.lowered), entry)
        }
        if !links.lotNumber.isEmpty {
          note(.lotNumber, Array(links.bytes(links.lotNumber)).map(ByteHash.lowered), entry)
        }
        if let key = IndexBuilder.transformationKey(links, event.submitter) {
          note(.transformation, key, entry)
        }
      }
    }

    private mutating func note(_ kind: FactKind, _ key: [UInt8], _ entry: UInt64) {
      if entries[kind]?[key]?.last != entry {
        entries[kind, default: [:]][key, default: []].append(entry)
      }
    }
  }

  @Test("Of a text that can mean several items these are looked up, and nothing that they lead to")
  func ambiguousText() throws {
    var history = ScopeHistory("one code under two GTINs")
    for (lot, kind) in [("a.1", "a"), ("b.1", "b")] {
      history.builder.transform([lot], to: ["\(kind).2"], at: "dairy", t(1))
      for n in 2...12 {
        history.builder.transform(["\(kind).\(n)"], to: ["\(kind).\(n + 1)"], at: "dairy", t(n))
      }
    }
    let subject = try NeighbourhoodSubject(history.builder.history)
    let ambiguous = try subject.lookUp("1")
    #expect(ambiguous.uris.count == 2 && ambiguous.eventCount == 2)
    let single = try subject.lookUp(try #require(ambiguous.uris.first))
    #expect(single.uris.count == 1 && single.eventCount >= 12)
  }

  @Test("A table, and tables merged, say of every key what the events say", arguments: 0..<20)
  func agreement(seed: UInt64) throws {
    let source = HistorySource(RandomHistory.make(seed: seed))
    let end = UInt64(source.events.count) + 1
    var random = SeededGenerator(seed: seed)
    let cuts =
      [1] + (0..<3).map { _ in UInt64.random(in: 1...end, using: &random) }.sorted() + [end]
    let pieces = try zip(cuts, cuts.dropFirst()).filter { $0 < $1 }.map {
      try source.facts($0..<$1)
    }
    let whole = try source.facts(1..<end)
    let merged = try #require(try FactMerge(pieces)?.table())
    let joined = try source.joinedFacts(cuts)
    let model = try Model(source, 1..<end)
    for (kind, keys) in model.entries {
      for (key, expected) in keys {
        #expect(whole.entries(whole.hasher.hash(kind, key)) == expected, "\(kind)")
        let found = merged.entries(merged.hasher.hash(kind, key))
        // A tail is noted once in each of the tables.
        #expect(kind == .tail ? expected.allSatisfy(found.contains) : found == expected)
        #expect(joined.entries(joined.hasher.hash(kind, key)) == found, "joined, \(kind)")
        for other in FactKind.allCases where model.entries[other]?[key] == nil {
          #expect(whole.entries(whole.hasher.hash(other, key)).isEmpty)
        }
      }
    }
    for entry in 1..<end {
      var links = LinksBuffer()
      try source.events[entry]?.links.withUnsafeBytes { try links.decode($0) }
      let hash = whole.hasher.hash(event: IndexBuilder.identityKey(links, seed: 7))
      #expect(whole.entries(hash).contains(entry) && merged.entries(hash).contains(entry))
      #expect(joined.entries(hash) == merged.entries(hash))
    }
    #expect(merged.binding == whole.binding && merged.firstEntry == 1)
    #expect(whole.damage == nil && merged.damage == nil)
  }

  @Test("Of the records about an identifier those are found that make up the last word")
  func names() throws {
    func record(_ values: [String: String]) throws -> CaptureLinks {
      var capture = CaptureLinks()
      capture.masterData = [
        MasterDataRecord(
          vocabulary: "Location", identifier: try Identifier("(414)9506000123455"),
          attributes: values.sorted { $0.key < $1.key }.map { .init(name: $0, value: $1) })
      ]
      return capture
    }
    let captures = [
      try record(["name": "A"]), try record(["city": "B"]), try record(["name": "A"]),
      try record(["name": "C"]), try record(["city": "B"]), try record(["name": "A"]),
    ]
    var collector = FactCollector(from: 10, seed: 7)
    for (number, capture) in captures.enumerated() {
      try collector.add(capture, entry: UInt64(10 + number))
    }
    try collector.addCut(16)
    try collector.addRedaction(17)
    let table = try collector.table(binding: NeighbourhoodSubject.binding(18))
    let key = Array("https://id.gs1.org/414/9506000123455".utf8)
    #expect(table.entries(table.hasher.hash(.name, key)) == [10, 13, 14, 15])
    #expect(table.cuts() == [16] && table.redactions() == [17])
    let later = LaterEvents(from: 14, in: [table])
    #expect(later.entries(.name, key) == [14, 15], "what the index holds is not asked for again")
  }

  @Test("Tables with a gap, an overlap or another seed are not merged")
  func strangers() throws {
    let source = HistorySource(RandomHistory.make(seed: 5))
    let (a, b) = (try source.facts(1..<3), try source.facts(4..<6))
    #expect(FactMerge([a, b]) == nil && FactMerge([a, a]) == nil && FactMerge([]) == nil)
    #expect(FactMerge([b, a]) == nil)
    let other = try FactCollector(from: 3, seed: 8).table(
      binding: NeighbourhoodSubject.binding(4))
    #expect(FactMerge([a, other]) == nil)
    #expect(FactMerge([a, try source.facts(3..<4)]) != nil)
  }

  @Test("Many rows under one key, and very many keys, are all found")
  func largeTables() throws {
    var rows: [FactRow] = []
    var random = SeededGenerator(seed: 4)
    var expected: [UInt64: [UInt32]] = [:]
    for entry in UInt32(0)..<20_000 {
      let hash = entry % 3 == 0 ? 0xFFFF_FFFF_FFFF_FFFF : entry % 7 == 0 ? 0 : random.next()
      rows.append(FactRow(hash: hash, entry: entry))
      expected[hash, default: []].append(entry)
    }
    let sorted = FactRows([
      FactPiece(rows: Array(rows[..<9_000])), FactPiece(rows: []),
      FactPiece(rows: rows[9_000...].map { FactRow(bits: $0.bits - 9_000) }, shift: 9_000),
      FactPiece(rows: rows.suffix(1)),
    ])
    #expect(sorted.packed.count == rows.count, "a row that is there twice is kept once")
    #expect(sorted.starts.last == UInt32(rows.count))
    for (hash, entries) in expected {
      let bucket = FactHash.bucket(hash)
      let own = sorted.packed[Int(sorted.starts[bucket])..<Int(sorted.starts[bucket + 1])]
      #expect(own.elementsEqual(own.sorted()))
      let found = own.filter { $0 >> 32 == UInt64(FactHash.fragment(hash)) }.map {
        UInt32(truncatingIfNeeded: $0)
      }
      #expect(found == entries)
    }
  }

  // MARK: Damage

  static func sealed(_ end: UInt64 = 8) throws -> [UInt8] {
    let source = HistorySource(RandomHistory.make(seed: 6))
    var collector = FactCollector(from: 1, seed: 7)
    for entry in 1..<end {
      guard let event = source.events[entry] else { continue }
      try event.links.withUnsafeBytes {
        try collector.add(links: $0, entry: entry, submitter: "")
      }
    }
    try collector.addCut(end - 1)
    var bytes: [UInt8] = []
    try collector.seal(binding: NeighbourhoodSubject.binding(end), knownSize: end) {
      bytes.append(contentsOf: $0)
    }
    return bytes
  }

  private static func isSound(_ bytes: [UInt8]) -> Bool {
    guard let table = try? FactTable(ByteRegion(copying: bytes)) else { return false }
    return (try? table.checkAll()) != nil
  }

  @Test("Every single bit is noticed", arguments: 0..<8)
  func everyBit(bit: Int) throws {
    let bytes = try Self.sealed()
    #expect(Self.isSound(bytes))
    let taken = unnoticedFlips(of: bit, in: bytes, Self.isSound)
    #expect(taken.isEmpty, "bit \(bit) of bytes \(taken.prefix(8))")
  }

  @Test("Every truncation is noticed, and every surplus")
  func lengths() throws {
    let bytes = try Self.sealed()
    for count in stride(from: 0, to: bytes.count, by: 61) {
      #expect(!Self.isSound(Array(bytes.prefix(count))))
      #expect(!Self.isSound(Array(bytes.suffix(count))))
    }
    #expect(!Self.isSound(bytes + [0]))
  }

  @Test("A forged table with right checksums answers or is refused; it never traps")
  func forged() throws {
    let original = try Self.sealed(20)
    var random = SeededGenerator(seed: 12)
    var (opened, refused) = (0, 0)
    for round in 0..<600 {
      var bytes = original
      let trailer = bytes.count - FactFile.trailerByteCount
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // The buckets, where most can go wrong, and the trailer as often as the rest.
        let place =
          round % 3 == 0
          ? trailer + Int.random(in: 8..<160, using: &random)
          : Int.random(in: 0..<trailer - 8192, using: &random)
        bytes[place] = Bool.random(using: &random) ? 0xFF : .random(in: 0...255, using: &random)
      }
      Self.fixChecksums(&bytes)
      guard let table = try? FactTable(ByteRegion(copying: bytes)) else {
        refused += 1
        continue
      }
      opened += 1
      for bucket in 0..<FactHash.bucketCount {
        for row in table.bucket(bucket).prefix(50) {
          let hash = UInt64(bucket) << 52 | (table.rows[row] >> 32) << 20
          #expect(table.entries(hash).allSatisfy(table.entries.contains))
        }
      }
      _ = (table.cuts(), table.redactions())
      var merged: [UInt8] = []
      try? FactMerge([table])?.seal { merged.append(contentsOf: $0) }
    }
    #expect(opened > 200 && refused > 50, "\(opened) opened, \(refused) refused")
  }

  @Test("Of a forged table at the end of all numbers, no entry runs over")
  func endOfNumbers() throws {
    var bytes = try Self.sealed(20)
    let trailer = bytes.count - FactFile.trailerByteCount
    let plain = try FactTable(ByteRegion(copying: bytes))
    FactFile.put(UInt64.max - 3, at: trailer + FactFile.Trailer.first, in: &bytes)
    FactFile.put(UInt64.max - 1, at: trailer + FactFile.Trailer.size, in: &bytes)
    Self.fixChecksums(&bytes)
    let table = try FactTable(ByteRegion(copying: bytes))
    for bucket in 0..<FactHash.bucketCount {
      for row in plain.bucket(bucket) {
        let hash = UInt64(bucket) << 52 | (plain.rows[row] >> 32) << 20
        #expect(table.entries(hash).allSatisfy(table.entries.contains))
      }
    }
    #expect(table.damage != nil)
  }

  /// Makes all checksums those of the bytes as they are.
  private static func fixChecksums(_ bytes: inout [UInt8]) {
    typealias Trailer = FactFile.Trailer
    let trailer = bytes.count - FactFile.trailerByteCount
    let topCount = 1
    let end = trailer - topCount * (CheckedRegion.pageByteCount + 4)
    var sums = PageSums(checksum: FactFile.checksum)
    bytes.withUnsafeBytes { sums.update(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    let (pages, tops) = sums.sealed()
    let top = tops.flatMap { sum in withUnsafeBytes(of: sum.littleEndian) { [UInt8]($0) } }
    bytes.replaceSubrange(end..<trailer, with: pages + top)
    func checksum(_ range: Range<Int>) -> UInt32 {
      bytes.withUnsafeBytes { FactFile.checksum(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
    FactFile.put(
      checksum(trailer - top.count..<trailer), at: trailer + Trailer.topChecksum, in: &bytes)
    FactFile.put(
      checksum(trailer..<trailer + Trailer.checksum), at: trailer + Trailer.checksum, in: &bytes)
  }
}
