internal import LedgerStorage
internal import TransparencyLog

extension WriterCore {
  /// Opens a ledger whose lock is held: makes durable what is there, cuts off what a power cut
  /// left unfinished, and refuses everything else that is wrong.
  static func open(
    _ disk: any Disk, _ options: WriterOptions, _ kept: KeptHeads
  ) throws(LedgerError) -> (WriterCore, Recovery) {
    let hasher = try makeHasher()
    let genesis = try LedgerIdentity(disk).validGenesis()
    let slots = try CommittedFile(disk, logID: genesis.logID)
    guard let committed = slots.newest else {
      throw slots.problems.first.map { LedgerError($0) }
        ?? .corrupt("neither slot is readable", at: LogLocation(file: LedgerPaths.committed))
    }
    if let mismatch = try committed.mismatch(with: disk) { throw LedgerError(mismatch) }
    var recovery = Recovery()
    recovery.repaired = slots.problems
    try settle(disk, after: committed)
    let tail = try LogTail(disk, after: committed, with: hasher)
    if case .corrupt(let problem) = tail.verdict { throw LedgerError(problem) }
    for head in kept.heads {
      try CheckpointComparison(disk, tail.wholeEnd, hasher).checkBounds(head, genesis)
    }
    recovery.keptEntryCount = tail.wholeEnd.size.rawValue - committed.size.rawValue
    var (edge, tree) = try takeUpTree(disk, committed, tail.wholeEnd, hasher, &recovery)
    // Nothing is cut off that a checkpoint was signed over.
    if try !isTreeProven(kept, disk, tail.wholeEnd, edge.root(with: hasher), hasher) {
      (edge, tree) = try rebuildTree(disk, committed, tail.wholeEnd, hasher, &recovery)
    }
    try cut(tail, disk, &recovery)
    let core = try make(disk, genesis, options, hasher, committed, tail.wholeEnd, edge, tree)
    if !recovery.isClean || !slots.isLevel || core.committed.treeSize != core.committed.size {
      core.tree.trim(disk, to: tail.wholeEnd.size)
      core.tree.makeDurable(disk, size: tail.wholeEnd.size)
      try core.levelCommitted()
    }
    try core.finishRedaction(&recovery)
    return (core, recovery)
  }

  /// Makes durable what the last writer may have left in memory only, and forgets what memory
  /// holds: after a failed write it is not what the disk holds.
  private static func settle(
    _ disk: any Disk, after committed: Committed
  ) throws(LedgerError) {
    let files = try LogFiles(disk)
    do {
      try disk.syncDirectory("")
      try disk.syncDirectory(LedgerPaths.log)
      for segment in files.segments where segment >= committed.end.segment {
        let file = try disk.open(LedgerPaths.segment(segment), .update)
        try file.syncData()
        file.dropCache(from: segment == committed.end.segment ? committed.end.offset : 0)
      }
    } catch {
      throw LedgerError(error, while: "make the log's tail durable")
    }
  }

  // MARK: Cutting

  private static func cut(
    _ tail: LogTail, _ disk: any Disk, _ recovery: inout Recovery
  ) throws(LedgerError) {
    switch tail.verdict {
    case .corrupt, .whole: return
    case .torn(let problem): recovery.cause = .tornFrame(problem)
    case .unfinishedCapture(let capture): recovery.cause = .unfinishedCapture(capture)
    }
    recovery.cutEntryCount = tail.unfinishedEntryCount
    let end = tail.wholeEnd.end
    let later = try LogFiles(disk).segments.filter { $0 > end.segment }
    do {
      for segment in [end.segment] + later {
        let offset = segment == end.segment ? end.offset : 0
        let cut = try setAside(disk, LogPosition(segment: segment, offset: offset))
        if cut.byteCount > 0 || offset == 0 { recovery.cuts.append(cut) }
      }
      try disk.removeSegments(later)
      let file = try disk.open(end.file, .update)
      try file.truncate(to: end.offset)
      try file.syncData()
    } catch {
      throw LedgerError(error, while: "cut off an unfinished end")
    }
  }

  /// Copies the bytes from a place to the end of its segment, without zeros at their end.
  private static func setAside(
    _ disk: any Disk, _ place: LogPosition
  ) throws(DiskError) -> Recovery.Cut {
    let file = try disk.open(place.file, .read)
    let end = try endOfContent(file, from: place.offset)
    let count = end - place.offset
    guard count > 0 else {
      return Recovery.Cut(
        file: place.file, offset: place.offset, byteCount: 0, setAside: nil)
    }
    try disk.createDirectory(LedgerPaths.setAside)
    try disk.syncDirectory("")
    let (path, copy) = try newSetAside(disk, place)
    var done: UInt64 = 0
    while done < count {
      let chunk = try file.bytes(at: place.offset + done, count: Int(min(count - done, 1 << 20)))
      if chunk.isEmpty { break }
      try copy.writeFully(chunk, at: done)
      done += UInt64(chunk.count)
    }
    try copy.syncData()
    try disk.syncDirectory(LedgerPaths.setAside)
    return Recovery.Cut(
      file: place.file, offset: place.offset, byteCount: count, setAside: path)
  }

  private static func newSetAside(
    _ disk: any Disk, _ place: LogPosition
  ) throws(DiskError) -> (String, any DiskFile) {
    var attempt = 0
    while true {
      let path = LedgerPaths.setAside(place.segment, offset: place.offset, attempt: attempt)
      do {
        return (path, try disk.open(path, .create))
      } catch {
        attempt += 1
        guard error.code == .exists, attempt < 10_000 else { throw error }
      }
    }
  }

