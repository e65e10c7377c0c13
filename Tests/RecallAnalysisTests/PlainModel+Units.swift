import Traceability

/// The possible time between two instants, both included.
struct Window: Hashable {
  var from: Int64
  var to: Int64

  func overlaps(_ span: TimeSpan) -> Bool { from <= span.latest && span.earliest <= to }

  /// What both have in common; nil if nothing.
  func common(_ other: Window) -> Window? {
    let window = Window(from: max(from, other.from), to: min(to, other.to))
    return window.from <= window.to ? window : nil
  }
}

extension PlainModel {
  /// One putting-in of a child into a unit, until it leaves.
  struct Stay: Hashable {
    var unit: Item
    var opening: Int
    var child: Item
    /// The event that put it in, or that says that it was inside.
    var entry: Int
    /// The event by which it left.
    var exit: Int?
    /// When the child can have been inside.
    var window: Window
  }

  /// The time from the first putting-in until nothing is inside any more.
  struct Opening {
    var window: Window
  }

  /// Openings and stays "follow from the unit's events in order of time", instant by instant for all
  /// units: what is seen of a unit is seen of those inside it. A vessel is no unit.
  mutating func replayUnits() {
    var replays: [Item: UnitReplay] = [:]
    for fact in facts where fact.links.kind == .aggregation {
      if let unit = fact.parent, !vessels.contains(unit) { replays[unit] = UnitReplay(unit: unit) }
    }
    var start = 0
    while start < facts.count {
      let time = facts[start].links.time.microseconds
      let end = facts[start...].firstIndex { $0.links.time.microseconds != time } ?? facts.count
      let before = Array(replays.values)
      for unit in replays.keys {
        let around = before.reduce(into: Set([unit])) { around, _ in
          for replay in before where around.contains(where: { replay.isInside($0) }) {
            around.insert(replay.unit)
          }
        }
        replays[unit]?.instant(start..<end, facts, around)
      }
      start = end
    }
    for (unit, replay) in replays {
      stays += replay.stays
      openings[unit] = replay.openings
    }
  }

  /// "The events of a unit count as events of its contents while they can be inside, through any
  /// depth."
  func findEvents(of item: Item) -> Set<Int> {
    var result: Set<Int> = []
    for index in facts.indices where facts[index].names(item) { result.insert(index) }
    var open = stays.filter { $0.child == item }.map { ($0.unit, $0.window) }
    var seen: Set<[Window]> = []
    while let (unit, window) = open.popLast() {
      guard seen.insert([Window(from: Int64(unit), to: 0), window]).inserted else { continue }
      for index in facts.indices
      where facts[index].names(unit) && window.overlaps(facts[index].span) {
        result.insert(index)
      }
      for outer in stays where outer.child == unit {
        if let common = window.common(outer.window) { open.append((outer.unit, common)) }
      }
    }
    return result
  }
}

/// The state of one unit while its events are replayed.
struct UnitReplay {
  let unit: Item
  var stays: [PlainModel.Stay] = []
  var openings: [PlainModel.Opening] = []
  /// Whether the last of `openings` has not ended.
  private var isOpen = false
  /// "Since the last opening ended."
  private var lastEnd = Int64.min
  private var lastKnownSite: String?
  /// Where it was last filled, and where it was seen since.
  private var fillSite: String?
  private var sitesSinceFill: Set<String> = []
  /// Where something was unpacked during this opening; nil stands for no known site.
  private var sitesOfUnpacking: Set<String?> = []
  /// What was packed and unpacked of a lot since it was packed.
  private var packed: [Item: [Quantity?]] = [:]
  private var unpacked: [Item: [Quantity?]] = [:]

  init(unit: Item) { self.unit = unit }

  func isInside(_ child: Item) -> Bool {
    stays.contains { $0.child == child && $0.exit == nil }
  }

