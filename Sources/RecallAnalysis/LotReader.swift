import LedgerIndex
import ProvenanceGraph
import Traceability

/// Reads the life of a lot out of its events.
struct LotReader {
  let index: LedgerIndex
  /// The links of events, for amounts, documents and parties.
  let links: [EventNumber: Links]
  var life: LotLife
  /// Events that say that the lot was at a place, in order of written time.
  var appearances: [EventNumber] = []
  /// Destroyed on record, with how much.
  var ends: [(event: EventNumber, amount: Quantity?)] = []
  var departures: [EventNumber] = []
  var voids: [EventNumber] = []
  let stays: [Stay]

  /// Steps by which goods leave a place, come to one, or did not leave after all.
  static let departing: Set<String> = ["shipping", "departing"]
  static let arriving: Set<String> = ["receiving", "arriving"]
  static let voiding = "void_shipping"
  /// Beyond so many pairs of origins and uses at one place, what left it is not told apart.
  static let maximumPairs = 1 << 18

  init(_ item: ItemNumber, index: LedgerIndex, links: [EventNumber: Links]) {
    self.index = index
    self.links = links
    life = LotLife(item)
    stays = index.stays(of: item)
  }

  /// The life of the lot.
  /// - Complexity: O(n log n) in its events and those of the units around it, and the pairs of
  ///   departures and arrivals, and of origins and uses at places that it left on record.
  mutating func read() -> LotLife {
    readEdges()
    readPortions()
    readEvents()
    readDepartures()
    addAppearances()
    findLeavings()
    var moves = LotMoves(index: index, links: links, life: life)
    moves.match()
    life = moves.life
    life.out = Array(repeating: [], count: life.whole + 1)
    life.into = life.out
    for link in moves.found { life.link(link.from, link.to, link.marks) }
    joinPlaces()
    joinPortions()
    for node in 0..<life.whole { life.link(node, life.whole) }
    life.attachEdges(index)
    return life
  }

  // MARK: Events

  private mutating func readEdges() {
    let own = index.nodes(of: life.item)
    for node in own {
      for slot in index.graph.slots(of: node, .forward) {
        let edge = index.graph.edge(in: slot, of: node, .forward)
        if edge.event != GraphEdge.noEvent, !own.contains(edge.to) { life.edgesOut.append(edge) }
      }
      for slot in index.graph.slots(of: node, .backward) {
        let edge = index.graph.edge(in: slot, of: node, .backward)
        if edge.event != GraphEdge.noEvent, !own.contains(edge.from) { life.edgesIn.append(edge) }
      }
    }
  }

  private mutating func readPortions() {
    for stay in stays {
      let isPacked = !stay.isStartUnknown && !index.isInError(stay.start)
      life.portions.append(
        LotLife.Portion(
          stay: stay, isPacked: isPacked, packingPlace: index.site(ofEvent: stay.start),
          sightings: Self.sightings(of: stay, index)))
    }
  }

  /// Where a unit was seen during a stay, itself or a unit that it was inside of, through any depth.
  static func sightings(of stay: Stay, _ index: LedgerIndex) -> [Sighting] {
    var result: [Sighting] = []
    var pending = [(unit: stay.unit, span: stay.span)]
    var seen: Set<EventNumber> = []
    var units: Set<ItemNumber> = [stay.unit]
    while let (unit, span) = pending.popLast() {
      for event in index.timeline(of: unit, within: span) where seen.insert(event).inserted {
        guard !index.isInError(event), index.event(event).kind != .association,
          let place = index.site(ofEvent: event)
        else { continue }
        result.append(Sighting(place: place, span: index.span(of: event)))
      }
      for outer in index.stays(of: unit) {
        let common = TimeSpan(
          earliest: max(span.earliest, outer.span.earliest),
          latest: min(span.latest, outer.span.latest))
        if common.earliest <= common.latest, units.insert(outer.unit).inserted {
          pending.append((outer.unit, common))
        }
      }
    }
    return result
  }

  private mutating func readEvents() {
    var events = index.timeline(of: life.item)
    // What is unpacked as a whole need not be named.
    let named = Set(events)
    for end in Set(stays.compactMap(\.end)).subtracting(named) where isUnpacking(end) {
      events.append(end)
    }
    for event in events where !index.isInError(event) {
      let indexed = index.event(event)
      guard indexed.kind != .association else { continue }
      let mentions = index.mentions(of: event)
      let own = mentions.filter { $0.item == life.item }
      let parent = mentions.first { $0.role == .parent }?.item
      if own.isEmpty { addOrigin(.unpacked, event, nil) }
      var roles: Set<ItemRole> = []
      for mention in own where roles.insert(mention.role).inserted {
        read(event, indexed, mention.role, parent: parent, others: mentions)
      }
    }
    for (number, portion) in life.portions.enumerated() where portion.isPacked {
      addUse(.packed(number), portion.stay.start, amount(portion.stay.start, .child))
    }
    appearances.sort()
  }

