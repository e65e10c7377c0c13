public import LedgerIndex
import ProvenanceGraph
import Traceability

/// Puts names, quantities, sites and parties to a trace.
public struct AnswerBuilder {
  private let index: LedgerIndex
  private let history: any History
  private var trace: Trace
  private var certain: Set<ItemNumber> = []
  private var links: [EventNumber: Links] = [:]
  private var scope: Scope
  /// How sure the refined answer is of an item at a site.
  private var refined: [Place: ScopeCertainty] = [:]
  /// The units that it says a lot was inside of.
  private var portions: [ItemNumber: [(unit: ItemNumber, certainty: ScopeCertainty)]] = [:]

  private struct Place: Hashable {
    var item: ItemNumber
    var site: PlaceNumber
  }

  /// A builder for the answer to a trace over the same index.
  public init(_ trace: Trace, index: LedgerIndex, history: any History) {
    self.trace = trace
    self.index = index
    self.history = history
    scope = Scope(direction: trace.direction)
  }

  /// The answer.
  /// - Throws: what the history throws.
  /// - Complexity: O(events of the answer), one read each.
  public func build() throws -> TraceAnswer {
    var copy = self
    return try copy.answer()
  }

  private mutating func answer() throws -> TraceAnswer {
    for event in trace.pathEvents + trace.mentionEvents { try read(event) }
    for item in trace.items {
      for event in index.timeline(of: item.item) where links[event] == nil {
        // Of a unit, events outside the answer can be many; only lots have amounts.
        if index.mentions(of: event).contains(where: { $0.item == item.item && $0.isClassLevel }) {
          try read(event)
        }
      }
    }
    certain = Set(trace.items.filter(\.isCertain).map(\.item))
    refine()
    var answer = TraceAnswer(direction: trace.direction)
    answer.seeds = trace.seeds.map(index.uri)
    answer.items = trace.items.map(item)
    answer.events = events()
    answer.sites = sites()
    answer.parties = parties()
    answer.refinedHoldings = refinedHoldings()
    answer.openShipments = openShipments()
    answer.uncertain = doubts()
    answer.excluded = ExclusionFinder(index: index, trace: trace).exclusions()
    answer.cut = index.cutEntries().map { cut in
      TraceAnswer.Cut(
        entry: cut.entry, kind: cut.kind == .event ? "event" : "capture", time: cut.time,
        capture: cut.capture, reason: cut.cause?.reason,
        redaction: cut.cause?.entry, redactionTime: cut.cause?.time)
    }
    return answer
  }

  private mutating func read(_ event: EventNumber) throws {
    links[event] = try history.links(at: index.event(event).entry)
  }

  private func eventID(_ event: EventNumber) -> String {
    if let id = links[event]?.eventID, !id.isEmpty { return id }
    return "entry:\(index.event(event).entry)"
  }

  private func item(_ traced: TracedItem) -> TraceAnswer.Item {
    let uri = index.uri(of: traced.item)
    return TraceAnswer.Item(
      id: uri, kind: index.kind(of: traced.item), isVessel: index.isVessel(traced.item),
      product: index.productName(of: uri), depth: traced.depth, isCertain: traced.isCertain,
      reasons: traced.reasons, via: traced.via.map { index.uri(of: $0.from) },
      viaEvent: traced.via?.event.map(eventID), quantities: quantities(traced.item),
      refined: scope.items[traced.item],
      separatedBy: ScopeReason.allCases.filter {
        scope.separated[traced.item]?.contains($0) ?? false
      })
  }

  /// What came into being, by unit of measure; else the first amount on record.
  private func quantities(_ item: ItemNumber) -> [Quantity] {
    var made: [String?: DecimalNumber] = [:]
    var order: [String?] = []
    var first: Quantity?
    for event in index.timeline(of: item) {
      let indexed = index.event(event)
      for (number, mention) in index.mentions(of: event).enumerated()
      where mention.item == item {
        guard let quantity = links[event]?.quantity(ofMention: number) else { continue }
        if first == nil { first = quantity }
        let isOrigin =
          mention.role == .output || (indexed.kind == .object && indexed.action == .add)
        guard isOrigin else { continue }
        if let known = made[quantity.unit] {
          made[quantity.unit] = known.adding(quantity.value)
        } else {
          made[quantity.unit] = quantity.value
          order.append(quantity.unit)
        }
      }
    }
    if order.isEmpty { return first.map { [$0] } ?? [] }
    return order.compactMap { unit in made[unit].map { Quantity(value: $0, unit: unit) } }
  }

  private func events() -> [TraceAnswer.Event] {
    let path = Set(trace.pathEvents)
    return path.union(trace.mentionEvents).sorted().map { event in
      let indexed = index.event(event)
      return TraceAnswer.Event(
        eventID: eventID(event), entry: indexed.entry, isPath: path.contains(event),
        kind: indexed.kind, action: indexed.action, bizStep: index.bizStep(of: event),
        time: indexed.time, site: indexed.place.map(index.uri),
        isDeclaredInError: indexed.declarationEntry != nil)
    }
  }

