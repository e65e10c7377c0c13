import Traceability

/// What is known of a unit while its events are replayed in order of time.
struct UnitState {
  /// The number of the present opening; nil while nothing is inside.
  var opening: UInt32?
  /// Child → its stays: one for each putting-in since it was last out.
  var contents: [UInt32: [UInt32]] = [:]
  /// Child → how much was packed and unpacked since it was last out.
  var amounts: [UInt32: StayAmount] = [:]
  /// The first instant at which the last opening can have ended.
  var lastEnd = Int64.min
  var fillSite: UInt32?
  var lastSite: UInt32?
  var hasMovedSinceFill = false
  /// Sites where unpacking was recorded during this opening.
  var unpackSites: Set<UInt32> = []
}

/// How much of a lot was packed and unpacked during a stay.
struct StayAmount {
  /// The sum; nil if an amount is missing or of another unit.
  var packed: DecimalSum?
  var unpacked: DecimalSum?
  /// Whether any packing gave an amount.
  var hasAmounts = false

  init(packed: DecimalSum? = nil) {
    self.packed = packed
    hasAmounts = packed != nil
  }
}

/// A sum of amounts in one unit of measure; nil where a summand is missing or of another unit.
struct DecimalSum {
  var value: Double
  var unit: UInt16

  static func sum(_ a: DecimalSum?, _ b: DecimalSum?) -> DecimalSum? {
    guard let a, let b, a.unit == b.unit else { return nil }
    return DecimalSum(value: a.value + b.value, unit: a.unit)
  }
}

/// Replays all events in order of time to find who was inside what, and when.
struct ContainmentReplay {
  var compilation: Compilation
  var units: [UInt32: UnitState] = [:]
  /// Instance → the units it is in.
  var unitsOfChild: [UInt32: Set<UInt32>] = [:]

  init(_ compilation: Compilation) { self.compilation = compilation }

  mutating func run() {
    let order = compilation.order
    for event in order where isUnitEvent(event) {
      if let unit = parent(event) { units[unit] = UnitState() }
    }
    var start = 0
    while start < order.count {
      let time = compilation.facts.events[Int(order[start])].microseconds
      var end = start
      while end < order.count, compilation.facts.events[Int(order[end])].microseconds == time {
        end += 1
      }
      replay(order[start..<end])
      start = end
    }
  }

  private mutating func replay(_ instant: ArraySlice<UInt32>) {
    let aggregations = instant.filter { isUnitEvent($0) }
    for event in instant { see(event) }
    var late: [(event: UInt32, children: [MentionRow], isAll: Bool)] = []
    for event in aggregations where action(event) == .delete {
      if let rest = unpackInside(event) { late.append(rest) }
    }
    for event in instant { leaveElsewhere(event) }
    for event in aggregations where action(event) == .add { pack(event) }
    for event in aggregations where action(event) == .observe { observe(event) }
    for (event, children, isAll) in late { unpackRest(event, children, isAll) }
  }

  /// Whether it packs, unpacks or observes contents of a unit that is no vessel.
  private func isUnitEvent(_ event: UInt32) -> Bool {
    guard let parent = parent(event) else { return false }
    return !compilation.isVessel[Int(parent)]
  }

  func action(_ event: UInt32) -> EventAction? {
    EventAction(rawValue: compilation.facts.events[Int(event)].action)
  }

  func parent(_ event: UInt32) -> UInt32? {
    guard compilation.facts.events[Int(event)].kind == EventKind.aggregation.rawValue else {
      return nil
    }
    return compilation.mentions(of: event).first { $0.role == ItemRole.parent.rawValue }?.item
  }

  func children(_ event: UInt32) -> [MentionRow] {
    compilation.mentions(of: event).filter { $0.role == ItemRole.child.rawValue }
  }

  func isInstance(_ item: UInt32) -> Bool {
    let kind = IdentifierKind(rawValue: compilation.facts.itemRows[Int(item)].kind)
    return kind?.isInstance ?? false
  }

  // MARK: The steps of one instant

