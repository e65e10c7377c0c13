import ProvenanceGraph
import Traceability

/// What is carried by a unit during one opening and can have been inside within one window of time:
/// contents that came and went together share a carrier.
struct Carrier: Hashable {
  var opening: UInt32
  var earliest: Int64
  var latest: Int64

  init(opening: UInt32, earliest: Int64, latest: Int64) {
    self.opening = opening
    self.earliest = earliest
    self.latest = latest
  }

  /// All that was inside during an opening.
  init(whole opening: UInt32) {
    self.init(opening: opening, earliest: Int64.min, latest: Int64.max)
  }

  /// The carrier of what is here and, while it is, inside by a stay; nil if they never meet.
  func common(with stay: StayRow) -> Carrier? {
    let earliest = max(earliest, stay.earliestStart)
    let latest = min(latest, stay.latestEnd)
    guard earliest <= latest else { return nil }
    return Carrier(opening: stay.opening, earliest: earliest, latest: latest)
  }
}

/// The openings of each unit, and each unit's stays in others.
struct UnitTables {
  var openingsOfUnit: [UInt32: [UInt32]] = [:]
  var staysOfChild: [UInt32: [UInt32]] = [:]

  init(_ compilation: Compilation) {
    for (number, opening) in compilation.openings.enumerated() {
      openingsOfUnit[opening.unit, default: []].append(UInt32(number))
    }
    for (number, stay) in compilation.stays.enumerated()
    where compilation.hadContents[Int(stay.child)] {
      staysOfChild[stay.child, default: []].append(UInt32(number))
    }
  }
}

extension Compilation {
  /// Child → carrier → outer carrier or transformation, and from units that are outputs to their
  /// contents.
  mutating func linkCarriers() {
    let tables = UnitTables(self)
    var carriers = CarrierBuilder(tables: tables, uses: unitUses())
    for stay in stays.indices { carriers.enter(UInt32(stay), &self) }
    carriers.linkLateUses(&self)
    linkUnitOutputs(tables)
  }

  /// Events that use the contents of a unit: a transformation that names it as input, an entry of the
  /// unit into a vessel.
  private func unitUses() -> [UInt32: [UnitUse]] {
    var uses: [UInt32: [UnitUse]] = [:]
    for event in order {
      let kind = facts.events[Int(event)].kind
      let rows = mentions(of: event)
      if kind == EventKind.transformation.rawValue {
        for row in rows where row.role == ItemRole.input.rawValue && hadContents[Int(row.item)] {
          uses[row.item, default: []].append(UnitUse(event: event, vessel: nil))
        }
      } else if kind == EventKind.aggregation.rawValue,
        let parent = rows.first(where: { $0.role == ItemRole.parent.rawValue })?.item,
        isVessel[Int(parent)], facts.events[Int(event)].action != EventAction.delete.rawValue
      {
        for row in rows where row.role == ItemRole.child.rawValue && hadContents[Int(row.item)] {
          uses[row.item, default: []].append(UnitUse(event: event, vessel: parent))
        }
      }
    }
    return uses
  }

  func bounds(of opening: UInt32) -> (start: Int64, end: Int64) {
    openings[Int(opening)].bounds
  }

  mutating func findBounds() {
    for stay in stays {
      let bounds = openings[Int(stay.opening)].bounds
      openings[Int(stay.opening)].bounds = (
        min(bounds.start, stay.earliestStart), max(bounds.end, stay.latestEnd)
      )
    }
  }

  /// An output that is a unit carries its contents on: those of the openings at that time, else of
  /// the next one, else of the one before, which contradicts the order.
  private mutating func linkUnitOutputs(_ tables: UnitTables) {
    for event in order where facts.events[Int(event)].kind == EventKind.transformation.rawValue {
      for mention in mentions(of: event) where mention.role == ItemRole.output.rawValue {
        guard let candidates = tables.openingsOfUnit[mention.item], !isVessel[Int(mention.item)]
        else { continue }
        let (chosen, marks) = pair(span(event), with: candidates)
        linkOutput(mention.item, event, chosen, marks, tables)
      }
    }
  }

  private func pair(_ span: TimeSpan, with candidates: [UInt32]) -> ([UInt32], EdgeMarks) {
    let possible = candidates.filter {
      let (start, end) = bounds(of: $0)
      return start <= span.latest && span.earliest <= end
    }
    if !possible.isEmpty { return (possible, []) }
    let sorted = candidates.sorted { bounds(of: $0) < bounds(of: $1) }
    if let next = sorted.first(where: { bounds(of: $0).start > span.latest }) {
      return ([next], [])
    }
    return (sorted.suffix(1), .orderContradicted)
  }

  private mutating func linkOutput(
    _ unit: UInt32, _ event: UInt32, _ openings: [UInt32], _ marks: EdgeMarks,
    _ tables: UnitTables
  ) {
    let hub = newHub(of: unit)
    outputHubs.insert(hub)
    links.append(
      HubLink(
        from: transformationHub(event), to: hub, fromEvent: event, toEvent: none32, event: event))
    linkContents(of: hub, openings, event, marks, tables)
  }

