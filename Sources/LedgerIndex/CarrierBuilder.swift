import ProvenanceGraph
import Traceability

/// Makes carriers as they are needed and links them onward.
struct CarrierBuilder {
  let tables: UnitTables
  let uses: [UInt32: [UnitUse]]
  /// The carriers in order of making, those of an opening in a chain.
  private var carriers: [Made] = []
  /// The last carrier of each opening + 1, and how many there are.
  private var chains: Column<Chain>
  /// The carriers of openings that have very many.
  private var hubs: [Carrier: UInt32] = [:]
  private var pending: [(carrier: Carrier, hub: UInt32)] = []

  private struct Made {
    var carrier: Carrier
    var hub: UInt32
    /// The one before of the same opening + 1.
    var next: UInt32
  }

  private struct Chain: BitwiseCopyable {
    var last: UInt32 = 0
    var count: UInt32 = 0
  }

  /// Beyond so many windows of time in one opening, whatever is inside shares one carrier: rather too
  /// much is followed than memory used without bound.
  static let maximumWindows = 4096
  /// Longer chains are not gone through: their carriers are looked up.
  private static let longChain = 16

  init(tables: UnitTables, uses: [UInt32: [UnitUse]], openings: Int) {
    self.tables = tables
    self.uses = uses
    chains = Column(repeating: Chain(), count: openings)
  }

  /// Child → carrier of its stay.
  mutating func enter(_ stay: UInt32, _ compilation: inout Compilation) {
    let row = compilation.stays[Int(stay)]
    let hub = hub(ofStay: row, &compilation)
    compilation.links.append(from: row.child, to: hub, row.startEvent, .origin)
  }

  private mutating func hub(ofStay row: StayRow, _ compilation: inout Compilation) -> UInt32 {
    let hub = hub(
      of: Carrier(opening: row.opening, earliest: row.earliestStart, latest: row.latestEnd),
      &compilation)
    while let next = pending.popLast() { linkOnward(next.carrier, next.hub, &compilation) }
    return hub
  }

  /// The hub of a carrier; nil if there is none yet.
  private func known(_ carrier: Carrier) -> UInt32? {
    let chain = chains[Int(carrier.opening)]
    guard chain.count <= Self.longChain else { return hubs[carrier] }
    var next = chain.last
    while next != 0 {
      let made = carriers[Int(next) - 1]
      if made.carrier == carrier { return made.hub }
      next = made.next
    }
    return nil
  }

  /// The hub of a carrier; a new one waits to be linked to all that it is carried into.
  private mutating func hub(of carrier: Carrier, _ compilation: inout Compilation) -> UInt32 {
    if let known = known(carrier) { return known }
    var carrier = carrier
    let opening = Int(carrier.opening)
    if chains[opening].count >= Self.maximumWindows {
      carrier = Carrier(whole: carrier.opening)
      if let known = known(carrier) { return known }
    }
    let hub = compilation.newHub(of: compilation.openingUnits[opening])
    carriers.append(Made(carrier: carrier, hub: hub, next: chains[opening].last))
    chains[opening] = Chain(last: UInt32(carriers.count), count: chains[opening].count + 1)
    if chains[opening].count == Self.longChain + 1 {
      for made in self.made(in: carrier.opening) { hubs[made.carrier] = made.hub }
    } else if chains[opening].count > Self.longChain {
      hubs[carrier] = hub
    }
    pending.append((carrier, hub))
    return hub
  }

  /// The carriers of an opening, the last first.
  private func made(in opening: UInt32) -> [Made] {
    var result: [Made] = []
    var next = chains[Int(opening)].last
    while next != 0 {
      result.append(carriers[Int(next) - 1])
      next = carriers[Int(next) - 1].next
    }
    return result
  }

  private mutating func linkOnward(
    _ carrier: Carrier, _ hub: UInt32, _ compilation: inout Compilation
  ) {
    let unit = compilation.openingUnits[Int(carrier.opening)]
    for outer in tables.staysOfChild(unit) {
      let row = compilation.stays[Int(outer)]
      guard let common = carrier.common(with: row) else { continue }
      let to = self.hub(of: common, &compilation)
      compilation.links.append(from: hub, to: to, row.startEvent, .none)
    }
    guard let uses = uses[unit] else { return }
    for use in uses {
      let span = compilation.facts.span(use.event)
      guard carrier.earliest <= span.latest, span.earliest <= carrier.latest else { continue }
      link(hub, to: use, [], &compilation)
    }
  }

  private func link(
    _ hub: UInt32, to use: UnitUse, _ marks: EdgeMarks, _ compilation: inout Compilation
  ) {
    let target = use.vessel ?? compilation.transformationHub(use.event)
    compilation.links.append(from: hub, to: target, use.event, .end, marks)
  }

  /// A unit that is used before anything is on record as inside: a late clerk's packing acquits
  /// nobody, so the contents of its first opening count.
  mutating func linkLateUses(_ compilation: inout Compilation) {
    for unit in uses.keys.sorted() {
      let openings = tables.openings(of: unit)
      guard
        let first = openings.min(by: { compilation.bounds(of: $0) < compilation.bounds(of: $1) })
      else { continue }
      let start = compilation.bounds(of: first).start
      for use in uses[unit] ?? [] where compilation.facts.span(use.event).latest < start {
        for made in made(in: first).reversed() {
          link(made.hub, to: use, .orderContradicted, &compilation)
        }
      }
    }
  }
}
