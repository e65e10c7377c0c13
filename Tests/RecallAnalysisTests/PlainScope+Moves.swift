import Traceability

extension PlainScope {
  /// A departure and an arrival that fit each other.
  private struct Fit: Hashable {
    var departure: Spot
    var arrival: Spot
    var tier: Int
    var isPossible: Bool
  }

  /// "A departure and an arrival at another place fit each other …"
  mutating func match(_ lot: Item) {
    let departures = uses.filter { item($0) == lot && isDeparture($0) }
    let arrivals = origins.filter { item($0) == lot && isArrival($0) }
    var fits: Set<Fit> = []
    for arrival in arrivals {
      guard let index = event(arrival) else { continue }
      for departure in departures where isElsewhere(departure, arrival) {
        guard let start = event(departure), let tier = tier(start, index) else { continue }
        fits.insert(
          Fit(
            departure: departure, arrival: arrival, tier: tier,
            isPossible: canPrecede(start, index)))
      }
    }
    // "1. by a unit: a portion leads to an arrival where its unit is there then, in doubt."
    var byUnit: Set<Spot> = []
    for arrival in arrivals {
      guard let index = event(arrival), let place = site(index) else { continue }
      for stay in portions(of: lot, at: place, index) {
        links.insert(Link(from: .portion(lot, stay), to: arrival, isDoubtful: true))
        byUnit.insert(arrival)
      }
    }
    // "Under 3 and 4 the departure must be able to precede the arrival."
    let sound = fits.filter { $0.tier == 2 || $0.isPossible }
    var linked = sound.filter { fit in
      let isFirstOfDeparture = !sound.contains {
        $0.departure == fit.departure && $0.tier < fit.tier
      }
      let isFirstOfArrival =
        !byUnit.contains(fit.arrival)
        && !sound.contains { $0.arrival == fit.arrival && $0.tier < fit.tier }
      return isFirstOfDeparture || isFirstOfArrival
    }
    // "An arrival that fits nothing is linked, in doubt, with the departures that fit it under 3 or
    // else 4 in impossible order."
    let fitting = byUnit.union(sound.map(\.arrival))
    linked.formUnion(
      fits.filter { fit in
        !fitting.contains(fit.arrival)
          && !fits.contains { $0.arrival == fit.arrival && $0.tier < fit.tier }
      })
    for fit in linked {
      links.insert(Link(from: fit.departure, to: fit.arrival, isDoubtful: !fit.isPossible))
    }
    let open = departures.subtracting(linked.map(\.departure))
    let strange = arrivals.subtracting(byUnit).subtracting(fits.map(\.arrival))
    var answered: Set<Spot> = []
    for arrival in strange { answered.formUnion(assume(lot, arrival, from: open)) }
    for departure in open.subtracting(answered) { presume(lot, departure) }
    linkLateReceipts(lot, arrivals)
  }

  private func isDeparture(_ spot: Spot) -> Bool {
    if case .use(_, .departed, _) = spot { return true }
    return false
  }

  private func isArrival(_ spot: Spot) -> Bool {
    switch spot {
    case .origin(_, .received, _), .origin(_, .appeared, _): true
    default: false
    }
  }

  private func isElsewhere(_ departure: Spot, _ arrival: Spot) -> Bool {
    guard let a = event(departure), let b = event(arrival), a != b else { return false }
    return site(a) == nil || site(b) == nil || site(a) != site(b)
  }

  /// "2. by papers; 3. by the receiver; 4. by the shipper."
  private func tier(_ departure: Int, _ arrival: Int) -> Int? {
    let (sent, taken) = (model.facts[departure].links, model.facts[arrival].links)
    func papers(_ links: Links) -> [String] {
      links.bizTransactions.filter { ["desadv", "bol"].contains($0.type) }.map(\.identifier.uri)
    }
    func names(_ references: [TypedReference], _ place: String?) -> Bool {
      references.contains { isSame($0.identifier.uri, place ?? "") }
    }
    func share(_ a: [TypedReference], _ b: [TypedReference]) -> Bool {
      a.contains { names(b, $0.identifier.uri) }
    }
    if papers(sent).contains(where: papers(taken).contains) { return 2 }
    if names(sent.destinations, site(arrival)) || share(sent.destinations, taken.destinations) {
      return 3
    }
    if names(taken.sources, site(departure)) || share(taken.sources, sent.sources) { return 4 }
    return nil
  }

  /// "Sites, their parts and parties are the same here if their GLN is."
  func isSame(_ a: String, _ b: String) -> Bool {
    func gln(_ uri: String) -> String {
      let parts = uri.split(separator: "/").map(String.init)
      guard parts.count > 3, parts[1] == "id.gs1.org", ["414", "417"].contains(parts[2]) else {
        return uri
      }
      return parts[3]
    }
    return gln(a) == gln(b)
  }

  /// "Linked, assumed, with all departures elsewhere that fit nothing and can precede it; if there are
  /// none, with the origins at other or unknown places and the portions whose first event can precede
  /// it." Returns the departures.
  private mutating func assume(_ lot: Item, _ arrival: Spot, from open: Set<Spot>) -> Set<Spot> {
    guard let index = event(arrival) else { return [] }
    func precedes(_ spot: Spot) -> Bool { event(spot).map { canPrecede($0, index) } ?? false }
    let departures = open.filter { isElsewhere($0, arrival) && precedes($0) }
    for departure in departures {
      links.insert(Link(from: departure, to: arrival, isAssumed: true))
    }
    guard departures.isEmpty else { return departures }
    let leavings = leavings(of: lot)
    let others = origins.filter { item($0) == lot && $0 != arrival }
    for origin in others where precedes(origin) && !hasLeft(origin, before: index, leavings) {
      let place = event(origin).flatMap { site($0) }
      if place == nil || place != site(index) {
        links.insert(Link(from: origin, to: arrival, isAssumed: true))
      }
    }
    for (position, stay) in model.stays.enumerated()
    where stay.child == lot && stay.entry != index && canPrecede(stay.entry, index) {
      links.insert(Link(from: .portion(lot, position), to: arrival, isAssumed: true))
    }
    // "If no origin that is made or drawn can precede it, all that are lead to it too."
    let sources = others.filter(isSource)
    if !sources.contains(where: precedes) {
      for source in sources {
        links.insert(Link(from: source, to: arrival, isDoubtful: true, isAssumed: true))
      }
    }
    return []
  }

  /// "Presumed at destination"; without one, its whereabouts are unknown.
  private mutating func presume(_ lot: Item, _ departure: Spot) {
    guard let index = event(departure) else { return }
    let references = model.facts[index].links.destinations
    guard !references.isEmpty else {
      lost.insert(departure)
      return
    }
    destinations[.presumed(lot, index)] = references
    links.insert(Link(from: departure, to: .presumed(lot, index)))
  }

  /// "A receipt leads to what appeared at the same site before it, in doubt."
  private mutating func linkLateReceipts(_ lot: Item, _ arrivals: Set<Spot>) {
    for late in arrivals {
      guard case .origin(_, .received, let receipt) = late, let place = site(receipt) else {
        continue
      }
      for arrival in arrivals {
        guard case .origin(_, .appeared, let index) = arrival, site(index) == place,
          !canPrecede(receipt, index)
        else { continue }
        links.insert(Link(from: late, to: arrival, isDoubtful: true))
      }
    }
  }
}