  /// Takes out what is inside; gives back what is to be unpacked after the packing of this instant.
  private mutating func unpackInside(
    _ event: UInt32
  ) -> (event: UInt32, children: [MentionRow], isAll: Bool)? {
    guard let unit = parent(event) else { return nil }
    let children = children(event)
    if children.isEmpty {
      guard !(units[unit]?.contents.isEmpty ?? true) else { return (event, [], true) }
      noteUnpacking(unit, event)
      takeOutAll(unit, event, flags: 0)
      return nil
    }
    var rest: [MentionRow] = []
    for child in children {
      if units[unit]?.contents[child.item] != nil {
        noteUnpacking(unit, event)
        takeOut(child, unit, event)
      } else {
        rest.append(child)
      }
    }
    return rest.isEmpty ? nil : (event, rest, false)
  }

  private mutating func pack(_ event: UInt32) {
    guard let unit = parent(event) else { return }
    let children = children(event)
    guard !children.isEmpty else { return }
    let site = compilation.site(event)
    if let state = units[unit], state.opening != nil, isRefill(state, site) {
      takeOutAll(unit, event, flags: 1)
    }
    for child in children {
      putIn(child.item, unit, event, earliest: nil, Self.amount(child))
    }
    units[unit]?.fillSite = site
    units[unit]?.hasMovedSinceFill = false
  }

  /// Whether a unit that is filled now must have been emptied unseen.
  private func isRefill(_ state: UnitState, _ site: UInt32?) -> Bool {
    let isElsewhere = site != nil && state.fillSite != nil && site != state.fillSite
    guard state.hasMovedSinceFill || isElsewhere else { return false }
    guard let site else { return state.unpackSites.isEmpty }
    return !state.unpackSites.contains(site)
  }

  private mutating func observe(_ event: UInt32) {
    guard let unit = parent(event) else { return }
    let new = children(event).filter { units[unit]?.contents[$0.item] == nil }
    guard !new.isEmpty else { return }
    for child in new {
      let earliest = units[unit]?.lastEnd ?? Int64.min
      putIn(child.item, unit, event, earliest: earliest, Self.amount(child))
    }
    units[unit]?.fillSite = compilation.site(event)
    units[unit]?.hasMovedSinceFill = false
  }

  private mutating func unpackRest(_ event: UInt32, _ children: [MentionRow], _ isAll: Bool) {
    guard let unit = parent(event) else { return }
    if isAll {
      takeOutAll(unit, event, flags: 0)
      return
    }
    for child in children {
      guard units[unit]?.contents[child.item] == nil else {
        noteUnpacking(unit, event)
        takeOut(child, unit, event)
        continue
      }
      putIn(child.item, unit, event, earliest: units[unit]?.lastEnd ?? Int64.min, nil)
      noteUnpacking(unit, event)
      end(child.item, unit, event, flags: 0)
    }
  }

  private mutating func noteUnpacking(_ unit: UInt32, _ event: UInt32) {
    guard let site = compilation.site(event) else { return }
    units[unit]?.unpackSites.insert(site)
  }

  // MARK: In and out

  /// Begins a stay.
  /// - Parameter earliest: for an unknown time of entry, the first possible instant.
  private mutating func putIn(
    _ child: UInt32, _ unit: UInt32, _ event: UInt32, earliest: Int64?, _ amount: DecimalSum?
  ) {
    var state = units.removeValue(forKey: unit) ?? UnitState()
    defer { units[unit] = state }
    if state.opening == nil {
      state.opening = UInt32(compilation.openings.count)
      compilation.openings.append(Compilation.Opening(unit: unit))
      compilation.hadContents[Int(unit)] = true
      state.unpackSites = []
      state.hasMovedSinceFill = false
      state.fillSite = nil
    }
    let opening = state.opening ?? 0
    let span = compilation.span(event)
    let stay = UInt32(compilation.stays.count)
    compilation.stays.append(
      StayRow(
        earliestStart: earliest ?? span.earliest, latestStart: span.latest,
        earliestEnd: Int64.max, latestEnd: Int64.max, unit: unit, child: child, opening: opening,
        startEvent: event, endEvent: none32, flags: earliest == nil ? 0 : 2))
    compilation.openings[Int(opening)].stays.append(stay)
    if state.contents[child] == nil {
      state.amounts[child] = StayAmount(packed: amount)
    } else {
      let packed = DecimalSum.sum(state.amounts[child]?.packed, amount)
      state.amounts[child]?.packed = packed
      if amount != nil { state.amounts[child]?.hasAmounts = true }
    }
    state.contents[child, default: []].append(stay)
    if isInstance(child) { unitsOfChild[child, default: []].insert(unit) }
  }

