public import LedgerStorage

/// Clocks that a test turns.
public final class TestClock: Sendable {
  private let times = Guarded((wall: Int64(1_790_000_000_000_000), steady: Int64(0)))

  /// Clocks that stand at some moment.
  public init() {}

  /// Lets both clocks go on.
  public func advance(microseconds: Int64) {
    times.withLock { times in
      times.wall += microseconds
      times.steady += microseconds
    }
  }

  /// Sets the wall clock forward, or back.
  public func setWall(byMicroseconds difference: Int64) {
    times.withLock { $0.wall += difference }
  }

  /// The clocks, as a writer takes them.
  public var clock: LedgerClock {
    LedgerClock(
      wall: { self.times.withLock { $0.wall } }, steady: { self.times.withLock { $0.steady } })
  }
}

extension LedgerRandom {
  /// The same bytes in every run.
  public static func seeded(_ seed: UInt64) -> LedgerRandom {
    let generator = Guarded(SeededGenerator(seed: seed))
    return LedgerRandom { buffer in
      generator.withLock { generator in
        for place in buffer.indices { buffer[place] = UInt8(truncatingIfNeeded: generator.next()) }
      }
    }
  }
}
