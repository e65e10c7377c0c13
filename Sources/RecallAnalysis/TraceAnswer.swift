public import ProvenanceGraph
public import Traceability

/// A trace with names: what people and programs are shown.
public struct TraceAnswer: Sendable {
  /// An item of the answer.
  public struct Item: Sendable {
    /// The canonical URI.
    public var id: String
    /// What it is.
    public var kind: IdentifierKind
    /// Whether it is a vessel.
    public var isVessel: Bool
    /// The product's name in the master data.
    public var product: String?
    /// How many items lie between it and the nearest seed, plus one.
    public var depth: Int
    /// Whether it was reached without any link in doubt.
    public var isCertain: Bool
    /// What is in doubt on its path, or to be known about it.
    public var reasons: [TraceReason]
    /// The item before it on the path from a seed.
    public var via: String?
    /// The ID of the event between the two; of an event without one, `entry:` and its number.
    public var viaEvent: String?
    /// How much of it came into being on record, by unit of measure; else how much was first seen.
    public var quantities: [Quantity]
    /// How sure the refined answer is of it; nil if it is not in that answer.
    public var refined: ScopeCertainty?
    /// What separates the two answers, if it is in the conservative one only.
    public var separatedBy: [ScopeReason]
  }

  /// An event of the answer.
  public struct Event: Sendable {
    /// Its ID; of an event without one, `entry:` and its number.
    public var eventID: String
    /// The log entry that holds it.
    public var entry: UInt64
    /// Whether it carried a followed link, rather than only mention a reached item.
    public var isPath: Bool
    /// The kind of event.
    public var kind: EventKind
    /// Its action.
    public var action: EventAction
    /// Its business step.
    public var bizStep: String
    /// When it happened.
    public var time: EventTime
    /// Where it happened.
    public var site: String?
    /// Whether it was declared to be in error.
    public var isDeclaredInError: Bool
  }

  /// A place where path events happened.
  public struct Site: Sendable {
    /// The canonical URI.
    public var id: String
    /// Its name in the master data.
    public var name: String?
    /// Its address in the master data, in one line.
    public var address: String?
    /// The first and last path event there.
    public var first: EventTime
    /// The last path event there.
    public var last: EventTime
    /// Reached items with path events there, and the last of these events.
    public var holdings: [Holding]
  }

  /// A reached item at a site.
  public struct Holding: Sendable {
    /// The item.
    public var item: String
    /// What the item is in its last path event there.
    public var role: ItemRole
    /// That event's action.
    public var action: EventAction
    /// That event's business step.
    public var bizStep: String
    /// When that was.
    public var time: EventTime
    /// How much that event is about.
    public var quantity: Quantity?
    /// Whether the item is certain.
    public var isCertain: Bool
    /// How sure the refined answer is that it was affected here; nil if it says that it was not.
    public var refined: ScopeCertainty?
  }

  /// An item of the refined answer at a place.
  public struct RefinedHolding: Sendable {
    /// The item.
    public var item: String
    /// The site, or the unit that it is inside of; nil where the place is unknown.
    public var place: String?
    /// Whether the place is a unit.
    public var isUnit: Bool
    /// The first instant (forward) or the last (backward) at which it can have been affected there.
    public var time: EventTime
    /// How sure that is.
    public var certainty: ScopeCertainty
  }

  /// A departure that no arrival on record answers to.
  public struct Shipment: Sendable {
    /// What left.
    public var item: String
    /// The ID of the event by which it left.
    public var eventID: String
    /// When it left.
    public var time: EventTime
    /// Where it left.
    public var site: String?
    /// The site or party that it was sent to: it is presumed there. Nil: its whereabouts are unknown.
    public var destination: String?
    /// The name of the destination in the master data.
    public var destinationName: String?
  }

  /// A party of path events.
  public struct Party: Sendable {
    /// The canonical URI.
    public var id: String
    /// Its name in the master data.
    public var name: String?
    /// As what it stands in sources and destinations, such as `owning_party`.
    public var roles: [String]
  }

  /// Something in doubt that was followed.
  public struct Doubt: Sendable {
    /// The item.
    public var item: String
    /// Why.
    public var reason: String
    /// The event that carried the doubtful link, if one did.
    public var event: String?
    /// What that means, in a sentence.
    public var explanation: String
  }

  /// Something near the answer that is not part of it.
  public struct Exclusion: Sendable {
    /// The item.
    public var item: String
    /// Why it could be looked at.
    public var reason: String
    /// The item of the answer that it was near.
    public var near: String
  }

  /// An entry whose links were destroyed by a redaction.
  public struct Cut: Sendable {
    /// The log entry.
    public var entry: UInt64
    /// `event`, or `capture`: what its links were about. Those of a capture hold its submitter, and
    /// names and addresses.
    public var kind: String
    /// When it was recorded.
    public var time: EventTime
    /// The first entry of its capture.
    public var capture: UInt64
    /// The code that says why; nil where no redaction is on record, which an audit reports.
    public var reason: String?
    /// The entry that announces the redaction.
    public var redaction: UInt64?
    /// When the redaction was recorded.
    public var redactionTime: EventTime?
  }

  /// Which way it went.
  public var direction: GraphDirection
  /// Where it started.
  public var seeds: [String] = []
  /// Everything reached, nearest first.
  public var items: [Item] = []
  /// All events, in order of time.
  public var events: [Event] = []
  /// The sites of path events, in order of first event.
  public var sites: [Site] = []
  /// The parties of path events.
  public var parties: [Party] = []
  /// Where the refined answer says that items were affected, in order of item and place.
  public var refinedHoldings: [RefinedHolding] = []
  /// Departures of refined items that no arrival answers to, in order of time; forward only.
  public var openShipments: [Shipment] = []
  /// What is in doubt.
  public var uncertain: [Doubt] = []
  /// What is near and not part of the answer.
  public var excluded: [Exclusion] = []
  /// All entries of the ledger whose links were destroyed, in order of the log. Any of them may have
  /// lain on a path of this answer: nobody can know.
  public var cut: [Cut] = []

  init(direction: GraphDirection) { self.direction = direction }
}

extension TraceReason {
  /// What the reason means for whoever reads the answer.
  var explanation: String {
    switch self {
    case .orderContradicted:
      "the events stand in an impossible order on record; a late entry acquits nobody, so the link "
        + "was followed"
    case .carryOver:
      "the vessel was not cleaned between two fills: what was left may have been carried over"
    case .noFillSinceCleaning:
      "the vessel was cleaned and no filling is on record since; a record may be missing"
    case .declaredInError:
      "an event on the path was declared to be in error; the corrective event carries on"
    case .assumedDraw:
      "it lay in a vessel with others and was used without a draw on record"
    case .noSource:
      "no event on record says where it came from: ask whoever handled it first"
    case .refilled:
      "its unit was filled again at another site without being unpacked on record; it was taken "
        + "as gone from the unit by then"
    }
  }
}
