import Provender
import RecallReports

/// The report of an audit as text and as JSON.
enum AuditText {
  /// The report for people: the verdict first, then what is wrong, then what that means.
  static func text(_ audit: AuditReport, index: String?, _ style: ReportStyle) -> String {
    var report = TextReport(style)
    report.verdict(
      findings: audit.findingCount, isComplete: audit.isComplete, isIntact: audit.isIntact,
      failure: word(audit.worstSeverity))
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
    report.findings(audit.findings, of: audit.findingCount)
    forks(audit, &report)
    keys(audit, &report)
    checkpoints(audit, &report)
    redactions(audit, &report)
    report.conclusions(
      audit.statements, notices: audit.notices.map(\.message) + [index].compactMap { $0 })
    return report.text
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
}
