import ArgumentParser
import Provender
import RecallReports

/// The part of `provender verify` that is about a published log.
enum VerifyTiles {
  /// Verifies and reports; ends with the report's exit code.
  static func run(_ directory: String, _ demands: HeadOptions, _ output: OutputOptions) throws {
    var options = TilesOptions()
    options.logKeys = try demands.key.map(VerifierKeyText.log)
    options.witnesses = try demands.witness.map(VerifierKeyText.witness)
    options.quorum = demands.quorum ?? options.witnesses.count
    options.pins = try demands.since.map(pin)
    let report = try verify(directory, options)
    if output.json {
      Output.write(TilesText.json(report))
    } else {
      Output.write(TilesText.text(report, output.style))
    }
    if !report.isComplete, Interruption.isRequested { throw ExitCode(Interruption.exitCode) }
    if !report.isIntact { throw ExitCode(max(1, report.exitCode)) }
  }

  private static func verify(_ directory: String, _ options: TilesOptions) throws -> TilesReport {
    var options = options
    let bar = ProgressBar("verifying", .entries)
    let cancellation = AuditCancellation()
    Interruption.handle()
    options.cancellation = cancellation
    options.progress = { done, total in
      bar.update(done, of: total)
      if Interruption.isRequested { cancellation.cancel() }
    }
    defer { bar.end() }
    return try Ledger.verify(tiles: directory, options: options)
  }

  private static func pin(_ path: String) throws -> TilesOptions.Pin {
    let bytes = try Files.read(path, limit: SignedNote.byteCountMax)
    do throws(MalformedText) {
      return TilesOptions.Pin(name: path, checkpoint: try UnverifiedCheckpoint(parsing: bytes))
    } catch {
      throw Failure.data("\(path) is no signed checkpoint: \(error)")
    }
  }
}

/// The report of an audit of a published log as text and as JSON.
enum TilesText {
  private static let shownCount = 20

  /// The report for people: the verdict first, then what is wrong, then what that means.
  static func text(_ audit: TilesReport, _ style: ReportStyle) -> String {
    var report = TextReport(style)
    report.verdict(
      findings: audit.findingCount, isComplete: audit.isComplete, isIntact: audit.isIntact,
      failure: word(audit.worstSeverity))
    facts(audit, &report)
    report.findings(audit.findings, of: audit.findingCount)
    contradictions(audit, &report)
    keys(audit, &report)
    redactions(audit, &report)
    report.conclusions(audit.statements, notices: audit.notices)
    return report.text
  }

  private static func word(_ severity: AuditFinding.Severity?) -> String {
    switch severity {
    case .derived: "there are files that do not belong there"
    case .torn, .corrupt: "corrupt"
    case .tampered: "tampered with"
    case .unsigned: "a signature that was demanded is missing"
    case .inputOutput: "not readable"
    case nil: "not checked to the end"
    }
  }

  private static func facts(_ audit: TilesReport, _ report: inout TextReport) {
    let claim = audit.checkpoint?.claim
    let kinds = audit.entriesByKind.sorted { $0.key.rawValue < $1.key.rawValue }
      .map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    let entries = "\(audit.entryCount) checked, \(claim?.size ?? 0) in the checkpoint"
    report.facts(
      [
        (name: "origin", value: claim?.origin.text ?? "unreadable"),
        (name: "log", value: audit.isProvender ? "a Provender ledger's" : "entries are opaque"),
        (name: "log id", value: audit.genesis?.logID.description ?? ""),
        (name: "entries", value: entries),
        (name: "kinds", value: kinds),
        (name: "tiles", value: "\(audit.tileCount)"),
        (name: "bytes", value: "\(audit.byteCount)"),
        (name: "root", value: audit.root?.hex ?? "cannot be computed"),
        (name: "first record", value: audit.firstTime?.text ?? ""),
        (name: "last record", value: audit.lastTime?.text ?? ""),
        (name: "signed by", value: audit.signer?.description ?? ""),
        (name: "cosigned by", value: cosigners(audit)),
      ].filter { !$0.value.isEmpty })
  }

  private static func cosigners(_ audit: TilesReport) -> String {
    audit.cosignatures.map { cosignature in
      guard let time = cosignature.time else { return cosignature.key.name.text }
      return "\(cosignature.key.name) at \(self.time(time))"
    }.joined(separator: ", ")
  }

  private static func time(_ seconds: UInt64) -> String {
    let (micros, overflow) = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000)
    return overflow ? "\(seconds) s after 1970" : RecordTime(rawValue: micros).text
  }

  private static func contradictions(_ audit: TilesReport, _ report: inout TextReport) {
    for contradiction in audit.contradictions {
      report.heading("EVIDENCE", contradiction.name)
      report.line("the checkpoint that was kept:", indent: 2)
      note(contradiction.pinned, &report)
      report.line("the checkpoint that is published:", indent: 2)
      note(contradiction.published, &report)
      if let root = contradiction.rootThere {
        report.line("root of the published entries at the kept size: \(root.hex)", indent: 2)
      }
      guard let proof = contradiction.proof else { continue }
      report.line("from that root to the published one leads the consistency proof:", indent: 2)
      for hash in proof.hashes { report.line(hash.hex, indent: 4) }
    }
  }

  private static func note(_ checkpoint: UnverifiedCheckpoint, _ report: inout TextReport) {
    let lines = String(decoding: checkpoint.note.encoded, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    for line in lines { report.line(TerminalText.line(String(line)), indent: 4) }
  }

  private static func keys(_ audit: TilesReport, _ report: inout TextReport) {
    guard let keys = audit.keys?.keys, !keys.isEmpty else { return }
    report.heading("KEYS", "by the log's own word")
    for key in keys {
      report.line(key.key.description, indent: 2)
      var words = "introduced by entry \(key.introduced)"
      if let entry = key.superseded { words += ", replaced by entry \(entry)" }
      if let revocation = key.revocation {
        words += ", revoked by entry \(revocation.entry) above size \(revocation.above)"
      }
      report.line(words, .faint, indent: 4)
    }
  }

  private static func redactions(_ audit: TilesReport, _ report: inout TextReport) {
    guard !audit.redactions.isEmpty else { return }
    report.heading("REDACTIONS", "\(audit.redactionCount)")
    for redaction in audit.redactions.prefix(shownCount) {
      let first = redaction.payload.targets.prefix(8).map { "\($0.entry)" }
      let more = redaction.payload.targets.count - first.count
      let entries = first.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
      report.line(
        "\(redaction.time.text)  entry \(redaction.entry)  \(redaction.payload.reason): \(entries)",
        indent: 2)
    }
    let rest = audit.redactionCount - UInt64(min(audit.redactions.count, shownCount))
    if rest > 0 { report.line("… and \(rest) more; --json lists them", .faint, indent: 2) }
  }
}
