import Foundation
import HistorySimulator
import LedgerIndex
import LedgerStorage
import LedgerTestSupport
import RecallReports
import Testing

@testable import Provender

@Suite("Facts beside an older index: sealed, merged, damaged")
struct FactFileTests {
  private let ledger: Ledger
  private let lines: [String]
  private var folder: String { ledger.directory + "/index" }

  init() throws {
    ledger = try Ledger.create(
      at: FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path,
      origin: "facts.example/trace")
    lines = try SimulatedHistory(.init(lots: 140, seed: 4)).lines
  }

  private func capture(_ part: ArraySlice<String>, into ledger: Ledger? = nil) throws -> Int {
    try (ledger ?? self.ledger).capture(Array(part.joined(separator: "\n").utf8)).captured
  }

  /// Seals what is not sealed yet, in pieces.
  private func seal(
    piece: UInt64, mergeLimit: UInt64 = 0, keptBy upkeep: IndexUpkeep? = nil
  ) throws {
    while try ledger.indexStore.sealNext(
      ledger.snapshot(), atLeast: 1, piece: piece, mergeLimit: mergeLimit, keptBy: upkeep) != nil
    {}
  }

  /// Some items of a ledger, from an index that is not stored.
  private static func items(_ ledger: Ledger) throws -> [String] {
    var options = IndexOptions()
    options.vessels = ["https://id.gs1.org/00/395060000000000005"]
    let index = try ledger.index(options: options)
    return stride(from: 0, to: index.itemCount, by: 11).map {
      index.uri(of: ItemNumber(UInt32($0)))
    }
  }

  private var factFiles: [FactName] {
    ledger.indexStore.fileNames().compactMap { FactName($0) }.sorted()
  }

  /// Whatever an index says of some items, and how.
  private func answers(
    _ reader: Ledger, _ items: [String], _ notice: (String) -> Void = { _ in }
  ) throws -> [String] {
    var texts: [String] = []
    for item in items {
      for direction in GraphDirection.allCases {
        let text = try reader.withIndex(
          for: .trace(direction, from: item, takesAll: false), notice: notice
        ) { index in
          let answer = try reader.trace(direction, from: item, using: index)
          let report = TraceReport(
            answer, question: item,
            source: .init(origin: "", size: index.binding.size, root: ""))
          return String(decoding: report.json(), as: UTF8.self)
        }
        texts.append(text)
      }
      let found = try reader.withIndex(for: .item(item, takesAll: false), notice: notice) { index in
        try reader.items(matching: item, in: index).map(index.uri).joined()
      }
      texts.append(found)
    }
    return texts
  }

  /// An index over a third of the events, two tables of facts and a rest.
  private func prepare() throws -> [String] {
    let parts = [0, lines.count / 3, lines.count / 2, lines.count - 20, lines.count]
    _ = try capture(lines[parts[0]..<parts[1]])
    _ = try ledger.index()
    for part in 1..<4 {
      _ = try capture(lines[parts[part]..<parts[part + 1]])
      if part < 3 { try seal(piece: 10_000) }
    }
    try ledger.close()
    #expect(factFiles.count == 2)
    let copy = try Ledger.create(
      at: ledger.directory + "-whole", origin: "facts.example/trace")
    _ = try capture(lines[...], into: copy)
    let whole = try copy.index()
    return stride(from: 0, to: whole.itemCount, by: 11).map {
      whole.uri(of: ItemNumber(UInt32($0)))
    }
  }

  private func wholeAnswers(_ items: [String]) throws -> [String] {
    let reader = try Ledger.open(at: ledger.directory)
    let whole = try reader.index(options: IndexOptions())
    #expect(whole.eventCount == lines.count)
    return try answers(reader, items)
  }

