import LedgerIndex
import ProvenanceGraph
import Traceability

/// Tells the events of an answer apart: those that carried a followed link, and other events of
/// reached items.
struct EventClassifier {
  let walk: Walk
  private var index: LedgerIndex { walk.index }
  private var path: Set<EventNumber> = []
  private var mention: Set<EventNumber> = []
  private var contradicted: Set<ItemNumber> = []
  /// Events of followed links; they stand in order by the links' own rules.
  private var linkEvents: Set<EventNumber> = []
  /// How each item was reached.
  private var bounds: [ItemNumber: Bound] = [:]

  /// The events by which an item was reached: the first of them (forward) or the last (backward)
  /// bounds what else can have carried it.
  private struct Bound {
    var span: TimeSpan
    var event: EventNumber
    var events: Set<EventNumber>
    /// Whether a link without time leads to it, too: from a lot to its serials.
    var isTimeless = false
  }

  init(walk: Walk) { self.walk = walk }

  func classify() -> (
    path: Set<EventNumber>, mention: Set<EventNumber>, contradicted: Set<ItemNumber>
  ) {
    var copy = self
    copy.run()
    return (copy.path, copy.mention, copy.contradicted)
  }

  private mutating func run() {
    let seeds = Set(walk.seeds)
    var ownItems = seeds
    for node in walk.nodes {
      takeLinks(of: node)
      if let item = index.item(ofNode: node), !ownItems.contains(item),
        index.nodes(of: item).contains(node) || !index.carriers(of: item).contains(node)
      {
        ownItems.insert(item)
      }
    }
    for link in walk.contentLinks {
      path.insert(link.event)
      bound(link.child, by: link.event)
    }
    linkEvents = path
    for item in ownItems {
      let events = effectiveEvents(of: item)
      if seeds.contains(item) {
        path.formUnion(events)
      } else {
        classify(item, events)
      }
    }
  }

  /// Events of the links that leave a reached node (forward) or enter it (backward), and the bounds
  /// that they set for the item at the other end.
  private mutating func takeLinks(of node: UInt32) {
    let item = index.item(ofNode: node)
    for slot in index.graph.slots(of: node, walk.direction) {
      let edge = index.graph.edge(in: slot, of: node, walk.direction)
      guard edge.event != GraphEdge.noEvent else { continue }
      let event = EventNumber(edge.event)
      path.insert(event)
      let end = walk.direction == .forward ? edge.to : edge.from
      if let other = index.item(ofNode: end), other != item {
        bound(other, by: event, isTimeless: isSerialLink(edge))
      }
    }
  }

  /// Whether an edge leads from a lot to one of its serials. No other edge joins these two kinds
  /// without a node between.
  private func isSerialLink(_ edge: GraphEdge) -> Bool {
    guard let from = index.item(ofNode: edge.from), let to = index.item(ofNode: edge.to) else {
      return false
    }
    return index.kind(of: from) == .lot && index.kind(of: to) == .serialised
      && !index.isVessel(from)
  }

  private mutating func bound(
    _ item: ItemNumber, by event: EventNumber, isTimeless: Bool = false
  ) {
    let span = index.span(of: event)
    guard var known = bounds[item] else {
      bounds[item] = Bound(span: span, event: event, events: [event], isTimeless: isTimeless)
      return
    }
    known.events.insert(event)
    known.isTimeless = known.isTimeless || isTimeless
    let isBetter =
      walk.direction == .forward
      ? span.earliest < known.span.earliest
      : isLater(event, than: known.event)
    if isBetter {
      known.span = span
      known.event = event
    }
    bounds[item] = known
  }

  /// Order by last possible instant, then by first, then by number: by time and content.
  private func isLater(_ a: EventNumber, than b: EventNumber) -> Bool {
    let (x, y) = (index.span(of: a), index.span(of: b))
    if x.latest != y.latest { return x.latest > y.latest }
    if x.earliest != y.earliest { return x.earliest > y.earliest }
    return a > b
  }

  /// The item's own events and those of the units around it, through any depth.
  private func effectiveEvents(of item: ItemNumber) -> Set<EventNumber> {
    var result = Set(index.timeline(of: item))
    var pending = Self.merged(index.stays(of: item).map { UnitSpan(unit: $0.unit, span: $0.span) })
    var seen = Set(pending)
    while let next = pending.popLast() {
      result.formUnion(index.timeline(of: next.unit, within: next.span))
      var outer: [UnitSpan] = []
      for stay in index.stays(of: next.unit) {
        let common = TimeSpan(
          earliest: max(next.span.earliest, stay.span.earliest),
          latest: min(next.span.latest, stay.span.latest))
        if common.earliest <= common.latest {
          outer.append(UnitSpan(unit: stay.unit, span: common))
        }
      }
      for span in Self.merged(outer) where seen.insert(span).inserted { pending.append(span) }
    }
    return result
  }