  /// Output unit → what was inside, through any depth.
  private mutating func linkContents(
    of output: UInt32, _ openings: [UInt32], _ event: UInt32, _ outputMarks: EdgeMarks,
    _ tables: UnitTables
  ) {
    // That the unit is an output is certain; the doubt is whether this was inside then.
    var pending = openings.map { (Carrier(whole: $0), output) }
    var seen: [Carrier: UInt32] = [:]
    while let (carrier, hub) = pending.popLast() {
      for stay in self.openings[Int(carrier.opening)].stays {
        let row = stays[Int(stay)]
        guard let common = carrier.common(with: row) else { continue }
        var marks = hub == output ? outputMarks : []
        if facts.events[Int(row.startEvent)].declarationEntry != 0 {
          marks.insert(.declaredInError)
        }
        links.append(
          HubLink(
            from: hub, to: row.child, fromEvent: none32, toEvent: event, event: event,
            marks: marks))
        for inner in tables.openingsOfUnit[row.child] ?? [] {
          var next = common
          next.opening = inner
          if seen.count >= CarrierBuilder.maximumWindows { next = Carrier(whole: inner) }
          var to = seen[next]
          if to == nil {
            let made = newHub(of: row.child)
            outputHubs.insert(made)
            seen[next] = made
            pending.append((next, made))
            to = made
          }
          links.append(
            HubLink(
              from: hub, to: to ?? hub, fromEvent: none32, toEvent: none32, event: event,
              marks: marks))
        }
      }
    }
  }
}

/// An event that uses the contents of a unit.
struct UnitUse {
  var event: UInt32
  /// The vessel that the unit was put into; nil for a transformation.
  var vessel: UInt32?
}

/// Makes carriers as they are needed and links them onward.
struct CarrierBuilder {
  let tables: UnitTables
  let uses: [UInt32: [UnitUse]]
  private var hubs: [Carrier: UInt32] = [:]
  /// The carriers of each opening.
  private var hubsOfOpening: [UInt32: [UInt32]] = [:]
  private var pending: [(carrier: Carrier, hub: UInt32)] = []

  /// Beyond so many windows of time in one opening, whatever is inside shares one carrier: rather too
  /// much is followed than memory used without bound.
  static let maximumWindows = 4096

  init(tables: UnitTables, uses: [UInt32: [UnitUse]]) {
    self.tables = tables
    self.uses = uses
  }

  /// Child → carrier of its stay.
  mutating func enter(_ stay: UInt32, _ compilation: inout Compilation) {
    let row = compilation.stays[Int(stay)]
    let hub = hub(ofStay: row, &compilation)
    compilation.links.append(
      HubLink(
        from: row.child, to: hub, fromEvent: row.startEvent, toEvent: none32,
        event: row.startEvent))
  }

  private mutating func hub(ofStay row: StayRow, _ compilation: inout Compilation) -> UInt32 {
    let hub = hub(
      of: Carrier(opening: row.opening, earliest: row.earliestStart, latest: row.latestEnd),
      &compilation)
    while let next = pending.popLast() { linkOnward(next.carrier, next.hub, &compilation) }
    return hub
  }

  /// The hub of a carrier; a new one waits to be linked to all that it is carried into.
  private mutating func hub(of carrier: Carrier, _ compilation: inout Compilation) -> UInt32 {
    if let known = hubs[carrier] { return known }
    var carrier = carrier
    if hubsOfOpening[carrier.opening]?.count ?? 0 >= Self.maximumWindows {
      carrier = Carrier(whole: carrier.opening)
      if let known = hubs[carrier] { return known }
    }
    let hub = compilation.newHub(of: compilation.openings[Int(carrier.opening)].unit)
    hubsOfOpening[carrier.opening, default: []].append(hub)
    hubs[carrier] = hub
    pending.append((carrier, hub))
    return hub
  }

  private mutating func linkOnward(
    _ carrier: Carrier, _ hub: UInt32, _ compilation: inout Compilation
  ) {
    let unit = compilation.openings[Int(carrier.opening)].unit
    for outer in tables.staysOfChild[unit] ?? [] {
      let row = compilation.stays[Int(outer)]
      guard let common = carrier.common(with: row) else { continue }
      let to = self.hub(of: common, &compilation)
      compilation.links.append(
        HubLink(from: hub, to: to, fromEvent: none32, toEvent: none32, event: row.startEvent))
    }
    for use in uses[unit] ?? [] {
      let span = compilation.span(use.event)
      guard carrier.earliest <= span.latest, span.earliest <= carrier.latest else { continue }
      link(hub, to: use, [], &compilation)
    }
  }

  private func link(
    _ hub: UInt32, to use: UnitUse, _ marks: EdgeMarks, _ compilation: inout Compilation
  ) {
    let target = use.vessel ?? compilation.transformationHub(use.event)
    compilation.links.append(
      HubLink(
        from: hub, to: target, fromEvent: none32, toEvent: use.event, event: use.event,
        marks: marks))
  }

  /// A unit that is used before anything is on record as inside: a late clerk's packing acquits
  /// nobody, so the contents of its first opening count.
  mutating func linkLateUses(_ compilation: inout Compilation) {
    for unit in uses.keys.sorted() {
      guard let openings = tables.openingsOfUnit[unit],
        let first = openings.min(by: { compilation.bounds(of: $0) < compilation.bounds(of: $1) })
      else { continue }
      let start = compilation.bounds(of: first).start
      for use in uses[unit] ?? [] where compilation.span(use.event).latest < start {
        for hub in hubsOfOpening[first] ?? [] {
          link(hub, to: use, .orderContradicted, &compilation)
        }
      }
    }
  }
}
