import Provender
import RecallReports

/// What a check showed, and what it did not, as text or as JSON on standard output.
struct CheckReport {
  let policy: EvidencePolicy
  let file: String
  let output: OutputOptions

  init(_ policy: EvidencePolicy, file: String, _ output: OutputOptions) {
    self.policy = policy
    self.file = file
    self.output = output
  }

  /// Writes that the evidence shows nothing, and why.
  func reject(_ rejection: EvidenceRejection) {
    guard output.json else {
      var report = TextReport(output.style)
      report.line("NOT SHOWN", .bad)
      report.paragraph("\(rejection)", indent: 2)
      return Output.write(report.text)
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("shown", false)
      json.member("file", file)
      json.member("reason", "\(rejection)")
      json.member("exitCode", Int(rejection.exitCode))
    }
    Output.write(writer.bytes)
  }

  // MARK: Proofs

  /// Writes what a proof showed; gives the exit code.
  func write(_ proof: CheckedProof, eventFile: String?, number: Int?) -> Int32 {
    let head = HeadReport(proof.head, policy, recorded: proof.entry?.time)
    var notShown = head.notShown
    let title: String
    switch proof.shown {
    case .event:
      let place = number.map { ", event \($0) of the document" } ?? ""
      title = "SHOWN: the event in \(eventFile ?? "the file")\(place) is in the log"
    case .entry: title = "SHOWN: the entry is in the log"
    case .entryAlone:
      title = "SHOWN: the entry is in the log; no event was compared with it"
      notShown.insert(
        "Which event the entry holds: give the event as it was received beside the proof.", at: 0)
    case .leaf: title = "SHOWN: the leaf's data are in the log"
    }
    let facts = Self.facts(of: proof)
    guard output.json else {
      var report = TextReport(output.style)
      report.line(title, head.findings.isEmpty ? .good : .warning)
      report.facts(facts + head.facts)
      head.write(notShown, to: &report)
      Output.write(report.text)
      return head.exitCode
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("shown", true)
      json.member("kind", "inclusion")
      json.member("file", file)
      json.member("entry", proof.entry == nil ? nil : proof.index.rawValue)
      json.member("leaf", proof.index.rawValue)
      json.member("entryKind", proof.entry?.kind.description)
      json.member("recordTime", proof.entry?.time.text)
      json.member("eventCompared", Self.isCompared(proof))
      json.member("eventNumber", number.map { UInt64($0) })
      head.members(notShown, &json)
    }
    Output.write(writer.bytes)
    return head.exitCode
  }

  private static func isCompared(_ proof: CheckedProof) -> Bool {
    if case .event = proof.shown { return true }
    return false
  }

  private static func facts(of proof: CheckedProof) -> [(name: String, value: String)] {
    guard let entry = proof.entry else { return [("leaf", "\(proof.index)")] }
    return [
      ("entry", "\(entry.index), \(entry.kind)"),
      ("recorded", entry.time.text + (entry.isClockHeld ? " (clock held)" : "")),
      ("capture", "\(entry.capture)"),
    ]
  }

  // MARK: Consistency

  /// Writes what a consistency file showed; gives the exit code.
  func write(_ checked: CheckedConsistency) -> Int32 {
    let head = HeadReport(checked.newer, policy, recorded: nil)
    let older = checked.older.checkpoint
    var notShown = head.notShown
    if !checked.isPinned {
      notShown.insert(
        "That the older checkpoint is the one you know: give the one that you kept beside the file.",
        at: 0)
    }
    guard output.json else {
      var report = TextReport(output.style)
      report.line("SHOWN: the log only grew between the two checkpoints", .good)
      report.facts([("older", "\(older.size) entries, root \(older.root)")] + head.facts)
      head.write(notShown, to: &report)
      Output.write(report.text)
      return head.exitCode
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("shown", true)
      json.member("kind", "consistency")
      json.member("file", file)
      json.member("older", older)
      json.member("olderKept", checked.isPinned)
      head.members(notShown, &json)
    }
    Output.write(writer.bytes)
    return head.exitCode
  }
}
