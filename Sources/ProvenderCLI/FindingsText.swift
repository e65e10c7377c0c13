import Provender
import RecallReports

/// A finding as every report of an audit shows it.
protocol ReportedFinding {
  associatedtype Kind: RawRepresentable<String>
  var kind: Kind { get }
  var location: LogLocation { get }
  var message: String { get }
  var expected: String? { get }
  var found: String? { get }
  var advice: String { get }
}

extension AuditFinding: ReportedFinding {}
extension TilesFinding: ReportedFinding {}

extension TextReport {
  /// How many findings are shown; all are in the JSON.
  static let shownFindings = 20

  /// The first line of an audit's report.
  ///
  /// - Parameter failure: what the worst finding means.
  mutating func verdict(
    findings count: UInt64, isComplete: Bool, isIntact: Bool, failure: String
  ) {
    let findings = "\(count) \(count == 1 ? "finding" : "findings")"
    if !isComplete {
      line("NOT COMPLETE: the check was stopped before its end; \(findings) so far", .warning)
    } else if isIntact {
      line("INTACT", .good)
    } else {
      line("NOT INTACT: \(failure), \(findings)", .bad)
    }
  }

  /// The first findings, each with place, expectation and advice.
  mutating func findings(_ findings: [some ReportedFinding], of count: UInt64) {
    guard !findings.isEmpty else { return }
    heading("FINDINGS", "\(count)")
    for finding in findings.prefix(Self.shownFindings) {
      line("\(finding.kind.rawValue)  \(finding.location)", .bad, indent: 2)
      paragraph(finding.message, indent: 4)
      if let expected = finding.expected { line("expected \(expected)", indent: 4) }
      if let found = finding.found { line("found    \(found)", indent: 4) }
      paragraph(finding.advice, indent: 4)
    }
    let more = count - UInt64(min(findings.count, Self.shownFindings))
    if more > 0 { line("… and \(more) more; --json lists them", .faint, indent: 2) }
  }

  /// What an audit establishes, and what is worth knowing beside it.
  mutating func conclusions(_ statements: [String], notices: [String]) {
    heading("WHAT THIS ESTABLISHES")
    for statement in statements { paragraph("- \(statement)", indent: 2) }
    guard !notices.isEmpty else { return }
    heading("NOTICES")
    for notice in notices { paragraph("- \(notice)", indent: 2) }
  }
}
