import Traceability

extension PlainModel {
  /// Which links were followed from the seeds, and what was reached.
  private struct Reached {
    var items: Set<Item>
    /// Positions in the list of links.
    var followed: [Int] = []
    /// Units that are reached only as what carries others.
    var onlyCarriers: Set<Item> = []
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
    // "Of a unit that is reached only so, the events of that stay count, as events of its contents."
    for item in reached.items.subtracting(seeds).subtracting(reached.onlyCarriers) {
      let by = reachedBy[item] ?? []
      let others = (eventsOfItem[item] ?? []).subtracting(by ?? [])
      switch direction {
      case .forward: path.formUnion(pathForward(others, by, isVessel: vessels.contains(item)))
      case .backward: path.formUnion(pathBackward(others, by, isVessel: vessels.contains(item)))
      }
    }
    let all = reached.items.subtracting(reached.onlyCarriers).reduce(into: Set<Int>()) { $0.formUnion(eventsOfItem[$1] ?? []) }
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
    var reached = Reached(items: seeds)
    var open = nodes.indices.filter { isStart(nodes[$0], seeds) }
    var seen = [Bool](repeating: false, count: nodes.count)
    for node in open { seen[node] = true }
    var own = seeds
    while let node = open.popLast() {
      if let item = nodes[node].item { reached.items.insert(item) }
      switch nodes[node] {
      case .seed(let item), .whole(let item), .made(let item, _), .used(let item, _),
        .fill(let item, _), .draw(let item, _):
        own.insert(item)
      default: break
      }
      for (position, next) in direction == .forward ? linksFrom[node] : linksTo[node] {
        if !isMarkedToo, links.all[position].isMarked { continue }
        // "U itself, when it is a seed": a child does not lead back to the unit around it.
        if direction == .backward, case .whole = links.all[position].to { continue }
        reached.followed.append(position)
        if !seen[next] {
          seen[next] = true
          open.append(next)
        }
      }
    }
    reached.onlyCarriers = reached.items.subtracting(own)
    return reached
  }

  /// A seed, "U → C(U)" of a unit that is a seed, and all that entered or left a vessel that is one.
  private func isStart(_ node: Node, _ seeds: Set<Item>) -> Bool {
    switch node {
    case .seed(let item), .sought(let item), .inside(let item, _, _), .fill(let item, _),
      .draw(let item, _):
      seeds.contains(item)
    default: false
    }
  }

  /// The events by which each item was reached; nil for those that a link without time leads to.
  private func reachedBy(_ reached: Reached, _ direction: ModelDirection) -> [Item: [Int]?] {
    var result: [Item: [Int]?] = [:]
    for position in reached.followed {
      let link = links.all[position]
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
  /// contradicted ones are path too."
  private func pathForward(
    _ others: Set<Int>, _ by: [Int]?, isVessel: Bool
  ) -> Set<Int> {
    guard let by else { return others }
    let following = others.filter { other in
      by.contains { facts[$0].span.canPrecede(facts[other].span) }
    }
    // "Vessels, which are used again and again, are excepted."
    if isVessel { return following }
    let contradicted = others.filter { !isCommissioning($0) }
    return contradicted.isDisjoint(with: following) ? contradicted.union(following) : following
  }

  /// "Backward, they can precede the last event through which it was reached. If none at the site of
  /// that last event can precede it though some are recorded there, the item's events up to the
  /// contradicted ones are path too."
  private func pathBackward(
    _ others: Set<Int>, _ by: [Int]?, isVessel: Bool
  ) -> Set<Int> {
    guard let by else { return others }
    guard let last = by.max(by: { order($0) < order($1) }) else { return [] }
    let preceding = others.filter { facts[$0].span.canPrecede(facts[last].span) }
    guard !isVessel, let site = facts[last].site else { return preceding }
    let there = others.filter { facts[$0].site == site }
    guard preceding.isDisjoint(with: there) else { return preceding }
    let upTo = others.filter { other in
      there.contains { facts[other].span.canPrecede(facts[$0].span) }
    }
    return preceding.union(upTo)
  }

  /// "A commissioning on record before the production contradicts nothing."
  private func isCommissioning(_ index: Int) -> Bool {
    facts[index].links.kind == .object && facts[index].links.action == .add
  }

  private func order(_ index: Int) -> (Int64, Int64, EventKey) {
    (facts[index].span.latest, facts[index].span.earliest, facts[index].key)
  }
}
