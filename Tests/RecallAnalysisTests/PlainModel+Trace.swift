import Traceability

extension PlainModel {
  /// Which links were followed from the seeds, and what was reached.
  private struct Reached {
    var items: Set<String>
    var followed: [ModelLink] = []
  }

  /// Follows every link from the seeds until nothing is new.
  func trace(_ direction: ModelDirection, from seeds: [Identifier]) -> ModelAnswer {
    let seeds = Set(seeds.map(\.uri))
    let reached = follow(direction, seeds, isMarkedToo: true)
    var answer = ModelAnswer()
    answer.items = reached.items
    answer.certain = follow(direction, seeds, isMarkedToo: false).items
    // "Path events carried a followed link. All events of a seed are path."
    let carrying = Set(reached.followed.flatMap(\.events))
    var path = carrying
    for seed in seeds { path.formUnion(eventsOfItem[seed] ?? []) }
    for item in reached.items.subtracting(seeds) {
      let others = (eventsOfItem[item] ?? []).subtracting(carrying)
      switch direction {
      case .forward: path.formUnion(pathForward(others, reachedBy(item, reached, direction)))
      case .backward: path.formUnion(pathBackward(others, reachedBy(item, reached, direction)))
      }
    }
    let all = reached.items.reduce(into: Set<Int>()) { $0.formUnion(eventsOfItem[$1] ?? []) }
    answer.path = Set(path.map { facts[$0].key })
    answer.mention = Set(all.subtracting(path).map { facts[$0].key })
    return answer
  }

  /// Prepares what a trace looks up.
  mutating func indexLinks() {
    for (position, link) in links.all.enumerated() {
      linksFrom[link.from, default: []].append(position)
      linksTo[link.to, default: []].append(position)
    }
  }

  private func follow(
    _ direction: ModelDirection, _ seeds: Set<String>, isMarkedToo: Bool
  ) -> Reached {
    var reached = Reached(items: seeds)
    var open = Set(linksFrom.keys).union(linksTo.keys).filter { isStart($0, seeds) }
    var seen = open
    while let node = open.popFirst() {
      if let item = node.item { reached.items.insert(item) }
      let onward = direction == .forward ? linksFrom[node] : linksTo[node]
      for position in onward ?? [] {
        let link = links.all[position]
        if link.isMarked && !isMarkedToo { continue }
        reached.followed.append(link)
        let next = direction == .forward ? link.to : link.from
        if seen.insert(next).inserted { open.insert(next) }
      }
    }
    return reached
  }

  /// A seed, "U → C(U)" of a unit that is a seed, and all that entered or left a vessel that is one.
  private func isStart(_ node: Node, _ seeds: Set<String>) -> Bool {
    switch node {
    case .seed(let item), .inside(let item, _, _), .fill(let item, _), .draw(let item, _):
      seeds.contains(item)
    default: false
    }
  }

  /// The events by which an item was reached; nil if one of the links has no time.
  private func reachedBy(
    _ item: String, _ reached: Reached, _ direction: ModelDirection
  ) -> [Int]? {
    let links = reached.followed.filter {
      (direction == .forward ? $0.to : $0.from).item == item
    }
    if links.contains(where: \.isTimeless) { return nil }
    return links.flatMap(\.events)
  }

  /// "Other events of a reached item are path if, forward, they can follow the first event by which
  /// the item was reached. If none of the item's other events can follow, the item's events up to the
  /// contradicted ones are path too."
  private func pathForward(_ others: Set<Int>, _ by: [Int]?) -> Set<Int> {
    guard let by else { return others }
    let following = others.filter { other in
      by.contains { facts[$0].span.canPrecede(facts[other].span) }
    }
    return following.isEmpty ? others : following
  }

  /// "Backward, they can precede the last event through which it was reached. If none at the site of
  /// that last event can precede it though some are recorded there, the item's events up to the
  /// contradicted ones are path too."
  private func pathBackward(_ others: Set<Int>, _ by: [Int]?) -> Set<Int> {
    guard let by else { return others }
    guard let last = by.max(by: { order($0) < order($1) }) else { return [] }
    let preceding = others.filter { facts[$0].span.canPrecede(facts[last].span) }
    guard let site = facts[last].site else { return preceding }
    let there = others.filter { facts[$0].site == site }
    guard preceding.isDisjoint(with: there) else { return preceding }
    let upTo = others.filter { other in
      there.contains { facts[other].span.canPrecede(facts[$0].span) }
    }
    return preceding.union(upTo)
  }

  private func order(_ index: Int) -> (Int64, Int64, EventKey) {
    (facts[index].span.latest, facts[index].span.earliest, facts[index].key)
  }
}
