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

/// The openings of each unit, the stays of each opening, and each unit's stays in others.
struct UnitTables {
  private let byUnit: Grouping
  private let byOpening: Grouping
  private let byChild: Grouping

  init(_ compilation: Compilation) {
    let scratch = compilation.facts.builder.scratch
    byUnit = Grouping(compilation.openingUnits, below: compilation.itemCount)
    var openings = Column<UInt32>(scratch: scratch)
    var children = Column<UInt32>(scratch: scratch)
    for stay in compilation.stays.indices {
      let row = compilation.stays[stay]
      openings.append(row.opening)
      children.append(compilation.hadContents(row.child) ? row.child : none32)
    }
    byOpening = Grouping(openings, below: compilation.openingUnits.count)
    byChild = Grouping(children, below: compilation.itemCount)
  }

  func openings(of unit: UInt32) -> [UInt32] { byUnit[unit] }

  func hasOpenings(_ unit: UInt32) -> Bool { byUnit.count(unit) > 0 }

  func stays(of opening: UInt32) -> [UInt32] { byOpening[opening] }

  /// The stays of a unit in others.
  func staysOfChild(_ unit: UInt32) -> [UInt32] { byChild[unit] }
}

extension Compilation {
  /// Child → carrier → outer carrier or transformation, and from units that are outputs to their
  /// contents.
  mutating func linkCarriers() {
    let tables = UnitTables(self)
    var carriers = CarrierBuilder(tables: tables, uses: unitUses(), openings: openingUnits.count)
    for stay in stays.indices { carriers.enter(UInt32(stay), &self) }
    carriers.linkLateUses(&self)
    linkUnitOutputs(tables)
  }

  /// Events that use the contents of a unit: a transformation that names it as input, an entry of the
  /// unit into a vessel.
  private func unitUses() -> [UInt32: [UnitUse]] {
    var uses: [UInt32: [UnitUse]] = [:]
    for event in 0..<UInt32(facts.count) {
      let kind = facts.kind(event)
      if kind == .transformation {
        for mention in facts.mentions(event)
        where facts.role(mention) == .input && hadContents(facts.item(mention)) {
          uses[facts.item(mention), default: []].append(UnitUse(event: event, vessel: nil))
        }
      } else if kind == .aggregation, let parent = facts.parent(event), isVessel(parent),
        facts.action(event) != .delete
      {
        for mention in facts.mentions(event)
        where facts.role(mention) == .child && hadContents(facts.item(mention)) {
          uses[facts.item(mention), default: []].append(UnitUse(event: event, vessel: parent))
        }
      }
    }
    return uses
  }

  mutating func findBounds() {
    openingBounds = Array(
      repeating: (start: Int64.max, end: Int64.min), count: openingUnits.count)
    for stay in stays.indices {
      let row = stays[stay]
      let bounds = openingBounds[Int(row.opening)]
      openingBounds[Int(row.opening)] = (
        min(bounds.start, row.earliestStart), max(bounds.end, row.latestEnd)
      )
    }
  }

  func bounds(of opening: UInt32) -> (start: Int64, end: Int64) { openingBounds[Int(opening)] }

  /// An output that is a unit carries its contents on: those of the openings at that time, else of
  /// the next one, else of the one before, which contradicts the order.
  private mutating func linkUnitOutputs(_ tables: UnitTables) {
    for event in 0..<UInt32(facts.count) where facts.kind(event) == .transformation {
      for mention in facts.mentions(event) where facts.role(mention) == .output {
        let unit = facts.item(mention)
        guard tables.hasOpenings(unit), !isVessel(unit) else { continue }
        let (chosen, marks) = pair(facts.span(event), with: tables.openings(of: unit))
        linkOutput(unit, event, chosen, marks, tables)
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
    links.append(from: transformationHub(event), to: hub, event, .origin)
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
      for stay in tables.stays(of: carrier.opening) {
        let row = stays[Int(stay)]
        guard let common = carrier.common(with: row) else { continue }
        var marks = hub == output ? outputMarks : []
        if facts.isDeclaredInError(row.startEvent) { marks.insert(.declaredInError) }
        links.append(from: hub, to: row.child, event, .end, marks)
        for inner in tables.openings(of: row.child) {
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
          links.append(from: hub, to: to ?? hub, event, .none, marks)
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
