import LedgerStorage
import TransparencyLog

extension AuditRun {
  // MARK: Time stamps

  /// The time stamps of a kept checkpoint by authorities that are believed.
  func stamps(of checkpoint: UnverifiedCheckpoint, size: TreeSize) -> [TimeStamp] {
    var stamps: [TimeStamp] = []
    for number in survey.timeStamps[size] ?? [] {
      let path = LedgerPaths.timeStamp(size, number: number)
      do {
        guard let bytes = try disk.timeStamp(of: size, number: number) else {
          findings.add(.timestamp, at: LogLocation(file: path), "the file is too large, or is gone")
          continue
        }
        let reply = try TimeStampReply(parsing: bytes)
        if let stamp = verify(reply, over: checkpoint.note.textBytes, path) { stamps.append(stamp) }
      } catch let error as LedgerError {
        findings.add(AuditFinding(error))
      } catch {
        findings.add(
          .timestamp, at: LogLocation(file: path), "the file holds no time stamp: \(error)")
      }
    }
    return stamps
  }

  private func verify(
    _ reply: TimeStampReply, over text: [UInt8], _ path: String
  ) -> TimeStamp? {
    guard let hasher = try? SHA256Hasher(), hasher.hash(text) == reply.imprint else {
      findings.add(
        .timestamp, at: LogLocation(file: path), "the time stamp is of another checkpoint")
      return nil
    }
    var reasons: [String] = []
    for authority in options.authorities {
      switch reply.verify(over: text, by: authority) {
      case .success(let stamp): return stamp
      case .failure(let rejection): reasons.append(rejection.description)
      }
    }
    note(
      .timestampUnverified,
      reasons.first ?? "a time stamp was not verified: give the certificate of its authority",
      file: path)
    return nil
  }

  // MARK: Forks

  /// Puts together what shows that the log signed two histories: a checkpoint that it signed and
  /// does not agree with, and one that it signed and does agree with.
  func showForks(_ judge: CheckpointJudge) {
    guard let own = judge.ownHead, !judge.contradictions.isEmpty,
      let hasher = try? SHA256Hasher(), let reader = try? LedgerReader(disk),
      let snapshot = try? reader.snapshot()
    else { return }
    for other in judge.contradictions where other.checkpoint.size <= own.checkpoint.size {
      var hashes = reader.hashes(in: snapshot, with: hasher)
      // The tree's files may be damaged: then there is no proof, and the findings stand alone.
      let comparison = try? HeadComparison(other, own, reader: &hashes, with: hasher)
      if case .forked(let evidence) = comparison { report.forks.append(evidence) }
    }
  }
}
