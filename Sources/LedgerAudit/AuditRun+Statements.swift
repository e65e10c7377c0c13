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
          + "place in the tree, and commits to the payload and the links stored for it"
          + (report.erasedPayloadCount > 0 ? ", where they are not erased." : "."))
    } else if let worst = report.worstSeverity {
      lines.append(AuditRun.words(worst, report.findingCount))
    }
    if let root = report.root {
      lines.append("The root of the tree of \(report.size) entries is \(root).")
    } else {
      lines.append("Entries are missing, so that the tree has no root.")
    }
    for head in confirmedHeads {
      lines.append(
        "The first \(head.size) entries are those of the pinned head \(head.root): none of them "
          + "was changed, removed or put in since it was kept.")
    }
    return lines + signatures() + redactions()
  }

  private func redactions() -> [String] {
    guard report.redactionCount > 0 else { return [] }
    return [
      "Redaction entries in the log: \(report.redactionCount). Erased as they say: payloads "
        + "\(report.erasedPayloadCount), links \(report.erasedLinksCount). Links that stay without "
        + "their payload were verified; where both are gone, the entry alone was."
    ]
  }

  private func signatures() -> [String] {
    guard let summary else { return [] }
    var lines: [String] = []
    if let checkpoint = summary.largestTrusted, let key = checkpoint.signer {
      lines.append(
        "The first \(checkpoint.size) entries are those of a checkpoint signed by \(key), a key that "
          + "was given or that took over from one.")
    } else if let checkpoint = summary.largest, let key = checkpoint.signer {
      lines.append(
        "The first \(checkpoint.size) entries are those of a checkpoint signed by \(key). Only the "
          + "log itself says that this is its key: give the key as you know it.")
    }
    if let checkpoint = summary.largestCosigned {
      let names = checkpoint.cosignatures.map { "\($0.witness.name)" }.joined(separator: ", ")
      lines.append(
        "The first \(checkpoint.size) entries are those of a checkpoint cosigned by \(names): others "
          + "were shown the same.")
    }
    return lines
  }

  private static func words(_ worst: AuditFinding.Severity, _ count: UInt64) -> String {
    let findings = count == 1 ? "One finding" : "\(count) findings, of which the worst"
    switch worst {
    case .derived: return "\(findings): a derived file, or the meaning of some links, is wrong."
    case .torn: return "\(findings): the log ends in a frame that was being written."
    case .corrupt: return "\(findings): the ledger disagrees with itself."
    case .tampered:
      return "\(findings): the ledger disagrees with a head that was signed or kept elsewhere."
    case .unsigned: return "\(findings): a signature that was demanded is not there."
    case .inputOutput: return "\(findings): the system could not read a part of the ledger."
    }
  }

  private func notEstablished() -> [String] {
    var lines: [String] = []
    let pinned =
      options.pinnedHeads.map(\.size) + options.pinnedCheckpoints.map(\.checkpoint.claim.size)
    if let largest = pinned.max() {
      if largest < report.size {
        lines.append(
          "Entries from \(largest) on are above every pinned head: whether some were cut off or "
            + "rewritten is not known.")
      }
    } else {
      lines.append(
        "No checkpoint was pinned: an end that was cut off cleanly, or a history that was "
          + "rewritten with every hash after it, would not be seen.")
    }
    lines.append(contentsOf: unsigned())
    lines.append(times())
    lines.append("The index was not judged: it is derived from the log and can be made anew.")
    if hasWriter {
      lines.append("A writer was at work: what it had not committed was not judged.")
    }
    if !options.decodesLinks {
      lines.append("The meaning of links was not examined.")
    }
    return lines
  }

  private func unsigned() -> [String] {
    guard let largest = summary?.largest else {
      return ["No checkpoint that counts is signed: who vouches for this log is not known."]
    }
    guard largest.size < report.size else { return [] }
    return ["Entries from \(largest.size) on are in no signed checkpoint."]
  }

  private func times() -> String {
    let bounds = report.timeBounds
    let count = bounds.map(\.size).max() ?? 0
    guard count > 0, let last = bounds.filter({ $0.size == count }).min(by: { $0.time < $1.time })
    else {
      return "Record times never decrease; that they are right is the operator's word alone."
    }
    let rest = count < report.size ? " Those of later entries are the operator's word alone." : ""
    return
      "The first \(count) entries were recorded before \(last.witness) saw them, and \(bounds.count) "
      + "such statements bracket their record times; between two of them a time is the operator's "
      + "word.\(rest)"
  }
}
