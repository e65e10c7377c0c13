internal import LedgerStorage
internal import TransparencyLog

extension WriterCore {
  /// Makes a new ledger and returns the writer's core for it.
  ///
  /// `FORMAT` gets its name last, when all else is durable: a ledger without it was never
  /// finished, and nothing was ever acknowledged in it.
  static func create(
    _ disk: any Disk, _ genesis: Genesis, _ options: WriterOptions
  ) throws(LedgerError) -> WriterCore {
    let hasher = try makeHasher()
    var batch = RecordBatch()
    try batch.add(.genesis, try genesis.payload(), [])
    try batch.prepare(with: hasher, options.random)
    do {
      let core = try layOut(disk, genesis, options, hasher)
      _ = try core.commit([batch])
      try core.finishGenesis()
      try core.nameFormat()
      return core
    } catch let error as WriteFailure {
      throw error.error
    } catch let error as DiskError {
      throw LedgerError(making: error, in: disk.location)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(.inputOutput, "\(error)", advice: "try again")
    }
  }

  static func makeHasher() throws(LedgerError) -> SHA256Hasher {
    do {
      return try SHA256Hasher()
    } catch {
      throw LedgerError(error)
    }
  }

  private static func layOut(
    _ disk: any Disk, _ genesis: Genesis, _ options: WriterOptions, _ hasher: SHA256Hasher
  ) throws -> WriterCore {
    try disk.createDirectory(LedgerPaths.log)
    try disk.createDirectory(LedgerPaths.tree)
    let header = SegmentHeader(
      logID: genesis.logID, number: 0, firstEntry: 0, firstFrame: 0, previousLeaf: .zero)
    let segment = try disk.open(LedgerPaths.segment(0), .create)
    try segment.writeFully(header.bytes, at: 0)
    try segment.syncData()
    try disk.syncDirectory(LedgerPaths.log)
    let committedFile = try disk.open(LedgerPaths.committed, .create)
    let start = LogPosition(segment: 0, offset: UInt64(SegmentHeader.byteCount))
    let state = LogState(
      segmentNumber: 0, end: start, lastFrame: start, nextFrame: 0, nextEntry: 0, lastLeaf: .zero,
      lastTime: RecordTime(rawValue: .min), openCapture: nil, edge: TreeEdge())
    let nothing = Committed(
      logID: genesis.logID, sequence: 1, size: 0, nextFrame: 0, end: start, lastFrame: start,
      lastTime: state.lastTime, treeSize: 0, lastLeaf: .zero, root: .emptyTree)
    return WriterCore(
      disk, genesis, options, hasher, state: state, committed: nothing,
      preparedEnd: UInt64(SegmentHeader.byteCount), segmentFile: segment,
      committedFile: committedFile, tree: TreeWriter(size: 0, durableSize: 0))
  }

  private func finishGenesis() throws(LedgerError) {
    tree.makeDurable(disk, size: TreeSize(state.nextEntry.rawValue))
    try levelCommitted()
  }

  private func nameFormat() throws(DiskError) {
    let file = try disk.open(LedgerPaths.newFormat, .create)
    try file.writeFully(Array(genesis.formatText.utf8), at: 0)
    try file.syncData()
    // Everything below has its name for good before the ledger becomes one.
    try disk.syncDirectory("")
    try disk.rename(LedgerPaths.newFormat, to: LedgerPaths.format)
    try disk.syncDirectory("")
  }
}