  @Test("Answers and look-ups are those of the whole index, wherever the events are")
  func answersStay() throws {
    let items = try prepare()
    let reader = try Ledger.open(at: ledger.directory)
    let found = try answers(reader, items)
    #expect(factFiles.count == 2, "nothing was compiled for it")
    let lot = try #require(items.last { $0.contains("/10/") })
    let code = String(lot.split(separator: "/").last ?? "")
    let texts = [
      lot.uppercased().replacingOccurrences(of: "HTTPS://ID.GS1.ORG", with: "https://id.gs1.org"),
      code, code.lowercased(), "(10)\(code)", String(lot.dropFirst(23).prefix(14)), "no such thing",
      String(lot.prefix(36)),
    ]
    func looked(_ reader: Ledger) throws -> [[String]] {
      try texts.map { text in
        try reader.withIndex(for: .item(text, takesAll: true)) { index in
          index.lookUp(text, limit: 1_000).items.map { index.uri(of: $0) }
        }
      }
    }
    let named = try looked(reader)
    #expect(try found == wholeAnswers(items))
    #expect(try named == looked(Ledger.open(at: ledger.directory)))
    #expect(named.prefix(6).allSatisfy { $0.isEmpty == ($0 == named[5]) } && named[5].isEmpty)
    #expect(factFiles.isEmpty, "what the new index holds needs no facts beside it")
  }

  @Test("Damaged, cut, foreign, missing or stale files of facts change no answer")
  func damage() throws {
    let items = Array(try prepare().prefix(4))
    let names = factFiles.map { "\(folder)/\($0.text)" }
    let intact = try names.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
    var expected: [String]?
    var noticed = 0
    func check(_ what: String) throws {
      let reader = try Ledger.open(at: ledger.directory)
      var notices: [String] = []
      let found = try answers(reader, items) { notices.append($0) }
      #expect(found == expected ?? found, "\(what)")
      expected = expected ?? found
      if !notices.isEmpty { noticed += 1 }
      #expect(notices.allSatisfy { $0.contains("the log was read") }, "\(what): \(notices)")
    }
    try check("intact")
    #expect(noticed == 0)
    for (name, data) in zip(names, intact) {
      for place in stride(from: 100, to: data.count, by: 4096) {
        var bytes = data
        bytes[place] ^= 4
        try bytes.write(to: URL(fileURLWithPath: name))
        try check("byte \(place) of \(name)")
      }
      #expect(noticed >= 4, "\(noticed)")
      noticed = 0
      for count in [0, 1, 5000, data.count - 1] {
        try data.prefix(count).write(to: URL(fileURLWithPath: name))
        try check("cut to \(count)")
      }
      #expect(noticed == 4)
      try FileManager.default.removeItem(atPath: name)
      try check("missing")
      try intact[0].write(to: URL(fileURLWithPath: name))
      try check("another")
      try data.write(to: URL(fileURLWithPath: name))
      noticed = 0
    }
    try check("whole again")
    #expect(noticed == 0)
    #expect(factFiles.count == 2)
  }

  @Test("Events that only facts know are known to a capture, and conflicts are told")
  func identities() throws {
    _ = try prepare()
    let writer = try Ledger.open(at: ledger.directory, for: .writing)
    let outcome = try writer.capture(Array(lines.joined(separator: "\n").utf8))
    #expect(outcome.captured == 0 && outcome.known == lines.count)
    try writer.close()
    // A damaged table is not believed.
    for name in factFiles.map({ "\(folder)/\($0.text)" }) {
      var bytes = try Data(contentsOf: URL(fileURLWithPath: name))
      for place in stride(from: 0, to: bytes.count - 4096, by: 512) { bytes[place] ^= 255 }
      try bytes.write(to: URL(fileURLWithPath: name))
    }
    let again = try Ledger.open(at: ledger.directory, for: .writing)
    #expect(try capture(lines[...], into: again) == 0)
    try again.close()
  }

