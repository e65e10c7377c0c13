import Provender
import RecallReports

extension AuditText {
  private static let shownCount = 20

  /// Both notes of a fork and the proof.
  static func forks(_ audit: AuditReport, _ report: inout TextReport) {
    guard !audit.forks.isEmpty else { return }
    report.heading("THE LOG SIGNED TWO HISTORIES", "\(audit.forks.count)")
    for fork in audit.forks.prefix(shownCount) {
      for line in TerminalText.lines(fork.description) { report.line(line, indent: 2) }
      report.line()
      report.line("as a file that `provender check` takes:", indent: 2)
      for line in TerminalText.lines(String(decoding: fork.encoded, as: UTF8.self)) {
        report.line(line, indent: 2)
      }
    }
  }

  /// The log's keys, as its key entries name them.
  static func keys(_ audit: AuditReport, _ report: inout TextReport) {
    guard let keys = audit.keys?.keys, !keys.isEmpty else { return }
    report.heading("KEYS", "\(keys.count)")
    for key in keys.suffix(shownCount) {
      var state = "since entry \(key.introduced)"
      if let entry = key.superseded { state += ", until entry \(entry)" }
      if let revocation = key.revocation {
        state += ", revoked above size \(revocation.above) by entry \(revocation.entry)"
      }
      report.line("\(key.key)", key.revocation == nil ? .plain : .bad, indent: 2)
      report.line(state, indent: 4)
    }
  }

  /// The checkpoints that were held against the log.
  static func checkpoints(_ audit: AuditReport, _ report: inout TextReport) {
    guard !audit.checkpoints.isEmpty else { return }
    report.heading("CHECKPOINTS", "\(audit.checkpoints.count)")
    var table = TextTable([
      .init("where"), .init("size", isRight: true), .init("log agrees"), .init("counts"),
      .init("cosigned", isRight: true), .init("stamped", isRight: true),
    ])
    let pinned = audit.checkpoints.filter(\.isPinned)
    let own = audit.checkpoints.filter { !$0.isPinned }
    for checkpoint in pinned.prefix(shownCount) + own.prefix(1) + own.dropFirst().suffix(shownCount)
    {
      table.row([
        checkpoint.name, "\(checkpoint.size)", checkpoint.agrees ? "yes" : "NO",
        checkpoint.isTrusted ? "yes" : "no", "\(checkpoint.cosignatures.count)",
        "\(checkpoint.stamps.count)",
      ])
    }
    report.table(table)
  }

  /// What was redacted, when and why.
  static func redactions(_ audit: AuditReport, _ report: inout TextReport) {
    guard !audit.redactions.isEmpty else { return }
    report.heading("REDACTIONS", "\(audit.redactionCount)")
    for redaction in audit.redactions.prefix(shownCount) {
      let targets = redaction.targets.prefix(shownCount).map { target in
        target.scope.parts == .payload ? "\(target.entry)" : "\(target.entry) with its links"
      }
      let more = redaction.targetCount - targets.count
      report.line(
        "entry \(redaction.entry), \(redaction.time.text): \(redaction.reason)", indent: 2)
      report.paragraph(
        "of \(targets.joined(separator: ", "))\(more > 0 ? " and \(more) more" : "")", indent: 4)
    }
    if audit.redactions.count > shownCount {
      report.line("… and more; --json lists them", .faint, indent: 2)
    }
  }
}
