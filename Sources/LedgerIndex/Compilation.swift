import ProvenanceGraph
import Traceability

/// From the facts of all events to what a trace walks: stays in units, fills of vessels, and links
/// in order of possible time. Follows the documentation page *What a trace follows*.
struct Compilation {
  let facts: SortedFacts
  /// The site that a place belongs to: a sub-location's GLN, else the place itself.
  let siteOfPlace: [UInt32]
  /// The item that each hub beyond those of items stands for; none for transformations.
  var laterHubItems: Column<UInt32>
  var links: LinkTable
  var stays: Column<StayRow>
  /// The unit of each opening: what was inside between two times of being empty.
  var openingUnits: Column<UInt32>
  /// The first and last instants at which anything can have been inside, of each opening.
  var openingBounds: [(start: Int64, end: Int64)] = []
  /// Hubs that stand for a unit as an output, with its contents.
  var outputHubs: Set<UInt32> = []
  /// By item, bit 0: a vessel, bit 1: a unit that had contents.
  private var itemFlags: Column<UInt8>
  /// The hub of each transformation number; of each event without one, its hub + 1.
  private var transformationHubs: [UInt32]
  private var eventHubs: Column<UInt32>

  /// - Parameter step: called now and then; what it throws ends the work.
  init(_ facts: SortedFacts, step: () throws -> Void) throws {
    self.facts = facts
    let builder = facts.builder
    siteOfPlace = Self.sites(builder.places)
    laterHubItems = Column(scratch: builder.scratch)
    links = LinkTable(scratch: builder.scratch)
    stays = Column(scratch: builder.scratch)
    openingUnits = Column(scratch: builder.scratch)
    itemFlags = Column(zeros: builder.items.count, scratch: builder.scratch)
    transformationHubs = [UInt32](repeating: none32, count: builder.transformations.count)
    eventHubs = Column(zeros: facts.count, scratch: builder.scratch)
    findVessels()
    linkTransformations()
    try step()
    try replayContainment(step: step)
    findBounds()
    linkCarriers()
    try step()
    linkVessels()
    linkSerials()
    markDeclaredInError()
    try step()
  }

  private static func sites(_ places: KeyTable) -> [UInt32] {
    var result = (0..<UInt32(places.count)).map { $0 }
    var numbers: [ArraySlice<UInt8>: UInt32] = [:]
    for place in result {
      let uri = places.bytes(place)[...]
      if IndexBuilder.siteURI(uri).count == uri.count { numbers[uri] = place }
    }
    // Where the GLN itself was never seen, the first of its sub-locations stands for it.
    for place in result {
      let site = IndexBuilder.siteURI(places.bytes(place)[...])
      if let known = numbers[site] {
        result[Int(place)] = known
      } else {
        numbers[site] = place
      }
    }
    return result
  }

  // MARK: Items and hubs

  var itemCount: Int { facts.builder.items.count }

  /// Items come first among the hubs.
  var hubCount: Int { itemCount + laterHubItems.count }

  /// The item that a hub stands for; none for transformations.
  func item(ofHub hub: UInt32) -> UInt32 {
    Int(hub) < itemCount ? hub : laterHubItems[Int(hub) - itemCount]
  }

  @inline(__always)
  func isVessel(_ item: UInt32) -> Bool { itemFlags[Int(item)] & 1 != 0 }

  /// Whether a hub is that of a vessel itself.
  @inline(__always)
  func isVesselHub(_ hub: UInt32) -> Bool { Int(hub) < itemCount && isVessel(hub) }

  @inline(__always)
  func hadContents(_ item: UInt32) -> Bool { itemFlags[Int(item)] & 2 != 0 }

  mutating func noteContents(of unit: UInt32) { itemFlags[Int(unit)] |= 2 }

  /// Bit 0: a vessel, bit 1: a unit that had contents.
  func flags(of item: UInt32) -> UInt8 { itemFlags[Int(item)] }

  /// The site of an event; nil if it names none.
  @inline(__always)
  func site(_ event: UInt32) -> UInt32? {
    let place = facts.places[Int(event)]
    return place == none32 ? nil : siteOfPlace[Int(place)]
  }

  mutating func newHub(of item: UInt32) -> UInt32 {
    laterHubItems.append(item)
    return UInt32(hubCount - 1)
  }

  /// The hub of the transformation that an event belongs to.
  mutating func transformationHub(_ event: UInt32) -> UInt32 {
    guard let number = facts.transformation(event) else {
      if eventHubs[Int(event)] == 0 { eventHubs[Int(event)] = newHub(of: none32) + 1 }
      return eventHubs[Int(event)] - 1
    }
    if transformationHubs[Int(number)] == none32 {
      transformationHubs[Int(number)] = newHub(of: none32)
    }
    return transformationHubs[Int(number)]
  }

  // MARK: Links that need no replay

  /// Individual assets with class-level contents, and what is declared a vessel.
  private mutating func findVessels() {
    let builder = facts.builder
    var vessels = Array(builder.options.vessels)
    for record in builder.masterData.values {
      if let value = record.first("vessel"), value != "false", value != "0" {
        vessels.append(record.identifier.uri)
      }
    }
    if !vessels.isEmpty {
      var items = builder.items
      for uri in vessels {
        let number = items.number(uri.utf8)
        if Int(number) < itemCount { itemFlags[Int(number)] |= 1 }
      }
    }
    for event in 0..<UInt32(facts.count) where facts.kind(event) == .aggregation {
      let range = facts.mentions(event)
      let hasLots = range.contains {
        facts.role($0) == .child
          && builder.mentions.roles[$0] & MentionColumns.classLevel != 0
      }
      guard hasLots else { continue }
      for mention in range where facts.role(mention) == .parent {
        let item = facts.item(mention)
        if facts.itemKind(item) == .individualAsset { itemFlags[Int(item)] |= 1 }
      }
    }
  }

  /// Inputs → transformation → outputs.
  private mutating func linkTransformations() {
    for event in 0..<UInt32(facts.count) where facts.kind(event) == .transformation {
      let hub = transformationHub(event)
      for mention in facts.mentions(event) {
        switch facts.role(mention) {
        case .input: links.append(from: facts.item(mention), to: hub, event, .both)
        case .output: links.append(from: hub, to: facts.item(mention), event, .both)
        default: break
        }
      }
    }
  }

  /// Lot → serial, without a time.
  private mutating func linkSerials() {
    for row in facts.serials { links.append(from: row.lot, to: row.serial, row.event, .none) }
  }

  private mutating func markDeclaredInError() {
    guard !facts.declarations.isEmpty else { return }
    for link in 0..<links.count {
      let event = links.events[link]
      if event != none32, facts.isDeclaredInError(event) { links.mark(link, .declaredInError) }
    }
  }
}
