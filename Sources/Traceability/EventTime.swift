/// When an event happened: an instant, a local day, or an instant of unknown zone.
public struct EventTime: Sendable, Hashable {
  /// How exactly the time is known.
  public enum Precision: UInt8, Sendable, Hashable {
    /// A clock time.
    case instant = 0
    /// A whole local day: a date alone, or exactly 00:00:00 local (trace rules, section 5).
    case day = 1
  }

  /// Microseconds since 1970-01-01T00:00:00Z. Of a day, its start; where the zone is unknown, the
  /// written clock time read as UTC.
  public let microseconds: Int64
  /// Minutes east of UTC of the place of the event; nil where the zone is unknown.
  public let offsetMinutes: Int16?
  /// How exactly the time is known.
  public let precision: Precision

  /// A time from its parts.
  public init(microseconds: Int64, offsetMinutes: Int16?, precision: Precision) {
    self.microseconds = microseconds
    self.offsetMinutes = offsetMinutes
    self.precision = precision
  }

  /// Everything that the time can mean: a day has 24 hours; a missing zone widens by −14 to +12
  /// hours (the easternmost zone is +14:00, the westernmost −12:00).
  public var interval: TimeSpan {
    var earliest = microseconds
    var latest = microseconds
    if precision == .day { latest += 86_400_000_000 - 1 }
    if offsetMinutes == nil {
      earliest -= 14 * 3_600_000_000
      latest += 12 * 3_600_000_000
    }
    return TimeSpan(earliest: earliest, latest: latest)
  }
}

/// The span of instants in which an event can have happened, in microseconds since 1970, both ends
/// included.
public struct TimeSpan: Sendable, Hashable {
  /// The first possible instant.
  public let earliest: Int64
  /// The last possible instant.
  public let latest: Int64

  /// An interval from its ends.
  public init(earliest: Int64, latest: Int64) {
    self.earliest = earliest
    self.latest = latest
  }

  /// Whether this can have happened before (or together with) the other (trace rules, section 5).
  public func canPrecede(_ other: TimeSpan) -> Bool { earliest <= other.latest }

  /// Whether this certainly happened before the other.
  public func certainlyPrecedes(_ other: TimeSpan) -> Bool { latest < other.earliest }
}
