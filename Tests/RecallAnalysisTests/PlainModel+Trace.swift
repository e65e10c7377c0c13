import Traceability

extension PlainModel {
  /// Which links were followed from the seeds, and what was reached.
  private struct Reached {
    var items: Set<Item>
    /// Those of them that are reached not only as units that carry something.
    var own: Set<Item>
    /// Positions in the list of links.
    var followed: [Int] = []
  }

  /// Follows every link from the seeds until nothing is new.
  func trace(_ direction: ModelDirection, from seeds: [Identifier]) -> ModelAnswer {
    let asked = Set(seeds.map(\.uri))
    let seeds = Set(asked.compactMap { numbers[$0] })
    let reached = follow(direction, seeds, isMarkedToo: true)
    var answer = ModelAnswer()
    answer.items = asked.union(reached.items.map { uris[$0] })
    answer.certain = asked.union(
      follow(direction, seeds, isMarkedToo: false).items.map { uris[$0] })
    // "Path events carried a followed link. All events of a seed are path."
    let carrying = Set(reached.followed.flatMap { links.all[$0].events })
    var path = carrying
    for seed in seeds { path.formUnion(eventsOfItem[seed] ?? []) }
    let reachedBy = reachedBy(reached, direction)
    var all = seeds.reduce(into: Set<Int>()) { $0.formUnion(eventsOfItem[$1] ?? []) }
    // "Of a unit that is reached only so, the events of that stay count, as events of its contents."
    for item in reached.own.subtracting(seeds) {
      let events = eventsWithinOpenings(item, reachedBy[item] ?? [])
      all.formUnion(events)
      // Where a link without time leads to the item, nothing comes before it was reached.
      guard let by = reachedBy[item] ?? [] else {
        path.formUnion(events)
        continue
      }
      switch direction {
      case .forward: path.formUnion(pathForward(item, events, by, carrying))
      case .backward: path.formUnion(pathBackward(item, events, by, carrying))
      }
    }
    answer.path = Set(path.map { facts[$0].key })
    answer.mention = Set(all.subtracting(path).map { facts[$0].key })
    return answer
  }

  /// Numbers the nodes, for a trace to look them up.
  mutating func indexLinks() {
    var numbers: [Node: Int] = [:]
    func number(_ node: Node) -> Int {
      if let known = numbers[node] { return known }
      nodes.append(node)
      linksFrom.append([])
      linksTo.append([])
      numbers[node] = nodes.count - 1
      if let item = node.item { nodesOfItem[item, default: []].append(nodes.count - 1) }
      return nodes.count - 1
    }
    for position in links.all.indices {
      let from = number(links.all[position].from)
      let to = number(links.all[position].to)
      linksFrom[from].append((position, to))
      linksTo[to].append((position, from))
    }
  }

  private func follow(
    _ direction: ModelDirection, _ seeds: Set<Item>, isMarkedToo: Bool
  ) -> Reached {
    var reached = Reached(items: seeds, own: seeds)
    var open = seeds.flatMap { nodesOfItem[$0] ?? [] }.filter { isStart(nodes[$0], direction) }
    var seen = [Bool](repeating: false, count: nodes.count)
    for node in open { seen[node] = true }
    while let node = open.popLast() {
      if let item = nodes[node].item {
        reached.items.insert(item)
        if case .inside = nodes[node] {} else { reached.own.insert(item) }
      }
      for (position, next) in direction == .forward ? linksFrom[node] : linksTo[node] {
        let link = links.all[position]
        if link.isMarked && !isMarkedToo || link.only ?? direction != direction { continue }
        reached.followed.append(position)
        if !seen[next] {
          seen[next] = true
          open.append(next)
        }
      }
    }
    return reached
  }

  /// A seed, "U → C(U)" of a unit that is a seed, and all that entered a vessel that is one; forward
  /// all that was drawn from it, filled on record or not.
  func isStart(_ node: Node, _ direction: ModelDirection) -> Bool {
    switch node {
    case .seed, .sought, .inside, .fill: true
    case .draw: direction == .forward
    default: false
    }
  }