  /// "At one same instant: first unpacking of what is inside, then packing, then observing, then the
  /// rest of unpacking." What is known of the place at that instant comes before; what leaves
  /// without unpacking counts as unpacking of what is inside.
  ///
  /// - Parameter around: the unit, and those that it is inside of before.
  mutating func instant(_ events: Range<Int>, _ facts: [PlainModel.Fact], _ around: Set<Item>) {
    for index in events where around.contains(where: { facts[index].names($0) }) {
      guard let site = facts[index].site else { continue }
      lastKnownSite = site
      sitesSinceFill.insert(site)
    }
    var rest: [(Int, PlainModel.Mention?)] = []
    for index in events {
      leaveWithoutUnpacking(index, facts[index])
      rest += unpack(index, facts[index])
    }
    for index in events where isEvent(facts[index], .add) { pack(index, facts[index]) }
    for index in events where isEvent(facts[index], .observe) { observe(index, facts[index]) }
    for (index, child) in rest { unpackRest(index, facts[index], child) }
  }

  private func isEvent(_ fact: PlainModel.Fact, _ action: EventAction) -> Bool {
    fact.links.kind == .aggregation && fact.links.action == action
      && fact.parent == unit
  }

  private func children(_ fact: PlainModel.Fact) -> [PlainModel.Mention] {
    fact.mentions.filter { $0.role == .child && $0.item != unit }
  }

  /// "An instance that is packed into or observed in another parent, is an input, or is seen in an
  /// ObjectEvent at another site than the unit's last known one, leaves the unit then."
  private mutating func leaveWithoutUnpacking(_ index: Int, _ fact: PlainModel.Fact) {
    for mention in fact.mentions where mention.isInstance && isInside(mention.item) {
      let parent = fact.parent
      let isElsewhere =
        fact.links.kind == .aggregation && fact.links.action != .delete
        && mention.role == .child && parent != nil && parent != unit
      let isInput = fact.links.kind == .transformation && mention.role == .input
      var isSeenAway = false
      if fact.links.kind == .object, !fact.names(unit), let site = fact.site, let lastKnownSite {
        isSeenAway = site != lastKnownSite
      }
      if isElsewhere || isInput || isSeenAway { takeOut(mention.item, index, fact) }
    }
  }

  /// Unpacking of what is inside; returns what the event names beside.
  private mutating func unpack(
    _ index: Int, _ fact: PlainModel.Fact
  ) -> [(Int, PlainModel.Mention?)] {
    guard isEvent(fact, .delete) else { return [] }
    guard fact.mentions.contains(where: { $0.role == .child }) else {
      guard isOpen else { return [(index, nil)] }
      sitesOfUnpacking.insert(fact.site)
      takeAllOut(index, fact)
      return []
    }
    var rest: [(Int, PlainModel.Mention?)] = []
    for child in children(fact) {
      if isInside(child.item) {
        sitesOfUnpacking.insert(fact.site)
        unpackOne(child, index, fact)
      } else {
        rest.append((index, child))
      }
    }
    return rest
  }

  private mutating func unpackRest(
    _ index: Int, _ fact: PlainModel.Fact, _ child: PlainModel.Mention?
  ) {
    guard let child else {
      if isOpen { takeAllOut(index, fact) }
      return
    }
    if isInside(child.item) {
      sitesOfUnpacking.insert(fact.site)
      unpackOne(child, index, fact)
      return
    }
    // "A DELETE of a child that is not inside says that it was, from an unknown time since the last
    // opening ended."
    enter(child, index, from: lastEnd)
    sitesOfUnpacking.insert(fact.site)
    takeOut(child.item, index, fact)
  }

