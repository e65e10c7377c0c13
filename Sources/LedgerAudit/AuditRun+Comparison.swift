import LedgerStorage
import TransparencyLog

extension AuditRun {
  /// Compares what the entries say with what `committed` and pinned heads say of them.
  internal func compare(_ merge: AuditMerge, _ scanner: ChunkScanner, _ tree: TreeComparison) {
    let total = scanner.nextEntry
    findings.add(merge.findings)
    report.entryCount = merge.counts.entries
    report.captureCount = merge.counts.captures
    report.eventCount = merge.counts.events
    report.redactionCount = merge.counts.redactions
    report.byteCount = merge.counts.bytes
    report.firstTime = merge.firstTime
    report.lastTime = merge.lastTime
    report.size = committed?.size ?? TreeSize(total)
    report.root = committed.flatMap { merge.heads[$0.size.rawValue]?.root } ?? merge.root(of: total)
    guard report.isComplete else { return }
    if let open = merge.state?.openCapture {
      findings.add(
        .captureUnfinished, at: scanner.end.location(entry: open),
        "capture \(open) has no end where the log, or what is committed of it, ends")
    }
    compareCommitted(merge, scanner)
    confirmedHeads = options.pinnedHeads.filter { compare($0, merge, total) }
  }

  private func compareCommitted(_ merge: AuditMerge, _ scanner: ChunkScanner) {
    if let committed, committed.size.rawValue > scanner.nextEntry {
      findings.add(
        .entriesMissing, at: scanner.end.location(entry: EntryIndex(scanner.nextEntry)),
        "the log ends before the last committed entry", expected: "\(committed.size) entries",
        found: "\(scanner.nextEntry) entries")
      report.root = nil
    }
    for case (let number, .some(let slot)) in slots.enumerated() {
      guard let head = merge.heads[slot.size.rawValue] else { continue }
      let place = LogLocation(
        file: LedgerPaths.committed, offset: UInt64(number * Committed.slotByteCount))
      if let root = head.root, root != slot.root {
        findings.add(
          .committedRoot, at: place,
          "the entries have another root than committed says of \(slot.size) entries",
          expected: slot.root.hex, found: root.hex)
      }
      if head.lastLeaf != slot.lastLeaf {
        findings.add(
          .committedMismatch, at: place, "committed names another last entry",
          expected: slot.lastLeaf.hex, found: head.lastLeaf.hex)
      }
      if let time = head.lastTime, time != slot.lastTime {
        findings.add(
          .committedMismatch, at: place, "committed names another time of the last entry",
          expected: "\(slot.lastTime.rawValue)", found: "\(time.rawValue)")
      }
      if head.isWithinCapture {
        findings.add(.committedMismatch, at: place, "committed ends within a capture")
      }
    }
  }

  /// Compares a pinned head; returns whether the first entries are those of the head.
  @discardableResult
  func compare(_ pinned: PinnedHead, _ merge: AuditMerge, _ total: UInt64) -> Bool {
    var isOwn = true
    if let origin = pinned.origin, let own = report.origin, origin != own {
      isOwn = false
      findings.add(
        .pinnedOrigin, at: LogLocation(file: LedgerPaths.segment(0), entry: 0),
        "the ledger has another origin than the pinned head", expected: origin.name,
        found: own.name)
    }
    let end = LogLocation(
      file: LedgerPaths.log, entry: EntryIndex(min(total, pinned.size.rawValue)))
    guard pinned.size.rawValue <= total else {
      findings.add(
        .pinnedSize, at: end, "the log has fewer entries than the pinned head: its end is missing",
        expected: "\(pinned.size) entries", found: "\(total) entries")
      return false
    }
    let root = pinned.size == 0 ? .emptyTree : merge.heads[pinned.size.rawValue]?.root
    guard root != pinned.root else { return isOwn }
    findings.add(
      .pinnedRoot, at: LogLocation(file: LedgerPaths.log),
      root == nil
        ? "entries below the pinned head are missing, so that its root cannot be reached"
        : "the first \(pinned.size) entries are not those of the pinned head",
      expected: pinned.root.hex, found: root?.hex)
    return false
  }

  // MARK: Derived files

  internal func compareTreeSizes(_ tree: TreeComparison, total: UInt64, isStale: Bool) {
    guard report.isComplete else { return }
    var isStale = isStale
    if let committed {
      let isClosed =
        committed.treeSize == committed.size && tail?.verdict == .whole
        && tail?.wholeEnd.size == committed.size && slotsAreLevel
      if tree.checkSizes(committed.size, mayBeLonger: hasWriter || !isClosed, &findings) {
        isStale = true
      }
    } else {
      _ = tree.checkSizes(TreeSize(total), mayBeLonger: false, &findings)
    }
    if hasWriter {
      note(
        .writerAtWork,
        "a writer was at work: what it had not committed when the audit began was not judged")
    } else if isStale {
      note(
        .notClosed,
        "the ledger was not closed: the files of the tree lag behind, and the next writer brings "
          + "them up to date", file: LedgerPaths.tree)
    }
  }

  private var slotsAreLevel: Bool {
    let sizes = slots.compactMap { $0?.size }
    return sizes.count == Committed.slotCount && Set(sizes).count == 1
  }

  /// Looks for files that no ledger has.
  internal func lookForStrays() {
    let known: Set<String> = [
      LedgerPaths.format, LedgerPaths.lock, LedgerPaths.committed, LedgerPaths.log,
      LedgerPaths.tree, LedgerPaths.setAside, LedgerPaths.index, LedgerPaths.checkpoint,
      LedgerPaths.checkpoints, LedgerPaths.redaction,
    ]
    for name in names.sorted() where !known.contains(name) {
      note(.unknownFile, "the file does not belong to a ledger", file: name)
    }
    if names.contains(LedgerPaths.setAside) {
      for name in ((try? disk.list(LedgerPaths.setAside)) ?? []).sorted() {
        note(
          .setAside, "bytes that recovery cut off the end of the log are kept here",
          file: "\(LedgerPaths.setAside)/\(name)")
      }
    }
    let levels = Set((0..<TreeFiles.maximumLevelCount).map { "\($0)" })
    for name in ((try? disk.list(LedgerPaths.tree)) ?? []).sorted() where !levels.contains(name) {
      findings.add(
        .treeStray, at: LogLocation(file: "\(LedgerPaths.tree)/\(name)"),
        "the file does not belong to the tree")
    }
  }
}
