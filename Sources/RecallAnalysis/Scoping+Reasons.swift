import LedgerIndex
import ProvenanceGraph
import Traceability

extension Scoping {
  /// Says of every item of the conservative answer that is not in the refined one what separates the
  /// two: the reasons of all refused links from which it is reached.
  mutating func separate(_ scope: inout Scope) {
    let excluded = Set(trace.items.map(\.item)).filter { scope.items[$0] == nil }
    guard !excluded.isEmpty else { return }
    var ends: [ScopeReason: [UInt32]] = [.declaredInError: erroneous + walk.refused]
    let reached = Set(
      walk.reached.compactMap { state in
        if case .lot(let number, _) = state { number } else { nil }
      })
    for number in reached { addRefusals(number, &ends) }
    for item in excluded { scope.separated[item] = [] }
    for (reason, nodes) in ends {
      for item in spread(nodes, through: excluded) { scope.separated[item]?.insert(reason) }
    }
  }

  /// The excluded items that are reached from some nodes over what the refined answer does not reach.
  private func spread(_ nodes: [UInt32], through excluded: Set<ItemNumber>) -> Set<ItemNumber> {
    var items: Set<ItemNumber> = []
    var seen: Set<UInt32> = []
    var pending = nodes
    while let node = pending.popLast() {
      guard !isReached(.node(node)), seen.insert(node).inserted else { continue }
      if let item = index.item(ofNode: node) {
        // Of lots that are in both answers, the refused links speak for themselves.
        if excluded.contains(item) {
          items.insert(item)
        } else if index.isLot(item), index.nodes(of: item).contains(node) {
          continue
        }
      }
      for slot in index.graph.slots(of: node, trace.direction) {
        let edge = index.graph.edge(in: slot, of: node, trace.direction)
        pending.append(trace.direction == .forward ? edge.to : edge.from)
      }
    }
    return items
  }

  /// The far ends of a lot's edges that were not followed.
  private func addRefusals(_ number: Int, _ ends: inout [ScopeReason: [UInt32]]) {
    let life = walk.lives[number]
    let isForward = trace.direction == .forward
    let near: GraphDirection = isForward ? .backward : .forward
    for edge in isForward ? life.edgesOut : life.edgesIn {
      let end = isForward ? edge.to : edge.from
      if edge.marks.contains(.declaredInError) {
        ends[.declaredInError, default: []].append(end)
        continue
      }
      let nodes = life.nodes(at: edge, near, index)
      guard !nodes.contains(where: { isReached(.lot(number, $0)) }) else { continue }
      for node in nodes { ends[reason(number, node), default: []].append(end) }
    }
  }

  /// Why a node of a reached lot was not reached.
  private func reason(_ number: Int, _ node: Int) -> ScopeReason {
    let life = walk.lives[number]
    guard let place = life.place(of: node), let span = life.span(of: node) else {
      return .portion
    }
    let isForward = trace.direction == .forward
    let others = isForward ? 0..<life.firstUse : life.firstUse..<life.firstPortion
    let reached = others.filter { isReached(.lot(number, $0)) }
    guard !reached.isEmpty else { return .portion }
    let there = reached.filter { other in
      guard let otherPlace = life.place(of: other) else { return false }
      return place == nil || otherPlace == nil || place == otherPlace
    }
    guard !there.isEmpty else { return .elsewhere }
    let isPossible = there.contains { other in
      guard let time = life.span(of: other) else { return false }
      return isForward ? time.earliest <= span.latest : span.canPrecede(time)
    }
    return isPossible ? .leftBefore : .time
  }
}

extension LotLife {
  /// When the event of an origin or a use was.
  func span(of node: Int) -> TimeSpan? {
    if node < firstUse { return origins[node].span }
    return node < firstPortion ? uses[node - firstUse].span : nil
  }
}
