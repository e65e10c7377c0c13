import LedgerStorage
import SystemThreads
import TransparencyLog

/// One audit: looks around, checks the log, and compares what it found with all that speak of it.
internal final class AuditRun {
  let disk: any Disk
  let options: AuditOptions
  var report = AuditReport()
  var findings: FindingList
  var names: [String] = []
  var identity: LedgerIdentity?
  var slots: [Committed?] = []
  /// What `committed` says.
  var committed: Committed?
  /// Whether a writer was at work at any time.
  var hasWriter = false
  /// The redaction entry that is marked as being carried out, or left half done.
  var pendingRedaction: EntryIndex?
  /// Where to stop reading; `nil` for the end of the files.
  var limit: LogPosition?
  var tail: LogTail?
  /// The ledger's own checkpoints.
  var survey = CheckpointSurvey()
  /// The pinned heads that the log agrees with.
  var confirmedHeads: [PinnedHead] = []
  /// What the checkpoints show; `nil` when they were not judged.
  var summary: CheckpointJudge?

  init(_ disk: any Disk, _ options: AuditOptions) {
    self.disk = disk
    self.options = options
    findings = FindingList(limit: options.findingLimit)
  }

  /// Runs the audit.
  func make() throws(LedgerError) -> AuditReport {
    do {
      names = try disk.list("")
    } catch {
      throw LedgerError(error, while: "read the ledger's directory")
    }
    try identify()
    // Before `committed`: a writer that is at work never signs more than that says.
    survey = CheckpointSurvey(disk, names, &findings)
    if let logID = report.logID {
      readCommitted(logID)
      pendingRedaction = findPendingRedaction(logID)
      judgeTail()
      do throws(CryptoError) {
        try checkLog(logID)
      } catch {
        throw LedgerError(error)
      }
    } else {
      findings.add(
        .genesis, at: LogLocation(file: LedgerPaths.log, entry: 0),
        "no file tells which log this is: nothing could be checked")
      report.isComplete = false
    }
    lookForStrays()
    report.findings = findings.findings
    report.findingCount = findings.count
    report.worstSeverity = findings.worst
    report.statements = statements()
    return report
  }

  func note(_ kind: AuditNotice.Kind, _ message: String, file: String? = nil) {
    report.notices.append(AuditNotice(kind: kind, file: file, message: message))
  }

  // MARK: Who it is

  private func identify() throws(LedgerError) {
    do throws(LedgerError) {
      let identity = try LedgerIdentity(disk)
      self.identity = identity
      for problem in identity.problems { findings.add(AuditFinding(problem)) }
      report.logID = identity.logID
      report.origin = identity.genesis?.origin
      report.predecessor = identity.genesis?.predecessor
    } catch {
      if error.kind == .unsupportedVersion { throw error }
      if error.kind == .notALedger && !names.contains(LedgerPaths.log) { throw error }
      findings.add(AuditFinding(error))
    }
    if report.logID == nil { report.logID = otherLogID() }
  }

  /// The log's number from a later segment or from `committed`, where the first segment does not
  /// tell.
  private func otherLogID() -> LogID? {
    let segments = (try? LogFiles(disk).segments) ?? []
    for segment in segments.prefix(1_000) {
      let head = try? disk.open(LedgerPaths.segment(segment), .read).bytes(
        at: 0, count: SegmentHeader.byteCount)
      if let header = head?.withUnsafeBytes({ SegmentHeader($0) }) { return header.logID }
    }
    let count = Committed.slotByteCount
    for slot in 0..<Committed.slotCount {
      let bytes = try? disk.open(LedgerPaths.committed, .read).bytes(
        at: UInt64(slot * count), count: count)
      if let committed = bytes?.withUnsafeBytes({ Committed($0) }) { return committed.logID }
    }
    return nil
  }

  // MARK: How far it reaches

  private func isLocked() -> Bool {
    guard names.contains(LedgerPaths.lock) else { return false }
    return disk.isLocked(LedgerPaths.lock)
  }

  private func readCommitted(_ logID: LogID) {
    hasWriter = isLocked()
    do throws(LedgerError) {
      let file = try CommittedFile(disk, logID: logID)
      for problem in file.problems { findings.add(AuditFinding(problem)) }
      slots = file.slots
      committed = file.newest
    } catch {
      findings.add(AuditFinding(error))
    }
    for case .some(let slot) in slots {
      do throws(LedgerError) {
        if let problem = try slot.mismatch(with: disk) { findings.add(AuditFinding(problem)) }
      } catch {
        findings.add(AuditFinding(error))
      }
    }
  }

  /// Whether a writer began, or wrote, since `committed` was read.
  func sawWriter(_ logID: LogID) -> Bool {
    if hasWriter || isLocked() { return true }
    let now = try? CommittedFile(disk, logID: logID).newest
    return now?.sequence != committed?.sequence
  }

