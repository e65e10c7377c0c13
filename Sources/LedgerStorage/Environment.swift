public import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The two clocks a writer reads. They are apart from the disk so that tests can turn them.
public struct LedgerClock: Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z by the wall clock, which may be set at any time.
  public var wall: @Sendable () -> Int64
  /// Microseconds since some moment by a clock that nobody sets and that goes on in sleep.
  public var steady: @Sendable () -> Int64

  /// A pair of clocks.
  public init(
    wall: @escaping @Sendable () -> Int64, steady: @escaping @Sendable () -> Int64
  ) {
    self.wall = wall
    self.steady = steady
  }

  /// The clocks of the system.
  public static let system = LedgerClock(
    wall: { read(CLOCK_REALTIME) },
    steady: {
      #if os(Linux)
        read(CLOCK_BOOTTIME)
      #else
        read(CLOCK_MONOTONIC)
      #endif
    })

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000 &+ Int64(time.tv_nsec) / 1_000
  }
}

/// Where salts and identifiers come from.
public struct LedgerRandom: Sendable {
  /// Fills memory with bytes that nobody can guess.
  public var fill: @Sendable (UnsafeMutableRawBufferPointer) throws(CryptoError) -> Void

  /// A source of random bytes.
  public init(
    fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) throws(CryptoError) -> Void
  ) {
    self.fill = fill
  }

  /// libcrypto's generator.
  public static let system = LedgerRandom { buffer throws(CryptoError) in
    try SecureRandom.fill(buffer)
  }
}
