import Traceability

extension PlainScope {
  /// The refined answer to a question.
  func trace(_ direction: ModelDirection, from seeds: [Identifier]) -> ModelScope {
    let answer = model.trace(direction, from: seeds)
    let asked = Set(seeds.compactMap { model.numbers[$0.uri] })
    var starts: Set<Spot> = []
    for seed in asked {
      if isLot(seed) {
        starts.formUnion(spots(of: seed))
      } else {
        starts.insert(.plain(.seed(seed)))
      }
      for node in model.nodes where node.item == seed && model.isStart(node, direction) {
        let isOfItself: Bool
        switch node {
        case .seed, .sought: isOfItself = true
        default: isOfItself = false
        }
        if !(isOfItself && isLot(seed)) { starts.insert(.plain(node)) }
      }
    }
    return self.answer(direction, answer, starts: starts, seeds: asked)
  }

  func answer(
    _ direction: ModelDirection, _ conservative: ModelAnswer, starts: Set<Spot>,
    seeds: Set<Item>
  ) -> ModelScope {
    let all = reach(starts, direction, conservative, isDoubtfulToo: true, isAssumedToo: true)
    let recorded = reach(starts, direction, conservative, isDoubtfulToo: true, isAssumedToo: false)
    let sure = reach(starts, direction, conservative, isDoubtfulToo: false, isAssumedToo: false)
    func certainty(_ spots: Set<Spot>) -> String {
      spots.isDisjoint(with: recorded)
        ? "assumed" : spots.isDisjoint(with: sure) ? "possible" : "certain"
    }
    var scope = ModelScope()
    var spotsOfItem: [Item: Set<Spot>] = [:]
    for spot in all {
      if let item = item(spot) { spotsOfItem[item, default: []].insert(spot) }
    }
    for (item, spots) in spotsOfItem {
      let uri = model.uris[item]
      scope.items[uri] = certainty(spots)
      // "And is certain in the conservative answer."
      if scope.items[uri] == "certain", !conservative.certain.contains(uri) {
        scope.items[uri] = "possible"
      }
    }
    for (item, spots) in spotsOfItem {
      let held =
        isLot(item)
        ? holdings(ofLot: item, spots, direction)
        : holdings(of: item, all, direction, conservative, seeds)
      for (place, found) in held {
        let uri = model.uris[item]
        let own = scope.items[uri] ?? "assumed"
        let here = isLot(item) ? certainty(found.spots) : own
        scope.holdings.insert(
          ModelScope.Holding(
            item: uri, place: place, time: found.time, certainty: max(own, here, by: Self.order)))
      }
    }
    if direction == .forward { scope.open = openShipments(all, scope, conservative) }
    scope.separated = separate(all, scope, conservative, direction)
    return scope
  }

  private static let order = ["certain": 0, "possible": 1, "assumed": 2]

  private func max(_ a: String, _ b: String, by order: [String: Int]) -> String {
    (order[a] ?? 0) > (order[b] ?? 0) ? a : b
  }

  /// "The refined answer is a part of the conservative one": nothing else is entered.
  func reach(
    _ starts: Set<Spot>, _ direction: ModelDirection, _ conservative: ModelAnswer,
    isDoubtfulToo: Bool, isAssumedToo: Bool
  ) -> Set<Spot> {
    var reached: Set<Spot> = []
    for start in starts {
      if let item = item(start), !conservative.items.contains(model.uris[item]) { continue }
      reached.insert(start)
    }
    var isGrowing = true
    while isGrowing {
      isGrowing = false
      for link in links {
        if link.isDoubtful && !isDoubtfulToo || link.isAssumed && !isAssumedToo { continue }
        let (near, far) =
          direction == .forward ? (link.from, link.to) : (link.to, link.from)
        guard reached.contains(near), !reached.contains(far) else { continue }
        if let item = item(far), !conservative.items.contains(model.uris[item]) { continue }
        if isOneWay(near, far, direction) { continue }
        reached.insert(far)
        // "A lot leads to its serials whatever of it is reached, and is led to from them as a whole."
        if direction == .backward, case .lot(let lot) = far {
          reached.formUnion(spots(of: lot))
        } else if direction == .forward, let lot = item(far), isLot(lot), !isPlain(far) {
          reached.insert(.lot(lot))
        }
        isGrowing = true
      }
    }
    return reached
  }

