import Provender
import RecallReports

/// A log entry with what it commits to.
struct EntryReport: Shown {
  let record: LedgerRecord
  private let leaf: Hash
  private let note: String
  private let capture: CapturePayload?
  private let redactions: [RedactionNotice]

  init(_ number: UInt64, in ledger: Ledger, note: String) throws {
    record = try ledger.record(at: EntryIndex(number))
    redactions = try ledger.redactions(of: record)
    leaf = record.entry.leafHash(with: try SHA256Hasher())
    self.note = note
    let opening =
      record.entry.kind == .capture ? record : try ledger.record(at: record.entry.capture)
    capture = opening.payload.flatMap { CapturePayload(payload: $0) }
  }

  func write(to report: inout TextReport) {
    let entry = record.entry
    report.heading("ENTRY \(entry.index)", "understood as \(note)")
    var facts = [
      (name: "kind", value: entry.kind.description),
      (name: "recorded", value: entry.time.text + (entry.isClockHeld ? " (clock held)" : "")),
      (
        name: "capture",
        value: "\(entry.capture)" + (entry.isLastOfCapture ? ", its last entry" : "")
      ),
    ]
    if let capture { facts += Self.facts(of: capture) }
    facts += [
      ("leaf hash", leaf.hex), ("previous", entry.previous.hex),
      ("commitment", entry.commitment.hex),
      ("payload", record.payload.map { "\($0.count) bytes" } ?? erased),
      ("links", record.links.map { "\($0.count) bytes" } ?? erased),
    ]
    facts += redactions.map {
      (
        name: "redacted",
        value: "\($0.time.text), reason \($0.reason), by entry \($0.entry): \($0.parts.words)"
      )
    }
    report.facts(facts)
    payload(&report)
  }

  private var erased: String {
    redactions.isEmpty ? "missing, and no redaction is on record: run `provender verify`" : "erased"
  }

  static func facts(of capture: CapturePayload) -> [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    if !capture.documentName.isEmpty { facts.append(("document", capture.documentName)) }
    facts.append(
      (
        "submitted",
        "\(capture.eventCount) events, \(capture.documentByteCount) bytes, \(capture.mediaType)"
      ))
    if !capture.submitter.isEmpty { facts.append(("submitter", capture.submitter)) }
    return facts
  }

  private func payload(_ report: inout TextReport) {
    guard let payload = record.payload else {
      if let links = record.decodedLinks, record.entry.kind == .event {
        EventReport.write(links, to: &report)
      }
      return
    }
    switch record.entry.kind {
    case .genesis:
      guard let genesis = Genesis(payload: payload) else { return }
      report.heading("GENESIS")
      var facts = [
        (name: "origin", value: genesis.origin.name),
        (name: "log id", value: genesis.logID.description),
      ]
      if let old = genesis.predecessor {
        facts.append(("continues", "\(old.origin), \(old.size) entries, root \(old.root.hex)"))
        facts.append(("reason", old.reason))
      }
      report.facts(facts)
    case .receipt:
      guard let receipt = ReceiptPayload(payload: payload) else { return }
      report.heading("RECEIPT")
      report.facts([
        ("SHA-256 of the document", receipt.documentDigest.hex),
        ("bytes", "\(receipt.documentByteCount)"),
      ])
    case .capture:
      guard let capture, !capture.context.isEmpty else { return }
      report.heading("AROUND THE EVENTS", "the document without its events")
      for line in TerminalText.lines(String(decoding: capture.context, as: UTF8.self)) {
        report.line(line, indent: 2)
      }
    case .redaction:
      guard let redaction = RedactionPayload(payload: payload) else { return }
      report.heading("REDACTION", "reason \(redaction.reason)")
      var table = TextTable([.init("entry", isRight: true), .init("destroyed")])
      for target in redaction.targets {
        table.row(["\(target.entry)", target.scope.parts.words])
      }
      report.table(table)
    case .event:
      if let links = record.decodedLinks { EventReport.write(links, to: &report) }
      guard let event = EventPayload(payload: payload) else { return }
      EventReport.write(payload: event, to: &report)
    default: report.line("\(payload.count) bytes of payload of a kind that is shown by number only")
    }
  }

  // MARK: JSON

  func write(to json: inout JSONWriter) {
    json.member("understood", "entry")
    members(&json)
  }

  private func redaction(_ json: inout JSONWriter) {
    guard record.entry.kind == .redaction,
      let redaction = record.payload.flatMap({ RedactionPayload(payload: $0) })
    else { return }
    json.member("reason", redaction.reason)
    json.member("redacted", each: redaction.targets) { json, target in
      json.member("entry", target.entry.rawValue)
      json.member("links", target.scope == .payloadAndLinks)
    }
  }

  /// Adds the entry's members.
  func members(_ json: inout JSONWriter) {
    let entry = record.entry
    json.member("entry", entry.index.rawValue)
    json.member("kind", entry.kind.description)
    json.member("recordTime", entry.time.text)
    json.member("clockHeld", entry.isClockHeld)
    json.member("capture", entry.capture.rawValue)
    json.member("lastOfCapture", entry.isLastOfCapture)
    json.member("leafHash", leaf.hex)
    json.member("previous", entry.previous.hex)
    json.member("commitment", entry.commitment.hex)
    json.member("payloadErased", record.payload == nil)
    json.member("linksErased", record.links == nil)
    json.member("redactions", each: redactions) { json, notice in
      json.member("entry", notice.entry.rawValue)
      json.member("recordTime", notice.time.text)
      json.member("reason", notice.reason)
      json.member("links", notice.parts == .payloadAndLinks)
    }
    json.key("submission")
    if let capture {
      json.object {
        $0.member("document", capture.documentName)
        $0.member("mediaType", capture.mediaType)
        $0.member("bytes", capture.documentByteCount)
        $0.member("events", capture.eventCount)
        $0.member("submitter", capture.submitter)
      }
    } else {
      json.null()
    }
    if entry.kind == .receipt, let payload = record.payload.flatMap({ ReceiptPayload(payload: $0) })
    {
      json.member("documentDigest", payload.documentDigest.hex)
    }
    redaction(&json)
    guard entry.kind == .event else { return }
    if let links = record.decodedLinks { EventReport.write(links, to: &json) }
    let event = record.payload.flatMap { EventPayload(payload: $0) }
    json.member("payload", event.map { String(decoding: $0.event, as: UTF8.self) })
  }
}

extension RedactedParts {
  /// What is destroyed, in words.
  var words: String {
    switch self {
    case .payload: "the payload"
    case .payloadAndLinks: "the payload and the links"
    }
  }
}

extension LedgerRecord {
  /// The links of an event; nil where they were erased or are none.
  var decodedLinks: Links? { links.flatMap { try? Links(decoding: $0) } }
}
