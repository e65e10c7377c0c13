import HistorySimulator
import Synchronization
import Testing

@testable import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Events as JSON, small enough to read in a test.
enum EventText {
  static func object(
    _ lot: String, id: String = "", second: Int = 1, step: String = "shipping", extra: String = ""
  ) -> String {
    let id = id.isEmpty ? "" : #""eventID":"\#(id)","#
    let clock = second < 10 ? "0\(second)" : "\(second)"
    return #"{"type":"ObjectEvent",\#(id)"action":"OBSERVE","bizStep":"\#(step)","#
      + #""eventTime":"2026-01-01T10:00:\#(clock)Z","eventTimeZoneOffset":"+00:00",\#(extra)"#
      + #""quantityList":[{"epcClass":"https://id.gs1.org/01/09506000134352/10/\#(lot)"}]}"#
  }
}

@Suite("A ledger: identity, acknowledgement, index")
struct LedgerTests {
  let directory: TemporaryDirectory
  let ledger: Ledger

  init() throws {
    directory = try TemporaryDirectory()
    ledger = try Ledger.create(at: directory.path + "/l", origin: "test.example/log")
  }

  private func capture(_ text: String, keepsConflicts: Bool = false) throws -> CaptureOutcome {
    var options = CaptureOptions()
    options.keepsConflicts = keepsConflicts
    return try ledger.capture(Array(text.utf8), options: options)
  }

  @Test("The same event is one event, whatever its spelling; other content is a conflict")
  func identity() throws {
    #expect(try capture(EventText.object("A", id: "urn:x:1")).captured == 1)
    let spelled = """
      { "eventTimeZoneOffset" : "+00:00", "recordTime": "2026-02-02T00:00:01Z",
        "quantityList": [ { "epcClass": "urn:epc:class:lgtin:9506000.013435.A" } ],
        "bizStep": "urn:epcglobal:cbv:bizstep:shipping", "action": "OBSERVE",
        "eventID": "urn:x:1", "eventTime": "2026-01-01T11:00:01+01:00", "type": "ObjectEvent" }
      """
    #expect(try capture(spelled).known == 1)
    let before = try ledger.snapshot().size
    let refused = try capture(EventText.object("B", id: "urn:x:1"))
    #expect(refused.captured == 0)
    #expect(refused.refused.first?.message.contains("urn:x:1 of entry 2") == true)
    #expect(try ledger.snapshot().size == before, "a refusal changes nothing")
    let kept = try capture(EventText.object("B", id: "urn:x:1"), keepsConflicts: true)
    #expect(kept.captured == 1)
    #expect(kept.conflicts.map(\.eventID) == ["urn:x:1"])
    #expect(try capture(EventText.object("B", id: "urn:x:1")).known == 1)
    #expect(try capture(EventText.object("A")).captured == 1)
    #expect(try capture(EventText.object("A")).known == 1, "without an ID, the content is the key")
  }

