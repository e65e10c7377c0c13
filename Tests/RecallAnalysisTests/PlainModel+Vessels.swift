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
          .used(item, .enters(vessel, fill)), .fill(vessel, fill), [fill], marked: isMarked(fill))
      }
    }
    // "Each fill leads to the next unless a cleaning step lies certainly between them (then those
    // earlier fills lead to it that were not certainly cleaned away), marked carry-over if a draw can
    // lie between the two."
    let draws = draws(from: vessel)
    let assumed = assumedDraws(from: vessel, fills)
    let drawing = Set(draws.keys).union(assumed.keys)
    for (position, next) in fills.enumerated().dropFirst() {
      for fill in sources(vessel, fills[..<position], next) {
        let isDrawnBetween = drawing.contains { draw in
          facts[fill].span.canPrecede(facts[draw].span)
            && facts[draw].span.canPrecede(facts[next].span)
        }
        links.add(.fill(vessel, fill), .fill(vessel, next), [next], marked: isDrawnBetween)
      }
    }
    for (draw, targets) in assumed {
      for target in targets { links.add(.draw(vessel, draw), target, [draw], marked: true) }
      joinDraw(vessel, fills, draw)
    }
    for (draw, drawn) in draws {
      for item in drawn {
        links.add(
          .draw(vessel, draw), .made(item, .drawn(vessel, draw)), [draw], marked: isMarked(draw))
      }
      joinDraw(vessel, fills, draw)
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

  /// The last fill before, unless it was certainly cleaned away; then the earlier ones that were not.
  private func sources(_ vessel: Item, _ fills: ArraySlice<Int>, _ event: Int) -> [Int] {
    guard let last = fills.last else { return [] }
    if !isCleaned(vessel, between: last, and: event) { return [last] }
    return fills.filter { !isCleaned(vessel, between: $0, and: event) }
  }

  /// "A draw is joined with the last fill that can precede it, or, if a cleaning lies certainly
  /// between, with the earlier ones that were not certainly cleaned away; if there is none, with that
  /// last fill, marked." Where no fill can precede, the rule for time on links holds: all, marked.
  private mutating func joinDraw(_ vessel: Item, _ fills: [Int], _ draw: Int) {
    let possible = fills.filter { facts[$0].span.canPrecede(facts[draw].span) }
    guard let last = possible.last else {
      for fill in fills {
        links.add(.fill(vessel, fill), .draw(vessel, draw), marked: true)
      }
      return
    }
    let sources = sources(vessel, possible[...], draw)
    for fill in sources {
      links.add(.fill(vessel, fill), .draw(vessel, draw), marked: isMarked(draw))
    }
    if sources.isEmpty {
      links.add(.fill(vessel, last), .draw(vessel, draw), marked: true)
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
  /// use": the events with what they lead to.
  private func assumedDraws(from vessel: Item, _ fills: [Int]) -> [Int: Set<Node>] {
    let drawn = draws(from: vessel).values.reduce(into: Set<Item>()) { $0.formUnion($1) }
    var result: [Int: Set<Node>] = [:]
    for fill in fills where facts[fill].site != nil {
      for item in facts[fill].children
      where vesselEntered(by: item, at: fill) == vessel && !drawn.contains(item) {
        for (use, target) in uses(of: item)
        where facts[use].site == facts[fill].site
          && facts[fill].span.canPrecede(facts[use].span)
          && !isCleaned(vessel, between: fill, and: use)
        {
          result[use, default: []].insert(target)
        }
      }
    }
    return result
  }

  private func uses(of item: Item) -> [(Int, Node)] {
    var uses: [(Int, Node)] = []
    for index in facts.indices
    where facts[index].links.kind == .transformation && facts[index].inputs.contains(item) {
      for group in transformations[index] { uses.append((index, .transformIn(group, index))) }
    }
    for stay in stays where stay.child == item {
      uses.append((stay.entry, .inside(stay.unit, opening: stay.opening, stay.window)))
    }
    return uses
  }
}
