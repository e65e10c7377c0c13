/// When something moved along an edge: at some instant between two, in any unit.
public struct EdgeTime: Sendable, Hashable, BitwiseCopyable {
  /// The first instant at which it may have been.
  public var earliest: Int64
  /// The last.
  public var latest: Int64

  /// An interval from its ends.
  public init(earliest: Int64, latest: Int64) {
    self.earliest = earliest
    self.latest = latest
  }
}

/// The times of a segment's edges.
struct EdgeTimes: @unchecked Sendable {
  /// In the order of the backward ends.
  let times: UnsafePointer<EdgeTime>
  /// For each forward end, where its edge stands among the backward ends.
  let slots: UnsafePointer<UInt32>

  @inline(__always)
  func time(ofSlot slot: Int, _ direction: GraphDirection) -> EdgeTime {
    times[direction == .forward ? Int(slots[slot]) : slot]
  }
}