  /// Finds out what stands above what was committed: nothing, whole captures, or a torn end.
  private func judgeTail() {
    guard let committed else { return }
    limit = committed.end
    if hasWriter { return }
    let tail: LogTail
    do {
      tail = try LogTail(disk, after: committed, with: try SHA256Hasher())
    } catch {
      // Whatever stands in the way is met again on the walk through the whole log.
      limit = nil
      return
    }
    if sawWriter(committed.logID) {
      hasWriter = true
      return
    }
    self.tail = tail
    limit = tail.wholeEnd.end
    switch tail.verdict {
    case .whole: break
    case .torn(let problem) where survey.newestClaim.map({ $0.size > tail.wholeEnd.size }) == true:
      // Signed entries were durable: no power cut tears them.
      findings.add(AuditFinding(problem))
    case .torn(let problem):
      findings.add(
        .tornFrame, at: problem.location,
        "the log ends in a frame that was being written: \(problem.message)")
    case .unfinishedCapture(let capture):
      note(
        .unfinishedCapture,
        "capture \(capture), above what was committed, was not written to its end; the next "
          + "writer cuts it off")
    case .corrupt(let problem):
      limit = nil
      findings.add(AuditFinding(problem))
    }
    let above = tail.wholeEnd.size.rawValue - committed.size.rawValue
    if above > 0 {
      note(
        .entriesAboveCommitted,
        "\(above) entries lie above what was committed: written just before a writer ended, "
          + "and kept by the next")
    }
  }

  // MARK: The log

  /// The name under which the log's keys sign: where genesis does not tell, that of the checkpoints.
  private var keyOrigin: LogOrigin? {
    if let origin = report.origin { return origin }
    let claims = [survey.newestClaim] + options.pinnedCheckpoints.map(\.checkpoint.claim)
    return claims.compactMap { $0 }.lazy.compactMap { try? LogOrigin($0.origin.text) }.first
  }

  private func checkLog(_ logID: LogID) throws(CryptoError) {
    let unknown = UInt64(Int64.max) / 2
    let tree = TreeComparison(
      disk, size: committed?.size.rawValue ?? unknown,
      durableSize: committed?.treeSize.rawValue ?? unknown, &findings)
    let merge = try AuditMerge(
      findingLimit: options.findingLimit, tree: tree,
      keys: keyOrigin.map { KeyFold(origin: $0, logID: logID) },
      redactions: RedactionBook(
        limit: options.redactionLimit, findingLimit: options.findingLimit))
    do throws(LedgerError) {
      let scanner = try ChunkScanner(
        disk, logID: logID, limit: limit, findingLimit: options.findingLimit)
      run(scanner, merge, tree, logID)
      compare(merge, scanner, tree)
      try judgeRedactions(merge.redactions, logID)
      judgeCheckpoints(merge, total: scanner.nextEntry)
      if sawWriter(logID) { hasWriter = true }
      compareTreeSizes(tree, total: scanner.nextEntry, isStale: merge.hasStaleTree)
    } catch {
      findings.add(AuditFinding(error))
      report.isComplete = false
    }
  }

  private func run(
    _ scanner: ChunkScanner, _ merge: AuditMerge, _ tree: TreeComparison, _ logID: LogID
  ) {
    var sizes = Set(options.pinnedHeads.map(\.size.rawValue))
    for case .some(let slot) in slots { sizes.insert(slot.size.rawValue) }
    sizes.formUnion(survey.headSizes)
    sizes.formUnion(options.pinnedCheckpoints.map(\.checkpoint.claim.size.rawValue))
    let pool = check(scanner, merge, tree, logID, headSizes: sizes.sorted())
    merge.findings.add(scanner.findings)
    if let failure = pool.failure {
      merge.findings.add(AuditFinding(failure))
      report.isComplete = false
    }
    if pool.wasCancelled { wasCancelled() }
    for problem in scanner.strays {
      note(.unknownFile, "the file does not belong to the log", file: problem.location.file)
    }
  }

  func wasCancelled() {
    guard report.isComplete else { return }
    report.isComplete = false
    note(.cancelled, "the audit was told to end before it was done")
  }

  /// Lets all threads check the log from its beginning.
  func check(
    _ scanner: ChunkScanner, _ merge: AuditMerge, _ tree: TreeComparison?, _ logID: LogID,
    headSizes: [UInt64]
  ) -> AuditPool {
    let count = options.threadCount > 0 ? options.threadCount : Threads.processorCount
    let options = options
    let defersDamage = hasWriter || pendingRedaction != nil
    let pool = AuditPool(
      scanner, merge, options, threadCount: count,
      totalEntryCount: committed?.size.rawValue ?? 0
    ) { () throws(CryptoError) in
      try ChunkAuditor(
        logID: logID, options: options, headSizes: headSizes, tree: tree,
        defersDamage: defersDamage)
    }
    pool.run(threadCount: count)
    merge.finish()
    return pool
  }
}
