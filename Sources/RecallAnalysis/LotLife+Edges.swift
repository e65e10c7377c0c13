import LedgerIndex
import ProvenanceGraph
import Traceability

extension LotLife {
  /// Finds where the edges of the graph meet the nodes; to be called when all nodes are there.
  mutating func attachEdges(_ index: LedgerIndex) {
    for (number, origin) in origins.enumerated() {
      nodesOfEvent[origin.event, default: []].append(number)
    }
    var isPackedByUse = Set<Int>()
    for (number, use) in uses.enumerated() {
      nodesOfEvent[use.event, default: []].append(firstUse + number)
      if case .packed(let portion) = use.kind { isPackedByUse.insert(portion) }
    }
    for (number, portion) in portions.enumerated() {
      portionsOfUnit[portion.stay.unit, default: []].append(number)
      if !isPackedByUse.contains(number) {
        nodesOfEvent[portion.stay.start, default: []].append(firstPortion + number)
      }
    }
    for edge in edgesOut {
      for node in nodes(at: edge, .backward, index) { edgesFrom[node, default: []].append(edge) }
    }
    for edge in edgesIn {
      for node in nodes(at: edge, .forward, index) { edgesTo[node, default: []].append(edge) }
    }
  }

  /// The nodes where an edge of the graph that leads into the lot (forward) or out of it (backward)
  /// meets its life.
  func nodes(at edge: GraphEdge, _ direction: GraphDirection, _ index: LedgerIndex) -> [Int] {
    guard edge.event != GraphEdge.noEvent else { return [] }
    let event = EventNumber(edge.event)
    switch direction {
    case .forward: return nodes(entered: edge, event, index)
    case .backward: return nodes(left: edge, event, index)
    }
  }

  private func nodes(entered edge: GraphEdge, _ event: EventNumber, _ index: LedgerIndex) -> [Int] {
    let from = index.item(ofNode: edge.from)
    if let from, !index.isVessel(from) { return leaving(with: from, event, index) }
    let kind: Origin.Kind = from == nil ? .made : .drawn
    return (nodesOfEvent[event] ?? []).filter { $0 < firstUse && origins[$0].kind == kind }
  }

  /// The portions that leave a transformation with a unit: those that can be inside then or later,
  /// else all.
  private func leaving(
    with unit: ItemNumber, _ event: EventNumber, _ index: LedgerIndex
  ) -> [Int] {
    let inside = portionsOfUnit[unit] ?? []
    let span = index.span(of: event)
    let later = inside.filter { portions[$0].stay.span.latest >= span.earliest }
    return (later.isEmpty ? inside : later).map { firstPortion + $0 }
  }

  private func nodes(left edge: GraphEdge, _ event: EventNumber, _ index: LedgerIndex) -> [Int] {
    let to = index.item(ofNode: edge.to)
    let isVessel = to.map { index.isVessel($0) } ?? false
    // Only its serials are entered as themselves; units are entered as what carries their contents.
    if let to, !isVessel, index.nodes(of: to).contains(edge.to) { return [whole] }
    return (nodesOfEvent[event] ?? []).filter { node in
      if node >= firstPortion { return to == portions[node - firstPortion].stay.unit }
      guard node >= firstUse else { return false }
      switch uses[node - firstUse].kind {
      case .input: return to == nil
      case .entered: return isVessel
      case .packed(let portion): return to == portions[portion].stay.unit
      case .departed: return false
      }
    }
  }

  /// The edges of the graph that leave the lot from a node (forward) or enter it there (backward).
  func edges(of node: Int, _ direction: GraphDirection) -> [GraphEdge] {
    (direction == .forward ? edgesFrom[node] : edgesTo[node]) ?? []
  }
}
