import TransparencyLog

/// The file `committed`: two slots, written in turn.
public struct CommittedFile: Sendable {
  /// A slot that a writer is just writing looks damaged; it is read again so many times.
  private static let attemptCount = 5

  /// The slots; `nil` for one that is damaged.
  public private(set) var slots: [Committed?] = []
  /// What is wrong with the file.
  public private(set) var problems: [LogProblem] = []

  /// The newest slot that is sound.
  public var newest: Committed? {
    slots.compactMap(\.self).max { $0.sequence < $1.sequence }
  }

  /// Reads the slots of a ledger.
  ///
  /// - Throws: ``LedgerError/Kind/inputOutput``. A missing file is a problem, not an error.
  public init(_ disk: any Disk, logID: LogID) throws(LedgerError) {
    let file: any DiskFile
    do {
      file = try disk.open(LedgerPaths.committed, .read)
    } catch {
      guard error.code == .notFound else { throw LedgerError(error, while: "read committed") }
      problems = [CommittedFile.problem(0, "the file is missing")]
      slots = [nil, nil]
      return
    }
    do throws(DiskError) {
      for _ in 0..<CommittedFile.attemptCount {
        try read(file, logID)
        if problems.isEmpty { return }
      }
    } catch {
      throw LedgerError(error, while: "read committed")
    }
  }

  private mutating func read(_ file: any DiskFile, _ logID: LogID) throws(DiskError) {
    let count = Committed.slotByteCount * Committed.slotCount
    let bytes = try file.bytes(at: 0, count: count + 1)
    slots = []
    problems = []
    for slot in 0..<Committed.slotCount {
      let offset = slot * Committed.slotByteCount
      let committed: Committed? =
        bytes.count < offset + Committed.slotByteCount
        ? nil
        : bytes.withUnsafeBytes { Committed($0.part(offset, Committed.slotByteCount)) }
      let isSound = committed.map { $0.logID == logID && $0.slot == slot } ?? false
      slots.append(isSound ? committed : nil)
      if !isSound {
        problems.append(CommittedFile.problem(UInt64(offset), "slot \(slot) is damaged"))
      }
    }
    if bytes.count != count {
      let message = "the file does not have \(count) bytes"
      problems.append(CommittedFile.problem(UInt64(min(bytes.count, count)), message))
    }
  }

  private static func problem(_ offset: UInt64, _ message: String) -> LogProblem {
    let place = LogLocation(file: LedgerPaths.committed, offset: offset)
    return LogProblem(.committedSlot, at: place, message)
  }
}

extension Committed {
  /// Whether the log holds what was committed, by the last frame's header: `nil` when it does.
  ///
  /// - Throws: ``LedgerError/Kind/inputOutput``.
  public func mismatch(with disk: any Disk) throws(LedgerError) -> LogProblem? {
    do throws(DiskError) {
      let file = try disk.open(lastFrame.file, .read)
      let bytes = try file.bytes(at: lastFrame.offset, count: FrameHeader.byteCount)
      guard let header = bytes.withUnsafeBytes({ FrameHeader($0) }), header.logID == logID else {
        return problem("the last committed frame is missing or damaged", at: lastFrame)
      }
      guard header.number + 1 == nextFrame, header.endEntry.rawValue == size.rawValue,
        header.lastLeaf == lastLeaf, !header.continues
      else { return problem("the last committed frame is another", at: lastFrame) }
      let frameEnd = lastFrame.offset + UInt64(header.layout.paddedEnd)
      if end.segment == lastFrame.segment {
        guard end.offset == frameEnd else {
          return problem("the last committed frame ends at \(frameEnd)", at: end)
        }
        guard try file.size() >= frameEnd else {
          return problem("the last committed frame is cut short", at: lastFrame)
        }
        return nil
      }
      guard end.offset == UInt64(SegmentHeader.byteCount), end.segment.rawValue == size.rawValue
      else { return problem("what was committed ends where no frame does", at: end) }
      let next = try disk.open(end.file, .read)
      let head = try next.bytes(at: 0, count: SegmentHeader.byteCount)
      guard let segment = head.withUnsafeBytes({ SegmentHeader($0) }), segment.logID == logID,
        segment.firstEntry == end.segment, segment.previousLeaf == lastLeaf,
        segment.firstFrame == nextFrame
      else { return problem("the last segment's header is damaged", at: end) }
      return nil
    } catch {
      guard error.code == .notFound else { throw LedgerError(error, while: "read the log") }
      return LogProblem(
        .missingSegment, at: LogLocation(file: error.path), "a committed segment is missing")
    }
  }

  private func problem(_ message: String, at position: LogPosition) -> LogProblem {
    LogProblem(.committedMismatch, at: position.location(), message)
  }
}
