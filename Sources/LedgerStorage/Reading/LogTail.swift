public import TransparencyLog

/// What stands above what was committed, after a crash: what is whole is kept, what a power cut
/// left unfinished may be cut off, and everything else is damage.
public struct LogTail: Hashable, Sendable {
  /// How the log ends above what was committed.
  public enum Verdict: Hashable, Sendable {
    /// With whole captures, and zeros at most.
    case whole
    /// In a frame that was being written.
    case torn(LogProblem)
    /// In whole frames of a capture whose end was never written.
    case unfinishedCapture(EntryIndex)
    /// In a way that no power cut leaves behind.
    case corrupt(LogProblem)
  }

  /// How the log ends.
  public private(set) var verdict = Verdict.whole
  /// The end of the last whole capture; sequence, tree size and root are those of what was
  /// committed.
  public private(set) var wholeEnd: Committed
  /// The entries in whole frames after the last whole capture.
  public private(set) var unfinishedEntryCount: UInt64 = 0

  /// Reads and checks every frame above what was committed.
  ///
  /// An invalid frame is torn if no sound header with a higher number follows it; since a frame is
  /// written only when the one before is durable, only the last can be.
  ///
  /// - Throws: ``LedgerError/Kind/inputOutput``, and ``LedgerError/Kind/corrupt`` when the segment
  ///   that `committed` names is missing.
  /// - Complexity: linear in the bytes above what was committed, in memory for one frame.
  public init(
    _ disk: any Disk, after committed: Committed, with hasher: SHA256Hasher
  ) throws(LedgerError) {
    wholeEnd = committed
    var scan = TailScan(committed, hasher)
    let walker = try LogWalker(disk, after: committed)
    while let step = try walker.next() {
      if let problem = try scan.take(step, disk) {
        verdict = .corrupt(problem)
        return
      }
      if scan.sequence.openCapture == nil && scan.doubt == nil { wholeEnd = scan.end }
    }
    unfinishedEntryCount = scan.end.size.rawValue - wholeEnd.size.rawValue
    verdict = scan.verdict(walker.end)
  }
}

/// The state of a scan of the tail.
private struct TailScan {
  var end: Committed
  var sequence: EntrySequence
  /// What is wrong with a frame that may be the last.
  var doubt: LogProblem?
  private let hasher: SHA256Hasher
  private let frame = Frame()
  private var file: (any DiskFile)?
  private var fileSegment: EntryIndex?

  init(_ committed: Committed, _ hasher: SHA256Hasher) {
    end = committed
    self.hasher = hasher
    sequence = EntrySequence(
      before: EntryIndex(committed.size.rawValue), lastTime: committed.lastTime)
  }

  /// Takes a step in; returns what no power cut explains.
  mutating func take(_ step: LogStep, _ disk: any Disk) throws(LedgerError) -> LogProblem? {
    if case .problem(let problem) = step { return problem }
    // Something sound follows a frame that is not: the frame was durable before, and was damaged.
    if let doubt { return doubt }
    switch step {
    case .problem(let problem):
      return problem
    case .segment(let header):
      let offset = UInt64(SegmentHeader.byteCount)
      end.end = LogPosition(segment: header.firstEntry, offset: offset)
      return nil
    case .frame(let sighting):
      return try take(sighting, disk)
    }
  }

  private mutating func take(
    _ sighting: FrameSighting, _ disk: any Disk
  ) throws(LedgerError) -> LogProblem? {
    if fileSegment != sighting.position.segment {
      file = try disk.openFile(sighting.position.file, .read, while: "read the log's tail")
      fileSegment = sighting.position.segment
    }
    guard let file else { return nil }
    try frame.load(sighting.header, at: sighting.position, of: file, withPayloads: true)
    let problems = frame.problems(after: end.lastLeaf, with: hasher)
    if let first = problems.first {
      // With every checksum right, the chain is wrong on purpose.
      let isDamage =
        !frame.isTableIntact || problems.contains { $0.kind != .chain && $0.kind != .entry }
      if !isDamage { return first }
      doubt = first
      return nil
    }
    // With every checksum right, this was written so.
    if let problem = frame.commitmentProblem(with: hasher) { return problem }
    for record in 0..<frame.count {
      guard let entry = frame.entry(record) else { continue }
      if let fault = sequence.take(entry) {
        return LogProblem(.entry, at: frame.entryLocation(record), fault)
      }
    }
    if sighting.header.continues != (sequence.openCapture != nil) {
      let message = "the frame's flag for a capture that goes on is wrong"
      return LogProblem(.entry, at: sighting.position.location(), message)
    }
    advance(over: sighting)
    return nil
  }

  private mutating func advance(over sighting: FrameSighting) {
    let header = sighting.header
    end.size = TreeSize(header.endEntry.rawValue)
    end.nextFrame = header.number + 1
    end.lastFrame = sighting.position
    end.end = sighting.position
    end.end.offset += UInt64(header.layout.paddedEnd)
    end.lastLeaf = header.lastLeaf
    end.lastTime = sequence.lastTime
  }

  func verdict(_ logEnd: LogEnd) -> LogTail.Verdict {
    if let doubt {
      // A torn frame whose header is whole is followed by zeros at most.
      return logEnd.unreadable == nil ? .torn(doubt) : .corrupt(doubt)
    }
    if let unreadable = logEnd.unreadable { return .torn(unreadable) }
    if let open = sequence.openCapture { return .unfinishedCapture(open) }
    return .whole
  }
}
