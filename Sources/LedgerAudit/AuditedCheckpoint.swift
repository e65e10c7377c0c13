public import LedgerStorage
public import TransparencyLog

/// A checkpoint that an audit held against the log.
public struct AuditedCheckpoint: Hashable, Sendable {
  /// The file in the ledger's directory, or the name of what was pinned.
  public var name: String
  /// Whether it was kept outside of the ledger.
  public var isPinned: Bool
  /// The number of entries it speaks of.
  public var size: TreeSize
  /// The root it names.
  public var root: Hash
  /// Whether the first entries have this root.
  public internal(set) var agrees = false
  /// The key whose signature holds; `nil` when none does that is the log's or was given.
  public internal(set) var signer: VerifierKey?
  /// Why it does not count although the signature holds; `nil` when it counts.
  public internal(set) var doubt: String?
  /// Statements of witnesses that are believed.
  public internal(set) var cosignatures: [VerifiedCheckpoint.Cosignature] = []
  /// Time stamps by authorities that are believed: by then the checkpoint existed.
  public internal(set) var stamps: [TimeBound] = []

  /// Whether the log's own key at that size signed, and the log agrees.
  public var isTrusted: Bool { agrees && signer != nil && doubt == nil }
}

/// Somebody else's word on when entries were there at the latest.
public struct TimeBound: Hashable, Sendable {
  /// The first so many entries.
  public var size: TreeSize
  /// They were there at this time.
  public var time: RecordTime
  /// Who says so: a witness or a time-stamping authority.
  public var witness: String
}

extension TimeBound {
  /// Clocks of the log and of those that see its checkpoints may differ by so many microseconds:
  /// as much as the writer's own clocks may.
  private static let clockTolerance: Int64 = 60_000_000

  /// The latest record time that goes with a bound, whose time is given to the second; `nil` where no
  /// time is later.
  internal static func latestRecord(before time: RecordTime) -> RecordTime? {
    let (latest, overflow) = time.rawValue.addingReportingOverflow(999_999 + clockTolerance)
    return overflow ? nil : RecordTime(rawValue: latest)
  }

  /// The time that a cosignature gives in seconds since 1970; `nil` where it is beyond all times.
  internal static func time(seconds: UInt64) -> RecordTime? {
    let (micros, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : Int64(exactly: micros).map { RecordTime(rawValue: $0) }
  }
}
