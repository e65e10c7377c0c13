import Traceability

extension PlainModel {
  /// The vessel into which an event puts an item: "packed into it, observed in it".
  func vesselEntered(by item: Item, at index: Int) -> Item? {
    let fact = facts[index]
    guard fact.links.kind == .aggregation, fact.links.action != .delete,
      let parent = fact.parent, parent != item, vessels.contains(parent),
      fact.children.contains(item)
    else { return nil }
    return parent
  }

  /// "Everything that enters can be in all that is drawn later until it is cleaned."
  mutating func listVessel(_ vessel: Item) {
    let fills = facts.indices.filter { isFill(of: vessel, $0) }.sorted {
      (facts[$0].span.earliest, facts[$0].key) < (facts[$1].span.earliest, facts[$1].key)
    }
    for fill in fills {
      for item in facts[fill].children where vesselEntered(by: item, at: fill) == vessel {
        links.add(
          .used(item, .enters(vessel, fill)), .fill(vessel, fill), [fill], inError: isMarked(fill))
      }
    }
    let draws = draws(from: vessel)
    let assumed = assumedDraws(from: vessel, fills)
    listCarryOver(vessel, fills, Set(draws.keys).union(assumed.keys))
    for draw in Set(draws.keys).union(assumed.keys) { joinDraw(vessel, fills, draw) }
    for (draw, uses) in assumed {
      for use in uses {
        links.add(.draw(vessel, draw), use, [draw], marked: true, inError: isMarked(draw))
      }
    }
    for (draw, drawn) in draws {
      for item in drawn {
        links.add(
          .draw(vessel, draw), .made(item, .drawn(vessel, draw)), [draw], inError: isMarked(draw))
      }
    }
  }

  /// "Entries are fills in order of time; each fill leads to the next unless a cleaning step of the
  /// vessel lies certainly between them (then those earlier fills lead to it that were not certainly
  /// cleaned away), marked carry-over if a draw can lie between the two."
  private mutating func listCarryOver(_ vessel: Item, _ fills: [Int], _ draws: Set<Int>) {
    for (position, next) in fills.enumerated().dropFirst() {
      let last = fills[position - 1]
      var leading = [last]
      if isCleaned(vessel, between: last, and: next) {
        leading = fills[..<position].filter { !isCleaned(vessel, between: $0, and: next) }
      }
      for fill in leading {
        let isDrawn = draws.contains {
          facts[fill].span.canPrecede(facts[$0].span) && facts[$0].span.canPrecede(facts[next].span)
        }
        links.add(
          .fill(vessel, fill), .fill(vessel, next), [next], marked: isDrawn)
      }
    }
  }

  private func isFill(of vessel: Item, _ index: Int) -> Bool {
    if facts[index].links.kind == .transformation {
      return facts[index].outputs.contains(vessel)
    }
    return facts[index].children.contains { vesselEntered(by: $0, at: index) == vessel }
  }

  private func isCleaned(_ vessel: Item, between first: Int, and last: Int) -> Bool {
    facts.contains { fact in
      cleans(fact) && fact.names(vessel)
        && facts[first].span.certainlyPrecedes(fact.span)
        && fact.span.certainlyPrecedes(facts[last].span)
    }
  }

  /// "A draw is joined with the last fill that can precede it, or, if a cleaning lies certainly
  /// between, with the earlier ones that were not certainly cleaned away; if there is none, with that
  /// last fill, marked no fill since cleaning." Where none can precede, the rule for time on links
  /// holds: all, marked.
  private mutating func joinDraw(_ vessel: Item, _ fills: [Int], _ draw: Int) {
    let possible = fills.filter { facts[$0].span.canPrecede(facts[draw].span) }
    var joined = possible.suffix(1)
    var isDoubtful = possible.isEmpty
    if let last = possible.last, isCleaned(vessel, between: last, and: draw) {
      joined = possible.filter { !isCleaned(vessel, between: $0, and: draw) }[...]
      isDoubtful = joined.isEmpty
      if isDoubtful { joined = [last] }
    }
    if possible.isEmpty { joined = fills[...] }
    for fill in joined {
      links.add(
        .fill(vessel, fill), .draw(vessel, draw), [draw], marked: isDoubtful,
        inError: isMarked(draw))
    }
  }

  /// The events that draw from a vessel, with the items drawn: "unpacked from it, or a transformation
  /// that names it as input".
  private func draws(from vessel: Item) -> [Int: Set<Item>] {
    var draws: [Int: Set<Item>] = [:]
    for (index, fact) in facts.enumerated() {
      if fact.links.kind == .transformation, fact.inputs.contains(vessel) {
        draws[index, default: []].formUnion([])
      }
      if fact.links.kind == .aggregation, fact.links.action == .delete, fact.parent == vessel,
        !fact.children.isEmpty
      {
        draws[index, default: []].formUnion(fact.children)
      }
    }
    return draws
  }

  /// "What entered a vessel and was never drawn from it by name, and is used as an input or packed at
  /// the site where it entered, after it entered and not certainly after a cleaning, is drawn by that
  /// use too, marked assumed draw from vessel": the events with what they lead to.
  private func assumedDraws(from vessel: Item, _ fills: [Int]) -> [Int: Set<Node>] {
    let named = draws(from: vessel).values.reduce(into: Set<Item>()) { $0.formUnion($1) }
    var result: [Int: Set<Node>] = [:]
    for fill in fills where facts[fill].site != nil {
      for item in facts[fill].children
      where vesselEntered(by: item, at: fill) == vessel && !named.contains(item) {
        for (index, use) in uses(of: item)
        where facts[index].site == facts[fill].site
          && facts[fill].span.canPrecede(facts[index].span)
          && !isCleaned(vessel, between: fill, and: index)
        {
          result[index, default: []].insert(use)
        }
      }
    }
    return result
  }

  /// Where an item goes as an input or by being packed into a unit.
  private func uses(of item: Item) -> [(Int, Node)] {
    let inputs = facts.indices.filter { facts[$0].inputs.contains(item) }.flatMap { index in
      transformations[index].map { (index, Node.transformIn($0, index)) }
    }
    let packings = stays.filter { $0.child == item }.map { stay in
      (stay.entry, Node.inside(stay.unit, opening: stay.opening, stay.window))
    }
    return inputs + packings
  }
}
