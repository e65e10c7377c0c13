public import LedgerIndex
import ProvenanceGraph
import Traceability

/// Doubts about a link of the refined answer.
struct ScopeMarks: OptionSet, Hashable {
  let rawValue: UInt8
  /// In doubt on record: a marked link of the conservative answer, an impossible order, something
  /// that was gone on record.
  static let doubtful = ScopeMarks(rawValue: 1)
  /// A movement that nobody recorded.
  static let assumed = ScopeMarks(rawValue: 2)
}

/// What the events say of one lot, by place: where it came to a place (origins), where it left it or
/// went into something (uses), and what of it lay in units (portions), with the links between these.
///
/// Nodes are numbered: origins, then uses, then portions, then presumed arrivals, then one that
/// stands for the whole lot and leads to its serials.
struct LotLife {
  /// How a lot came to a place.
  struct Origin {
    enum Kind { case made, drawn, commissioned, unpacked, received, appeared }
    var kind: Kind
    var event: EventNumber
    var place: PlaceNumber?
    var span: TimeSpan
    var amount: Quantity?

    /// Whether it answers to a departure elsewhere.
    var isArrival: Bool { kind == .received || kind == .appeared }
  }

  /// How a lot left a place, or went into something.
  struct Use {
    enum Kind: Equatable { case input, entered, packed(Int), departed }
    var kind: Kind
    var event: EventNumber
    var place: PlaceNumber?
    var span: TimeSpan
    var amount: Quantity?
  }

  /// What of the lot lay in a unit during one stay.
  struct Portion {
    var stay: Stay
    /// Whether the packing is on record: else it came there from wherever the lot was.
    var isPacked: Bool
    /// Where the first event of the stay was.
    var packingPlace: PlaceNumber?
    /// Where the unit was seen meanwhile.
    var sightings: [Sighting]
  }

  /// Somewhere that a departure without an arrival was sent to.
  struct Presumed {
    var use: Int
    var keys: Set<String>
    var destination: String
  }

  struct Link: Hashable {
    var to: Int
    var marks: ScopeMarks
  }

  let item: ItemNumber
  var origins: [Origin] = []
  var uses: [Use] = []
  var portions: [Portion] = []
  var presumed: [Presumed] = []
  /// Departures that no arrival answers to and nothing says where to.
  var lost: [Int] = []
  /// Leavings of a place: the lot was used up or destroyed there on record.
  var leavings: [PlaceNumber: [TimeSpan]] = [:]
  /// Links that leave and enter each node.
  var out: [[Link]] = []
  var into: [[Link]] = []
  /// Edges of the graph that leave the lot, and those that enter it.
  var edgesOut: [GraphEdge] = []
  var edgesIn: [GraphEdge] = []

  /// The nodes of each event, and the portions in each unit.
  var nodesOfEvent: [EventNumber: [Int]] = [:]
  var portionsOfUnit: [ItemNumber: [Int]] = [:]
  /// The edges of the graph that leave and enter each node.
  var edgesFrom: [Int: [GraphEdge]] = [:]
  var edgesTo: [Int: [GraphEdge]] = [:]

  var firstUse: Int { origins.count }
  var firstPortion: Int { origins.count + uses.count }
  var firstPresumed: Int { firstPortion + portions.count }
  var whole: Int { firstPresumed + presumed.count }

  init(_ item: ItemNumber) { self.item = item }

  /// The place and time that a node stands for.
  func place(of node: Int) -> PlaceNumber?? {
    if node < firstUse { return origins[node].place }
    if node < firstPortion { return uses[node - firstUse].place }
    return nil
  }

  mutating func link(_ from: Int, _ to: Int, _ marks: ScopeMarks = []) {
    out[from].append(Link(to: to, marks: marks))
    into[to].append(Link(to: from, marks: marks))
  }
}

/// An event that says that a unit, itself or one around it, was at a place.
struct Sighting {
  var place: PlaceNumber
  var span: TimeSpan
}

extension LedgerIndex {
  /// Whether the refined answer takes an item apart by place: it is neither one physical thing nor a
  /// vessel.
  func isLot(_ item: ItemNumber) -> Bool { !kind(of: item).isInstance && !isVessel(item) }

  /// The site of an event.
  func site(ofEvent event: EventNumber) -> PlaceNumber? {
    self.event(event).place.map { site(of: $0) }
  }

  /// The URI of the site that a place belongs to: of a sub-location, its GLN's.
  public func siteURI(of place: PlaceNumber) -> String {
    let uri = uri(of: place)
    guard uri.hasPrefix("https://id.gs1.org/414/"), let end = uri.firstRange(of: "/254/") else {
      return uri
    }
    return String(uri[..<end.lowerBound])
  }

  /// Whether an event was declared to be in error.
  func isInError(_ event: EventNumber) -> Bool { self.event(event).declarationEntry != nil }
}
