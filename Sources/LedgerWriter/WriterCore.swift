internal import LedgerStorage
internal import TransparencyLog

/// A write that did not happen. Unless it is fatal, everything is as it was before.
internal struct WriteFailure: Error {
  var error: LedgerError
  /// Whether the writer must stop: what the disk holds is not known any more.
  var isFatal: Bool

  static func refused(_ error: LedgerError) -> WriteFailure {
    WriteFailure(error: error, isFatal: false)
  }

  static func fatal(_ error: LedgerError) -> WriteFailure {
    WriteFailure(error: error, isFatal: true)
  }

  /// Does something of which every failure leaves all as it was.
  static func refusing<Value>(
    _ body: () throws(LedgerError) -> Value
  ) throws(WriteFailure) -> Value {
    do {
      return try body()
    } catch {
      throw .refused(error)
    }
  }

  /// Fatal, because a call failed in a way that leaves the disk's state open.
  static func fatal(_ error: DiskError, while action: String) -> WriteFailure {
    var failure = LedgerError(error, while: action)
    if failure.kind == .diskFull || failure.kind == .notALedger { failure.kind = .inputOutput }
    return .fatal(failure)
  }
}

/// The only code that writes to a ledger's log. One thread at a time holds it.
internal final class WriterCore {
  let disk: any Disk
  let genesis: Genesis
  let options: WriterOptions
  let hasher: SHA256Hasher
  var state: LogState
  /// Where the capture began that is written in several frames.
  var captureMark: LogState?
  /// The newest slot written.
  var committed: Committed
  /// How far the last segment is filled with durable zeros.
  var preparedEnd: UInt64
  /// Fills it further beside the appends.
  let roomAhead = RoomAhead()
  /// By how much it is filled further next time.
  var extensionByteCount: UInt64
  /// By how much it was filled further last time.
  var lastExtensionByteCount: UInt64 = 0
  /// Whether the disk was full when room was last made ahead of need.
  var isRoomScarce = false
  private static let firstExtensionByteCount = 64 << 10
  var segmentFile: any DiskFile
  let committedFile: any DiskFile
  var tree: TreeWriter
  private let assembler = FrameAssembler()
  private let wallStart: Int64
  private let steadyStart: Int64

  init(
    _ disk: any Disk, _ genesis: Genesis, _ options: WriterOptions, _ hasher: SHA256Hasher,
    state: LogState, committed: Committed, preparedEnd: UInt64, segmentFile: any DiskFile,
    committedFile: any DiskFile, tree: TreeWriter
  ) {
    self.disk = disk
    self.genesis = genesis
    self.options = options
    self.hasher = hasher
    self.state = state
    self.committed = committed
    self.preparedEnd = preparedEnd
    extensionByteCount = UInt64(
      min(WriterCore.firstExtensionByteCount, options.extensionByteCount))
    self.segmentFile = segmentFile
    self.committedFile = committedFile
    self.tree = tree
    wallStart = options.clock.wall()
    steadyStart = options.clock.steady()
  }

  deinit { settleRoom() }

  // MARK: Committing

  /// Writes whole captures as one frame, or one large capture as several, and makes them visible.
  func commit(_ batches: [RecordBatch]) throws(WriteFailure) -> [Appended] {
    if batches.count == 1, let large = batches.first, large.isCapture {
      let ranges = large.ranges(limit: options.frameLimit)
      if ranges.count > 1 { return [try commit(large, in: ranges)] }
    }
    let first = state.nextEntry.rawValue
    let parts = batches.map {
      FramePart(batch: $0, records: 0..<$0.count, endsCapture: true)
    }
    try writeFrame(parts)
    try publish()
    var next = first
    return batches.map { batch in
      defer { next += UInt64(batch.count) }
      return Appended(
        firstEntry: EntryIndex(next), entryCount: UInt64(batch.count), time: state.lastTime)
    }
  }

  private func commit(
    _ batch: RecordBatch, in ranges: [Range<Int>]
  ) throws(WriteFailure) -> Appended {
    let first = state.nextEntry
    for range in ranges {
      let endsCapture = range.upperBound == batch.count
      try writeLarge(FramePart(batch: batch, records: range, endsCapture: endsCapture))
    }
    try publish()
    return Appended(
      firstEntry: first, entryCount: UInt64(batch.count), time: state.lastTime)
  }

  /// Writes a frame of a capture that has several; when there is no room, what was written of the
  /// capture is taken back.
  func writeLarge(_ part: FramePart) throws(WriteFailure) {
    if state.openCapture == nil { captureMark = state }
    do {
      try writeFrame([part])
    } catch {
      if !error.isFatal { try abandonCapture() }
      throw error
    }
    if state.openCapture == nil { captureMark = nil }
  }

