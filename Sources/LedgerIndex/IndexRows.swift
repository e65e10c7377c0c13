public import ProvenanceGraph
import Traceability

/// The number of an item, dense, in order of first mention in the log.
public struct ItemNumber: Sendable, Hashable, Comparable {
  /// The number itself.
  public let raw: UInt32

  /// An item number from its raw value.
  public init(_ raw: UInt32) { self.raw = raw }

  /// Order of first mention.
  public static func < (a: ItemNumber, b: ItemNumber) -> Bool { a.raw < b.raw }
}

/// The number of an event, dense, in order of the log.
public struct EventNumber: Sendable, Hashable, Comparable {
  /// The number itself.
  public let raw: UInt32

  /// An event number from its raw value.
  public init(_ raw: UInt32) { self.raw = raw }

  /// Order of the log.
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

/// What the index keeps of an event.
struct EventRow: Sendable {
  var entry: UInt64
  /// Hash of the event's ID, or of its content where it has none.
  var identityKey: UInt64
  /// Part of the content digest.
  var contentKey: UInt64
  var microseconds: Int64
  /// Entry of the declaration that it was in error; 0 for none (entry 0 is genesis).
  var declarationEntry: UInt64
  var place: UInt32
  var bizStep: UInt32
  var mentionStart: UInt32
  var mentionCount: UInt32
  var transformation: UInt32
  var offsetMinutes: Int16
  var kind: UInt8
  var action: UInt8
  /// Bit 0 a whole day, bit 1 zone unknown, bit 2 only declarations of it are on record.
  var flags: UInt8
  var reserved: (UInt8, UInt16) = (0, 0)

  var time: EventTime {
    EventTime(
      // No event lies so far from 1970; sums with it must not overflow.
      microseconds: microseconds.magnitude < 1 << 60 ? microseconds : 0,
      offsetMinutes: flags & 2 == 0 ? offsetMinutes : nil,
      precision: flags & 1 == 0 ? .instant : .day)
  }

  var span: TimeSpan { time.interval }
}

/// What the index keeps of an item in an event.
struct MentionRow: Sendable {
  var mantissa: Int64
  var item: UInt32
  var event: UInt32
  var exponent: Int16
  /// Number of the unit of measure + 1; 0 for none.
  var unit: UInt16
  var role: UInt8
  /// Bit 0 class level, bit 1 an amount is given.
  var flags: UInt8
  var reserved: UInt16 = 0
}

/// A child's stay in a unit during one opening of the unit.
struct StayRow: Sendable {
  var earliestStart: Int64
  var latestStart: Int64
  var earliestEnd: Int64
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
}

/// What the index keeps of an item.
struct ItemRow: Sendable {
  /// Its first node in the graph, and how many it has: one for each stretch of time that consumers
  /// tell apart.
  var firstNode: UInt32
  var nodeCount: UInt32
  /// Number of the product class that an unknown lot stands for + 1; 0 for other items.
  var unknownLotOf: UInt32
  var kind: UInt8
  /// Bit 0: a vessel. Bit 1: a unit that had contents.
  var flags: UInt8
  var reserved: UInt16 = 0
}
