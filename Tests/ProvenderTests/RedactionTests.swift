import Foundation
import RecallReports
import Testing

@testable import Provender

@Suite("Redaction: what is gone, what stays, what answers say")
struct RedactionTests {
  let directory: TemporaryDirectory
  let path: String
  let ledger: Ledger

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/l"
    ledger = try Ledger.create(at: path, origin: "test.example/log")
    for text in [
      Self.packing, "[\(Self.shipping),\(EventText.object("PLAIN", id: "urn:x:3", second: 3))]",
      Self.declaration, EventText.object("OTHER", id: "urn:x:4", second: 4),
    ] {
      #expect(try capture(text, to: ledger).captured > 0)
    }
  }

  /// Only this event holds the words `DRIVER-ANNA` and `SECRET-NOTE`, the lot SHIPPED-77 and its ID.
  private static let shipping = EventText.object(
    "SHIPPED-77", id: "urn:x:squirrel-2", second: 2,
    extra: #""https://x.example/driver":"DRIVER-ANNA","https://x.example/n":"SECRET-NOTE","#)
  private static let declaration = EventText.object(
    "SHIPPED-77", id: "urn:x:squirrel-2", second: 2,
    extra: #""errorDeclaration":{"declarationTime":"2026-01-03T00:00:01Z"},"#
      + #""https://x.example/driver":"DRIVER-ANNA","https://x.example/n":"SECRET-NOTE","#)
  private static let packing = """
    {"type":"TransformationEvent","eventID":"urn:x:1","eventTime":"2026-01-01T09:00:00Z",
    "eventTimeZoneOffset":"+00:00","bizStep":"commissioning",
    "inputQuantityList":[{"epcClass":"https://id.gs1.org/01/09506000134352/10/RAW"}],
    "outputQuantityList":[{"epcClass":"https://id.gs1.org/01/09506000134352/10/SHIPPED-77"}]}
    """
  private static let secrets = ["DRIVER-ANNA", "SECRET-NOTE"]
  private static let seed = "(01)09506000134352(10)SHIPPED-77"

  private func capture(
    _ text: String, to ledger: Ledger, keepsConflicts: Bool = false
  ) throws -> CaptureOutcome {
    var options = CaptureOptions()
    options.keepsConflicts = keepsConflicts
    return try ledger.capture(Array(text.utf8), options: options)
  }

  /// The files of the ledger's folder that hold a text, as raw bytes.
  private func files(with text: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: path)
    return names.filter { name in
      guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { return false }
      return data.range(of: Data(text.utf8)) != nil
    }
  }

  /// What a crash, and an index that was never finished, may have left of the event.
  private func leaveCopies() throws {
    for name in ["set-aside/cut-1", "index/new-4711"] {
      let url = URL(fileURLWithPath: "\(path)/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(("x" + Self.shipping).utf8).write(to: url)
    }
  }

  private func answer(_ direction: GraphDirection, _ ledger: Ledger) throws -> TraceAnswer {
    try ledger.trace(direction, from: Self.seed)
  }

  private func report(_ answer: TraceAnswer) -> (text: String, json: [UInt8]) {
    // The same ledger's name in both, since only its size and root may differ.
    let source = TraceReport.Source(origin: "o", size: 0, root: "")
    let report = TraceReport(answer, question: Self.seed, source: source)
    return (report.text(ReportStyle()), report.json())
  }

  @Test("The text is nowhere in the folder, the links are, and answers are what they were")
  func payloadIsGone() throws {
    let before = try [GraphDirection.forward, .backward].map { report(try answer($0, ledger)).json }
    try leaveCopies()
    for secret in Self.secrets { #expect(try files(with: secret).count >= 3) }
    let event = try ledger.entries(redactedWithEvent: "urn:x:squirrel-2")
    #expect(event == [5, 7, 9, 10], "the event, its declaration, and the receipts of both")
    let redaction = try ledger.redact(event: "urn:x:squirrel-2", reason: "gdpr-17")
    #expect(redaction.erased == event && redaction.erasedBefore.isEmpty)
    for secret in Self.secrets { #expect(try files(with: secret).isEmpty) }
    #expect(try files(with: "SHIPPED-77").contains { $0.hasPrefix("log/") })
    let after = try [GraphDirection.forward, .backward].map { report(try answer($0, ledger)).json }
    #expect(before == after)
    for secret in Self.secrets { #expect(try files(with: secret).isEmpty) }
    try ledger.close()
    let reader = try Ledger.open(at: path)
    let again = try [GraphDirection.forward, .backward].map { report(try answer($0, reader)).json }
    #expect(before == again)
    let notices = try reader.redactions(of: reader.record(at: 5))
    #expect(notices.map(\.reason) == ["gdpr-17"] && notices.map(\.parts) == [.payload])
    let statistics = try reader.statistics()
    #expect(statistics.redactedCount == 4 && statistics.cutCount == 0)
  }

  @Test("With its links, everything that only the event had is nowhere in the folder")
  func linksAreGone() throws {
    let lone = EventText.object("LONE-LOT", id: "urn:x:lone", second: 9)
    #expect(try capture(lone, to: ledger).captured == 1)
    _ = try ledger.index()
    try leaveCopies()
    let secrets = ["LONE-LOT", "urn:x:lone"]
    for secret in secrets {
      #expect(try files(with: secret).contains { $0.hasPrefix("log/") })
    }
    #expect(try files(with: "LONE-LOT").contains("index/current"))
    let redaction = try ledger.redact(
      event: "urn:x:lone", parts: .payloadAndLinks, reason: "court-order")
    #expect(redaction.erased.count == 2)
    for secret in secrets { #expect(try files(with: secret).isEmpty) }
    _ = try ledger.index()
    for secret in secrets { #expect(try files(with: secret).isEmpty) }
    #expect(throws: ItemNotFound.self) { try ledger.trace(.forward, from: "LONE-LOT") }
    #expect(throws: LedgerError.self) { try ledger.entries(redactedWithEvent: "urn:x:lone") }
  }

  @Test("An answer says where links were destroyed, by whom and why")
  func answersSayWhereTheyAreCut() throws {
    #expect(try answer(.backward, ledger).cut.isEmpty)
    #expect(!report(try answer(.backward, ledger)).text.contains("CUT HERE"))
    let redaction = try ledger.redact(event: "urn:x:1", parts: .payloadAndLinks, reason: "secret")
    let entry = try #require(redaction.entry)
    let answer = try answer(.backward, ledger)
    #expect(answer.items.map(\.id) == ["https://id.gs1.org/01/09506000134352/10/SHIPPED-77"])
    let cut = try #require(answer.cut.first)
    #expect(answer.cut.count == 1 && cut.entry == 2 && cut.capture == 1)
    #expect(cut.reason == "secret" && cut.redaction == entry.rawValue)
    #expect(cut.time.microseconds <= cut.redactionTime?.microseconds ?? 0)
    let (text, json) = report(answer)
    #expect(text.contains("CUT HERE") && text.contains("secret"))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    let cuts = try #require(object["cut"] as? [[String: Any]])
    #expect(cuts.count == 1 && cuts[0]["entry"] as? Int == 2)
    #expect(cuts[0]["reason"] as? String == "secret")
    #expect(cuts[0]["redaction"] as? UInt64 == entry.rawValue)
    #expect(cuts[0]["recordTime"] is String && cuts[0]["redactionTime"] is String)
    // Any trace may have been cut, whatever it is about.
    #expect(try ledger.trace(.forward, from: "PLAIN").cut.map(\.entry) == [2])
    #expect(cut.kind == "event" && cuts[0]["kind"] as? String == "event")
    _ = try ledger.redact(entries: [4], parts: .payloadAndLinks, reason: "names")
    #expect(try ledger.trace(.forward, from: "PLAIN").cut.map(\.entry) == [2, 4])
    #expect(try ledger.trace(.forward, from: "PLAIN").cut.map(\.kind) == ["event", "capture"])
    var options = IndexOptions()
    options.vessels = ["https://id.gs1.org/8003/x"]
    #expect(try ledger.index(options: options).cutEntries().count == 2)
    #expect(try ledger.statistics().cutCount == 4, "the event, the capture, and their receipts")
  }

  @Test("Without its payload an event is still known; without its links it is new")
  func identity() throws {
    for parts in RedactedParts.allCases {
      for isReopened in [false, true] {
        for isIndexed in [false, true] {
          let path = directory.path + "/\(parts)-\(isReopened)-\(isIndexed)"
          var ledger = try Ledger.create(at: path, origin: "test.example/log")
          #expect(try capture("[\(Self.shipping)]", to: ledger).captured == 1)
          #expect(try capture(Self.declaration, to: ledger).captured == 1)
          if isIndexed {
            // Known from an index, not only from this process's memory.
            _ = try ledger.index()
            try ledger.close()
            ledger = try Ledger.open(at: path, for: .writing)
          }
          _ = try ledger.redact(event: "urn:x:squirrel-2", parts: parts, reason: "r")
          if isReopened {
            try ledger.close()
            ledger = try Ledger.open(at: path, for: .writing)
          }
          for text in [Self.shipping, Self.declaration] {
            let outcome = try capture(text, to: ledger)
            #expect(outcome.refused.isEmpty && outcome.captured + outcome.known == 1)
            #expect(outcome.known == (parts == .payload ? 1 : 0), "\(path)")
            #expect(try capture(text, to: ledger).known == 1)
          }
          let other = try capture(
            EventText.object("X", id: "urn:x:squirrel-2", second: 2), to: ledger)
          #expect(other.refused.count == 1, "other content under the same ID")
          try ledger.close()
        }
      }
    }
  }

  @Test("Kept conflicts are redacted too, and an entry takes the receipt of its capture along")
  func whichEntries() throws {
    let size = try ledger.snapshot().size.rawValue
    #expect(
      try capture(EventText.object("Z", id: "urn:x:4"), to: ledger, keepsConflicts: true)
        .conflicts.count == 1)
    let entries = try ledger.entries(redactedWithEvent: "urn:x:4").map(\.rawValue)
    #expect(entries.count == 4 && entries.suffix(2) == [size + 1, size + 2])
    #expect(try ledger.entries(redactedWith: [5]) == [5, 7])
    #expect(try ledger.entries(redactedWith: [4]) == [4, 7], "a capture entry")
    #expect(try ledger.entries(redactedWith: [7]) == [7])
    let redaction = try ledger.redact(entries: [5], reason: "r")
    #expect(redaction.erased == [5, 7])
    #expect(try ledger.redact(entries: [4], reason: "r").erasedBefore == [7])
    #expect(try ledger.redact(entries: [4], reason: "r").entry == nil)
    let reader = try Ledger.open(at: path)
    #expect(throws: LedgerError.self) { try reader.redact(entries: [5], reason: "r") }
    #expect(throws: LedgerError.self) { try ledger.redact(entries: [0], reason: "r") }
    #expect(throws: LedgerError.self) { try ledger.redact(entries: [9999], reason: "r") }
    #expect(throws: LedgerError.self) { try ledger.redact(event: "", reason: "r") }
  }

  @Test("An index of what was before a redaction is not kept, however late it comes")
  func anOvertakenIndexIsNotKept() throws {
    let reader = try Ledger.open(at: path)
    let before = try reader.snapshot()
    _ = try ledger.redact(event: "urn:x:1", parts: .payloadAndLinks, reason: "r")
    let late = try reader.indexStore.build(
      before, options: IndexOptions(), isKept: true, progress: nil)
    #expect(late.index.binding.size == before.size.rawValue)
    #expect(!FileManager.default.fileExists(atPath: path + "/index/current"))
    #expect(try reader.index().cutCount == 1)
    #expect(FileManager.default.fileExists(atPath: path + "/index/current"))
  }

  @Test("Captures, traces and redactions at once: every answer is whole")
  func atOnce() throws {
    let ledger = ledger
    let reader = try Ledger.open(at: path)
    let failures = Failures()
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      do {
        for round in 0..<6 {
          switch thread {
          case 0:
            let parts: RedactedParts = round % 2 == 0 ? .payload : .payloadAndLinks
            let text = EventText.object("T\(round)", id: "urn:x:t\(round)", second: round + 10)
            _ = try ledger.capture(Array(text.utf8))
            let redaction = try ledger.redact(event: "urn:x:t\(round)", parts: parts, reason: "r")
            if redaction.erased.count != 2 { failures.add("\(redaction)") }
          case 1:
            let text = EventText.object("C\(round)", id: "urn:x:c\(round)", second: round + 20)
            if try ledger.capture(Array(text.utf8)).captured != 1 { failures.add("captured") }
          default:
            let source = thread == 2 ? ledger : reader
            if try source.trace(.backward, from: Self.seed).items.count != 2 {
              failures.add("trace")
            }
            _ = try source.record(at: 4)
          }
        }
      } catch {
        failures.add("\(thread): \(error)")
      }
    }
    #expect(failures.all.isEmpty, "\(failures.all.prefix(3))")
    #expect(try ledger.trace(.backward, from: Self.seed).cut.count == 3)
  }

  private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var texts: [String] = []

    func add(_ text: String) { lock.withLock { texts.append(text) } }

    var all: [String] { lock.withLock { texts } }
  }
}
