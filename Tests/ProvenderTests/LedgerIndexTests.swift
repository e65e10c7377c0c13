import HistorySimulator
import LedgerTestSupport
import RecallReports
import Testing

@testable import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The stored index is derived: whatever becomes of it, answers stay.
@Suite("A ledger's index: damaged, older, rebuilt")
struct LedgerIndexTests {
  let directory: TemporaryDirectory
  let ledger: Ledger

  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger.create(at: directory.path + "/l", origin: "test.example/log")
  }

  @Test("A missing, damaged, foreign or stale index is rebuilt with a notice, and answers stay")
  func indexRebuilt() throws {
    _ = try ledger.capture(HistorySimulator.document(lots: 60, seed: 4))
    let item = try ledger.index().uri(of: ItemNumber(0))
    let expected = try ledger.trace(.forward, from: item).items.map(\.id)
    try ledger.close()
    let path = ledger.directory + "/index/current"
    let original = try bytes(of: path)
    for content in [
      Array(original.dropLast(64)), [], [UInt8](repeating: 0xFF, count: 9000),
    ] {
      try write(content, to: path)
      let reader = try Ledger.open(at: ledger.directory)
      var notices: [String] = []
      let index = try reader.index(notice: { notices.append($0) })
      #expect(notices.count == 1)
      #expect(notices.first?.contains("built anew") == true)
      #expect(try reader.trace(.forward, from: item, using: index).items.map(\.id) == expected)
      #expect(try bytes(of: path).count == original.count, "the new one is stored")
    }
    unlink(path)
    #expect(
      try Ledger.open(at: ledger.directory).trace(.forward, from: item).items.map(\.id) == expected)
    let other = try Ledger.create(at: directory.path + "/other", origin: "test.example/other")
    _ = try other.capture(HistorySimulator.document(lots: 60, seed: 5))
    _ = try other.index()
    try other.close()
    try write(try bytes(of: other.directory + "/index/current"), to: path)
    var notices: [String] = []
    _ = try Ledger.open(at: ledger.directory).index(notice: { notices.append($0) })
    #expect(notices.first?.contains("another log") == true)
  }

  @Test("Whichever page of the index is damaged, answers stay and known events stay known")
  func indexDamagedOnEachPage() throws {
    let document = HistorySimulator.document(lots: 40, seed: 4)
    let events = try ledger.capture(document).captured
    let items = try (0..<4).map { try ledger.index().uri(of: ItemNumber(UInt32($0) * 9)) }
    let expected = try items.map { try ledger.trace(.backward, from: $0).items.map(\.id) }
    try ledger.close()
    let path = ledger.directory + "/index/current"
    let original = try bytes(of: path)
    var noticed = 0
    for page in stride(from: 0, to: original.count, by: 4096) {
      var damaged = original
      damaged[min(page + 100, damaged.count - 1)] ^= 16
      try write(damaged, to: path)
      let reader = try Ledger.open(at: ledger.directory)
      for (item, expected) in zip(items, expected) {
        let found = try reader.withIndex(notice: { _ in noticed += 1 }) { index in
          try reader.trace(.backward, from: item, using: index).items.map(\.id)
        }
        #expect(found == expected, "page \(page / 4096)")
      }
      try write(damaged, to: path)
      let writer = try Ledger.open(at: ledger.directory, for: .writing)
      #expect(try writer.capture(document).known == events, "page \(page / 4096)")
      try writer.close()
    }
    #expect(noticed >= 5, "only \(noticed) damaged pages were met: the test tries little")
  }

  @Test("What came after the index is in every answer, and little is read for it")
  func laterEvents() throws {
    let lines = try SimulatedHistory(.init(lots: 150, seed: 9)).lines
    func capture(_ part: [String]) throws {
      _ = try ledger.capture(Array(part.joined(separator: "\n").utf8))
    }
    // Every third event comes late.
    let late = lines.indices.filter { $0 % 3 == 1 }.map { lines[$0] }
    let early = lines.indices.filter { $0 % 3 != 1 }.map { lines[$0] }
    try capture(early)
    let items = try stride(from: 0, to: ledger.index().itemCount, by: 7).map {
      try ledger.index().uri(of: ItemNumber(UInt32($0)))
    }
    try capture(late)
    try ledger.close()
    let reader = try Ledger.open(at: ledger.directory)
    func answer(_ item: String, _ direction: GraphDirection, _ index: LedgerIndex) throws -> String
    {
      let answer = try reader.trace(direction, from: item, using: index)
      let report = TraceReport(
        answer, question: item,
        source: .init(origin: "", size: index.binding.size, root: ""))
      return String(decoding: report.json(), as: UTF8.self)
    }
    var parts: [(item: String, direction: GraphDirection, text: String)] = []
    var smallest = Int.max
    for item in items {
      for direction in GraphDirection.allCases {
        try reader.withIndex(for: .trace(direction, from: item, takesAll: false)) { index in
          smallest = min(smallest, index.eventCount)
          parts.append((item, direction, try answer(item, direction, index)))
        }
      }
      try reader.withIndex(for: .item(item, takesAll: false)) { index in
        let found = try reader.items(matching: item, in: index).map(index.uri)
        #expect(found == [item])
      }
    }
    let whole = try reader.index()
    #expect(whole.eventCount == lines.count)
    #expect(smallest < lines.count / 4, "all of the ledger was read for every answer")
    for part in parts {
      let expected = try answer(part.item, part.direction, whole)
      #expect(expected == part.text, "\(part.direction) from \(part.item)")
    }
  }

  @Test("Whether one item reaches another is asked by name, and of what came after the index too")
  func reaches() throws {
    let lines = try SimulatedHistory(.init(lots: 150, seed: 9)).lines
    _ = try ledger.capture(Array(lines[..<200].joined(separator: "\n").utf8))
    let older = try ledger.index()
    _ = try ledger.capture(Array(lines[200...].joined(separator: "\n").utf8))
    try ledger.close()
    let reader = try Ledger.open(at: ledger.directory)
    // With options of its own, so that none is stored.
    var options = IndexOptions()
    options.cleaningSteps = ["none such"]
    let whole = try reader.index(options: options)
    var random = SeededGenerator(seed: 5)
    var (reached, late) = (0, 0)
    for number in stride(from: 0, to: UInt32(whole.itemCount), by: 3) {
      let item = whole.uri(of: ItemNumber(number))
      for direction in GraphDirection.allCases {
        let answer = whole.reach(direction, from: [ItemNumber(number)])
        // One of the answer, and any one.
        let others = [
          answer[Int.random(in: answer.indices, using: &random)],
          ItemNumber(UInt32.random(in: 0..<UInt32(whole.itemCount), using: &random)),
        ]
        for other in others {
          let uri = whole.uri(of: other)
          let isReached = try reader.reaches(direction, from: item, to: uri)
          #expect(isReached == answer.contains(other), "\(direction) from \(item) to \(uri)")
          guard isReached, item != uri else { continue }
          reached += 1
          if older.item(item) == nil || older.item(uri) == nil { late += 1 }
        }
      }
    }
    #expect(reached > 50 && late > 10, "\(reached) pairs, \(late) with a later item")
    let item = whole.uri(of: ItemNumber(0))
    #expect(throws: ItemNotFound.self) {
      try reader.reaches(.forward, from: item, to: "no such lot")
    }
    #expect(throws: ItemNotFound.self) {
      try reader.reaches(.forward, from: "no such lot", to: item)
    }
  }

  @Test("A large ledger is not indexed anew for a small document")
  func indexPolicy() {
    #expect(IndexStore.isCompilationDue(size: 4_000, indexed: 3_999))
    #expect(!IndexStore.isCompilationDue(size: 4_000, indexed: 4_000))
    #expect(!IndexStore.isCompilationDue(size: 300_000, indexed: 151_000))
    #expect(IndexStore.isCompilationDue(size: 300_000, indexed: 150_000))
    #expect(IndexStore.isCompilationDue(size: 3_000_000, indexed: 0))
  }
}
