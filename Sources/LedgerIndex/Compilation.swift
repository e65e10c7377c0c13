import ProvenanceGraph
import Traceability

/// A link between two hubs before the hubs are split by time: where it leaves, where it arrives, and
/// the events whose times count at either end (none: any time).
struct HubLink: Sendable {
  var from: UInt32
  var to: UInt32
  var fromEvent: UInt32
  var toEvent: UInt32
  /// The event that stands for the link in answers.
  var event: UInt32
  var marks: EdgeMarks = []
}

/// From the facts of all events to what a trace walks: stays in units, fills of vessels, and links
/// in order of possible time. Follows the documentation page *What a trace follows*.
struct Compilation {
  let facts: IndexBuilder
  /// All events in order of time, ties broken by content, so that nothing depends on the order of
  /// capture.
  let order: [UInt32]
  /// The site that a place belongs to: a sub-location's GLN, else the place itself.
  let siteOfPlace: [UInt32]
  /// The item that each hub stands for; none for transformations.
  var hubItems: [UInt32]
  var links: [HubLink] = []
  var stays: [StayRow] = []
  /// The stays of each opening.
  var openings: [Opening] = []
  /// Hubs that stand for a unit as an output, with its contents.
  var outputHubs: Set<UInt32> = []
  var isVessel: [Bool]
  var hadContents: [Bool]
  /// The hub of each transformation number, and of events without one.
  var transformationHubs: [UInt32]
  var eventHubs: [UInt32: UInt32] = [:]

  /// One opening of a unit: what was inside between two times of being empty.
  struct Opening {
    var unit: UInt32
    var stays: [UInt32] = []
    /// The first and last instants at which anything can have been inside; set after the replay.
    var bounds = (start: Int64.max, end: Int64.min)
  }

  init(_ facts: IndexBuilder) {
    self.facts = facts
    order = Self.timeOrder(facts.events)
    siteOfPlace = Self.sites(facts.places)
    hubItems = (0..<UInt32(facts.items.count)).map { $0 }
    isVessel = [Bool](repeating: false, count: facts.items.count)
    hadContents = isVessel
    transformationHubs = [UInt32](repeating: none32, count: facts.transformations.count)
    findVessels()
    linkTransformations()
    replayContainment()
    findBounds()
    linkCarriers()
    linkVessels()
    linkSerials()
    markDeclaredInError()
  }

  private static func timeOrder(_ events: [EventRow]) -> [UInt32] {
    var order = (0..<UInt32(events.count)).map { $0 }
    events.withUnsafeBufferPointer { rows in
      order.sort { a, b in
        let (x, y) = (rows[Int(a)], rows[Int(b)])
        if x.microseconds != y.microseconds { return x.microseconds < y.microseconds }
        if x.contentKey != y.contentKey { return x.contentKey < y.contentKey }
        return x.identityKey < y.identityKey
      }
    }
    return order
  }

  private static func sites(_ places: KeyTable) -> [UInt32] {
    var result = (0..<UInt32(places.count)).map { $0 }
    var numbers: [ArraySlice<UInt8>: UInt32] = [:]
    for place in result {
      let uri = places.bytes(place)
      if IndexBuilder.siteURI(uri).count == uri.count { numbers[uri] = place }
    }
    // Where the GLN itself was never seen, the first of its sub-locations stands for it.
    for place in result {
      let site = IndexBuilder.siteURI(places.bytes(place))
      if let known = numbers[site] {
        result[Int(place)] = known
      } else {
        numbers[site] = place
      }
    }
    return result
  }

  func mentions(of event: UInt32) -> ArraySlice<MentionRow> {
    let row = facts.events[Int(event)]
    return facts.mentions[Int(row.mentionStart)..<Int(row.mentionStart + row.mentionCount)]
  }

  func span(_ event: UInt32) -> TimeSpan { facts.events[Int(event)].span }

  /// The site of an event; nil if it names none.
  func site(_ event: UInt32) -> UInt32? {
    let place = facts.events[Int(event)].place
    return place == none32 ? nil : siteOfPlace[Int(place)]
  }

  mutating func newHub(of item: UInt32) -> UInt32 {
    hubItems.append(item)
    return UInt32(hubItems.count - 1)
  }

  /// The hub of the transformation that an event belongs to.
  mutating func transformationHub(_ event: UInt32) -> UInt32 {
    let number = facts.events[Int(event)].transformation
    if number == none32 {
      if let hub = eventHubs[event] { return hub }
      let hub = newHub(of: none32)
      eventHubs[event] = hub
      return hub
    }
    if transformationHubs[Int(number)] == none32 {
      transformationHubs[Int(number)] = newHub(of: none32)
    }
    return transformationHubs[Int(number)]
  }

  /// Individual assets with class-level contents, and what is declared a vessel.
  private mutating func findVessels() {
    for uri in facts.options.vessels { declareVessel(uri) }
    for record in facts.masterData.values {
      if let value = record.first("vessel"), value != "false", value != "0" {
        declareVessel(record.identifier.uri)
      }
    }
    for event in facts.events where event.kind == EventKind.aggregation.rawValue {
      let range = Int(event.mentionStart)..<Int(event.mentionStart + event.mentionCount)
      let rows = facts.mentions[range]
      guard rows.contains(where: { $0.role == ItemRole.child.rawValue && $0.flags & 1 != 0 })
      else { continue }
      for row in rows where row.role == ItemRole.parent.rawValue {
        if facts.itemRows[Int(row.item)].kind == IdentifierKind.individualAsset.rawValue {
          isVessel[Int(row.item)] = true
        }
      }
    }
  }

  private mutating func declareVessel(_ uri: String) {
    var items = facts.items
    let number = items.number(uri.utf8)
    if Int(number) < isVessel.count { isVessel[Int(number)] = true }
  }

  /// Inputs → transformation → outputs.
  private mutating func linkTransformations() {
    for event in order where facts.events[Int(event)].kind == EventKind.transformation.rawValue {
      let hub = transformationHub(event)
      for mention in mentions(of: event) {
        if mention.role == ItemRole.input.rawValue {
          links.append(
            HubLink(
              from: mention.item, to: hub, fromEvent: event, toEvent: event, event: event))
        } else if mention.role == ItemRole.output.rawValue {
          links.append(
            HubLink(
              from: hub, to: mention.item, fromEvent: event, toEvent: event, event: event))
        }
      }
    }
  }

  /// Lot → serial, without a time.
  private mutating func linkSerials() {
    for (lot, serial, event) in facts.serials {
      links.append(
        HubLink(from: lot, to: serial, fromEvent: none32, toEvent: none32, event: event))
    }
  }

  private mutating func markDeclaredInError() {
    for index in links.indices {
      let event = links[index].event
      if event != none32, facts.events[Int(event)].declarationEntry != 0 {
        links[index].marks.insert(.declaredInError)
      }
    }
  }
}
