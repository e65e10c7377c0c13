public import TransparencyLog

extension TimeStampClaim {
  /// When, on the scale of record times.
  public var time: RecordTime { RecordTime(rawValue: microseconds) }

  /// By when the text existed at the latest, with the accuracy that the authority states.
  public var latest: RecordTime { RecordTime(rawValue: latestMicroseconds) }
}
