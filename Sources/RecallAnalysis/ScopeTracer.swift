public import LedgerIndex
import ProvenanceGraph
public import Traceability

/// Refines a conservative trace by place and time, after the documentation page *What a trace
/// follows*.
public struct ScopeTracer: Sendable {
  let index: LedgerIndex
  let links: [EventNumber: Links]

  /// A tracer over an index.
  /// - Parameter links: what the log holds of the events of the traces to refine: amounts, documents,
  ///   where goods come from and go to. What is missing counts as not said.
  public init(_ index: LedgerIndex, links: [EventNumber: Links]) {
    self.index = index
    self.links = links
  }

  /// The refined answer to the question of a trace.
  /// - Complexity: O(n log n) in the reached links and the events of reached items, but for what the
  ///   places of one lot ask: see *What a trace follows*.
  public func scope(of trace: Trace) -> Scope {
    var scoping = Scoping(index: index, links: links, trace: trace)
    scoping.startFromItems()
    return scoping.scope()
  }
}

/// One refinement under way.
struct Scoping {
  typealias State = ScopeWalk.State

  let index: LedgerIndex
  let links: [EventNumber: Links]
  let trace: Trace
  var walk: ScopeWalk
  var starts: [ScopeWalk.Start] = []
  /// Nodes that the conservative answer starts from and this one does not: what went into a seed by
  /// an event declared to be in error.
  var erroneous: [UInt32] = []

  init(index: LedgerIndex, links: [EventNumber: Links], trace: Trace) {
    self.index = index
    self.links = links
    self.trace = trace
    walk = ScopeWalk(
      index: index, direction: trace.direction, links: links,
      allowed: Set(trace.items.map(\.item)))
  }

  // MARK: Seeds

  mutating func startFromItems() {
    for seed in trace.seeds {
      if index.isLot(seed) {
        let life = walk.life(of: seed)
        for node in 0...walk.lives[life].whole {
          starts.append(ScopeWalk.Start(state: .lot(life, node)))
        }
      } else {
        for node in index.nodes(of: seed) { start(.node(node)) }
      }
      guard index.hadContents(seed) else { continue }
      for node in index.carriers(of: seed) { start(.node(node)) }
      if trace.direction == .forward {
        startContents(of: seed, TimeSpan(earliest: .min, latest: .max))
      }
    }
  }

  mutating func start(_ state: State, event: EventNumber? = nil) {
    starts.append(ScopeWalk.Start(state: state, event: event))
  }

  /// What was inside a unit within a span, through any depth: of lots, that portion.
  mutating func startContents(of seed: ItemNumber, _ span: TimeSpan) {
    struct Inside: Hashable {
      var unit: ItemNumber
      var span: TimeSpan
      var isInError = false
    }
    var pending = [Inside(unit: seed, span: span)]
    var seen = Set(pending)
    while let inside = pending.popLast() {
      for stay in index.stays(in: inside.unit) {
        let common = TimeSpan(
          earliest: max(inside.span.earliest, stay.span.earliest),
          latest: min(inside.span.latest, stay.span.latest))
        guard common.earliest <= common.latest else { continue }
        let isInError = inside.isInError || index.isInError(stay.start)
        if isInError {
          erroneous += index.nodes(of: stay.child)
        } else {
          startContent(stay)
        }
        let next = Inside(unit: stay.child, span: common, isInError: isInError)
        if seen.insert(next).inserted { pending.append(next) }
      }
    }
  }

  private mutating func startContent(_ stay: Stay) {
    guard index.isLot(stay.child) else {
      for node in index.nodes(of: stay.child) { start(.node(node), event: stay.start) }
      return
    }
    let life = walk.life(of: stay.child)
    for (number, portion) in walk.lives[life].portions.enumerated() where portion.stay == stay {
      start(.lot(life, walk.lives[life].firstPortion + number), event: stay.start)
    }
  }

  // MARK: The answer

  mutating func scope() -> Scope {
    walk.run(from: starts)
    var scope = Scope(direction: trace.direction)
    for state in walk.reached {
      guard let item = walk.item(of: state) else { continue }
      scope.items[item] = min(scope.items[item] ?? .assumed, certainty(of: state))
    }
    for traced in trace.items where !traced.isCertain && scope.items[traced.item] == .certain {
      scope.items[traced.item] = .possible
    }
    addLotHoldings(&scope)
    addOtherHoldings(&scope)
    if trace.direction == .forward { addOpenShipments(&scope) }
    separate(&scope)
    return scope
  }

  private func certainty(of state: State) -> ScopeCertainty {
    walk.certainty(of: state) ?? .assumed
  }

  func isReached(_ state: State) -> Bool { walk.certainty(of: state) != nil }