  private func isUnpacking(_ event: EventNumber) -> Bool {
    let indexed = index.event(event)
    return indexed.kind == .aggregation && indexed.action == .delete
  }

  private mutating func read(
    _ event: EventNumber, _ indexed: IndexedEvent, _ role: ItemRole, parent: ItemNumber?,
    others: [IndexedMention]
  ) {
    let amount = amount(event, role)
    switch role {
    case .output: addOrigin(.made, event, amount)
    case .input: addUse(.input, event, amount)
    case .child:
      guard indexed.kind == .aggregation, let parent else { return appearances.append(event) }
      if index.isVessel(parent) {
        if indexed.action == .delete {
          addOrigin(.drawn, event, amount)
        } else {
          addUse(.entered, event, amount)
        }
      } else if indexed.action == .delete {
        addOrigin(.unpacked, event, amount)
      }
    case .parent: appearances.append(event)
    case .object:
      guard !isInside(event, others) else { return }
      let step = index.bizStep(of: event)
      if indexed.kind == .object, indexed.action == .add {
        addOrigin(.commissioned, event, amount)
      } else if Self.arriving.contains(step) {
        addOrigin(.received, event, amount)
      } else if Self.departing.contains(step) {
        departures.append(event)
      } else if step == Self.voiding {
        voids.append(event)
      } else {
        appearances.append(event)
      }
      if indexed.kind == .object, indexed.action == .delete { ends.append((event, amount)) }
    }
  }

  /// Whether an event that names the lot also names a unit that it is inside of then: it speaks of
  /// that portion.
  private func isInside(_ event: EventNumber, _ mentions: [IndexedMention]) -> Bool {
    guard !stays.isEmpty else { return false }
    let span = index.span(of: event)
    return stays.contains { stay in
      stay.span.earliest <= span.latest && span.earliest <= stay.span.latest
        && mentions.contains { $0.item == stay.unit }
    }
  }

  mutating func addOrigin(
    _ kind: LotLife.Origin.Kind, _ event: EventNumber, _ amount: Quantity?
  ) {
    life.origins.append(
      LotLife.Origin(
        kind: kind, event: event, place: index.site(ofEvent: event), span: index.span(of: event),
        amount: amount))
  }

  private mutating func addUse(
    _ kind: LotLife.Use.Kind, _ event: EventNumber, _ amount: Quantity?
  ) {
    life.uses.append(
      LotLife.Use(
        kind: kind, event: event, place: index.site(ofEvent: event), span: index.span(of: event),
        amount: amount))
    appearances.append(event)
  }

  /// How much of the lot an event is about; nil if it does not say, or in several units of measure.
  func amount(_ event: EventNumber, _ role: ItemRole) -> Quantity? {
    guard let links = links[event] else { return nil }
    var sum: Quantity?
    for (number, mention) in index.mentions(of: event).enumerated()
    where mention.item == life.item && mention.role == role {
      guard let quantity = links.quantity(ofMention: number) else { return nil }
      guard let known = sum else {
        sum = quantity
        continue
      }
      guard known.unit == quantity.unit else { return nil }
      sum = Quantity(value: known.value.adding(quantity.value), unit: known.unit)
    }
    return sum
  }

  // MARK: Departures that were voided

  /// A voided departure is the one that shares a document, else the last before.
  private mutating func readDepartures() {
    departures.sort()
    for void in voids.sorted() {
      let place = index.site(ofEvent: void)
      let candidates = departures.indices.filter {
        index.site(ofEvent: departures[$0]) == place
          && index.span(of: departures[$0]).canPrecede(index.span(of: void))
      }
      let documents = Set(links[void]?.bizTransactions.map(\.identifier.uri) ?? [])
      let shared = candidates.filter {
        links[departures[$0]]?.bizTransactions.contains {
          documents.contains($0.identifier.uri)
        } ?? false
      }
      if let last = shared.last ?? candidates.last {
        appearances.append(departures.remove(at: last))
      }
      appearances.append(void)
    }
    for event in departures { addUse(.departed, event, amount(event, .object)) }
    appearances.sort()
  }
}
