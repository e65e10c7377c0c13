import Foundation
import LedgerWriter
import Provender
import Testing

/// `verify --deep`: links agree with what was received.
@Suite struct DeepCheckTests {
  private let folder: CommandRunner.Folder

  init() throws { folder = try CommandRunner.Folder() }

  private var directory: String { folder.path + "/deep.ledger" }

  private static func event(_ lot: String, _ rest: String = "") -> String {
    """
    {"type": "ObjectEvent", "action": "ADD", "eventTime": "2026-01-01T10:00:00Z",
     "eventTimeZoneOffset": "+00:00", "bizStep": "commissioning", "quantityList": [
       {"epcClass": "https://id.gs1.org/01/09521011001011/10/\(lot)", "quantity": 3}]\(rest)}
    """
  }

  private static func line(_ lot: String) -> String { event(lot).filter { $0 != "\n" } }

  private static let head = """
    {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
      {"own": "https://own.example/"}],
     "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
     "epcisHeader": {"epcisMasterData": {"vocabularyList": [{
       "type": "urn:epcglobal:epcis:vtype:EPCClass", "vocabularyElementList": [{
         "id": "https://id.gs1.org/01/09521011001011", "attributes": [{
           "id": "urn:epcglobal:cbv:mda#descriptionShort", "attribute": "yoghurt"}]}]}]}},
     "epcisBody": {"eventList": [
    """

  private static func document(_ events: [String]) -> [UInt8] {
    Array((head + events.joined(separator: " ,\n ") + " ]}}").utf8)
  }

  @Test func everyFormIsReadAgain() throws {
    let ledger = try Ledger.create(at: directory, origin: "deep.example/log")
    let own = #", "disposition": "own:fresh""#
    let forms: [[UInt8]] = [
      Self.document([Self.event("A"), Self.event("B", own), Self.event("C")]),
      Array("[ \(Self.event("D")) , \(Self.event("E"))]".utf8),
      Array((Self.line("F") + "\n\n" + Self.line("G") + "\n").utf8),
      Array(Self.event("H", #", "@context": [{"own": "https://own.example/"}]"# + own).utf8),
      Array(Self.event("I").utf8),
    ]
    for form in forms {
      let outcome = try ledger.capture(form)
      #expect(outcome.refused.isEmpty, "\(outcome.refused)")
    }
    try ledger.close()
    let report = try Ledger.verify(at: directory, isDeep: true)
    #expect(report.isIntact, "\(report.findings)")
    #expect(report.statements.contains { $0.hasSuffix("links that it says: 9.") })
    #expect(try !Ledger.verify(at: directory).statements.contains { $0.contains("read again") })
  }

  @Test func theYoghurtIsReadAgain() throws {
    let ledger = try Ledger.create(at: directory, origin: "deep.example/log")
    for file in try CommandRunner.yoghurt() { _ = try ledger.capture(file: file) }
    try ledger.close()
    let report = try Ledger.verify(at: directory, isDeep: true)
    #expect(report.isIntact, "\(report.findings.prefix(3))")
    #expect(report.statements.contains { $0.hasSuffix("says: \(report.eventCount).") })
  }

  // MARK: Forged by whoever writes the log

  private struct Parts {
    var capture: CapturePayload
    var captureLinks: [UInt8]
    var context: Hash?
    var events: [[UInt8]] = []
    var links: [[UInt8]] = []
  }

  private func parts() throws -> Parts {
    let source = Self.document(["A", "B", "C"].map { Self.event($0) })
    let document = try EPCISReader(MemoryByteSource(source))
    var links = CaptureLinks()
    links.submitter = "me"
    links.masterData = document.outline.masterData
    var parts = Parts(
      capture: CapturePayload(
        submitter: "me", documentName: "d", mediaType: "application/ld+json",
        documentByteCount: UInt64(source.count), eventCount: 3,
        context: document.outline.envelope),
      captureLinks: links.encoded,
      context: try SHA256Hasher().hash(document.outline.envelope))
    try document.forEachBatch { batch in
      for event in batch.events {
        parts.events.append(Array(batch.payload(event)))
        parts.links.append(Array(batch.links[event.links]))
      }
    }
    return parts
  }

  private func write(_ change: (inout Parts) throws -> Void) throws -> AuditReport {
    var parts = try parts()
    try change(&parts)
    try? FileManager.default.removeItem(atPath: directory)
    let writer = try LedgerWriter.create(
      PosixDisk(directory), origin: LogOrigin("deep.example/log"))
    var draft = try CaptureDraft(capture: parts.capture.payload(), links: parts.captureLinks)
    for (event, links) in zip(parts.events, parts.links) {
      var payload: [UInt8] = []
      event.withUnsafeBytes {
        EventPayload.append(contextDigest: parts.context, event: $0, to: &payload)
      }
      try draft.addEvent(payload: payload, links: links)
    }
    _ = try writer.append(draft)
    try writer.close()
    #expect(try Ledger.verify(at: directory).isIntact)
    return try Ledger.verify(at: directory, isDeep: true)
  }

  private func found(_ report: AuditReport) -> [String] {
    report.findings.map { "\($0.kind.rawValue) \($0.location.entry?.rawValue ?? 0)" }
  }

  @Test func linksOfAnotherEvent() throws {
    #expect(try write { _ in }.isIntact)
    let swapped = try write { $0.links.swapAt(0, 2) }
    #expect(found(swapped) == ["links-disagree 2", "links-disagree 4"])
    #expect(swapped.exitCode == 3)
    #expect(swapped.findings.allSatisfy { $0.location.offset != nil })
    let time = try write { parts in
      var links = try Links(decoding: parts.links[1])
      links.bizStep = "shipping"
      parts.links[1] = links.encoded
    }
    #expect(found(time) == ["links-disagree 3"])
    let capture = try write { parts in
      var links = CaptureLinks()
      links.submitter = "somebody else"
      parts.captureLinks = links.encoded
    }
    #expect(found(capture) == ["links-disagree 1"])
  }

  @Test func payloadsThatAreNoEvents() throws {
    #expect(found(try write { $0.events[1] = Array("{}".utf8) }) == ["event-unreadable 3"])
    #expect(found(try write { $0.events[1] = [] }) == ["event-unreadable 3"])
    // Two events in the place of one, so that those together are three again.
    let doubled = try write { parts in
      parts.events[0] += Array(",".utf8) + parts.events[1]
      parts.events[1] = Array(" ".utf8)
    }
    #expect(found(doubled) == ["event-unreadable 2", "event-unreadable 3"])
    #expect(found(try write { $0.context = nil }).allSatisfy { $0.hasPrefix("event-unreadable") })
    let other = try write { $0.context = .zero }
    #expect(found(other) == ["event-unreadable 2", "event-unreadable 3", "event-unreadable 4"])
    let torn = try write { parts in
      parts.capture.context.removeLast(3)
      parts.context = try SHA256Hasher().hash(parts.capture.context)
    }
    #expect(found(torn) == ["event-unreadable 1"])
  }
}