  /// The events by which each item was reached; nil for those that a link without time leads to.
  private func reachedBy(_ reached: Reached, _ direction: ModelDirection) -> [Item: [Int]?] {
    var result: [Item: [Int]?] = [:]
    for position in reached.followed {
      let link = links.all[position]
      // What happens between the fills and draws of a vessel does not reach it.
      guard let item = (direction == .forward ? link.to : link.from).item,
        link.from.item != link.to.item
      else { continue }
      if link.isTimeless { result[item] = .some(nil) }
      if let known = result[item, default: []] { result[item] = known + link.events }
    }
    return result
  }

  /// "Other events of a reached item are path if, forward, they can follow the first event by which
  /// the item was reached. If none of the item's other events can follow, the item's events up to the
  /// contradicted ones are path too. Vessels are excepted, and a commissioning (ObjectEvent ADD) on
  /// record before the production contradicts nothing."
  private func pathForward(
    _ item: Item, _ events: Set<Int>, _ by: [Int], _ carrying: Set<Int>
  ) -> Set<Int> {
    guard
      let first = by.min(by: {
        (facts[$0].span.earliest, facts[$0].key) < (facts[$1].span.earliest, facts[$1].key)
      })
    else { return [] }
    let others = events.subtracting(by)
    let following = others.filter { facts[first].span.canPrecede(facts[$0].span) }
    // "Events of followed links contradict nothing here."
    let contradicted = others.subtracting(carrying).filter { !isCommissioning($0) }
    return following.allSatisfy(isCommissioning) && !vessels.contains(item)
      ? contradicted.union(following) : following
  }

  private func isCommissioning(_ index: Int) -> Bool {
    facts[index].links.kind == .object && facts[index].links.action == .add
  }

  /// "Backward, they can precede the last event through which it was reached. If none at the site of
  /// that last event can precede it though some are recorded there, the item's events up to the
  /// contradicted ones are path too."
  private func pathBackward(
    _ item: Item, _ events: Set<Int>, _ by: [Int], _ carrying: Set<Int>
  ) -> Set<Int> {
    guard
      let last = by.max(by: {
        (facts[$0].span.latest, facts[$0].key) < (facts[$1].span.latest, facts[$1].key)
      })
    else { return [] }
    let others = events.subtracting(by)
    let preceding = others.filter { facts[$0].span.canPrecede(facts[last].span) }
    guard let site = facts[last].site else { return preceding }
    let there = others.filter { facts[$0].site == site }
    guard preceding.isDisjoint(with: there), !vessels.contains(item) else { return preceding }
    let upTo = others.filter { other in
      there.subtracting(carrying).contains { facts[other].span.canPrecede(facts[$0].span) }
    }
    return preceding.union(upTo)
  }

  /// "Of a unit that is reached as itself, the events count that lie within the openings at that time
  /// (else, of an output the next one, otherwise the one before; else the nearest)."
  private func eventsWithinOpenings(_ item: Item, _ by: [Int]?) -> Set<Int> {
    let events = eventsOfItem[item] ?? []
    let openings = (openings[item] ?? []).map(\.window).sorted {
      ($0.from, $0.to) < ($1.from, $1.to)
    }
    guard !openings.isEmpty, let by else { return events }
    var result: Set<Int> = []
    for link in by {
      let span = facts[link].span
      var chosen = openings.filter { $0.overlaps(span) }
      if chosen.isEmpty {
        let after = openings.first { $0.from > span.latest }
        let before = openings.last { $0.to < span.earliest }
        let isOutput = facts[link].outputs.contains(item)
        let next = isOutput ? after ?? before : before ?? after
        chosen = next.map { [$0] } ?? []
      }
      let window = Window(
        from: chosen.reduce(span.earliest) { min($0, $1.from) },
        to: chosen.reduce(span.latest) { max($0, $1.to) })
      result.formUnion(events.filter { window.overlaps(facts[$0].span) })
    }
    return result
  }
}
