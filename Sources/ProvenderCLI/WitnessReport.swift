import Provender
import RecallReports

extension WitnessDecision {
  /// The exit code that says what was decided.
  var exitCode: Int32 {
    switch self {
    case .cosigned: 0
    case .otherSize: 1
    case .forked: 4
    case .notSigned: 5
    case .malformed, .sizesReversed, .unknownLog, .unproven: 65
    }
  }
}

/// What `provender witness` says.
enum WitnessReport {
  typealias Log = (record: WitnessRecord, evidence: [String])

  static func json(_ decision: WitnessDecision) -> [UInt8] {
    var head: VerifiedCheckpoint?
    var keptSize: UInt64?
    var evidence: ForkEvidence?
    var file: String?
    switch decision {
    case .cosigned(_, let verified):
      head = verified
      keptSize = verified.checkpoint.size.rawValue
    case .otherSize(let kept): keptSize = kept.rawValue
    case .forked(let fork, let keptIn):
      evidence = fork
      file = keptIn
    case .unproven(_, let keptIn): file = keptIn
    case .malformed, .sizesReversed, .unknownLog, .notSigned: break
    }
    var writer = JSONWriter()
    writer.object {
      $0.member("status", decision.reply.status)
      $0.member("exitCode", Int(decision.exitCode))
      $0.member("message", decision.description)
      $0.member("origin", head?.checkpoint.origin.text)
      $0.member("size", keptSize)
      $0.member("root", head?.checkpoint.root.hex)
      $0.member("body", String(decoding: decision.reply.body, as: UTF8.self))
      $0.member("evidence", evidence.map { String(decoding: $0.encoded, as: UTF8.self) })
      $0.member("keptIn", file)
    }
    return writer.bytes
  }

  static func json(_ evidence: ForkEvidence) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.member("forked", true)
      json.member("origin", evidence.older.claim.origin.text)
      for (name, head) in [("older", evidence.older), ("newer", evidence.newer)] {
        json.key(name)
        json.object {
          $0.member("size", head.claim.size.rawValue)
          $0.member("root", head.claim.root.hex)
          $0.member("note", String(decoding: head.note.encoded, as: UTF8.self))
        }
      }
      json.member("rootOfNewerAtOlderSize", evidence.branch?.root.hex)
      json.member("proof", evidence.branch?.proof.hashes.map(\.hex) ?? [])
    }
    return writer.bytes
  }

  static func json(_ logs: [Log]) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.member("logs", each: logs) { json, log in
        json.member("origin", log.record.origin.text)
        json.member("size", log.record.head?.checkpoint.size.rawValue)
        json.member("root", log.record.head?.checkpoint.root.hex)
        json.member(
          "note", log.record.head.map { String(decoding: $0.note.encoded, as: UTF8.self) })
        json.member("keys", log.record.keys.map(\.description))
        json.member("formerKeys", log.record.formerKeys.map(\.description))
        json.member("evidence", log.evidence)
      }
    }
    return writer.bytes
  }

  static func text(_ logs: [Log], _ style: ReportStyle) -> String {
    var report = TextReport(style)
    if logs.isEmpty { report.line("no log is known; name one with --log") }
    for log in logs {
      report.line(log.record.origin.text, log.evidence.isEmpty ? .good : .bad)
      var facts: [(name: String, value: String)] = []
      if let head = log.record.head {
        facts.append(("size", "\(head.checkpoint.size)"))
        facts.append(("root", head.checkpoint.root.hex))
      } else {
        facts.append(("size", "nothing cosigned yet"))
      }
      for key in log.record.keys { facts.append(("key", key.description)) }
      for key in log.record.formerKeys { facts.append(("former key", key.description)) }
      for file in log.evidence { facts.append(("it forked", file)) }
      report.facts(facts)
    }
    return report.text
  }
}
