import LedgerTestSupport
import Synchronization
import Testing

@testable import Provender

@Suite("JSON Lines, captured while they are read ahead")
struct CapturePipelineTests {
  let directory: TemporaryDirectory
  let ledger: Ledger

  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger.create(at: directory.path + "/l", origin: "test.example/log")
  }

  private static func line(_ number: Int) -> String {
    EventText.object("L\(number)", id: "urn:x:\(number)")
  }

  /// The payloads of the ledger's events, in order, for each capture.
  private func storedCaptures() throws -> [[String]] { try Self.storedCaptures(ledger) }

  private static func stored(in ledger: Ledger) -> [String] {
    (try? storedCaptures(ledger).flatMap { $0 }) ?? []
  }

  private static func storedCaptures(_ ledger: Ledger) throws -> [[String]] {
    var captures: [[String]] = []
    for entry in 0..<(try ledger.snapshot().size.rawValue) {
      let record = try ledger.record(at: EntryIndex(entry))
      switch record.entry.kind {
      case .capture: captures.append([])
      case .event:
        let payload = try #require(record.payload.flatMap { EventPayload(payload: $0) })
        captures[captures.count - 1].append(String(decoding: payload.event, as: UTF8.self))
      case .receipt:
        let receipt = try #require(record.payload.flatMap { ReceiptPayload(payload: $0) })
        #expect(receipt.documentByteCount > 0)
      default: break
      }
    }
    return captures
  }

  @Test(
    "Stores what a plain loop would, in order, events repeated near and far known",
    arguments: [3, 8])
  func agreesWithAPlainLoop(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let numbers = (0..<7_300).map { place -> Int in
      switch Int.random(in: 0..<40, using: &random) {
      case 0 where place > 0: Int.random(in: 0..<place, using: &random)
      case 1 where place > 20: place - Int.random(in: 1...20, using: &random)
      default: place
      }
    }
    var seen: Set<Int> = []
    var expected: [[String]] = []
    for batch in stride(from: 0, to: numbers.count, by: 1_000) {
      let fresh = numbers[batch..<min(batch + 1_000, numbers.count)].filter {
        seen.insert($0).inserted
      }
      if !fresh.isEmpty { expected.append(fresh.map(Self.line)) }
    }
    let text = numbers.map(Self.line).joined(separator: "\n")
    let outcome = try ledger.capture(Array(text.utf8))
    #expect(outcome.captured == seen.count)
    #expect(outcome.known == numbers.count - seen.count)
    #expect(outcome.entries == 1..<UInt64(1 + seen.count + 2 * expected.count))
    #expect(try storedCaptures() == expected)
    try ledger.close()
    #expect(try Ledger.verify(at: ledger.directory).isIntact)
  }

  @Test("The receipt of a batch is the digest of its lines")
  func receipts() throws {
    let lines = (0..<2_500).map(Self.line)
    _ = try ledger.capture(Array(lines.joined(separator: "\n").utf8))
    let hasher = try SHA256Hasher()
    var digests: [Hash] = []
    for entry in 0..<(try ledger.snapshot().size.rawValue) {
      let record = try ledger.record(at: EntryIndex(entry))
      guard record.entry.kind == .receipt else { continue }
      digests.append(
        try #require(record.payload.flatMap { ReceiptPayload(payload: $0) }).documentDigest)
    }
    #expect(
      digests
        == [lines[..<1_000], lines[1_000..<2_000], lines[2_000...]].map {
          hasher.hash(Array($0.joined(separator: "\n").utf8))
        })
  }

  @Test("A conflict names the entry of the event before it, though that was on its way")
  func conflictNamesTheEntry() throws {
    var lines = (0..<3_000).map(Self.line)
    lines[2_100] = EventText.object("OTHER", id: "urn:x:1050")
    let outcome = try ledger.capture(Array(lines.joined(separator: "\n").utf8))
    #expect(outcome.captured == 2_000)
    #expect(outcome.resumeLine == 2_001)
    // Entries 1 to 1,002 are the first capture; event 1,050 is the 51st of the second.
    #expect(outcome.refused.map(\.message).first?.contains("of entry 1054") == true)
    #expect(try storedCaptures().map(\.count) == [1_000, 1_000])
    lines[1_999] = EventText.object("OTHER", id: "urn:x:1500")
    let again = try ledger.capture(Array(lines[1_000..<2_000].joined(separator: "\n").utf8))
    #expect(again.refused.map(\.position) == ["event 1000, line 1000"])
    #expect(try ledger.snapshot().size.rawValue == 2_005)
  }

  @Test("What is cancelled says where to go on, and no more is stored than that")
  func cancellation() throws {
    let lines = (0..<9_000).map(Self.line)
    let isAsked = Mutex(false)
    var options = CaptureOptions()
    options.isCancelled = { isAsked.withLock { $0 } }
    options.progress = { _, _ in isAsked.withLock { $0 = true } }
    let source = Array(lines.joined(separator: "\n").utf8)
    let outcome = try ledger.capture(source, options: options)
    let line = try #require(outcome.resumeLine)
    #expect(outcome.isCancelled && outcome.captured == line - 1 && outcome.captured >= 1_000)
    #expect(try storedCaptures().joined().count == outcome.captured)
    let rest = try ledger.capture(source)
    #expect(rest.captured == 9_000 - outcome.captured && rest.known == outcome.captured)
  }

  /// Some hundred of these are several batches.
  private static func longLine(_ number: Int) -> String {
    EventText.object("L\(number)", id: "urn:x:\(String(repeating: "y", count: 2_000)):\(number)")
  }

  @Test(
    "A large document is stored alike whether it is kept or read again", arguments: [0, 8 << 20])
  func largeDocuments(keptByteCountMax: Int) throws {
    let lines = (0..<1_100).map(Self.longLine)
    let document = "[" + lines.joined(separator: ",") + "]"
    var options = CaptureOptions()
    options.keptByteCountMax = keptByteCountMax
    let outcome = try ledger.capture(Array(document.utf8), options: options)
    #expect(outcome.captured == 1_100 && outcome.refused.isEmpty)
    #expect(try storedCaptures() == [lines])
  }

  @Test(
    "A document that is rewritten meanwhile is refused whole, or captured as it is in its receipt",
    arguments: [0, 8 << 20], [60, 800])
  func rewrittenDocuments(keptByteCountMax: Int, eventCount: Int) throws {
    let lines = (0..<eventCount).map(Self.longLine)
    let document = Array(("[" + lines.joined(separator: ",") + "]").utf8)
    var options = CaptureOptions()
    options.keptByteCountMax = keptByteCountMax
    let whole = RewrittenSource(document, after: .max)
    _ = try Ledger.create(at: directory.path + "/w", origin: "test.example/log")
      .capture(whole, options: options)
    var refusedCount = 0
    for reads in stride(from: 0, to: whole.readCount, by: max(1, whole.readCount / 12)) {
      let source = RewrittenSource(document, after: reads)
      let ledger = try Ledger.create(
        at: directory.path + "/r\(reads)", origin: "test.example/log")
      let before = try ledger.snapshot().size.rawValue
      guard (try? ledger.capture(source, options: options)) != nil else {
        #expect(try ledger.snapshot().size.rawValue == before)
        refusedCount += 1
        continue
      }
      let events = Self.stored(in: ledger)
      let content = [document, source.after].first { events == Self.events(of: $0) }
      let hasher = try SHA256Hasher()
      try #require(content).withUnsafeBytes { hasher.update($0) }
      let size = try ledger.snapshot().size.rawValue
      let receipt = try #require(ledger.record(at: EntryIndex(size - 1)).payload)
      #expect(ReceiptPayload(payload: receipt)?.documentDigest == hasher.finalize())
    }
    #expect(refusedCount > 0)
  }

  private static func events(of document: [UInt8]) -> [String] {
    String(decoding: document.dropFirst().dropLast(), as: UTF8.self)
      .replacing("},{\"", with: "}\n{\"").split(separator: "\n").map(String.init)
  }

  @Test("Threads with the same lines, and one with the same events as a large document")
  func threads() throws {
    let lines = (0..<4_000).map(Self.line)
    let text = Array(lines.joined(separator: "\n").utf8)
    let document = Array(("[" + lines.joined(separator: ",") + "]").utf8)
    let totals = Mutex((captured: 0, known: 0))
    let failures = Mutex<[String]>([])
    let ledger = ledger
    withThreads(4) { thread in
      do {
        let outcome = try ledger.capture(thread == 3 ? document : text)
        totals.withLock {
          $0.captured += outcome.captured
          $0.known += outcome.known
        }
      } catch {
        failures.withLock { $0.append("\(error)") }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(totals.withLock { $0.captured } == 4_000)
    #expect(totals.withLock { $0.known } == 12_000)
    #expect(Set(try storedCaptures().joined()).count == 4_000)
  }
}

/// A document in which one event has another ID from a read on.
private final class RewrittenSource: ByteSource {
  let after: [UInt8]
  private let before: [UInt8]
  private let limit: Int
  private let reads = Mutex(0)
  var byteCount: Int { before.count }
  var readCount: Int { reads.withLock { $0 } }

  init(_ document: [UInt8], after limit: Int) {
    before = document
    after = Array(
      String(decoding: document, as: UTF8.self)
        .replacing("yy:50\"", with: "zz:50\"").utf8)
    self.limit = limit
  }

  func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(ByteSourceError) {
    let number = reads.withLock { reads in
      reads += 1
      return reads
    }
    guard offset >= 0, offset + buffer.count <= byteCount else {
      throw ByteSourceError("there are no such bytes")
    }
    buffer.copyBytes(from: (number > limit ? after : before)[offset..<offset + buffer.count])
  }
}
