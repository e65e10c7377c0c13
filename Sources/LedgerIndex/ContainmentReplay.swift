import Traceability

/// Replays all events in order of time to find who was inside what, and when.
struct ContainmentReplay {
  var compilation: Compilation
  private let facts: SortedFacts
  /// The number of each unit's state + 1; 0 for items that hold nothing.
  private var stateNumbers: Column<UInt32>
  private var states: [UnitState] = []
  /// Instance → the units it is in.
  private var unitsOfChild: [UInt32: Set<UInt32>] = [:]

  /// Events between two steps.
  private static let stepLength = 1 << 18

  init(_ compilation: Compilation) {
    self.compilation = compilation
    facts = compilation.facts
    stateNumbers = Column(zeros: compilation.itemCount)
  }

  mutating func run(step: () throws -> Void) throws {
    for event in 0..<UInt32(facts.count) {
      guard let unit = facts.parent(event), !compilation.isVessel(unit),
        stateNumbers[Int(unit)] == 0
      else { continue }
      states.append(UnitState())
      stateNumbers[Int(unit)] = UInt32(states.count)
    }
    var start = 0
    var nextStep = Self.stepLength
    while start < facts.count {
      let time = facts.times[start]
      var end = start + 1
      while end < facts.count, facts.times[end] == time { end += 1 }
      replay(UInt32(start)..<UInt32(end))
      start = end
      if start >= nextStep {
        try step()
        nextStep = start + Self.stepLength
      }
    }
  }

  private func state(_ unit: UInt32) -> Int? {
    let number = stateNumbers[Int(unit)]
    return number == 0 ? nil : Int(number) - 1
  }

  private mutating func replay(_ instant: Range<UInt32>) {
    for event in instant { see(event) }
    var late: [(event: UInt32, children: [Int], isAll: Bool)] = []
    for event in instant {
      if let unit = unit(of: event, .delete), let rest = unpackInside(unit, event) {
        late.append(rest)
      }
    }
    for event in instant { leaveElsewhere(event) }
    for event in instant { if let unit = unit(of: event, .add) { pack(unit, event) } }
    for event in instant { if let unit = unit(of: event, .observe) { observe(unit, event) } }
    for (event, children, isAll) in late { unpackRest(event, children, isAll) }
  }

  /// The unit that an event packs, unpacks or observes contents of; nil for other events, and for
  /// vessels.
  private func unit(of event: UInt32, _ action: EventAction) -> UInt32? {
    guard facts.action(event) == action, let parent = facts.parent(event),
      !compilation.isVessel(parent)
    else { return nil }
    return parent
  }

  /// The mentions of an event's children.
  private func children(_ event: UInt32) -> [Int] {
    facts.mentions(event).filter { facts.role($0) == .child }
  }

  private func isInstance(_ item: UInt32) -> Bool { facts.itemKind(item)?.isInstance ?? false }

  private func isInside(_ item: UInt32, _ unit: UInt32) -> Bool {
    state(unit).map { states[$0].contents.contains(item) } ?? false
  }

  // MARK: The steps of one instant

  /// Takes out what is inside; gives back what is to be unpacked after the packing of this instant.
  private mutating func unpackInside(
    _ unit: UInt32, _ event: UInt32
  ) -> (event: UInt32, children: [Int], isAll: Bool)? {
    let children = children(event)
    if children.isEmpty {
      guard let state = state(unit), !states[state].contents.isEmpty else {
        return (event, [], true)
      }
      noteUnpacking(unit, event)
      takeOutAll(unit, event, flags: 0)
      return nil
    }
    var rest: [Int] = []
    for child in children {
      if isInside(facts.item(child), unit) {
        noteUnpacking(unit, event)
        takeOut(child, unit, event)
      } else {
        rest.append(child)
      }
    }
    return rest.isEmpty ? nil : (event, rest, false)
  }

  private mutating func pack(_ unit: UInt32, _ event: UInt32) {
    let children = children(event)
    guard !children.isEmpty, let state = state(unit) else { return }
    let site = compilation.site(event)
    if states[state].opening != nil, isRefill(states[state], site) {
      takeOutAll(unit, event, flags: StayRow.refilled)
    }
    for child in children {
      putIn(facts.item(child), unit, event, earliest: nil, facts.builder.mentions.amount(child))
    }
    states[state].fillSite = site
    states[state].hasMovedSinceFill = false
  }

