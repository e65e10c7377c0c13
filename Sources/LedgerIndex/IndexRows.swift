public import ProvenanceGraph
import Traceability

/// The number of an item, dense, in order of first mention in the log.
public struct ItemNumber: Sendable, Hashable, Comparable, BitwiseCopyable {
  /// The number itself.
  public let raw: UInt32

  /// An item number from its raw value.
  public init(_ raw: UInt32) { self.raw = raw }

  /// Order of first mention.
  public static func < (a: ItemNumber, b: ItemNumber) -> Bool { a.raw < b.raw }
}

/// The number of an event, dense, in order of time; ties are broken by content.
public struct EventNumber: Sendable, Hashable, Comparable {
  /// The number itself.
  public let raw: UInt32

  /// An event number from its raw value.
  public init(_ raw: UInt32) { self.raw = raw }

  /// Order of time, then of content: the same in any order of capture.
  public static func < (a: EventNumber, b: EventNumber) -> Bool { a.raw < b.raw }
}

/// The number of a place: a site, a sub-location or any other URI where events happened.
public struct PlaceNumber: Sendable, Hashable, Comparable {
  /// The number itself.
  public let raw: UInt32

  /// A place number from its raw value.
  public init(_ raw: UInt32) { self.raw = raw }

  /// Order of first mention.
  public static func < (a: PlaceNumber, b: PlaceNumber) -> Bool { a.raw < b.raw }
}

extension EdgeMarks {
  /// No producer can precede this consumer, so it is joined with all (trace rules, section 5).
  public static let orderContradicted = EdgeMarks(rawValue: 1)
  /// What was left in a vessel when the next fill came.
  public static let carryOver = EdgeMarks(rawValue: 2)
  /// The vessel was cleaned and nothing is on record that entered it since.
  public static let noFillSinceCleaning = EdgeMarks(rawValue: 4)
  /// The event was later declared to be in error.
  public static let declaredInError = EdgeMarks(rawValue: 8)
  /// What lay in a vessel was used without being drawn on record.
  public static let assumedDraw = EdgeMarks(rawValue: 16)
}

let none32 = UInt32.max

/// A child's stay in a unit during one opening of the unit, as it is compiled.
struct StayRow: BitwiseCopyable, Sendable {
  /// The first and last instants at which the child can have been inside.
  var earliestStart: Int64
  var latestEnd: Int64
  var unit: UInt32
  var child: UInt32
  /// Number of the opening, counted over all units.
  var opening: UInt32
  /// The event that put it in, or that says that it was inside.
  var startEvent: UInt32
  /// The event that took it out; none if it is still inside.
  var endEvent: UInt32
  /// Bit 0: taken as gone because the unit was filled again at another site. Bit 1: when it was put
  /// in is unknown.
  var flags: UInt32

  static let refilled: UInt32 = 1
  static let startUnknown: UInt32 = 2
}
