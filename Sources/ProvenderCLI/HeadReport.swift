import Provender
import RecallReports

/// What is known of a checkpoint that was believed: its key, its witnesses, and what follows for
/// record times.
struct HeadReport {
  /// Clocks of honest people differ by no more, in microseconds.
  private static let clockTolerance: Int64 = 60_000_000

  /// The facts, for people.
  let facts: [(name: String, value: String)]
  /// What nobody can conclude.
  private(set) var notShown: [String] = []
  /// What contradicts itself.
  private(set) var findings: [String] = []

  private let head: CheckedHead
  private let policy: EvidencePolicy

  /// A report on a checkpoint.
  ///
  /// - Parameter recorded: the latest record time that is to be held against it.
  init(_ head: CheckedHead, _ policy: EvidencePolicy, recorded: RecordTime?) {
    self.head = head
    self.policy = policy
    let checkpoint = head.checkpoint
    facts = [
      ("log", checkpoint.origin.text),
      ("checkpoint", "\(checkpoint.size) entries, root \(checkpoint.root)"),
      ("signed by", "\(head.verified.logKey.name)+\(head.verified.logKey.id)"),
      ("key", Self.standing(of: head)),
      ("witnesses", Self.witnesses(of: head, policy)),
    ]
    if head.standing == .unknown {
      notShown.append(
        "Whether the key was rotated or revoked: no entries about keys came along, ask the log.")
    } else {
      notShown.append(
        "Revocations after this checkpoint, or left out of the file: ask the log for its newest "
          + "checkpoint.")
    }
    guard let seen = head.seen else {
      notShown.append(
        (recorded == nil
          ? "When entries were recorded: record times are the operator's word"
          : "When it was recorded: the record time is the operator's word")
          + ", and no witness that you believe has seen the checkpoint.")
      return
    }
    let time = RecordTime(seconds: seen.time)
    let witnessed = "witness \(seen.witness.name) saw the checkpoint at \(time.text), so"
    notShown.append(
      recorded == nil
        ? "That entries were recorded as early as they say: \(witnessed) they were there by then."
        : "That it was recorded as early as it says: \(witnessed) it was recorded no later than that."
    )
    guard let recorded, recorded.rawValue > time.rawValue.saturatingSum(Self.clockTolerance) else {
      return
    }
    findings.append(
      "The record time \(recorded.text) lies after \(time.text), when witness "
        + "\(seen.witness.name) had seen the checkpoint: one of the two clocks was wrong.")
  }

  /// The exit code of a check that showed what it was asked to.
  var exitCode: Int32 { findings.isEmpty ? 0 : 1 }

  private static func standing(of head: CheckedHead) -> String {
    switch head.standing {
    case .unknown: "the one given; its status is unknown"
    case .valid:
      "the log's at that size, one of \(head.history?.keys.count ?? 0) by the entries that came "
        + "along"
    case .bracketed(let revocation):
      "revoked for more than \(revocation.above) entries by entry \(revocation.entry); this "
        + "checkpoint was seen before"
    }
  }

  private static func witnesses(of head: CheckedHead, _ policy: EvidencePolicy) -> String {
    guard !policy.witnesses.isEmpty else { return "none given" }
    let seen = head.verified.cosignatures.map {
      "\($0.witness.name) at \(RecordTime(seconds: $0.time).text)"
    }
    let count =
      "\(seen.count) of \(policy.witnesses.count) have cosigned, \(policy.quorum) demanded"
    return seen.isEmpty ? count : count + ": " + seen.joined(separator: ", ")
  }

  /// Adds what was found and what was not shown to a report.
  func write(_ notShown: [String], to report: inout TextReport) {
    if !findings.isEmpty {
      report.heading("FINDINGS")
      for finding in findings { report.paragraph("- \(finding)", indent: 2) }
    }
    report.heading("NOT SHOWN")
    for statement in notShown { report.paragraph("- \(statement)", indent: 2) }
  }

  /// Adds the members that all documents have.
  func members(_ notShown: [String], _ json: inout JSONWriter) {
    json.member("ledger", head.checkpoint)
    json.key("key")
    json.object { json in
      json.member("given", policy.key.description)
      json.member("signedBy", head.verified.logKey.description)
      switch head.standing {
      case .unknown: json.member("status", "unknown")
      case .valid: json.member("status", "valid")
      case .bracketed: json.member("status", "revoked later")
      }
    }
    json.key("witnesses")
    json.object { json in
      json.member("given", policy.witnesses.count)
      json.member("quorum", policy.quorum)
      json.member("cosigned", each: head.verified.cosignatures) { json, cosignature in
        json.member("witness", cosignature.witness.name.text)
        json.member("time", RecordTime(seconds: cosignature.time).text)
      }
    }
    json.member("findings", findings)
    json.member("notShown", notShown)
    json.member("exitCode", Int(exitCode))
  }
}

extension RecordTime {
  /// A time in whole seconds since 1970, as witnesses write it.
  init(seconds: UInt64) {
    let (micros, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    self.init(rawValue: overflow ? .max : Int64(clamping: micros))
  }
}

extension Int64 {
  /// The sum, or the largest number where it would be larger.
  fileprivate func saturatingSum(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
