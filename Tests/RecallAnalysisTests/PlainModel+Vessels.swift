import Traceability

extension PlainModel {
  /// The vessel into which an event puts an item: "packed into it, observed in it".
  func vesselEntered(by item: String, at index: Int) -> String? {
    let fact = facts[index]
    guard fact.links.kind == .aggregation, fact.links.action != .delete,
      let parent = parent(of: fact), parent != item, vessels.contains(parent),
      fact.items(.child).contains(item)
    else { return nil }
    return parent
  }

  /// "Everything that enters can be in all that is drawn later until it is cleaned."
  mutating func listVessel(_ vessel: String) {
    let fills = facts.indices.filter { isFill(of: vessel, $0) }
    for fill in fills {
      for item in facts[fill].items(.child) where vesselEntered(by: item, at: fill) == vessel {
        links.add(
          .used(item, .enters(vessel, fill)), .fill(vessel, fill), [fill], marked: isMarked(fill))
      }
    }
    // "Entries are fills in order of time; each fill leads to the next (marked carry-over) unless a
    // cleaning step of the vessel lies certainly between them."
    for (fill, next) in zip(fills, fills.dropFirst())
    where !isCleaned(vessel, between: fill, and: next) {
      links.add(.fill(vessel, fill), .fill(vessel, next), [next], marked: true)
    }
    for (draw, drawn) in draws(from: vessel) {
      for item in drawn {
        links.add(
          .draw(vessel, draw), .made(item, .drawn(vessel, draw)), [draw], marked: isMarked(draw))
      }
      joinDraw(vessel, fills, draw)
    }
  }

  private func isFill(of vessel: String, _ index: Int) -> Bool {
    if facts[index].links.kind == .transformation {
      return facts[index].items(.output).contains(vessel)
    }
    return facts[index].items(.child).contains { vesselEntered(by: $0, at: index) == vessel }
  }

  private func isCleaned(_ vessel: String, between first: Int, and last: Int) -> Bool {
    facts.contains { fact in
      cleans(fact) && fact.names(vessel)
        && facts[first].span.certainlyPrecedes(fact.span)
        && fact.span.certainlyPrecedes(facts[last].span)
    }
  }

  /// "A draw is joined with the last fill that can precede it. If a cleaning lies certainly between
  /// that fill and the draw, the link is marked no fill since cleaning." Where none can precede, the
  /// rule for time on links holds: all, marked.
  private mutating func joinDraw(_ vessel: String, _ fills: [Int], _ draw: Int) {
    if let last = fills.last(where: { facts[$0].span.canPrecede(facts[draw].span) }) {
      let isCleaned = isCleaned(vessel, between: last, and: draw)
      links.add(
        .fill(vessel, last), .draw(vessel, draw), [draw], marked: isCleaned || isMarked(draw))
      return
    }
    for fill in fills { links.add(.fill(vessel, fill), .draw(vessel, draw), [draw], marked: true) }
  }

  /// The events that draw from a vessel, with the items drawn: "unpacked from it, or a transformation
  /// that names it as input", and "what lies in a vessel and is then used as an input or packed
  /// elsewhere at the same site".
  private func draws(from vessel: String) -> [Int: Set<String>] {
    var draws: [Int: Set<String>] = [:]
    for (index, fact) in facts.enumerated() {
      if fact.links.kind == .transformation, fact.items(.input).contains(vessel) {
        draws[index, default: []].formUnion([])
      }
      if fact.links.kind == .aggregation, fact.links.action == .delete,
        parent(of: fact) == vessel
      {
        let children = fact.items(.child)
        let all = stays.filter { $0.unit == vessel && $0.exit == index }.map(\.child)
        let drawn = children.isEmpty ? all : children
        if !drawn.isEmpty { draws[index, default: []].formUnion(drawn) }
      }
    }
    for stay in stays where stay.unit == vessel {
      for use in uses(of: stay.child, outside: vessel)
      where stay.window.overlaps(facts[use].span) && facts[use].site == site(of: vessel, at: use) {
        draws[use, default: []].insert(stay.child)
      }
    }
    return draws
  }

  private func uses(of item: String, outside vessel: String) -> Set<Int> {
    let inputs = facts.indices.filter {
      facts[$0].links.kind == .transformation && facts[$0].items(.input).contains(item)
    }
    let packings = stays.filter { $0.child == item && $0.unit != vessel }.map(\.entry)
    return Set(inputs + packings)
  }

  /// The site where a vessel was last seen, at the time of an event.
  private func site(of vessel: String, at index: Int) -> String? {
    facts.last {
      $0.span.earliest <= facts[index].span.earliest && $0.site != nil && $0.names(vessel)
    }?.site
  }
}