  private func sites() -> [TraceAnswer.Site] {
    let reached = Set(trace.items.map(\.item))
    var sites: [PlaceNumber: TraceAnswer.Site] = [:]
    var holdings: [PlaceNumber: [ItemNumber: TraceAnswer.Holding]] = [:]
    for event in trace.pathEvents {
      let indexed = index.event(event)
      guard let place = indexed.place else { continue }
      if sites[place] == nil {
        let uri = index.uri(of: place)
        let record =
          index.masterData(of: uri) ?? index.masterData(of: index.uri(of: index.site(of: place)))
        sites[place] = TraceAnswer.Site(
          id: uri, name: record?.displayName, address: record?.address, first: indexed.time,
          last: indexed.time, holdings: [])
      }
      sites[place]?.last = indexed.time
      for (number, mention) in index.mentions(of: event).enumerated()
      where reached.contains(mention.item) {
        holdings[place, default: [:]][mention.item] = TraceAnswer.Holding(
          item: index.uri(of: mention.item), role: mention.role, action: indexed.action,
          bizStep: index.bizStep(of: event), time: indexed.time,
          quantity: links[event]?.quantity(ofMention: number),
          isCertain: certain.contains(mention.item),
          refined: certainty(of: mention.item, at: index.site(of: place)))
      }
    }
    return trace.places.compactMap { place in
      var site = sites[place]
      site?.holdings = (holdings[place] ?? [:]).values.sorted {
        $0.item.utf8.lexicographicallyPrecedes($1.item.utf8)
      }
      return site
    }
  }

  // MARK: The refined answer

  private mutating func refine() {
    scope = ScopeTracer(index, links: links).scope(of: trace)
    for holding in scope.holdings {
      switch holding.place {
      case .site(let site):
        refined[Place(item: holding.item, site: site)] = holding.certainty
      case .unit(let unit):
        portions[holding.item, default: []].append((unit, holding.certainty))
      case .unknown: break
      }
    }
  }

  /// How sure the refined answer is of an item at a site, by itself or inside a unit that is there.
  private func certainty(of item: ItemNumber, at site: PlaceNumber) -> ScopeCertainty? {
    if let own = refined[Place(item: item, site: site)] { return own }
    return portions[item]?.compactMap { unit, certainty in
      refined[Place(item: unit, site: site)].map { max($0, certainty) }
    }.min()
  }

  private func refinedHoldings() -> [TraceAnswer.RefinedHolding] {
    var order: [ItemNumber: Int] = [:]
    for (position, traced) in trace.items.enumerated() { order[traced.item] = position }
    let rows = scope.holdings.map { holding in
      var place: String?
      var isUnit = false
      switch holding.place {
      case .site(let site): place = index.siteURI(of: site)
      case .unit(let unit): (place, isUnit) = (index.uri(of: unit), true)
      case .unknown: break
      }
      let row = TraceAnswer.RefinedHolding(
        item: index.uri(of: holding.item), place: place, isUnit: isUnit,
        time: EventTime(
          microseconds: holding.time, offsetMinutes: 0, precision: .instant),
        certainty: holding.certainty)
      return (order: order[holding.item] ?? 0, row: row)
    }
    return rows.sorted { a, b in
      if a.order != b.order { return a.order < b.order }
      if a.row.isUnit != b.row.isUnit { return b.row.isUnit }
      return (a.row.place ?? "").utf8.lexicographicallyPrecedes((b.row.place ?? "").utf8)
    }.map(\.row)
  }

  private func openShipments() -> [TraceAnswer.Shipment] {
    let rows = scope.openShipments.map { shipment in
      let indexed = index.event(shipment.event)
      return TraceAnswer.Shipment(
        item: index.uri(of: shipment.item), eventID: eventID(shipment.event), time: indexed.time,
        site: indexed.place.map(index.uri), destination: shipment.destination,
        destinationName: shipment.destination.flatMap { index.masterData(of: $0)?.displayName })
    }
    return rows.sorted { a, b in
      if a.time.microseconds != b.time.microseconds {
        return a.time.microseconds < b.time.microseconds
      }
      if a.item != b.item { return a.item.utf8.lexicographicallyPrecedes(b.item.utf8) }
      return a.eventID.utf8.lexicographicallyPrecedes(b.eventID.utf8)
    }
  }

  private func parties() -> [TraceAnswer.Party] {
    var roles: [String: Set<String>] = [:]
    for event in trace.pathEvents {
      guard let links = links[event] else { continue }
      for reference in links.sources + links.destinations
      where reference.type.hasSuffix("party") || reference.identifier.kind == .party {
        roles[reference.identifier.uri, default: []].insert(reference.type)
      }
    }
    return roles.keys.sorted().map { uri in
      TraceAnswer.Party(
        id: uri, name: index.masterData(of: uri)?.displayName, roles: (roles[uri] ?? []).sorted())
    }
  }

  private func doubts() -> [TraceAnswer.Doubt] {
    trace.items.flatMap { traced in
      traced.reasons.map { reason in
        TraceAnswer.Doubt(
          item: index.uri(of: traced.item), reason: reason.rawValue,
          event: traced.via?.event.map(eventID), explanation: reason.explanation)
      }
    }
  }
}

extension MasterDataRecord {
  /// The address in one line.
  var address: String? {
    let parts = [
      first("streetaddressone", "streetaddress"), first("postalcode"), first("city"),
      first("countrycode", "country"),
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