  private struct UnitSpan: Hashable {
    let unit: ItemNumber
    let span: TimeSpan
  }

  /// Spans in the same unit that touch become one.
  private static func merged(_ spans: [UnitSpan]) -> [UnitSpan] {
    let sorted = spans.sorted {
      ($0.unit.raw, $0.span.earliest) < ($1.unit.raw, $1.span.earliest)
    }
    var result: [UnitSpan] = []
    for next in sorted {
      guard let last = result.last, last.unit == next.unit,
        next.span.earliest <= last.span.latest
      else {
        result.append(next)
        continue
      }
      let latest = max(last.span.latest, next.span.latest)
      result[result.count - 1] = UnitSpan(
        unit: last.unit, span: TimeSpan(earliest: last.span.earliest, latest: latest))
    }
    return result
  }

  private mutating func classify(_ item: ItemNumber, _ events: Set<EventNumber>) {
    guard let bound = bounds[item], !bound.isTimeless else {
      path.formUnion(events)
      return
    }
    let events = withinOpenings(of: item, events, bound)
    // Not by subtraction of sets, which walks the whole of what is subtracted.
    let others = events.filter { !bound.events.contains($0) }
    let possible = others.filter { isPossible($0, bound.span) }
    var taken = possible
    // A vessel is used again and again: its other fills contradict nothing.
    guard !index.isVessel(item) else {
      path.formUnion(taken)
      mention.formUnion(events)
      return
    }
    switch walk.direction {
    case .forward:
      let contradicting = others.filter { !linkEvents.contains($0) && !isCommissioning($0) }
      if possible.allSatisfy(isCommissioning), !contradicting.isEmpty,
        contradicting.allSatisfy({ !isPossible($0, bound.span) })
      {
        taken.formUnion(contradicting)
        contradicted.insert(item)
      }
    case .backward:
      guard let site = site(of: bound.event) else { break }
      let atSite = others.filter { self.site(of: $0) == site }
      let there = atSite.filter { !linkEvents.contains($0) }
      if !there.isEmpty, atSite.allSatisfy({ !isPossible($0, bound.span) }) {
        let last = there.map { index.span(of: $0).latest }.max() ?? Int64.max
        taken.formUnion(others.filter { index.span(of: $0).earliest <= last })
        contradicted.insert(item)
      }
    }
    path.formUnion(taken)
    mention.formUnion(events)
  }

  /// Of a unit, the events of the openings in which it was reached: used again, it does not tie
  /// years together.
  private func withinOpenings(
    of unit: ItemNumber, _ events: Set<EventNumber>, _ bound: Bound
  ) -> Set<EventNumber> {
    guard index.hadContents(unit), !index.isVessel(unit) else { return events }
    var bounds: [UInt32: TimeSpan] = [:]
    for stay in index.stays(in: unit) {
      let known = bounds[stay.opening] ?? stay.span
      bounds[stay.opening] = TimeSpan(
        earliest: min(known.earliest, stay.span.earliest),
        latest: max(known.latest, stay.span.latest))
    }
    let openings = bounds.values.sorted { ($0.earliest, $0.latest) < ($1.earliest, $1.latest) }
    let windows = bound.events.map { event in
      let span = index.span(of: event)
      let isOutput = index.mentions(of: event).contains { $0.item == unit && $0.role == .output }
      return chosen(from: openings, at: span, isOutput: isOutput).reduce(span) { window, opening in
        TimeSpan(
          earliest: min(window.earliest, opening.earliest),
          latest: max(window.latest, opening.latest))
      }
    }
    return events.filter { event in
      let span = index.span(of: event)
      return windows.contains { $0.earliest <= span.latest && span.earliest <= $0.latest }
    }
  }

  /// The openings at a time; else, of an output the next one, otherwise the one before; else the
  /// nearest.
  private func chosen(from all: [TimeSpan], at span: TimeSpan, isOutput: Bool) -> [TimeSpan] {
    let there = all.filter { $0.earliest <= span.latest && span.earliest <= $0.latest }
    if !there.isEmpty { return there }
    let next = all.first { $0.earliest > span.latest }
    let previous = all.last { $0.latest < span.earliest }
    let nearest = isOutput ? next ?? previous : previous ?? next
    return nearest.map { [$0] } ?? []
  }

  /// Forward: can follow what reached the item. Backward: can precede what it went into.
  private func isPossible(_ event: EventNumber, _ bound: TimeSpan) -> Bool {
    let span = index.span(of: event)
    return walk.direction == .forward ? bound.canPrecede(span) : span.canPrecede(bound)
  }

  private func isCommissioning(_ event: EventNumber) -> Bool {
    let event = index.event(event)
    return event.kind == .object && event.action == .add
  }

  private func site(of event: EventNumber) -> PlaceNumber? {
    index.event(event).place.map(index.site)
  }
}