  @Test("Where conflicting contents were kept, a declaration finds the one that it repeats")
  func declarationAmongConflicts() throws {
    #expect(try capture(EventText.object("A", id: "urn:x:1")).captured == 1)
    #expect(try capture(EventText.object("B", id: "urn:x:1"), keepsConflicts: true).captured == 1)
    for lot in ["A", "B"] {
      let declaration = EventText.object(
        lot, id: "urn:x:1",
        extra: #""errorDeclaration":{"declarationTime":"2026-01-03T00:00:01Z"},"#)
      #expect(try capture(declaration).captured == 1)
      #expect(try capture(declaration).known == 1)
    }
    let other = EventText.object(
      "C", id: "urn:x:1",
      extra: #""errorDeclaration":{"declarationTime":"2026-01-03T00:00:01Z"},"#)
    #expect(try capture(other).refused.count == 1, "it repeats neither")
  }

  @Test("People's spellings find items: any case, a class, one element string, a lot of serials")
  func lookUps() throws {
    _ = try capture(EventText.object("AB-12") + "\n" + EventText.object("AB-13"))
    let index = try ledger.index()
    func found(_ text: String) throws -> [String] {
      try ledger.items(matching: text, in: index).map(index.uri)
    }
    let lot = "https://id.gs1.org/01/09506000134352/10/AB-12"
    #expect(try found("(01)09506000134352(10)ab-12") == [lot])
    #expect(try found("(10)ab-12") == [lot])
    #expect(try found("b-12") == [lot])
    for (text, count) in [("(01)09506000134352", 2), ("AB-1", 2), ("nothing", 0)] {
      do {
        Issue.record("\(try found(text)) for \(text)")
      } catch let error as ItemNotFound {
        #expect(error.candidates.count == count)
      }
    }
    do {
      Issue.record("\(try found("(01)09506000134353(10)AB-12"))")
    } catch let error as ItemNotFound {
      #expect(error.description.contains("check digit: 2 would be right"))
    }
  }

  @Test("A document with one bad event, or two that conflict, is refused whole")
  func wholeOrNothing() throws {
    let before = try ledger.snapshot().size
    let bad = try capture("[\(EventText.object("A", id: "urn:x:1")),{\"type\":\"ObjectEvent\"}]")
    #expect(bad.captured == 0)
    #expect(bad.refused.first?.position.hasPrefix("event 2") == true)
    let twins = try capture(
      "[\(EventText.object("A", id: "urn:x:1")),\(EventText.object("B", id: "urn:x:1"))]")
    #expect(twins.captured == 0)
    #expect(twins.refused.first?.position == "event 2")
    #expect(twins.refused.first?.message.contains("of event 1") == true)
    #expect(try ledger.snapshot().size == before)
  }

  @Test(
    "A declaration of error is taken before or after its event, once", arguments: [false, true])
  func declarations(isFirst: Bool) throws {
    let event = EventText.object("A", id: "urn:x:1")
    let declaration = EventText.object(
      "A", id: "urn:x:1",
      extra:
        #""errorDeclaration":{"declarationTime":"2026-01-03T00:00:01Z","reason":"did_not_occur"},"#)
    for text in isFirst ? [declaration, event] : [event, declaration] {
      #expect(try capture(text).captured == 1)
    }
    #expect(try capture(event).known == 1)
    #expect(try capture(declaration).known == 1)
    #expect(try ledger.index().eventCount == 1)
    let answer = try ledger.trace(.forward, from: "(01)09506000134352(10)A")
    #expect(answer.events.map(\.isDeclaredInError) == [true])
    try ledger.close()
    // The same from a stored index, and with an index that is older than the log.
    let again = try Ledger.open(at: ledger.directory, for: .writing)
    let known = try again.capture(Array((event + "\n" + declaration).utf8))
    #expect(known.known == 2)
    #expect(known.captured == 0)
    try again.close()
  }

  @Test("JSON Lines go on from the line that is named, and what was stored before stands")
  func resumption() throws {
    var lines = (1...2500).map { EventText.object("L\($0)", id: "urn:x:\($0)") }
    lines[2200] = "{broken"
    let outcome = try capture(lines.joined(separator: "\n"))
    #expect(outcome.captured == 2000)
    #expect(outcome.resumeLine == 2001)
    #expect(outcome.refused.first?.position.contains("line 2201") == true)
    lines[2200] = EventText.object("L2201", id: "urn:x:2201")
    var options = CaptureOptions()
    options.firstLine = 2001
    let rest = try ledger.capture(Array(lines.joined(separator: "\n").utf8), options: options)
    #expect(rest.captured == 500)
    #expect(try ledger.index().eventCount == 2500)
  }

  @Test("Many threads with the same events: each is stored once, and known only when durable")
  func concurrency() throws {
    let ledger = ledger
    let totals = Mutex((captured: 0, known: 0))
    let failures = Mutex<[String]>([])
    withThreads(6) { thread in
      for round in 0..<40 {
        // Every event is offered by three threads.
        let number = round * 2 + thread % 2
        do {
          let text = EventText.object("L\(number)", id: "urn:x:\(number)")
          let outcome = try ledger.capture(Array(text.utf8))
          let size = try Ledger.open(at: ledger.directory).snapshot().size.rawValue
          if outcome.captured == 0, size < 2 { failures.withLock { $0.append("known too early") } }
          totals.withLock {
            $0.captured += outcome.captured
            $0.known += outcome.known
          }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
    }
    #expect(failures.withLock { $0 } == [])
    #expect(totals.withLock { $0.captured } == 80)
    #expect(totals.withLock { $0.known } == 160)
    #expect(try ledger.index().eventCount == 80)
    try ledger.close()
    #expect(try Ledger.verify(at: ledger.directory).isIntact)
  }

  @Test("A successor is bound to all that is intact, stray files and damaged headers aside")
  func successor() throws {
    _ = try ledger.capture(HistorySimulator.document(lots: 60, seed: 4))
    try ledger.close()
    let size = try ledger.snapshot().size
    try write([1, 2, 3], to: ledger.directory + "/log/stray")
    let segment = ledger.directory + "/log/00000000000000000000.seg"
    var content = try bytes(of: segment)
    content[20] ^= 1
    try write(content, to: segment)
    let next = try Ledger.create(
      at: directory.path + "/next", origin: "test.example/next",
      continuing: (ledger.directory, "damaged"))
    #expect(try next.snapshot().genesis.predecessor?.size == size)
    try next.close()
    // Damage in the middle binds to what stands before it; where nothing does, there is an error.
    content[content.count / 2] ^= 1
    try write(content, to: segment)
    let half = try Ledger.create(
      at: directory.path + "/half", origin: "test.example/half",
      continuing: (ledger.directory, "damaged"))
    let bound = try #require(try half.snapshot().genesis.predecessor?.size.rawValue)
    #expect(bound >= 1 && bound < size.rawValue)
    try half.close()
    try write([UInt8](repeating: 0, count: content.count), to: segment)
    #expect(throws: LedgerError.self) {
      try Ledger.create(
        at: directory.path + "/none", origin: "test.example/none",
        continuing: (ledger.directory, "gone"))
    }
  }

  @Test("The answer does not depend on the order in which documents came")
  func orderOfCapture() throws {
    var options = HistorySimulator.Options(lots: 120)
    options.seed = 11
    options.lateFraction = 0.1
    let lines = String(decoding: HistorySimulator.bytes(options), as: UTF8.self)
      .split(separator: "\n")
    #expect(try capture(lines.joined(separator: "\n")).captured == lines.count)
    let shuffled = try Ledger.create(at: directory.path + "/s", origin: "test.example/s")
    let reversed = try shuffled.capture(Array(lines.reversed().joined(separator: "\n").utf8))
    #expect(reversed.captured == lines.count)
    let index = try ledger.index()
    for number in stride(from: 0, to: index.itemCount, by: 37) {
      let item = index.uri(of: ItemNumber(UInt32(number)))
      for direction in GraphDirection.allCases {
        let first = try ledger.trace(direction, from: item)
        let second = try shuffled.trace(direction, from: item)
        #expect(first.items.map(\.id) == second.items.map(\.id))
        #expect(first.items.map(\.via) == second.items.map(\.via))
        #expect(first.events.map(\.eventID) == second.events.map(\.eventID))
        #expect(first.sites.map(\.id) == second.sites.map(\.id))
      }
    }
    try shuffled.close()
  }
}

/// Runs a body on threads of its own and waits for all.
func withThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  var threads: [pthread_t] = []
  for number in 0..<count {
    final class Box {
      let run: @Sendable () -> Void
      init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box { body(number) })
    let result = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if result == 0 { threads.append(thread) }
  }
  for thread in threads { pthread_join(thread, nil) }
}

func bytes(of path: String) throws -> [UInt8] {
  let source = try FileByteSource(path: path)
  var bytes = [UInt8](repeating: 0, count: source.byteCount)
  try bytes.withUnsafeMutableBytes { try source.read(at: 0, into: $0) }
  return bytes
}

func write(_ bytes: [UInt8], to path: String) throws {
  let file = try #require(fopen(path, "w"))
  fwrite(bytes, 1, bytes.count, file)
  fclose(file)
}
