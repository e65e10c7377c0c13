import Traceability

extension PlainScope {
  /// "Origins are the events by which a lot came to a place", "uses those by which it left a place or
  /// went into something", "sightings" all that say that it was there.
  mutating func findOrigins(_ lot: Item) {
    var sightings: [Int] = []
    var departures: [Int] = []
    var voids: [Int] = []
    for index in model.facts.indices where !isError(index) {
      let fact = model.facts[index]
      guard fact.links.kind != .association else { continue }
      // "Taken out of a unit by a DELETE that names it or ends its stay."
      let isDelete = fact.links.kind == .aggregation && fact.links.action == .delete
      let isOfVessel = fact.parent.map { model.vessels.contains($0) } ?? false
      let endsStay = model.stays.contains { $0.child == lot && $0.exit == index }
      if isDelete, fact.parent != nil, !isOfVessel,
        fact.children.contains(lot) || (endsStay && !fact.names(lot))
      {
        origins.insert(.origin(lot, .unpacked, index))
      }
      for role in Set(fact.mentions.filter { $0.item == lot }.map(\.role)) {
        switch role {
        case .output: origins.insert(.origin(lot, .made, index))
        case .input:
          uses.insert(.use(lot, .input, index))
          sightings.append(index)
        case .parent: sightings.append(index)
        case .child:
          if fact.links.kind != .aggregation || fact.parent == nil {
            sightings.append(index)
          } else if isOfVessel, isDelete {
            origins.insert(.origin(lot, .drawn, index))
          } else if isOfVessel {
            uses.insert(.use(lot, .entered, index))
            sightings.append(index)
          }
        case .object:
          if speaksOfPortion(lot, index) { continue }
          if fact.links.kind == .object, fact.links.action == .add {
            origins.insert(.origin(lot, .commissioned, index))
          } else if ["receiving", "arriving"].contains(fact.links.bizStep) {
            origins.insert(.origin(lot, .received, index))
          } else if ["shipping", "departing"].contains(fact.links.bizStep) {
            departures.append(index)
          } else {
            sightings.append(index)
            if fact.links.bizStep == "void_shipping" { voids.append(index) }
          }
        }
      }
    }
    for stay in model.stays.indices where model.stays[stay].child == lot && isSeenPacking(stay) {
      uses.insert(.use(lot, .packed(stay), model.stays[stay].entry))
      sightings.append(model.stays[stay].entry)
    }
    for void in voids {
      if let voided = voided(by: void, departures) { departures.removeAll { $0 == voided } }
    }
    for departure in departures { uses.insert(.use(lot, .departed, departure)) }
    // What is voided is a sighting as departures are.
    for index in model.facts.indices where !isError(index) {
      let fact = model.facts[index]
      if fact.mentions.contains(where: { $0.item == lot && $0.role == .object }),
        ["shipping", "departing"].contains(fact.links.bizStep), fact.links.kind != .association,
        !(fact.links.kind == .object && fact.links.action == .add),
        !speaksOfPortion(lot, index)
      {
        sightings.append(index)
      }
    }
    findAppearances(lot, Set(sightings).sorted())
  }

  /// "An event that names the lot as an object, and a unit that it can be inside of then."
  private func speaksOfPortion(_ lot: Item, _ index: Int) -> Bool {
    model.stays.contains {
      $0.child == lot && $0.window.overlaps(span(index)) && model.facts[index].names($0.unit)
    }
  }

  /// "One departure of the lot from that place which can precede it: the last of those that share a
  /// business transaction with it, else the last."
  private func voided(by void: Int, _ departures: [Int]) -> Int? {
    let before = departures.filter { site($0) == site(void) && canPrecede($0, void) }
    let sharing = before.filter { departure in
      model.facts[departure].links.bizTransactions.contains { a in
        model.facts[void].links.bizTransactions.contains { $0.identifier.uri == a.identifier.uri }
      }
    }
    return sharing.max() ?? before.max()
  }

  /// "A sighting at a site that no origin there or at an unknown place can precede, and with no unit
  /// there that can hold the lot, is an origin itself, for those written later, too."
  private mutating func findAppearances(_ lot: Item, _ sightings: [Int]) {
    for index in sightings {
      guard let place = site(index) else { continue }
      let isExplained = origins.contains {
        item($0) == lot && event($0).map { isAt($0, place) && canPrecede($0, index) } ?? false
      }
      if !isExplained, portions(of: lot, at: place, index).isEmpty {
        origins.insert(.origin(lot, .appeared, index))
      }
    }
    for index in sightings where site(index) == nil {
      let isExplained = origins.contains {
        item($0) == lot && event($0).map { canPrecede($0, index) } ?? false
      }
      if !isExplained { origins.insert(.origin(lot, .appeared, index)) }
    }
  }

