import ProvenanceGraph
import Traceability

extension Compilation {
  /// Something that leaves a unit with its contents: a transformation that names the unit, or the
  /// unit's own stay in an outer one.
  private struct Exit {
    enum Target {
      case transformation(event: UInt32)
      case outer(stay: UInt32)
      case vessel(item: UInt32, event: UInt32)
    }

    var target: Target
    var earliest: Int64
    var latest: Int64
    var marks: EdgeMarks = []
  }

  /// Child → carrier → outer carrier or transformation, and from units that are outputs to their
  /// contents.
  mutating func linkCarriers() {
    var exits = exitsByOpening()
    for opening in openings.indices {
      openings[opening].carriers = carriers(opening, exits[UInt32(opening)] ?? [])
    }
    for opening in openings.indices {
      linkEntries(opening)
      linkExits(opening, exits[UInt32(opening)] ?? [])
    }
    exits = [:]
    linkUnitOutputs()
  }

  /// The exits of each opening, by its number.
  private func exitsByOpening() -> [UInt32: [Exit]] {
    var openingsOfUnit: [UInt32: [UInt32]] = [:]
    for (number, opening) in openings.enumerated() {
      openingsOfUnit[opening.unit, default: []].append(UInt32(number))
    }
    var exits: [UInt32: [Exit]] = [:]
    for (number, stay) in stays.enumerated() {
      for opening in openingsOfUnit[stay.child] ?? [] {
        let (start, end) = bounds(of: opening)
        if start <= stay.latestEnd, stay.earliestStart <= end {
          exits[opening, default: []].append(
            Exit(
              target: .outer(stay: UInt32(number)), earliest: stay.earliestStart,
              latest: stay.latestEnd))
        }
      }
    }
    for event in order {
      for (unit, target) in namedExits(event) {
        addExit(of: event, target, among: openingsOfUnit[unit] ?? [], to: &exits)
      }
    }
    return exits
  }

  /// Units whose contents an event uses: inputs of a transformation, children put into a vessel.
  private func namedExits(_ event: UInt32) -> [(unit: UInt32, target: Exit.Target)] {
    let kind = facts.events[Int(event)].kind
    let rows = mentions(of: event)
    if kind == EventKind.transformation.rawValue {
      return rows.filter { $0.role == ItemRole.input.rawValue && hadContents[Int($0.item)] }
        .map { ($0.item, .transformation(event: event)) }
    }
    guard kind == EventKind.aggregation.rawValue,
      let parent = rows.first(where: { $0.role == ItemRole.parent.rawValue })?.item,
      isVessel[Int(parent)], facts.events[Int(event)].action != EventAction.delete.rawValue
    else { return [] }
    return rows.filter { $0.role == ItemRole.child.rawValue && hadContents[Int($0.item)] }
      .map { ($0.item, .vessel(item: parent, event: event)) }
  }

  /// Joins the use of a unit with the openings in which it can have happened; a use before the first
  /// packing on record is a late clerk's.
  private func addExit(
    of event: UInt32, _ target: Exit.Target, among candidates: [UInt32],
    to exits: inout [UInt32: [Exit]]
  ) {
    let span = span(event)
    var exit = Exit(target: target, earliest: span.earliest, latest: span.latest)
    let possible = candidates.filter {
      let (start, end) = bounds(of: $0)
      return start <= span.latest && span.earliest <= end
    }
    for opening in possible { exits[opening, default: []].append(exit) }
    guard possible.isEmpty, let first = candidates.min(by: { bounds(of: $0) < bounds(of: $1) }),
      bounds(of: first).start > span.latest
    else { return }
    exit.marks = .orderContradicted
    exit.earliest = Int64.min
    exit.latest = Int64.max
    exits[first, default: []].append(exit)
  }

  /// The first and last instants at which anything can have been inside.
  func bounds(of opening: UInt32) -> (start: Int64, end: Int64) {
    var result = (start: Int64.max, end: Int64.min)
    for stay in openings[Int(opening)].stays {
      result.start = min(result.start, stays[Int(stay)].earliestStart)
      result.end = max(result.end, stays[Int(stay)].latestEnd)
    }
    return result
  }

  private func isInside(_ stay: UInt32, _ exit: Exit) -> Bool {
    let row = stays[Int(stay)]
    return row.earliestStart <= exit.latest && exit.earliest <= row.latestEnd
  }

