import LedgerStorage
import TransparencyLog

extension TilesRun {
  /// Puts into words what was established, and what could not be.
  mutating func state() {
    guard report.isComplete else {
      report.statements = ["The check was stopped before its end: nothing is established."]
      return
    }
    report.statements = [
      rootStatement, formatStatement, signatureStatement, witnessStatement, pinStatement,
    ].compactMap { $0 }
  }

  private var rootStatement: String {
    guard let claim = report.checkpoint?.claim else {
      return "Without a checkpoint nothing was compared."
    }
    guard report.root == claim.root else {
      return "The entries and tiles do not lead to the checkpoint's root."
    }
    if report.entryCount == claim.size.rawValue {
      return "All \(claim.size) entries lead to the checkpoint's root."
    }
    return
      "The hashes lead to the checkpoint's root, but the bytes of only \(report.entryCount) of "
      + "\(claim.size) entries are there."
  }

  private var formatStatement: String? {
    guard report.checkpoint != nil else { return nil }
    guard report.isProvender else {
      return "The entries are not a Provender ledger's: what they say was not judged."
    }
    return "The entries' chain, order, times and grouping and the public payloads were checked; "
      + "what the events say cannot be seen here, and record times are the operator's word."
  }

  private var signatureStatement: String? {
    guard report.checkpoint != nil else { return nil }
    if let signer = report.signer {
      let isGiven = options.logKeys.contains(signer)
      return isGiven
        ? "The checkpoint is signed by the key given."
        : "The checkpoint is signed by \(signer), which took over from the key given by the log's "
          + "own entries."
    }
    if !options.logKeys.isEmpty {
      return "No signature by the key given, or by a successor, holds."
    }
    guard let signer = report.ownSigner else {
      return "No signature was checked: give the log's vkey with --key."
    }
    return "No key was given: the signature holds under \(signer), which is the log's own word; "
      + "compare it with the vkey that its operator gives elsewhere."
  }

  private var witnessStatement: String? {
    guard report.checkpoint != nil else { return nil }
    if options.witnesses.isEmpty && options.quorum == 0 { return nil }
    return "\(report.cosignatures.count) of the witnesses given have cosigned; \(options.quorum) "
      + "were demanded."
  }

  private var pinStatement: String? {
    guard report.checkpoint != nil else { return nil }
    guard options.pins.isEmpty else {
      let isKept = report.contradictions.isEmpty && findings.worst != .tampered
      return isKept ? "The log extends every pinned checkpoint." : nil
    }
    return "No pinned checkpoint was given: that the end was cut off, or all of it written anew by "
      + "whoever has the key, would not be seen; keep this checkpoint and give it with --since."
  }
}