  private func isPlain(_ spot: Spot) -> Bool {
    if case .plain = spot { return true }
    return false
  }

  /// What only seeds do, seeds of the other direction do not.
  func isOneWay(_ near: Spot, _ far: Spot, _ direction: ModelDirection) -> Bool {
    func isSought(_ spot: Spot) -> Bool {
      if case .plain(.sought) = spot { return true }
      return false
    }
    func isSeed(_ spot: Spot) -> Bool {
      switch spot {
      case .plain(.seed), .plain(.whole): true
      default: false
      }
    }
    return direction == .forward
      ? isSought(far) : isSeed(far)
  }

  // MARK: Holdings

  private typealias Held = (time: Int64, spots: Set<Spot>)

  /// "Of a lot: the places of its reached origins, since the first instant of the first; backward the
  /// places of its reached origins and uses, until the last instant of the last; and the units of its
  /// reached portions, since the stay's first event, or until the last one."
  private func holdings(
    ofLot lot: Item, _ spots: Set<Spot>, _ direction: ModelDirection
  ) -> [String?: Held] {
    var result: [String?: Held] = [:]
    for spot in spots {
      var place: String?
      var index: Int?
      switch spot {
      case .origin(_, _, let event): (place, index) = (site(event), event)
      case .use(_, _, let event) where direction == .backward:
        (place, index) = (site(event), event)
      case .portion(_, let position):
        let stay = model.stays[position]
        place = "unit:" + model.uris[stay.unit]
        index = direction == .forward ? stay.entry : stay.exit ?? stay.entry
      default: continue
      }
      guard let index else { continue }
      let time = direction == .forward ? span(index).earliest : span(index).latest
      let known = result[place]?.time
      result[place, default: (0, [])].spots.insert(spot)
      result[place]?.time =
        known.map { direction == .forward ? Swift.min($0, time) : Swift.max($0, time) } ?? time
    }
    return result
  }

  /// "Of other items: the sites of path events that name them, as far as they can follow the first
  /// event by which the item was reached (backward: precede the last one), or all if none can."
  private func holdings(
    of item: Item, _ all: Set<Spot>, _ direction: ModelDirection,
    _ conservative: ModelAnswer, _ seeds: Set<Item>
  ) -> [String?: Held] {
    let events = model.facts.indices.filter { index in
      let fact = model.facts[index]
      return conservative.path.contains(fact.key) && fact.names(item) && !isError(index)
        && fact.site != nil && fact.links.kind != .association
    }
    var bound: Int64?
    var isTimeless = false
    for link in links {
      let (near, far) = direction == .forward ? (link.from, link.to) : (link.to, link.from)
      guard all.contains(near), all.contains(far), self.item(far) == item,
        self.item(near) != item, !isOneWay(near, far, direction)
      else { continue }
      isTimeless = isTimeless || link.isTimeless
      for index in link.events {
        let time = direction == .forward ? span(index).earliest : span(index).latest
        bound = bound.map { direction == .forward ? min($0, time) : Swift.max($0, time) } ?? time
      }
    }
    if isTimeless || seeds.contains(item) { bound = nil }
    var possible = events.filter { index in
      guard let bound else { return true }
      return direction == .forward ? bound <= span(index).latest : span(index).earliest <= bound
    }
    if possible.isEmpty { possible = events }
    var result: [String?: Held] = [:]
    for index in possible {
      let time = direction == .forward ? span(index).earliest : span(index).latest
      let known = result[site(index)]?.time ?? time
      result[site(index)] = (
        direction == .forward ? min(known, time) : Swift.max(known, time), []
      )
    }
    return result
  }

  // MARK: What is open