  private static func endOfContent(
    _ file: any DiskFile, from start: UInt64
  ) throws(DiskError) -> UInt64 {
    var end = start
    var place = start
    let size = try file.size()
    while place < size {
      let chunk = try file.bytes(at: place, count: 1 << 20)
      if chunk.isEmpty { break }
      let content = chunk.withUnsafeBytes { $0.contentEnd }
      if content > 0 { end = place + UInt64(content) }
      place += UInt64(chunk.count)
    }
    return end
  }

  // MARK: Taking up

  /// Refuses a log that does not extend the checkpoints that were signed; false when it does by its
  /// entries, but not by the files of its tree.
  private static func isTreeProven(
    _ kept: KeptHeads, _ disk: any Disk, _ wholeEnd: Committed, _ root: Hash,
    _ hasher: SHA256Hasher
  ) throws(LedgerError) -> Bool {
    var end = wholeEnd
    end.root = root
    var comparison = CheckpointComparison(disk, end, hasher)
    var isProven = true
    for head in kept.heads {
      switch try comparison.verdict(head.claim) {
      case .holds: continue
      case .holdsByEntries: isProven = false
      case .differs:
        throw .contradiction("the log's root at size \(head.claim.size) is another", head.file)
      }
    }
    return isProven
  }

  private static func make(
    _ disk: any Disk, _ genesis: Genesis, _ options: WriterOptions, _ hasher: SHA256Hasher,
    _ committed: Committed, _ end: Committed, _ edge: TreeEdge, _ tree: TreeWriter
  ) throws(LedgerError) -> WriterCore {
    do {
      let segment = try disk.open(end.end.file, .update)
      let committedFile = try disk.open(LedgerPaths.committed, .update)
      let head = try segment.bytes(at: 0, count: SegmentHeader.byteCount)
      guard let header = head.withUnsafeBytes({ SegmentHeader($0) }) else {
        throw LedgerError.corrupt(
          "the segment's header is damaged", at: LogLocation(file: end.end.file, offset: 0))
      }
      let state = LogState(
        segmentNumber: header.number, end: end.end, lastFrame: end.lastFrame,
        nextFrame: end.nextFrame, nextEntry: EntryIndex(end.size.rawValue),
        lastLeaf: end.lastLeaf, lastTime: end.lastTime, openCapture: nil, edge: edge)
      return WriterCore(
        disk, genesis, options, hasher, state: state, committed: committed,
        preparedEnd: try segment.size(), segmentFile: segment, committedFile: committedFile,
        tree: tree)
    } catch let error as DiskError {
      throw LedgerError(error, while: "open the log for writing")
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(.inputOutput, "\(error)", advice: "try again")
    }
  }

  /// Brings the tree up to the log's end: from its files as far as they are durable, then from
  /// the entries; from the entries alone when the files are wrong.
  private static func takeUpTree(
    _ disk: any Disk, _ committed: Committed, _ end: Committed, _ hasher: SHA256Hasher,
    _ recovery: inout Recovery
  ) throws(LedgerError) -> (TreeEdge, TreeWriter) {
    if let edge = try TreeEdge(disk, size: committed.treeSize, with: hasher) {
      let tree = TreeWriter(size: edge.size, durableSize: edge.size)
      if let grown = try replay(edge, tree, disk, committed, end, hasher) { return grown }
    }
    return try rebuildTree(disk, committed, end, hasher, &recovery)
  }

  private static func rebuildTree(
    _ disk: any Disk, _ committed: Committed, _ end: Committed, _ hasher: SHA256Hasher,
    _ recovery: inout Recovery
  ) throws(LedgerError) -> (TreeEdge, TreeWriter) {
    recovery.didRebuildTree = true
    do {
      try disk.createDirectory(LedgerPaths.tree)
      try disk.syncDirectory("")
    } catch {
      throw LedgerError(error, while: "write the tree anew")
    }
    let tree = TreeWriter(size: 0, durableSize: 0)
    if let grown = try replay(TreeEdge(), tree, disk, committed, end, hasher) { return grown }
    throw .corrupt(
      "the log's entries do not have the root that was committed",
      at: LogLocation(file: LedgerPaths.committed))
  }

  /// Grows a tree by the entries that follow it; `nil` when it does not have the root that was
  /// committed.
  private static func replay(
    _ start: TreeEdge, _ startTree: TreeWriter, _ disk: any Disk, _ committed: Committed,
    _ end: Committed, _ hasher: SHA256Hasher
  ) throws(LedgerError) -> (TreeEdge, TreeWriter)? {
    var edge = start
    var tree = startTree
    var isRight = edge.size < committed.size || edge.root(with: hasher) == committed.root
    let cursor = try FrameCursor(disk, upTo: end, from: EntryIndex(edge.size.rawValue))
    while isRight, try cursor.next() {
      for record in cursor.firstRecord..<cursor.frame.count {
        let leaf = cursor.frame.entryBytes(of: record) { hasher.leafHash($0) }
        edge.append(leaf, with: hasher) { level, hash in tree.append(hash, level: level) }
        if edge.size == committed.size { isRight = edge.root(with: hasher) == committed.root }
      }
      tree.flush(disk)
    }
    return isRight ? (edge, tree) : nil
  }
}

extension CommittedFile {
  /// Whether both slots tell the same.
  fileprivate var isLevel: Bool {
    guard var first = slots.first ?? nil, let last = slots.last ?? nil else { return false }
    first.sequence = last.sequence
    return first == last
  }
}
