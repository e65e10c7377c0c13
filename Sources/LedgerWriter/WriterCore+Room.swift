internal import LedgerStorage

/// Room in the last segment: zeros that frames are written over.
extension WriterCore {
  /// Sees to it that a frame fits: begins a new segment, or fills more of this one with zeros.
  func makeRoom(for byteCount: UInt64) throws(WriteFailure) {
    let isEmpty = state.end.offset == UInt64(SegmentHeader.byteCount)
    if !isEmpty && state.end.offset + byteCount > options.segmentByteCount { try roll() }
    let end = state.end.offset + byteCount
    try takeUpRoom(waiting: end > preparedEnd)
    guard end > preparedEnd else { return makeRoomAhead(of: end) }
    // A frame that is large by itself gains nothing from room made ready: it makes its own.
    guard byteCount < UInt64(options.extensionByteCount) / 4 else { return }
    try fill(to: max(end, nextPreparedEnd))
    growExtension()
  }

  /// Takes up what was made ready beside the appends.
  ///
  /// - Parameter waiting: whether to wait for it; afterwards the segment's end belongs to the caller.
  func takeUpRoom(waiting: Bool) throws(WriteFailure) {
    switch roomAhead.take(waiting: waiting) {
    case .filled(let end): preparedEnd = end
    case .noRoom: isRoomScarce = true
    case .failed(let error): throw .fatal(error, while: "extend the log")
    case nil: break
    }
  }

  /// Waits until nothing is written to the segment any more, whatever became of it.
  func settleRoom() { _ = roomAhead.take(waiting: true) }

  /// Has more room made when less than half of what was made last is left.
  private func makeRoomAhead(of end: UInt64) {
    let next = nextPreparedEnd
    guard preparedEnd - end < lastExtensionByteCount / 2, next > preparedEnd, !isRoomScarce,
      !roomAhead.isPending
    else { return }
    roomAhead.begin(disk, state.end.file, preparedEnd..<next, options.background)
    growExtension()
  }

  private var nextPreparedEnd: UInt64 {
    min(preparedEnd + extensionByteCount, options.segmentByteCount)
  }

  /// Who writes little has little made ready: each extension is twice the one before.
  private func growExtension() {
    lastExtensionByteCount = extensionByteCount
    extensionByteCount = min(2 * extensionByteCount, UInt64(options.extensionByteCount))
  }

  private func fill(to end: UInt64) throws(WriteFailure) {
    do {
      try segmentFile.writeZeros(preparedEnd..<end)
    } catch {
      guard error.code == .noSpace else { throw .fatal(error, while: "extend the log") }
      try takeBackGrowth(to: preparedEnd)
      throw .refused(LedgerError(error, while: "extend the log"))
    }
    do {
      try segmentFile.syncData()
    } catch {
      throw .fatal(error, while: "extend the log")
    }
    preparedEnd = end
    isRoomScarce = false
  }

  /// Gives back what a failed extension took, so that what is left of the disk can be used.
  func takeBackGrowth(to end: UInt64) throws(WriteFailure) {
    do {
      try segmentFile.truncate(to: end)
      try segmentFile.syncData()
    } catch {
      throw .fatal(error, while: "take back an extension of the log")
    }
    preparedEnd = end
  }
}