  /// "DELETE of a child that is an instance takes it out. DELETE of a quantity takes the lot out when
  /// what was unpacked since it was packed reaches what was packed, in the same unit of measure, or
  /// where neither event gives a quantity."
  private mutating func unpackOne(
    _ child: PlainModel.Mention, _ index: Int, _ fact: PlainModel.Fact
  ) {
    if child.isInstance { return takeOut(child.item, index, fact) }
    unpacked[child.item, default: []].append(child.quantity)
    let packs = packed[child.item] ?? []
    if child.quantity == nil, packs.allSatisfy({ $0 == nil }) {
      return takeOut(child.item, index, fact)
    }
    let known = packs.compactMap { $0 }
    guard let first = known.first, known.count == packs.count,
      known.allSatisfy({ $0.unit == first.unit })
    else { return }
    let out = (unpacked[child.item] ?? []).compactMap { $0 }.filter { $0.unit == first.unit }
    if millionths(out) >= millionths(known) { takeOut(child.item, index, fact) }
  }

  private func millionths(_ quantities: [Quantity]) -> Int64 {
    quantities.reduce(0) { sum, quantity in
      var value = quantity.value.mantissa
      for _ in 0..<max(0, Int(quantity.value.exponent) + 6) { value *= 10 }
      return sum + value
    }
  }

  /// "ADD puts children in. If the unit is closed this begins an opening." With the rule for a unit
  /// "that was seen at another site since it was last filled".
  private mutating func pack(_ index: Int, _ fact: PlainModel.Fact) {
    guard !children(fact).isEmpty else { return }
    // Where this site is unknown, any unpacking may have been here.
    let isUnpackedHere =
      fact.site == nil ? !sitesOfUnpacking.isEmpty : sitesOfUnpacking.contains(fact.site)
    if isOpen, let fillSite, !isUnpackedHere {
      let wasElsewhere = sitesSinceFill.contains { $0 != fillSite }
      let isElsewhere = fact.site != nil && fact.site != fillSite
      if wasElsewhere || isElsewhere {
        takeAllOut(index, fact)
      }
    }
    for child in children(fact) { enter(child, index, from: fact.span.earliest) }
    fillSite = fact.site
    sitesSinceFill = []
  }

  /// "OBSERVE with a parent puts in, from an unknown time since the last opening ended, the children
  /// that are not inside. It never takes out."
  private mutating func observe(_ index: Int, _ fact: PlainModel.Fact) {
    let new = children(fact).filter { !isInside($0.item) }
    guard !new.isEmpty else { return }
    for child in new { enter(child, index, from: lastEnd) }
    fillSite = fact.site
    sitesSinceFill = []
  }

  private mutating func enter(_ child: PlainModel.Mention, _ index: Int, from: Int64) {
    if !isOpen {
      openings.append(PlainModel.Opening(window: Window(from: from, to: .max)))
      isOpen = true
      sitesOfUnpacking = []
    }
    let opening = openings.count - 1
    openings[opening].window.from = min(openings[opening].window.from, from)
    if !isInside(child.item) {
      packed[child.item] = []
      unpacked[child.item] = []
    }
    packed[child.item, default: []].append(child.quantity)
    stays.append(
      PlainModel.Stay(
        unit: unit, opening: opening, child: child.item, entry: index, exit: nil,
        window: Window(from: from, to: .max)))
  }

  private mutating func takeOut(_ child: Item, _ index: Int, _ fact: PlainModel.Fact) {
    for position in stays.indices
    where stays[position].child == child && stays[position].exit == nil {
      stays[position].exit = index
      stays[position].window.to = fact.span.latest
    }
    guard isOpen, !stays.contains(where: { $0.exit == nil }) else { return }
    // "An opening ends when nothing is inside any more."
    let last = openings.count - 1
    openings[last].window.to =
      stays.filter { $0.opening == last }.map(\.window.to).max() ?? fact.span.latest
    isOpen = false
    lastEnd = fact.span.earliest
    fillSite = nil
    sitesSinceFill = []
  }

  private mutating func takeAllOut(_ index: Int, _ fact: PlainModel.Fact) {
    for child in Set(stays.filter { $0.exit == nil }.map(\.child)) {
      takeOut(child, index, fact)
    }
  }
}
