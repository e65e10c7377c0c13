import Provender
import RecallReports

extension CheckReport {
  /// Writes what evidence of a fork showed.
  func write(_ fork: VerifiedFork, _ evidence: ForkEvidence) {
    let (older, newer) = (fork.older.checkpoint, fork.newer.checkpoint)
    guard output.json else {
      var report = TextReport(output.style)
      report.line("SHOWN: the log signed two checkpoints that contradict each other", .bad)
      report.facts([
        ("log", older.origin.text),
        ("one", "\(older.size) entries, root \(older.root)"),
        ("other", "\(newer.size) entries, root \(newer.root)"),
      ])
      if let branch = evidence.branch {
        report.facts([("the other at \(older.size)", "root \(branch.root)")])
      }
      report.paragraph(
        "Both signatures hold. Whoever has the log's key can check this; the log cannot deny it.",
        indent: 2)
      return Output.write(report.text)
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("shown", true)
      json.member("kind", "fork")
      json.member("file", file)
      json.member("older", older)
      json.member("newer", newer)
      json.member("newerRootAtOlderSize", evidence.branch?.root.hex)
      json.member("exitCode", 0)
    }
    Output.write(writer.bytes)
  }
}