  private func addLotHoldings(_ scope: inout Scope) {
    struct Key: Hashable {
      var item: ItemNumber
      var place: ScopedHolding.Place
    }
    var found: [Key: (time: Int64, certainty: ScopeCertainty)] = [:]
    let isForward = trace.direction == .forward
    for state in walk.reached {
      guard case .lot(let number, let node) = state, let item = walk.item(of: state) else {
        continue
      }
      guard let (place, span) = walk.lives[number].holding(node, trace.direction, index) else {
        continue
      }
      let time = isForward ? span.earliest : span.latest
      let certainty = min(max(certainty(of: state), scope.items[item] ?? .assumed), .assumed)
      let key = Key(item: item, place: place)
      guard let known = found[key] else {
        found[key] = (time, certainty)
        continue
      }
      found[key] = (
        isForward ? min(known.time, time) : max(known.time, time), min(known.certainty, certainty)
      )
    }
    for (key, value) in found {
      scope.holdings.insert(
        ScopedHolding(
          item: key.item, place: key.place, time: value.time, certainty: value.certainty))
    }
  }

  /// Units, serialised items and vessels are where the path events that name them are.
  private func addOtherHoldings(_ scope: inout Scope) {
    let seeds = Set(trace.seeds)
    let bounds = walk.bounds.filter { !seeds.contains($0.key) }
    var events: [ItemNumber: [EventNumber]] = [:]
    for event in trace.pathEvents where !index.isInError(event) {
      guard index.event(event).kind != .association, index.event(event).place != nil else {
        continue
      }
      for item in Set(index.mentions(of: event).map(\.item))
      where scope.items[item] != nil && !index.isLot(item) {
        events[item, default: []].append(event)
      }
    }
    let isForward = trace.direction == .forward
    for (item, events) in events {
      let spans = events.map { index.span(of: $0) }
      let possible = zip(events, spans).filter { _, span in
        guard let bound = bounds[item] else { return true }
        return isForward ? bound <= span.latest : span.earliest <= bound
      }
      var times: [PlaceNumber: Int64] = [:]
      for (event, span) in possible.isEmpty ? Array(zip(events, spans)) : possible {
        guard let place = index.site(ofEvent: event) else { continue }
        times[place] =
          isForward
          ? min(times[place] ?? .max, span.earliest) : max(times[place] ?? .min, span.latest)
      }
      for (place, time) in times {
        scope.holdings.insert(
          ScopedHolding(
            item: item, place: .site(place), time: time,
            certainty: scope.items[item] ?? .assumed))
      }
    }
  }

  /// Departures that no arrival answers to: of lots as they were matched, of units and serialised
  /// items those after which they were not seen elsewhere.
  private func addOpenShipments(_ scope: inout Scope) {
    for state in walk.reached {
      guard case .lot(let number, let node) = state else { continue }
      if let shipment = walk.lives[number].openShipment(at: node) {
        scope.openShipments.insert(shipment)
      }
    }
    for event in trace.pathEvents where !index.isInError(event) {
      guard LotReader.departing.contains(index.bizStep(of: event)) else { continue }
      for mention in index.mentions(of: event)
      where mention.role == .object && scope.items[mention.item] != nil
        && !index.isLot(mention.item) && isLast(event, of: mention.item)
      {
        scope.openShipments.insert(
          OpenShipment(
            item: mention.item, event: event, destination: destination(of: event)))
      }
    }
  }

  /// Whether a unit or serialised item was possibly not seen elsewhere after an event, nor sent back
  /// on record.
  private func isLast(_ event: EventNumber, of item: ItemNumber) -> Bool {
    let span = index.span(of: event)
    let place = index.site(ofEvent: event)
    return !index.timeline(of: item).contains { other in
      guard other != event, !index.isInError(other), index.event(other).kind != .association else {
        return false
      }
      let isElsewhere = index.site(ofEvent: other).map { $0 != place } ?? false
      return span.canPrecede(index.span(of: other))
        && (isElsewhere || index.bizStep(of: other) == LotReader.voiding)
    }
  }

  private func destination(of event: EventNumber) -> String? {
    guard let references = links[event]?.destinations, let first = references.first else {
      return nil
    }
    let site = references.first { $0.type == "location" || $0.identifier.kind == .site }
    return (site ?? first).identifier.uri
  }
}

extension LotLife {
  /// Where a node says that the lot was, and when; nil if it says nothing of that.
  func holding(
    _ node: Int, _ direction: GraphDirection, _ index: LedgerIndex
  ) -> (place: ScopedHolding.Place, span: TimeSpan)? {
    func place(_ place: PlaceNumber?) -> ScopedHolding.Place {
      place.map { ScopedHolding.Place.site($0) } ?? .unknown
    }
    if node < firstUse { return (place(origins[node].place), origins[node].span) }
    if node < firstPortion {
      guard direction == .backward else { return nil }
      let use = uses[node - firstUse]
      return (place(use.place), use.span)
    }
    guard node < firstPresumed else { return nil }
    let stay = portions[node - firstPortion].stay
    let event = direction == .forward ? stay.start : stay.end ?? stay.start
    return (.unit(stay.unit), index.span(of: event))
  }

  /// The departure without an arrival that a node stands for.
  func openShipment(at node: Int) -> OpenShipment? {
    if node >= firstPresumed, node < whole {
      let presumed = presumed[node - firstPresumed]
      return OpenShipment(
        item: item, event: uses[presumed.use].event, destination: presumed.destination)
    }
    guard node >= firstUse, node < firstPortion, lost.contains(node - firstUse) else { return nil }
    return OpenShipment(item: item, event: uses[node - firstUse].event, destination: nil)
  }
}