  private func isAt(_ index: Int, _ place: String) -> Bool {
    site(index) == place || site(index) == nil
  }

  /// "A unit is there at a time if it was seen at that site (by an event of its own or of a unit
  /// around it, during the stay) by an event that can precede the time, and not certainly elsewhere
  /// between, and the stay did not end certainly before."
  func portions(of lot: Item, at place: String, _ index: Int) -> [Int] {
    model.stays.indices.filter { position in
      let stay = model.stays[position]
      guard stay.child == lot, stay.window.to >= span(index).earliest else { return false }
      let seen = eventsAround(stay)
      return seen.contains { here in
        site(here) == place && canPrecede(here, index)
          && hasCome(here, seen, position)
          && !seen.contains {
            site($0) != place && isCertainlyBefore(here, $0) && isCertainlyBefore($0, index)
          }
      }
    }
  }

  /// "Where it was packed on record, it is not for that: it must have been elsewhere before."
  private func hasCome(_ here: Int, _ seen: Set<Int>, _ stay: Int) -> Bool {
    guard isSeenPacking(stay), site(model.stays[stay].entry) == site(here) else { return true }
    return seen.contains { site($0) != site(here) && canPrecede($0, here) }
  }

  /// Events with a site of a unit and those around it, while they are.
  func eventsAround(_ stay: PlainModel.Stay) -> Set<Int> {
    var result: Set<Int> = []
    var open = [(stay.unit, stay.window)]
    var seen: Set<[Window]> = []
    while let (unit, window) = open.popLast() {
      guard seen.insert([Window(from: Int64(unit), to: 0), window]).inserted else { continue }
      for index in model.facts.indices
      where model.facts[index].names(unit) && window.overlaps(span(index)) && !isError(index)
        && site(index) != nil && model.facts[index].links.kind != .association
      {
        result.insert(index)
      }
      for outer in model.stays where outer.child == unit {
        if let common = window.common(outer.window) { open.append((outer.unit, common)) }
      }
    }
    return result
  }

  // MARK: Joins

  /// "A use is joined with the origins at its place or at an unknown one that can precede it."
  mutating func joinAtPlaces(_ lot: Item) {
    let leavings = leavings(of: lot)
    for use in uses where item(use) == lot {
      guard let index = event(use) else { continue }
      let before = origins.filter { origin in
        guard item(origin) == lot, let start = event(origin) else { return false }
        return (site(index) == nil || isAt(start, site(index) ?? "")) && canPrecede(start, index)
      }
      // "An origin does not count if the lot certainly left its site between the two, unless that is
      // so of all of them."
      let still = before.filter { !hasLeft($0, before: index, leavings) }
      for origin in still.isEmpty ? before : still {
        let isUnknown = (event(origin).flatMap { site($0) } == nil) != (site(index) == nil)
        links.insert(
          Link(from: origin, to: use, isDoubtful: still.isEmpty, isAssumed: isUnknown))
      }
      if let place = site(index) {
        for stay in portions(of: lot, at: place, index) {
          links.insert(Link(from: .portion(lot, stay), to: use, isDoubtful: true))
        }
        for (spot, references) in destinations where item(spot) == lot {
          guard case .presumed(_, let departure) = spot, canPrecede(departure, index),
            references.contains(where: { isSame($0.identifier.uri, place) })
          else { continue }
          links.insert(Link(from: spot, to: use, isAssumed: true))
        }
      } else {
        for (position, stay) in model.stays.enumerated()
        where stay.child == lot && canPrecede(stay.entry, index)
          && stay.window.to >= span(index).earliest
        {
          links.insert(Link(from: .portion(lot, position), to: use, isAssumed: true))
        }
      }
    }
  }

  func hasLeft(_ origin: Spot, before index: Int, _ leavings: [String: [Int]]) -> Bool {
    guard let start = event(origin), let place = site(start) else { return false }
    return (leavings[place] ?? []).contains {
      isCertainlyBefore(start, $0) && isCertainlyBefore($0, index)
    }
  }

