import Provender
import RecallReports

extension CheckReport {
  /// Calls a body with each entry of a bundle.
  typealias Visit = ((DisclosedEntry) throws -> Void) throws -> Void

  /// Writes what a bundle showed, entry by entry; gives the exit code.
  func write(_ bundle: CheckedBundle, entries: Visit) throws -> Int32 {
    let head = HeadReport(bundle.head, policy, recorded: bundle.lastTime)
    var notShown = head.notShown
    notShown.insert(contentsOf: Self.notShown(bundle), at: 0)
    if output.json {
      try writeJSON(bundle, head, notShown, entries)
    } else {
      try writeText(bundle, head, notShown, entries)
    }
    return head.exitCode
  }

  private static func notShown(_ bundle: CheckedBundle) -> [String] {
    var statements = [
      "That these are all events of an item or of a trace: what is left out of a bundle leaves no gap "
        + "in it."
    ]
    if bundle.shownCount > 0 {
      statements.append(
        "That fields are what the text says: both were recorded together; read the text as received."
      )
    }
    if bundle.linksOnlyCount > 0 {
      statements.append(
        "The text of \(bundle.linksOnlyCount) events: only what a trace needs is disclosed.")
    }
    if bundle.withheldCount > 0 {
      statements.append(
        "What \(bundle.withheldCount) of the events were: nothing of them is shown, and no redaction "
          + "entry in the file says that nothing is left.")
    }
    return statements
  }

  // MARK: Text

  private func writeText(
    _ bundle: CheckedBundle, _ head: HeadReport, _ notShown: [String], _ entries: Visit
  ) throws {
    var report = TextReport(output.style)
    let count = "\(bundle.eventCount) \(bundle.eventCount == 1 ? "event" : "events")"
    report.line(
      "SHOWN: \(count) in the log", head.findings.isEmpty ? .good : .warning)
    report.facts(head.facts)
    Output.write(report.text)
    try entries { entry in
      var report = TextReport(output.style)
      write(entry, to: &report)
      Output.write("\n" + report.text)
    }
    var rest = TextReport(output.style)
    head.write(notShown, to: &rest)
    Output.write("\n" + rest.text)
  }

  private func write(_ disclosed: DisclosedEntry, to report: inout TextReport) {
    let entry = disclosed.entry
    let links = disclosed.links
    report.heading("ENTRY \(entry.index)", entry.kind.description)
    var facts = [
      (name: "recorded", value: entry.time.text + (entry.isClockHeld ? " (clock held)" : "")),
      (name: "capture", value: "\(entry.capture)"),
    ]
    if let redaction = disclosed.redaction {
      facts.append(
        ("redacted", "\(redaction.time.text), reason \(redaction.reason), entry \(redaction.entry)")
      )
    }
    if disclosed.parts == nil {
      facts.append(
        (
          "content",
          disclosed.isWithheld
            ? "nothing of it is shown, and no redaction entry in the file says that nothing is left"
            : "nothing of it is left"
        ))
    }
    report.facts(facts)
    guard entry.kind == .event else { return Self.write(disclosed, to: &report) }
    if let links { EventReport.write(links, to: &report) }
    if let event = disclosed.event { EventReport.write(payload: event, to: &report) }
  }

  /// Adds what an entry that is published says.
  private static func write(_ disclosed: DisclosedEntry, to report: inout TextReport) {
    guard let payload = disclosed.parts?.payload.bytes else { return }
    switch disclosed.entry.kind {
    case .genesis:
      guard let genesis = Genesis(payload: payload) else { return }
      report.facts([
        ("origin", genesis.origin.name), ("log id", genesis.logID.description),
      ])
    case .redaction:
      guard let redaction = RedactionPayload(payload: payload) else { return }
      report.facts([("reason", redaction.reason), ("entries", "\(redaction.targets.count)")])
    default: break
    }
  }

  // MARK: JSON

  private func writeJSON(
    _ bundle: CheckedBundle, _ head: HeadReport, _ notShown: [String], _ entries: Visit
  ) throws {
    var writer = JSONWriter()
    try writer.object { json in
      json.member("shown", true)
      json.member("kind", "bundle")
      json.member("file", file)
      json.key("counts")
      json.object {
        $0.member("entries", bundle.entryCount)
        $0.member("events", bundle.eventCount)
        $0.member("asReceived", bundle.shownCount)
        $0.member("linksOnly", bundle.linksOnlyCount)
        $0.member("destroyed", bundle.destroyedCount)
        $0.member("withheld", bundle.withheldCount)
      }
      head.members(notShown, &json)
      json.key("entries")
      try json.array { json in
        try entries { entry in
          json.object { Self.members(entry, &$0) }
          Output.write(json.takeBytes())
        }
      }
    }
    Output.write(writer.takeBytes())
  }

  private static func members(_ disclosed: DisclosedEntry, _ json: inout JSONWriter) {
    let entry = disclosed.entry
    json.member("entry", entry.index.rawValue)
    json.member("kind", entry.kind.description)
    json.member("recordTime", entry.time.text)
    json.member("clockHeld", entry.isClockHeld)
    json.member("capture", entry.capture.rawValue)
    json.key("redaction")
    if let redaction = disclosed.redaction {
      json.object {
        $0.member("entry", redaction.entry.rawValue)
        $0.member("recordTime", redaction.time.text)
        $0.member("reason", redaction.reason)
      }
    } else {
      json.null()
    }
    guard entry.kind == .event else { return }
    if let links = disclosed.links { EventReport.write(links, to: &json) }
    json.member("payload", disclosed.event.map { String(decoding: $0.event, as: UTF8.self) })
    json.member("hasContext", disclosed.hasContext)
  }
}
