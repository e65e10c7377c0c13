import LedgerStorage
import TransparencyLog

extension AuditRun {
  /// What was established and what could not be, in words for people.
  internal func statements() -> [String] {
    established() + notEstablished()
  }

  private func established() -> [String] {
    guard report.isComplete else {
      return ["The audit did not come to its end: what it did not reach was not judged."]
    }
    var lines: [String] = []
    if report.findingCount == 0 {
      lines.append(
        "Every one of \(report.entryCount) entries follows from the one before, stands in its "
          + "place in the tree, and commits to the payload and the links stored for it.")
    } else if let worst = report.worstSeverity {
      lines.append(AuditRun.words(worst, report.findingCount))
    }
    if let root = report.root {
      lines.append("The root of the tree of \(report.size) entries is \(root).")
    } else {
      lines.append("Entries are missing, so that the tree has no root.")
    }
    for head in options.pinnedHeads where isConfirmed(head) {
      lines.append(
        "The first \(head.size) entries are those of the pinned head \(head.root): none of them "
          + "was changed, removed or put in since it was kept.")
    }
    return lines
  }

  private static func words(_ worst: AuditFinding.Severity, _ count: UInt64) -> String {
    let findings = count == 1 ? "One finding" : "\(count) findings, of which the worst"
    switch worst {
    case .derived: return "\(findings): a derived file, or the meaning of some links, is wrong."
    case .torn: return "\(findings): the log ends in a frame that was being written."
    case .corrupt: return "\(findings): the ledger disagrees with itself."
    case .tampered: return "\(findings): the ledger disagrees with a head that was kept elsewhere."
    case .unsigned: return "\(findings): a signature that was demanded is not there."
    case .inputOutput: return "\(findings): the system could not read a part of the ledger."
    }
  }

  private func isConfirmed(_ head: PinnedHead) -> Bool {
    !findings.findings.contains { $0.severity == .tampered } && findings.worst != .inputOutput
      && head.size.rawValue <= report.entryCount
  }

  private func notEstablished() -> [String] {
    var lines: [String] = []
    if options.pinnedHeads.isEmpty {
      lines.append(
        "No checkpoint was pinned: an end that was cut off cleanly, or a history that was "
          + "rewritten with every hash after it, would not be seen.")
    } else if let largest = options.pinnedHeads.map(\.size).max(), largest < report.size {
      lines.append(
        "Entries from \(largest) on are above every pinned head: whether some were cut off or "
          + "rewritten is not known.")
    }
    lines.append("No signature was checked: who vouches for this log is not known.")
    lines.append(
      "Record times never decrease; that they are right is the operator's word alone.")
    lines.append("The index was not judged: it is derived from the log and can be made anew.")
    if hasWriter {
      lines.append("A writer was at work: what it had not committed was not judged.")
    }
    if !options.decodesLinks {
      lines.append("The meaning of links was not examined.")
    }
    return lines
  }
}
