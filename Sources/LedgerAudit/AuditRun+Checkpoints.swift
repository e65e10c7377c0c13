import LedgerStorage
import TransparencyLog

extension AuditRun {
  /// The most checkpoints that a report lists.
  private static let listedMax = 1_000

  /// Holds the checkpoints that the ledger keeps, and those that were pinned, against the log.
  func judgeCheckpoints(_ merge: AuditMerge, total: UInt64) {
    report.keys = merge.keys?.history
    guard report.isComplete else { return }
    var judge = merge.keys.map { fold in
      CheckpointJudge(
        fold.history, options, heads: merge.heads, total: total,
        hasGaps: merge.root(of: total) == nil)
    }
    judgeOwn(&judge)
    for pinned in options.pinnedCheckpoints {
      let place = LogLocation(file: pinned.name)
      let claim = pinned.checkpoint.claim
      let own = report.origin?.name
      let head = PinnedHead(
        origin: try? LogOrigin(claim.origin.text), size: claim.size, root: claim.root)
      let agrees = compare(head, merge, total)
      if let own, head.origin == nil {
        findings.add(
          .pinnedOrigin, at: place, "the ledger has another origin than the pinned checkpoint",
          expected: claim.origin.text, found: own)
      }
      if agrees && head.origin != nil { confirmedHeads.append(head) }
      if let judged = judge?.judge(pinned.checkpoint, place, isPinned: true) { list(judged) }
    }
    judgeDemands(judge)
    guard let judge else { return }
    findings.add(judge.findings)
    report.notices += judge.notices
    judgeTimes(judge)
    showForks(judge)
    summary = judge
  }

  private func judgeOwn(_ judge: inout CheckpointJudge?) {
    if let bytes = survey.newest, let judged = judged(bytes, LedgerPaths.checkpoint, &judge) {
      list(judged)
    }
    let unlisted = max(0, survey.sizes.count - AuditRun.listedMax)
    for (number, size) in survey.sizes.enumerated() {
      let path = LedgerPaths.checkpoint(size)
      guard let bytes = CheckpointSurvey.read(path, disk, &findings),
        let judged = judged(bytes, path, &judge, size: size)
      else { continue }
      if number >= unlisted { list(judged) }
    }
    for size in survey.timeStamps.keys.sorted() where !survey.sizes.contains(size) {
      findings.add(
        .timestamp, at: LogLocation(file: LedgerPaths.checkpoint(size)),
        "there are time stamps of this checkpoint, and it is missing")
    }
    for path in survey.strays {
      note(.unknownFile, "the file does not belong to a ledger", file: path)
    }
  }

  private func list(_ judged: AuditedCheckpoint) { report.checkpoints.append(judged) }

  private func judged(
    _ bytes: [UInt8], _ path: String, _ judge: inout CheckpointJudge?, size: TreeSize? = nil
  ) -> AuditedCheckpoint? {
    let place = LogLocation(file: path)
    let checkpoint: UnverifiedCheckpoint
    do throws(MalformedText) {
      checkpoint = try UnverifiedCheckpoint(parsing: bytes)
    } catch {
      findings.add(.checkpointMalformed, at: place, "the file holds no signed checkpoint: \(error)")
      return nil
    }
    if let size, checkpoint.claim.size != size {
      findings.add(
        .checkpointMalformed, at: place, "the checkpoint is of another size than its file's name",
        expected: "\(size)", found: "\(checkpoint.claim.size)")
      return nil
    }
    let stamps = size.map { self.stamps(of: checkpoint, size: $0) } ?? []
    return judge?.judge(checkpoint, place, isPinned: false, stamps: stamps)
  }

  // MARK: What was demanded

  private func judgeDemands(_ judge: CheckpointJudge?) {
    let place = LogLocation(file: LedgerPaths.checkpoint)
    if !options.trustedKeys.isEmpty && judge?.hasTrustedSignature != true {
      let isNamed = options.trustedKeys.contains { key in
        judge?.history.keys.contains { $0.key == key } ?? false
      }
      findings.add(
        .keyMissing, at: place,
        isNamed
          ? "no checkpoint is signed by the key that was given, or by one that took over from it"
          : "the log's key entries do not name the key that was given, and no checkpoint counts "
            + "that is signed by it",
        expected: options.trustedKeys.map(\.description).joined(separator: ", "),
        found: judge?.history.current.map { "\($0.key)" } ?? "no key")
    }
    let count = judge?.mostCosignatures ?? 0
    if !options.witnesses.isEmpty && count < options.neededWitnesses {
      findings.add(
        .quorumMissed, at: place, "no checkpoint is cosigned by enough of the witnesses",
        expected: "\(options.neededWitnesses)", found: "\(count)")
    }
  }

  // MARK: Times

  private func judgeTimes(_ judge: CheckpointJudge) {
    report.timeBounds = judge.bounds
    let reader = try? LedgerReader(disk)
    let snapshot = try? reader?.snapshot()
    for bound in judge.brokenBounds {
      let first = firstEntry(after: bound.latest, below: bound.size, reader, snapshot)
      let words =
        first.map { "entries \($0) to \(bound.size.rawValue - 1) say" }
        ?? "entry \(bound.size.rawValue - 1) says"
      findings.add(
        .recordTime,
        at: LogLocation(
          file: LedgerPaths.log, entry: first ?? EntryIndex(bound.size.rawValue - 1)),
        "\(words) that they were recorded after \(bound.witness) had seen them: the record times "
          + "are wrong, or that clock was",
        expected: "at most \(bound.time.rawValue)", found: "\(bound.found.rawValue)")
    }
  }

  /// The first entry that was recorded after a time, among those below a size. Record times never
  /// decrease; where they do, that is a finding of its own.
  private func firstEntry(
    after time: RecordTime, below size: TreeSize, _ reader: LedgerReader?,
    _ snapshot: LedgerSnapshot?
  ) -> EntryIndex? {
    guard let reader, let snapshot else { return nil }
    var lower: UInt64 = 0
    var upper = size.rawValue
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      guard let entry = try? reader.entry(EntryIndex(middle), in: snapshot) else { return nil }
      if entry.time > time { upper = middle } else { lower = middle + 1 }
    }
    return lower < size.rawValue ? EntryIndex(lower) : nil
  }
}

extension AuditOptions {
  /// How many witnesses must have cosigned.
  internal var neededWitnesses: Int { max(0, quorum ?? Set(witnesses.map(\.publicKey)).count) }
}
