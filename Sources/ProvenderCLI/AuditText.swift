import Provender
import RecallReports

/// The report of an audit as text and as JSON.
enum AuditText {
  private static let shownFindings = 20

  /// The report for people: the verdict first, then what is wrong, then what that means.
  static func text(_ audit: AuditReport, index: String?, _ style: ReportStyle) -> String {
    var report = TextReport(style)
    verdict(audit, &report)
    report.facts(
      [
        (name: "origin", value: audit.origin?.name ?? "unreadable"),
        (name: "entries", value: "\(audit.entryCount) checked, \(audit.size) committed"),
        (name: "captures", value: "\(audit.captureCount)"),
        (name: "events", value: "\(audit.eventCount)"),
        (name: "bytes", value: "\(audit.byteCount)"),
        (name: "root", value: audit.root?.hex ?? "cannot be computed: entries are missing"),
        (name: "first record", value: audit.firstTime?.text ?? ""),
        (name: "last record", value: audit.lastTime?.text ?? ""),
      ].filter { !$0.value.isEmpty })
    findings(audit, &report)
    report.heading("WHAT THIS ESTABLISHES")
    for statement in audit.statements { report.paragraph("- \(statement)", indent: 2) }
    let notices = audit.notices.map(\.message) + [index].compactMap { $0 }
    guard !notices.isEmpty else { return report.text }
    report.heading("NOTICES")
    for notice in notices { report.paragraph("- \(notice)", indent: 2) }
    return report.text
  }

  private static func verdict(_ audit: AuditReport, _ report: inout TextReport) {
    let findings = "\(audit.findingCount) \(audit.findingCount == 1 ? "finding" : "findings")"
    if !audit.isComplete {
      report.line(
        "NOT COMPLETE: the check was stopped before its end; \(findings) so far", .warning)
    } else if audit.isIntact {
      report.line("INTACT", .good)
    } else {
      report.line("NOT INTACT: \(word(audit.worstSeverity)), \(findings)", .bad)
    }
  }

  private static func word(_ severity: AuditFinding.Severity?) -> String {
    switch severity {
    case .derived: "derived files are wrong"
    case .torn: "the end is torn"
    case .corrupt: "corrupt"
    case .tampered: "tampered with"
    case .unsigned: "a signature that was demanded is missing"
    case .inputOutput: "not readable"
    case nil: "not checked to the end"
    }
  }

  private static func findings(_ audit: AuditReport, _ report: inout TextReport) {
    guard !audit.findings.isEmpty else { return }
    report.heading("FINDINGS", "\(audit.findingCount)")
    for finding in audit.findings.prefix(shownFindings) {
      report.line("\(finding.kind.rawValue)  \(finding.location)", .bad, indent: 2)
      report.paragraph(finding.message, indent: 4)
      if let expected = finding.expected { report.line("expected \(expected)", indent: 4) }
      if let found = finding.found { report.line("found    \(found)", indent: 4) }
      report.paragraph(finding.advice, indent: 4)
    }
    let more = audit.findingCount - UInt64(min(audit.findings.count, shownFindings))
    if more > 0 { report.line("… and \(more) more; --json lists them", .faint, indent: 2) }
  }

  /// The report for programs.
  static func json(_ audit: AuditReport, index: String?) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.member("intact", audit.isIntact)
      json.member("complete", audit.isComplete)
      json.member("entries", audit.size.rawValue)
      json.member("root", audit.root?.hex)
      json.member("origin", audit.origin?.name)
      json.member("logID", audit.logID?.description)
      json.member("checkedEntries", audit.entryCount)
      json.member("captures", audit.captureCount)
      json.member("events", audit.eventCount)
      json.member("bytes", audit.byteCount)
      json.member("firstRecord", audit.firstTime?.text)
      json.member("lastRecord", audit.lastTime?.text)
      json.member("exitCode", Int(audit.exitCode))
      json.member("findingCount", audit.findingCount)
      json.member("findings", each: audit.findings) { json, finding in
        json.member("kind", finding.kind.rawValue)
        json.member("entry", finding.location.entry?.rawValue)
        json.member("file", finding.location.file)
        json.member("offset", finding.location.offset)
        json.member("message", finding.message)
        json.member("expected", finding.expected)
        json.member("found", finding.found)
        json.member("advice", finding.advice)
      }
      json.member("statements", audit.statements)
      json.member("notices", each: audit.notices) { json, notice in
        json.member("kind", notice.kind.rawValue)
        json.member("file", notice.file)
        json.member("message", notice.message)
      }
      json.member("index", index)
    }
    return writer.bytes
  }
}
