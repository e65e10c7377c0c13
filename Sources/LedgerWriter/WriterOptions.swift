public import LedgerStorage
internal import SystemThreads

/// How a writer works; the defaults are right but for tests.
public struct WriterOptions: Sendable {
  /// A segment takes no further frame that would make it longer than this, in bytes.
  public var segmentByteCount: UInt64 = 256 << 20
  /// The most by which a segment is filled with zeros ahead of need, in bytes: the first time by 64 KiB,
  /// then by twice as much each time, beside the appends when less than half of the last is left.
  public var extensionByteCount = 4 << 20
  /// Captures share a frame up to this size, in bytes; larger ones are written in several frames of
  /// about this size. A sync costs a disk as much for a small frame as for some MiB.
  public var frameByteCount = 4 << 20
  /// How far the wall clock may run away from the steady clock, in microseconds.
  public var clockDivergenceLimit: Int64 = 60_000_000
  /// The clocks.
  public var clock = LedgerClock.system
  /// Where salts and identifiers come from.
  public var random = LedgerRandom.system

  /// Runs work on another thread. False when it does not: then what was to be done ahead of need is done
  /// when it is needed. Tests run it at once.
  package var background: @Sendable (@escaping @Sendable () -> Void) -> Bool = {
    Threads.detach($0)
  }

  /// The options of normal operation.
  public init() {}

  /// The frame size within what the format allows.
  internal var frameLimit: Int {
    min(max(frameByteCount, FrameHeader.alignment), FrameHeader.maximumBodyByteCount / 4)
  }
}
