public import LedgerIndex
public import ProvenanceGraph
import Traceability

/// Computes conservative traces over a sealed index, after the documentation page
/// *What a trace follows*.
public struct Tracer: Sendable {
  let index: LedgerIndex

  /// A tracer over an index.
  public init(_ index: LedgerIndex) { self.index = index }

  /// Everything reachable from some items, with the events, places and doubts on the way.
  /// - Complexity: O(reached links and the events of reached items), beside one number a node.
  public func trace(_ direction: GraphDirection, from seeds: [ItemNumber]) -> Trace {
    var walk = Walk(index: index, direction: direction, seeds: Array(Set(seeds)).sorted())
    walk.run()
    let events = EventClassifier(walk: walk).classify()
    let path = events.path.sorted()
    let mentions = events.mention.subtracting(events.path).sorted()
    var places: [PlaceNumber] = []
    var seen: Set<PlaceNumber> = []
    for event in path {
      if let place = index.event(event).place, seen.insert(place).inserted { places.append(place) }
    }
    return Trace(
      direction: direction, seeds: walk.seeds, items: items(walk, events.contradicted),
      pathEvents: path, mentionEvents: mentions, places: places)
  }

  private func items(_ walk: Walk, _ contradicted: Set<ItemNumber>) -> [TracedItem] {
    let items = walk.itemDepths.map { item, depth in
      let step = walk.via[item]
      var reasons = Set(walk.reasons(of: item))
      if contradicted.contains(item) { reasons.insert(.orderContradicted) }
      if index.stays(of: item).contains(where: \.isEndedByRefill) { reasons.insert(.refilled) }
      if hasNoSource(item, walk) { reasons.insert(.noSource) }
      return TracedItem(
        item: item, depth: depth, via: step, isCertain: walk.certain.contains(item),
        reasons: TraceReason.allCases.filter(reasons.contains))
    }
    return items.sorted { a, b in
      a.depth != b.depth ? a.depth < b.depth : index.precedes(a.item, b.item)
    }
  }
}

extension Tracer {
  /// Whether a trace back ends at an item that no event says the origin of: it is no output, was
  /// never commissioned (ObjectEvent ADD), and carries nothing else (trace rules, section 9).
  private func hasNoSource(_ item: ItemNumber, _ walk: Walk) -> Bool {
    guard walk.direction == .backward, !index.hadContents(item) else { return false }
    let hasProducer = index.nodes(of: item).contains { node in
      index.graph.slots(of: node, .backward).contains { slot in
        let origin = index.graph.edge(in: slot, of: node, .backward).from
        return index.item(ofNode: origin) != item
      }
    }
    return !hasProducer
      && !index.timeline(of: item).contains { number in
        let event = index.event(number)
        return event.kind == .object && event.action == .add
      }
  }
}