  /// One carrier for each set of contents that an exit can have taken along, and one for contents
  /// that no exit took.
  private mutating func carriers(
    _ opening: Int, _ exits: [Exit]
  ) -> [(hub: UInt32, stays: [UInt32])] {
    let all = openings[opening].stays
    var sets: [[UInt32]] = []
    var left = Set(all)
    for exit in exits {
      let taken = all.filter { isInside($0, exit) }
      left.subtract(taken)
      if !taken.isEmpty, !sets.contains(taken) { sets.append(taken) }
    }
    if !left.isEmpty { sets.append(all.filter(left.contains)) }
    return sets.map { (newHub(of: openings[opening].unit), $0) }
  }

  /// Child → carrier, and carrier of the child → carrier.
  private mutating func linkEntries(_ opening: Int) {
    for carrier in openings[opening].carriers {
      for stay in carrier.stays {
        let row = stays[Int(stay)]
        links.append(
          HubLink(
            from: row.child, to: carrier.hub, fromEvent: row.startEvent, toEvent: none32,
            event: row.startEvent == none32 ? row.endEvent : row.startEvent))
      }
    }
  }

  private mutating func linkExits(_ opening: Int, _ exits: [Exit]) {
    for exit in exits {
      let taken = openings[opening].stays.filter { isInside($0, exit) }
      guard let carrier = openings[opening].carriers.first(where: { $0.stays == taken }) else {
        continue
      }
      switch exit.target {
      case .transformation(let event):
        links.append(
          HubLink(
            from: carrier.hub, to: transformationHub(event), fromEvent: none32, toEvent: event,
            event: event, marks: exit.marks))
      case .vessel(let item, let event):
        links.append(
          HubLink(
            from: carrier.hub, to: item, fromEvent: none32, toEvent: event, event: event,
            marks: exit.marks))
      case .outer(let stay):
        let row = stays[Int(stay)]
        for outer in openings[Int(row.opening)].carriers where outer.stays.contains(stay) {
          links.append(
            HubLink(
              from: carrier.hub, to: outer.hub, fromEvent: none32, toEvent: none32,
              event: row.startEvent == none32 ? row.endEvent : row.startEvent))
        }
      }
    }
  }

  /// An output that is a unit carries its contents on: the opening at that time, else the next one,
  /// else the one before, which contradicts the order.
  private mutating func linkUnitOutputs() {
    var openingsOfUnit: [UInt32: [UInt32]] = [:]
    for (number, opening) in openings.enumerated() {
      openingsOfUnit[opening.unit, default: []].append(UInt32(number))
    }
    for event in order where facts.events[Int(event)].kind == EventKind.transformation.rawValue {
      for mention in mentions(of: event) where mention.role == ItemRole.output.rawValue {
        guard let candidates = openingsOfUnit[mention.item], !isVessel[Int(mention.item)] else {
          continue
        }
        let (chosen, marks) = pair(span(event), with: candidates)
        for opening in chosen {
          linkOutput(mention.item, event, opening: Int(opening), marks, openingsOfUnit)
        }
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
    _ unit: UInt32, _ event: UInt32, opening: Int, _ marks: EdgeMarks,
    _ openingsOfUnit: [UInt32: [UInt32]]
  ) {
    let hub = newHub(of: unit)
    links.append(
      HubLink(
        from: transformationHub(event), to: hub, fromEvent: event, toEvent: none32, event: event,
        marks: marks))
    for carrier in openings[opening].carriers {
      links.append(
        HubLink(
          from: hub, to: carrier.hub, fromEvent: none32, toEvent: none32, event: event))
    }
    for child in contents(of: UInt32(opening), openingsOfUnit) {
      links.append(
        HubLink(from: hub, to: child, fromEvent: none32, toEvent: event, event: event))
    }
  }

  /// What was inside during an opening, through any depth.
  private func contents(
    of opening: UInt32, _ openingsOfUnit: [UInt32: [UInt32]]
  ) -> [UInt32] {
    var found: Set<UInt32> = []
    var pending = [opening]
    var seen: Set<UInt32> = [opening]
    while let next = pending.popLast() {
      for stay in openings[Int(next)].stays {
        let row = stays[Int(stay)]
        found.insert(row.child)
        for inner in openingsOfUnit[row.child] ?? [] {
          let (start, end) = bounds(of: inner)
          if start <= row.latestEnd, row.earliestStart <= end, seen.insert(inner).inserted {
            pending.append(inner)
          }
        }
      }
    }
    return found.sorted()
  }
}