  /// "A lot leaves a site by an ObjectEvent DELETE without an amount, and when what went from there
  /// since it left last reaches what came."
  func leavings(of lot: Item) -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    for place in Set(model.facts.compactMap(\.site)) {
      var came: [Quantity?] = []
      var went: [Quantity?] = []
      for index in model.facts.indices where site(index) == place {
        let coming = origins.filter { item($0) == lot && event($0) == index }
        for origin in coming { came.append(amount(origin)) }
        let going = uses.filter { item($0) == lot && event($0) == index }
        // What an event says of the lot in one role counts once.
        var outs = Dictionary(grouping: going) { role(of: $0) }.values.map { amount($0[0]) }
        let isEnd = isDestruction(of: lot, index)
        let isDeparture = going.contains(.use(lot, .departed, index))
        if isEnd, !isDeparture, let end = amount(lot, index, [.object]) { outs.append(end) }
        for out in outs {
          went.append(out)
          if isUsedUp(came, went) {
            result[place, default: []].append(index)
            (came, went) = ([], [])
          }
        }
        if isEnd, !isDeparture, amount(lot, index, [.object]) == nil {
          result[place, default: []].append(index)
          (came, went) = ([], [])
        }
      }
    }
    return result
  }

  private func role(of use: Spot) -> ItemRole {
    switch use {
    case .use(_, .input, _): .input
    case .use(_, .departed, _): .object
    default: .child
    }
  }

  private func isDestruction(of lot: Item, _ index: Int) -> Bool {
    let fact = model.facts[index]
    return !isError(index) && fact.links.kind == .object && fact.links.action == .delete
      && fact.mentions.contains { $0.item == lot && $0.role == .object }
      && !speaksOfPortion(lot, index)
  }

  private func isUsedUp(_ came: [Quantity?], _ went: [Quantity?]) -> Bool {
    let all = (came + went).compactMap { $0 }
    guard !came.isEmpty, all.count == came.count + went.count,
      Set(all.map { $0.unit ?? "" }).count == 1
    else { return false }
    func sum(_ list: [Quantity?]) -> Double {
      list.reduce(0) { $0 + ($1?.value.approximate ?? 0) }
    }
    return sum(went) >= sum(came)
  }

  func amount(_ spot: Spot) -> Quantity? {
    switch spot {
    case .origin(let lot, .made, let event): amount(lot, event, [.output])
    case .origin(let lot, .drawn, let event), .origin(let lot, .unpacked, let event):
      amount(lot, event, [.child])
    case .origin(let lot, .commissioned, let event), .origin(let lot, .received, let event):
      amount(lot, event, [.object])
    case .origin(let lot, .appeared, let event):
      amount(lot, event, [.object, .child, .parent, .input, .output])
    case .use(let lot, .input, let event): amount(lot, event, [.input])
    case .use(let lot, .departed, let event): amount(lot, event, [.object])
    case .use(let lot, _, let event): amount(lot, event, [.child])
    default: nil
    }
  }

  /// The sum of what an event says of a lot, where it says it everywhere and in one measure and role.
  private func amount(_ lot: Item, _ index: Int, _ roles: Set<ItemRole>) -> Quantity? {
    let own = model.facts[index].mentions.filter { $0.item == lot && roles.contains($0.role) }
    let known = own.compactMap(\.quantity)
    guard let first = known.first, known.count == own.count, Set(own.map(\.role)).count == 1,
      known.allSatisfy({ $0.unit == first.unit })
    else { return nil }
    let sum = known.dropFirst().reduce(first.value) { $0.adding($1.value) }
    return Quantity(value: sum, unit: first.unit)
  }

  // MARK: Units

  /// "A packing leads to its portion; the portion to every DELETE from that unit, during the stay,
  /// that unpacks the lot."
  mutating func joinPortions(_ lot: Item) {
    for (position, stay) in model.stays.enumerated() where stay.child == lot {
      let portion = Spot.portion(lot, position)
      if isSeenPacking(position) {
        links.insert(Link(from: .use(lot, .packed(position), stay.entry), to: portion))
      } else {
        joinUnseenPacking(lot, portion, stay)
      }
      for origin in origins {
        guard case .origin(lot, .unpacked, let index) = origin,
          model.facts[index].parent == stay.unit, stay.window.overlaps(span(index))
        else { continue }
        links.insert(Link(from: portion, to: origin))
      }
    }
  }

  /// "A stay begun unseen is led to by all origins that can precede the event that shows it, and by
  /// all portions in other units whose first event can, assumed; and, where none that is made or
  /// drawn can, by all that are made or drawn, in doubt and assumed."
  private mutating func joinUnseenPacking(_ lot: Item, _ portion: Spot, _ stay: PlainModel.Stay) {
    let own = origins.filter { item($0) == lot }
    let before = own.filter { event($0).map { canPrecede($0, stay.entry) } ?? false }
    for origin in before { links.insert(Link(from: origin, to: portion, isAssumed: true)) }
    if !before.contains(where: isSource) {
      for origin in own where isSource(origin) {
        links.insert(Link(from: origin, to: portion, isDoubtful: true, isAssumed: true))
      }
    }
    for (position, other) in model.stays.enumerated()
    where other.child == lot && other.unit != stay.unit && canPrecede(other.entry, stay.entry) {
      links.insert(Link(from: .portion(lot, position), to: portion, isAssumed: true))
    }
  }

  func isSource(_ spot: Spot) -> Bool {
    switch spot {
    case .origin(_, .made, _), .origin(_, .drawn, _): true
    default: false
    }
  }
}