  @Test("Many tables become few, adjacent ones one, and nothing else is left in the folder")
  func merging() throws {
    for part in stride(from: 0, to: 70, by: 10) {
      _ = try capture(lines[part..<part + 10])
      try seal(piece: 5)
    }
    // Seven captures and the genesis entry.
    #expect(factFiles.count == 7)
    _ = try capture(lines[70..<80])
    let snapshot = try ledger.snapshot()
    let sealed = try ledger.indexStore.sealNext(
      snapshot, atLeast: 1, piece: 10_000, mergeLimit: .max)
    #expect(sealed == snapshot.size.rawValue)
    let merged = ledger.indexStore.facts(from: 0, seed: nil, snapshot)
    #expect(merged.end == snapshot.size.rawValue && merged.notice == nil)
    #expect(factFiles.count == 1)
    #expect(factFiles.first?.entries == 0..<(try ledger.snapshot().size.rawValue))
    let leftovers = [
      "new-77-current", "new-78", "scratch-Ab12Cd",
      "facts-00000000000000000099-00000000000000000199",
    ]
    for name in leftovers {
      try Data("leftover".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    try ledger.close()
    let writer = try Ledger.open(at: ledger.directory, for: .writing)
    #expect(ledger.indexStore.fileNames() == factFiles.map(\.text))
    // A process that still writes holds a lock.
    let path = "\(folder)/new-79"
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    #expect(flock(descriptor, LOCK_EX) == 0)
    writer.indexStore.removeLeftovers()
    #expect(FileManager.default.fileExists(atPath: path))
    close(descriptor)
    writer.indexStore.removeLeftovers()
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.close()
  }

  @Test("Files that were stored after a reader's snapshot are no damage, and no reason to index")
  func newerFiles() throws {
    _ = try capture(lines[0..<40])
    let early = try ledger.snapshot()
    _ = try capture(lines[40..<80])
    try seal(piece: 10_000)
    let store = ledger.indexStore
    let facts = store.facts(from: 0, seed: nil, early)
    #expect(factFiles.count == 1 && facts.tables.isEmpty && facts.notice == nil)
    let newer = try ledger.index()
    let stored = store.stored(early)
    #expect(stored.index?.binding == newer.binding && stored.notice == nil)
    #expect(try store.later(than: newer, early) == nil)
    let opened = try store.current(early, progress: { _, _ in Issue.record("it was built") })
    #expect(opened.index.binding == newer.binding && opened.notice == nil)
    // Of another log, it is one all the same.
    let other = try Ledger.create(at: ledger.directory + ".other", origin: "facts.example/other")
    try FileManager.default.copyItem(atPath: folder, toPath: other.directory + "/index")
    #expect(try other.indexStore.stored(other.snapshot()).notice != nil)
  }

  @Test("Which tables are merged")
  func tiers() {
    func count(_ sizes: [UInt64], _ limit: UInt64 = .max) -> Int? {
      FactTiers.mergedCount(sizes, limit: limit)
    }
    let small = [UInt64](repeating: 70_000, count: 8)
    #expect(count([]) == nil && count(Array(small.dropLast())) == nil)
    #expect(count(small) == 8 && count([9_000_000] + small) == 8)
    #expect(count(small, 500_000) == nil)
    #expect(count([UInt64](repeating: 9_000, count: 7) + [70_000]) == 8)
    #expect(count([UInt64](repeating: 70_000, count: 30), 1) == 30)
    var sizes: [UInt64] = []
    for _ in 0..<5_000 {
      sizes.append(65_536)
      while let merged = count(sizes) {
        sizes = sizes.dropLast(merged) + [sizes.suffix(merged).reduce(0, +)]
      }
      #expect(sizes.count <= 5 * 7)
    }
  }

  @Test("A redaction leaves no facts, and what is sealed of the time before it is not kept")
  func redaction() throws {
    _ = try capture(lines[..<30])
    _ = try capture(lines[30..<60])
    let before = try ledger.snapshot()
    try seal(piece: 10)
    #expect(!factFiles.isEmpty)
    let reader = try Ledger.open(at: ledger.directory)
    _ = try ledger.redact(entries: [5], parts: .payloadAndLinks, reason: "r")
    #expect(factFiles.isEmpty)
    _ = try reader.indexStore.sealNext(before, atLeast: 1, piece: 10_000, mergeLimit: 0)
    #expect(factFiles.isEmpty)
    // The facts of the log as it is now tell of the cut.
    try seal(piece: 10)
    #expect(factFiles.count == 3)
    try reader.withIndex(for: .item("no such", takesAll: false)) { index in
      #expect(index.cutEntries().map(\.entry) == [5])
      #expect(index.cutEntries().first?.cause?.reason == "r")
    }
    #expect(try reader.index().cutEntries().map(\.entry) == [5])
  }

  @Test("Beside captures tables are sealed, none waits for it, and what fails is done later")
  func upkeep() throws {
    let ledger = ledger
    let before = try ledger.snapshot()
    let upkeep = IndexUpkeep(
      ledger.indexStore, sizes: .init(sealed: 25, small: 5, quickMerge: 0)
    ) { ledger.writer?.snapshot ?? before }
    upkeep.begin()
    #expect(factFiles.isEmpty)
    let reader = try Ledger.open(at: ledger.directory)
    var known = 0
    for part in stride(from: 0, to: 150, by: 10) {
      _ = try capture(lines[part..<part + 10])
      upkeep.didAppend()
      try reader.withIndex(for: .item("no such", takesAll: true)) { index in
        known = max(known, Int(index.binding.size))
      }
    }
    upkeep.finish()
    #expect(try known == Int(ledger.snapshot().size.rawValue))
    let snapshot = try ledger.snapshot()
    #expect(ledger.indexStore.sealedEnd(snapshot) + 5 > snapshot.size.rawValue)
    #expect(!factFiles.isEmpty)
    #expect(ledger.indexStore.fileNames().allSatisfy { FactName($0) != nil || $0 == "current" })
    // Where no file can be written, captures go on.
    try FileManager.default.removeItem(atPath: folder)
    try Data().write(to: URL(fileURLWithPath: folder))
    let hindered = IndexUpkeep(
      ledger.indexStore, sizes: .init(sealed: 25, small: 5, quickMerge: 0)
    ) { ledger.writer?.snapshot ?? before }
    hindered.begin()
    #expect(try capture(lines[150..<190]) == 40)
    hindered.didAppend()
    #expect(hindered.whileStill { 7 } == 7)
    hindered.finish()
    try FileManager.default.removeItem(atPath: folder)
    hindered.begin()
    #expect(!factFiles.isEmpty)
  }

  @Test("What captures hand over is sealed as what is read from the log, before and after a gap")
  func handedOver() throws {
    _ = try capture(lines[..<40])
    let upkeep = try #require(ledger.upkeep)
    #expect(upkeep.keptFacts?.firstEntry == 1, "genesis is no capture")
    try seal(piece: 1_000, keptBy: upkeep)
    #expect(upkeep.keptFacts == nil)
    _ = try capture(lines[40..<60])
    _ = try ledger.append(notes: [[1], [2]])
    _ = try capture(lines[60..<90])
    _ = try capture(lines[90...])
    let first = try #require(upkeep.keptFacts?.firstEntry)
    #expect(first == 43 + 22 + 2)
    try seal(piece: 1_000, keptBy: upkeep)
    #expect(upkeep.keptFacts == nil)
    #expect(factFiles.map(\.entries.lowerBound) == [0, 43])
    let items = try Self.items(ledger)
    let sealed = try answers(ledger, items)
    #expect(factFiles.count == 2)
    #expect(try sealed == wholeAnswers(items))
  }

  @Test("What is redacted before it is sealed is in no table")
  func redactedOnTheWay() throws {
    _ = try capture(lines[..<40])
    let upkeep = try #require(ledger.upkeep)
    // As if the capture told of its facts only after the redaction.
    _ = try ledger.writer?.redact([EntryIndex(5)], parts: .payloadAndLinks, reason: "r")
    #expect(upkeep.keptFacts != nil)
    try seal(piece: 1_000, keptBy: upkeep)
    #expect(upkeep.keptFacts == nil && factFiles.isEmpty)
  }

  @Test("Facts that a capture tells of after a redaction are not kept")
  func toldTooLate() throws {
    let upkeep = try #require(ledger.upkeep)
    _ = try capture(lines[..<40])
    let writer = try #require(ledger.writer)
    let seed = try #require(upkeep.keptFacts).seed
    let early = try #require(try writer.append(notes: [[1]]))
    upkeep.whileStill {}
    upkeep.didAppend(FactCollector(from: 0, seed: seed), early)
    #expect(upkeep.keptFacts == nil)
    let late = try #require(try writer.append(notes: [[2]]))
    upkeep.didAppend(FactCollector(from: 0, seed: seed), late)
    #expect(upkeep.keptFacts?.firstEntry == late.firstEntry.rawValue)
  }

  @Test("An index that is cancelled leaves everything as it was")
  func cancelled() throws {
    _ = try capture(lines[..<100])
    var asked = 0
    let behind = try ledger.updateIndex(isCancelled: {
      asked += 1
      return asked > 50
    })
    #expect(try behind == ledger.snapshot().size.rawValue)
    #expect(ledger.indexStore.fileNames() == [])
    #expect(try ledger.updateIndex() == 0)
    #expect(ledger.indexStore.fileNames() == ["current"])
    #expect(try ledger.updateIndex(isCancelled: { true }) == 0)
  }
}