  /// Whether a unit that is filled now must have been emptied unseen.
  private func isRefill(_ state: UnitState, _ site: UInt32?) -> Bool {
    let isElsewhere = site != nil && state.fillSite != nil && site != state.fillSite
    guard state.hasMovedSinceFill || isElsewhere else { return false }
    guard let site else { return state.unpackSites.isEmpty }
    return !state.unpackSites.contains(site)
  }

  private mutating func observe(_ unit: UInt32, _ event: UInt32) {
    let new = children(event).filter { !isInside(facts.item($0), unit) }
    guard !new.isEmpty, let state = state(unit) else { return }
    for child in new {
      putIn(
        facts.item(child), unit, event, earliest: states[state].lastEnd,
        facts.builder.mentions.amount(child))
    }
    states[state].fillSite = compilation.site(event)
    states[state].hasMovedSinceFill = false
  }

  private mutating func unpackRest(_ event: UInt32, _ children: [Int], _ isAll: Bool) {
    guard let unit = facts.parent(event), let state = state(unit) else { return }
    if isAll {
      takeOutAll(unit, event, flags: 0)
      return
    }
    for child in children {
      let item = facts.item(child)
      guard !isInside(item, unit) else {
        noteUnpacking(unit, event)
        takeOut(child, unit, event)
        continue
      }
      putIn(item, unit, event, earliest: states[state].lastEnd, nil)
      noteUnpacking(unit, event)
      end(item, unit, event, flags: 0)
    }
  }

  private mutating func noteUnpacking(_ unit: UInt32, _ event: UInt32) {
    guard let site = compilation.site(event), let state = state(unit) else { return }
    states[state].unpackSites.insert(site)
  }

  // MARK: In and out

  /// Begins a stay.
  /// - Parameter earliest: for an unknown time of entry, the first possible instant.
  private mutating func putIn(
    _ child: UInt32, _ unit: UInt32, _ event: UInt32, earliest: Int64?, _ amount: DecimalSum?
  ) {
    guard let state = state(unit) else { return }
    let opening = openingOf(unit, state)
    let stay = UInt32(compilation.stays.count)
    compilation.stays.append(
      StayRow(
        earliestStart: earliest ?? facts.span(event).earliest, latestEnd: Int64.max, unit: unit,
        child: child, opening: opening, startEvent: event, endEvent: none32,
        flags: earliest == nil ? 0 : StayRow.startUnknown))
    if let place = states[state].contents.place(of: child) {
      let known = states[state].contents[place].amount
      states[state].contents[place].moreStays.append(stay)
      states[state].contents[place].amount.packed = DecimalSum.sum(known.packed, amount)
      if amount != nil { states[state].contents[place].amount.hasAmounts = true }
    } else {
      states[state].contents.append(
        .init(child: child, stay: stay, amount: StayAmount(packed: amount)))
    }
    if isInstance(child) { unitsOfChild[child, default: []].insert(unit) }
  }

  /// The present opening of a unit, or a new one.
  private mutating func openingOf(_ unit: UInt32, _ state: Int) -> UInt32 {
    if let opening = states[state].opening { return opening }
    let opening = UInt32(compilation.openingUnits.count)
    compilation.openingUnits.append(unit)
    compilation.noteContents(of: unit)
    states[state].opening = opening
    states[state].unpackSites = []
    states[state].hasMovedSinceFill = false
    states[state].fillSite = nil
    return opening
  }

  private mutating func takeOutAll(_ unit: UInt32, _ event: UInt32, flags: UInt32) {
    guard let state = state(unit) else { return }
    while let last = states[state].contents.list.last {
      end(last.child, unit, event, flags: flags)
    }
  }

