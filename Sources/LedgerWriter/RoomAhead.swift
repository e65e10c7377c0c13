internal import LedgerStorage

/// Fills the last segment with zeros ahead of need, beside the appends, so that no frame waits for
/// room and no frame's sync allocates any.
///
/// From ``begin(_:_:_:_:)`` until its outcome was taken, nobody else writes or truncates the
/// segment from the place on where the filling began. Before that place frames are written meanwhile.
internal final class RoomAhead: @unchecked Sendable {
  /// What became of a filling.
  enum Outcome {
    /// Zeros are durable up to here.
    case filled(to: UInt64)
    /// There was no room, and what was taken was given back; or no file could be opened.
    case noRoom
    /// A call failed for good.
    case failed(DiskError)
  }

  /// Zeros are made durable in steps of so many bytes: a frame's sync waits for what is being written
  /// of the whole file, which then is one step at most.
  private static let stepByteCount: UInt64 = 512 << 10

  private let monitor = Monitor()
  // The monitor guards what follows.
  private var isBusy = false
  private var outcome: Outcome?

  /// Whether a filling is under way, or its outcome not yet taken.
  var isPending: Bool { monitor.withLock { isBusy || outcome != nil } }

  /// Begins to fill a range of a segment, at whose lower end the segment ends.
  ///
  /// - Parameter background: runs work on another thread; when it does not, nothing happens.
  func begin(
    _ disk: any Disk, _ path: String, _ range: Range<UInt64>,
    _ background: (@escaping @Sendable () -> Void) -> Bool
  ) {
    monitor.withLock { isBusy = true }
    let isUnderWay = background { [self] in
      let outcome = RoomAhead.fill(disk, path, range)
      monitor.lock()
      self.outcome = outcome
      isBusy = false
      monitor.broadcast()
      monitor.unlock()
    }
    if !isUnderWay { monitor.withLock { isBusy = false } }
  }

  /// Takes the outcome of the last filling; `nil` if there is none.
  ///
  /// - Parameter waiting: whether to wait for a filling that is under way.
  func take(waiting: Bool) -> Outcome? {
    monitor.lock()
    defer { monitor.unlock() }
    while waiting && isBusy { monitor.wait() }
    defer { outcome = nil }
    return outcome
  }

  private static func fill(_ disk: any Disk, _ path: String, _ range: Range<UInt64>) -> Outcome {
    // The system reports a failed write once to each file that is open. A frame's sync would miss it
    // if both shared one. Where no further file can be opened, nothing happened to the log.
    guard let file = try? disk.open(path, .update) else { return .noRoom }
    do throws(DiskError) {
      var place = range.lowerBound
      while place < range.upperBound {
        let end = min(range.upperBound, place + stepByteCount)
        do throws(DiskError) {
          try file.writeZeros(place..<end)
        } catch {
          guard error.code == .noSpace else { throw error }
          try file.truncate(to: range.lowerBound)
          try file.syncData()
          return .noRoom
        }
        try file.syncData()
        place = end
      }
      return .filled(to: range.upperBound)
    } catch {
      return .failed(error)
    }
  }
}

extension DiskFile {
  /// Writes zeros over a range.
  internal func writeZeros(_ range: Range<UInt64>) throws(DiskError) {
    var place = range.lowerBound
    while place < range.upperBound {
      let count = Int(min(range.upperBound - place, UInt64(zeros.count)))
      let result = zeros.withUnsafeBytes { zeros in
        Result<Void, DiskError> { () throws(DiskError) in
          try writeFully(UnsafeRawBufferPointer(rebasing: zeros[0..<count]), at: place)
        }
      }
      try result.get()
      place += UInt64(count)
    }
  }
}

private let zeros = [UInt8](repeating: 0, count: 256 << 10)
