internal import LedgerStorage
internal import TransparencyLog

extension WriterCore {
  /// Seals the last segment and begins the next.
  ///
  /// The order makes every crash readable: the old segment gets its final size before the new one
  /// has a name, and the new one's header and name are durable before its first frame.
  func roll() throws(WriteFailure) {
    try takeUpRoom(waiting: true)
    do {
      try segmentFile.truncate(to: state.end.offset)
      try segmentFile.syncData()
    } catch {
      throw .fatal(error, while: "seal a segment")
    }
    preparedEnd = state.end.offset
    let next = try beginSegment()
    segmentFile = next
    preparedEnd = UInt64(SegmentHeader.byteCount)
    state.segmentNumber += 1
    state.end = LogPosition(segment: state.nextEntry, offset: preparedEnd)
    tree.makeDurable(disk, size: TreeSize(state.nextEntry.rawValue))
    if state.openCapture == nil {
      if captureMark != nil { captureMark = state }
      try publish()
    }
    do {
      try committedFile.syncData()
    } catch {
      throw .fatal(error, while: "make committed durable")
    }
  }

  private func beginSegment() throws(WriteFailure) -> any DiskFile {
    let header = SegmentHeader(
      logID: genesis.logID, number: state.segmentNumber + 1, firstEntry: state.nextEntry,
      firstFrame: state.nextFrame, previousLeaf: state.lastLeaf)
    let path = LedgerPaths.segment(state.nextEntry)
    let file: any DiskFile
    do {
      file = try disk.open(path, .create)
    } catch {
      guard error.code == .noSpace else { throw .fatal(error, while: "begin a segment") }
      throw .refused(LedgerError(error, while: "begin a segment"))
    }
    do {
      try file.writeFully(header.bytes, at: 0)
    } catch {
      guard error.code == .noSpace else { throw .fatal(error, while: "begin a segment") }
      try removeSegments([state.nextEntry])
      throw .refused(LedgerError(error, while: "begin a segment"))
    }
    do {
      try file.syncData()
      try disk.syncDirectory(LedgerPaths.log)
    } catch {
      throw .fatal(error, while: "begin a segment")
    }
    return file
  }

  /// Takes back what was written of a capture that will not be finished.
  func abandonCapture() throws(WriteFailure) {
    guard let mark = captureMark else { return }
    captureMark = nil
    try takeUpRoom(waiting: true)
    if state.end.segment != mark.end.segment {
      let files: LogFiles
      do {
        files = try LogFiles(disk)
      } catch {
        throw .fatal(error)
      }
      try removeSegments(files.segments.filter { $0 > mark.end.segment })
      do {
        segmentFile = try disk.open(mark.end.file, .update)
      } catch {
        throw .fatal(error, while: "go back to the last whole capture")
      }
    }
    state = mark
    do {
      try segmentFile.truncate(to: mark.end.offset)
      try segmentFile.syncData()
    } catch {
      throw .fatal(error, while: "go back to the last whole capture")
    }
    preparedEnd = mark.end.offset
    tree.goBack(to: TreeSize(mark.nextEntry.rawValue))
  }

  private func removeSegments(_ segments: [EntryIndex]) throws(WriteFailure) {
    do {
      try disk.removeSegments(segments)
    } catch {
      throw .fatal(error, while: "remove a segment")
    }
  }

  /// Ends the work: exact sizes, a durable tree, and both slots of `committed` level.
  func close() throws(LedgerError) {
    do {
      try takeUpRoom(waiting: true)
    } catch {
      throw error.error
    }
    do {
      try segmentFile.truncate(to: state.end.offset)
      try segmentFile.syncData()
    } catch {
      throw LedgerError(error, while: "close the log")
    }
    let size = TreeSize(state.nextEntry.rawValue)
    tree.trim(disk, to: size)
    tree.makeDurable(disk, size: size)
    try levelCommitted()
  }

  /// Writes both slots of `committed`, so that either tells the truth when the other is damaged.
  func levelCommitted() throws(LedgerError) {
    do {
      for _ in 0..<Committed.slotCount { try publish() }
    } catch {
      throw error.error
    }
    do {
      try committedFile.syncData()
    } catch {
      throw LedgerError(error, while: "make committed durable")
    }
  }
}

extension Disk {
  /// Removes segments, the newest first and each for good before the next: a log may lack its
  /// end after a crash, never a middle.
  internal func removeSegments(_ segments: [EntryIndex]) throws(DiskError) {
    for segment in segments.sorted(by: >) {
      try remove(LedgerPaths.segment(segment))
      try syncDirectory(LedgerPaths.log)
    }
  }
}
