/// What was taken though the standard asks for more.
public struct EventNotices: OptionSet, Sendable, Hashable {
  /// One bit for each notice.
  public let rawValue: UInt8

  /// Notices from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `eventTimeZoneOffset` is missing: the zone of `eventTime` was taken for it.
  public static let zoneAssumed = EventNotices(rawValue: 1)
  /// Neither `eventTimeZoneOffset` nor `eventTime` has a zone.
  public static let zoneUnknown = EventNotices(rawValue: 2)
  /// An EPC URN has parts of a wrong length: it stands as spelled and has no Digital Link.
  public static let irregularURN = EventNotices(rawValue: 4)

  /// One sentence for each notice.
  public var sentences: [String] {
    var result: [String] = []
    if contains(.zoneAssumed) {
      result.append("eventTimeZoneOffset is missing: the zone of eventTime was taken")
    }
    if contains(.zoneUnknown) { result.append("the time zone of the event is unknown") }
    if contains(.irregularURN) {
      result.append("an EPC URN has parts of a wrong length: it was taken as spelled")
    }
    return result
  }
}