  /// An instance leaves; of a lot, the stay ends when all that was packed is out.
  private mutating func takeOut(_ mention: Int, _ unit: UInt32, _ event: UInt32) {
    let child = facts.item(mention)
    guard let state = state(unit), let place = states[state].contents.place(of: child) else {
      return
    }
    if !isInstance(child) {
      var amount = states[state].contents[place].amount
      let out = facts.builder.mentions.amount(mention)
      if amount.hasAmounts || out != nil {
        amount.unpacked =
          amount.unpacked == nil && out != nil ? out : DecimalSum.sum(amount.unpacked, out)
        states[state].contents[place].amount = amount
        guard let packed = amount.packed, let unpacked = amount.unpacked,
          packed.unit == unpacked.unit, unpacked.value >= packed.value * (1 - 1e-9)
        else { return }
      }
    }
    end(child, unit, event, flags: 0)
  }

  private mutating func end(_ child: UInt32, _ unit: UInt32, _ event: UInt32, flags: UInt32) {
    guard let state = state(unit), let place = states[state].contents.place(of: child) else {
      return
    }
    let content = states[state].contents.remove(at: place)
    let span = facts.span(event)
    func close(_ stay: UInt32) {
      compilation.stays[Int(stay)].latestEnd = span.latest
      compilation.stays[Int(stay)].endEvent = event
      compilation.stays[Int(stay)].flags |= flags
    }
    close(content.stay)
    for stay in content.moreStays { close(stay) }
    unitsOfChild[child]?.remove(unit)
    if states[state].contents.isEmpty {
      states[state].opening = nil
      states[state].lastEnd = span.earliest
    }
  }

  // MARK: Where units and instances are seen

  /// Notes the site of every unit that an event mentions, and of the units inside it.
  private mutating func see(_ event: UInt32) {
    guard let site = compilation.site(event) else { return }
    var pending: [UInt32] = []
    for mention in facts.mentions(event) {
      guard let state = state(facts.item(mention)) else { continue }
      note(state, at: site)
      // Units inside units inside units: each once, and not without end.
      for content in states[state].contents.list where self.state(content.child) != nil {
        pending.append(content.child)
      }
    }
    guard !pending.isEmpty else { return }
    var seen = Set(facts.mentions(event).map { facts.item($0) })
    pending = pending.filter { seen.count < 4096 && seen.insert($0).inserted }
    while let unit = pending.popLast() {
      guard let state = state(unit) else { continue }
      note(state, at: site)
      for content in states[state].contents.list
      where self.state(content.child) != nil && seen.count < 4096
        && seen.insert(content.child).inserted
      {
        pending.append(content.child)
      }
    }
  }

  private mutating func note(_ state: Int, at site: UInt32) {
    states[state].lastSite = site
    if let fillSite = states[state].fillSite, fillSite != site {
      states[state].hasMovedSinceFill = true
    }
  }

  /// An instance that is put into another parent, is an input, or is seen alone at another site than
  /// its unit, has left the unit.
  private mutating func leaveElsewhere(_ event: UInt32) {
    guard !unitsOfChild.isEmpty, let kind = facts.kind(event), kind != .association,
      kind != .transaction
    else { return }
    if kind == .aggregation, facts.action(event) == .delete { return }
    let mentions = facts.mentions(event)
    var parent: UInt32?
    for mention in mentions where facts.role(mention) == .parent {
      parent = facts.item(mention)
      break
    }
    for mention in mentions {
      let item = facts.item(mention)
      guard isInstance(item), let inside = unitsOfChild[item], !inside.isEmpty else { continue }
      for unit in inside.sorted() where isGone(mention, from: unit, event, kind, parent) {
        end(item, unit, event, flags: 0)
      }
    }
  }

  private func isGone(
    _ mention: Int, from unit: UInt32, _ event: UInt32, _ kind: EventKind, _ parent: UInt32?
  ) -> Bool {
    switch kind {
    case .aggregation: return facts.role(mention) == .child && parent != nil && parent != unit
    case .transformation: return facts.role(mention) == .input
    default:
      guard let site = compilation.site(event), let state = state(unit),
        let last = states[state].lastSite
      else { return false }
      return site != last && !facts.mentions(event).contains { facts.item($0) == unit }
    }
  }
}

extension Compilation {
  /// Fills `stays` and `openingUnits`.
  mutating func replayContainment(step: () throws -> Void) throws {
    var replay = ContainmentReplay(self)
    // The replay works on the only copy, so that its columns grow in place.
    stays = Column()
    openingUnits = Column()
    try replay.run(step: step)
    self = replay.compilation
  }
}