  private func openShipments(
    _ all: Set<Spot>, _ scope: ModelScope, _ conservative: ModelAnswer
  ) -> Set<ModelScope.Open> {
    var result: Set<ModelScope.Open> = []
    for spot in all {
      if case .presumed(let lot, let index) = spot {
        result.insert(open(lot, index))
      } else if lost.contains(spot), let lot = item(spot), let index = event(spot) {
        result.insert(open(lot, index))
      }
    }
    for (index, fact) in model.facts.enumerated()
    where conservative.path.contains(fact.key) && !isError(index)
      && ["shipping", "departing"].contains(fact.links.bizStep)
    {
      for mention in fact.mentions where mention.role == .object && !isLot(mention.item) {
        guard scope.items[model.uris[mention.item]] != nil else { continue }
        let isSeenAgain = model.facts.indices.contains { other in
          other != index && !isError(other) && model.facts[other].names(mention.item)
            && model.facts[other].links.kind != .association && canPrecede(index, other)
            && ((site(other) != nil && site(other) != site(index))
              || model.facts[other].links.bizStep == "void_shipping")
        }
        if !isSeenAgain { result.insert(open(mention.item, index)) }
      }
    }
    return result
  }

  private func open(_ item: Item, _ index: Int) -> ModelScope.Open {
    let references = model.facts[index].links.destinations
    let site = references.first { $0.type == "location" || $0.identifier.kind == .site }
    return ModelScope.Open(
      item: model.uris[item], event: model.facts[index].key,
      destination: (site ?? references.first)?.identifier.uri)
  }

  // MARK: What separates

  /// "The reasons of the refused links from which it is reached."
  private func separate(
    _ all: Set<Spot>, _ scope: ModelScope, _ conservative: ModelAnswer,
    _ direction: ModelDirection
  ) -> [String: Set<String>] {
    let excluded = conservative.items.filter { scope.items[$0] == nil }
    var result: [String: Set<String>] = [:]
    for uri in excluded { result[uri] = [] }
    // "Over links of the conservative answer that the refined one does not follow." Of lots that are
    // in both, the refused links speak for themselves.
    func isIn(_ node: Node) -> Bool {
      if all.contains(.plain(node)) { return false }
      guard isOfLot(node), let item = node.item else { return true }
      return excluded.contains(model.uris[item])
    }
    func spread(_ starts: [Node], _ reason: String) {
      var reached = Set(starts.filter(isIn))
      var open = Array(reached)
      while let node = open.popLast() {
        if let item = node.item { result[model.uris[item]]?.insert(reason) }
        for link in model.links.all {
          let (near, far) = direction == .forward ? (link.from, link.to) : (link.to, link.from)
          if near == node, link.only ?? direction == direction, isIn(far),
            reached.insert(far).inserted
          {
            open.append(far)
          }
        }
      }
    }
    for refusal in lotLinks {
      let link = model.links.all[refusal.link]
      guard link.only ?? direction == direction else { continue }
      let (near, far) = direction == .forward ? (link.from, link.to) : (link.to, link.from)
      let spots = direction == .forward ? refusal.from : refusal.to
      if refusal.isError {
        let isReached =
          spots.isEmpty && !isOfLot(near)
          ? all.contains(.plain(near)) : near.item.map { isReachedLot($0, all) } ?? false
        if isReached { spread([far], "declared in error") }
        continue
      }
      guard isOfLot(near), near.item.map({ isReachedLot($0, all) }) ?? false,
        spots.isDisjoint(with: all)
      else { continue }
      for spot in spots { spread([far], reason(spot, all, direction)) }
    }
    return result
  }

  private func isReachedLot(_ item: Item, _ all: Set<Spot>) -> Bool {
    all.contains { self.item($0) == item && !isPlain($0) }
  }

  /// "Nothing affected was at its place: only inside units, or at other places; or that came later
  /// (backward: went earlier) than the event allows, or had left before."
  private func reason(
    _ spot: Spot, _ all: Set<Spot>, _ direction: ModelDirection
  ) -> String {
    guard let index = event(spot), let lot = item(spot) else { return "only a portion" }
    let affected = (direction == .forward ? origins : uses).filter {
      item($0) == lot && all.contains($0)
    }
    if affected.isEmpty { return "only a portion" }
    let here = affected.filter {
      let place = event($0).flatMap { site($0) }
      return place == site(index) || place == nil || site(index) == nil
    }
    if here.isEmpty { return "elsewhere only" }
    let isPossible = here.contains {
      guard let other = event($0) else { return false }
      return direction == .forward
        ? span(other).earliest <= span(index).latest : canPrecede(index, other)
    }
    return isPossible ? "left before" : "time"
  }
}