  /// Writes one frame and returns when it is durable. Nobody sees it yet.
  private func writeFrame(_ parts: [FramePart]) throws(WriteFailure) {
    let (time, isClockHeld) = try now()
    let byteCount = UInt64(FrameAssembler.byteCount(parts))
    try makeRoom(for: byteCount)
    let before = state
    let start = state.end
    let bytes = assembler.assemble(
      parts, logID: genesis.logID, after: &state, time: time, isClockHeld: isClockHeld,
      with: hasher)
    do {
      try write(bytes, at: start.offset)
    } catch {
      state = before
      throw error
    }
    do {
      try segmentFile.syncData()
    } catch {
      throw .fatal(error, while: "make a frame durable")
    }
    state.lastFrame = start
    state.end.offset += byteCount
    preparedEnd = max(preparedEnd, state.end.offset)
    growTree(bytes, count: parts.reduce(0) { $0 + $1.records.count })
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(WriteFailure) {
    do {
      try segmentFile.writeFully(bytes, at: offset)
    } catch {
      let isGrowing = offset + UInt64(bytes.count) > preparedEnd
      guard isGrowing, error.code == .noSpace else { throw .fatal(error, while: "write a frame") }
      try takeBackGrowth(to: offset)
      throw .refused(LedgerError(error, while: "write a frame"))
    }
  }

  private func growTree(_ frame: UnsafeRawBufferPointer, count: Int) {
    WriterCore.grow(&state.edge, &tree, frame, count: count, lastLeaf: state.lastLeaf, hasher)
    tree.flush(disk)
  }

  /// Apart from the class, so that what is changed is looked up once and not for every record.
  private static func grow(
    _ edge: inout TreeEdge, _ tree: inout TreeWriter, _ frame: UnsafeRawBufferPointer,
    count: Int, lastLeaf: Hash, _ hasher: SHA256Hasher
  ) {
    for record in 0..<count {
      let start = FrameHeader.byteCount + record * Entry.byteCount
      let entry = UnsafeRawBufferPointer(rebasing: frame[start..<start + Entry.byteCount])
      let isLast = record == count - 1
      // The leaf's hash stands in the entry that follows it, and the last one's is known.
      let leaf = isLast ? lastLeaf : Hash(copyingPreviousOfEntryAfter: entry, in: frame)
      edge.append(leaf, with: hasher) { level, hash in tree.append(hash, level: level) }
    }
  }

  /// Makes everything written so far visible to readers.
  func publish() throws(WriteFailure) {
    var next = committed
    next.sequence += 1
    next.size = TreeSize(state.nextEntry.rawValue)
    next.nextFrame = state.nextFrame
    next.end = state.end
    next.lastFrame = state.lastFrame
    next.lastTime = state.lastTime
    next.lastLeaf = state.lastLeaf
    next.treeSize = tree.durableSize
    next.root = state.edge.root(with: hasher)
    do {
      let offset = UInt64(next.slot * Committed.slotByteCount)
      try committedFile.writeFully(next.bytes, at: offset)
    } catch {
      throw .fatal(error, while: "write committed")
    }
    committed = next
  }

  // MARK: Time

  /// The record time of the next frame, and whether the clock had to be held for it.
  private func now() throws(WriteFailure) -> (RecordTime, isHeld: Bool) {
    let wall = options.clock.wall()
    let steady = options.clock.steady()
    let drift = (wall &- wallStart) &- (steady &- steadyStart)
    guard drift.magnitude <= options.clockDivergenceLimit.magnitude else {
      throw .fatal(
        LedgerError(
          .clock,
          "the wall clock ran away from the monotonic clock by \(drift / 1_000_000) seconds",
          advice: "set the clock right, then open the ledger again"))
    }
    let time = RecordTime(rawValue: wall)
    return time < state.lastTime ? (state.lastTime, true) : (time, false)
  }
}

extension Hash {
  /// The leaf hash of an entry that another follows in the same frame: the other names it.
  fileprivate init(
    copyingPreviousOfEntryAfter entry: UnsafeRawBufferPointer, in frame: UnsafeRawBufferPointer
  ) {
    guard let start = frame.baseAddress, let place = entry.baseAddress else {
      self = .zero
      return
    }
    let offset = place - start + Entry.byteCount + Entry.previousOffset
    self = Hash(UnsafeRawBufferPointer(rebasing: frame[offset..<offset + Hash.byteCount])) ?? .zero
  }
}