  private mutating func takeOutAll(_ unit: UInt32, _ event: UInt32, flags: UInt32) {
    for child in (units[unit]?.contents ?? [:]).keys.sorted() {
      end(child, unit, event, flags: flags)
    }
  }

  /// An instance leaves; of a lot, the stay ends when all that was packed is out.
  private mutating func takeOut(_ child: MentionRow, _ unit: UInt32, _ event: UInt32) {
    guard units[unit]?.contents[child.item] != nil else { return }
    if !isInstance(child.item) {
      var amount = units[unit]?.amounts[child.item] ?? StayAmount()
      let out = Self.amount(child)
      if amount.hasAmounts || out != nil {
        amount.unpacked =
          amount.unpacked == nil && out != nil ? out : DecimalSum.sum(amount.unpacked, out)
        units[unit]?.amounts[child.item] = amount
        guard let packed = amount.packed, let unpacked = amount.unpacked,
          packed.unit == unpacked.unit, unpacked.value >= packed.value * (1 - 1e-9)
        else { return }
      }
    }
    end(child.item, unit, event, flags: 0)
  }

  private mutating func end(_ child: UInt32, _ unit: UInt32, _ event: UInt32, flags: UInt32) {
    guard let stays = units[unit]?.contents.removeValue(forKey: child) else { return }
    units[unit]?.amounts[child] = nil
    let span = compilation.span(event)
    for stay in stays {
      compilation.stays[Int(stay)].earliestEnd = span.earliest
      compilation.stays[Int(stay)].latestEnd = span.latest
      compilation.stays[Int(stay)].endEvent = event
      compilation.stays[Int(stay)].flags |= flags
    }
    unitsOfChild[child]?.remove(unit)
    if units[unit]?.contents.isEmpty ?? false {
      units[unit]?.opening = nil
      units[unit]?.lastEnd = span.earliest
    }
  }

  private static func amount(_ mention: MentionRow) -> DecimalSum? {
    guard mention.flags & 2 != 0 else { return nil }
    let number = DecimalNumber(mantissa: mention.mantissa, exponent: mention.exponent)
    return DecimalSum(value: number.approximate, unit: mention.unit)
  }

  // MARK: Where units and instances are seen

  /// Notes the site of every unit that an event mentions, and of the units inside it.
  private mutating func see(_ event: UInt32) {
    guard let site = compilation.site(event) else { return }
    var pending = compilation.mentions(of: event).map(\.item)
    var seen = Set(pending)
    while let unit = pending.popLast() {
      guard let state = units[unit] else { continue }
      units[unit]?.lastSite = site
      if state.fillSite != nil, state.fillSite != site { units[unit]?.hasMovedSinceFill = true }
      // Units inside units inside units: each once, and not without end.
      for child in state.contents.keys
      where units[child] != nil && seen.count < 4096 && seen.insert(child).inserted {
        pending.append(child)
      }
    }
  }

  /// An instance that is put into another parent, is an input, or is seen alone at another site than
  /// its unit, has left the unit.
  private mutating func leaveElsewhere(_ event: UInt32) {
    let row = compilation.facts.events[Int(event)]
    guard let kind = EventKind(rawValue: row.kind), kind != .association, kind != .transaction
    else { return }
    if kind == .aggregation, row.action == EventAction.delete.rawValue { return }
    let rows = compilation.mentions(of: event)
    let parent = rows.first { $0.role == ItemRole.parent.rawValue }?.item
    let site = compilation.site(event)
    for mention in rows where isInstance(mention.item) {
      guard let inside = unitsOfChild[mention.item], !inside.isEmpty else { continue }
      for unit in inside.sorted() {
        let isGone: Bool
        switch kind {
        case .aggregation:
          isGone = mention.role == ItemRole.child.rawValue && parent != nil && parent != unit
        case .transformation: isGone = mention.role == ItemRole.input.rawValue
        default:
          let last = units[unit]?.lastSite
          isGone =
            site != nil && last != nil && site != last
            && !rows.contains { $0.item == unit }
        }
        if isGone { end(mention.item, unit, event, flags: 0) }
      }
    }
  }
}

extension Compilation {
  /// Fills `stays` and `openings`.
  mutating func replayContainment() {
    var replay = ContainmentReplay(self)
    // The replay works on the only copy, so that its arrays grow in place.
    stays = []
    openings = []
    replay.run()
    self = replay.compilation
  }
}
