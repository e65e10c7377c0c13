import ProvenanceGraph
import Traceability

/// What entered a vessel, and when it was cleaned.
struct VesselHistory: Sendable {
  /// Events by which something entered, in order of their first possible instant.
  var fills: [UInt32] = []
  private var cleanings: [TimeSpan] = []
  /// For each cleaning, in order of last instant, the latest first instant up to it.
  private var latestStarts: [Int64] = []

  /// Takes the vessel's cleanings, in any order.
  mutating func setCleanings(_ spans: [TimeSpan]) {
    cleanings = spans.sorted { $0.latest < $1.latest }
    latestStarts = []
    for cleaning in cleanings {
      latestStarts.append(max(latestStarts.last ?? Int64.min, cleaning.earliest))
    }
  }

  /// The first instant of the last cleaning that certainly precedes a time: what entered certainly
  /// before it is gone by then.
  /// - Complexity: O(log cleanings).
  func cleanedBefore(_ time: TimeSpan) -> Int64 {
    let count = cleanings.partitioningIndex { $0.latest >= time.earliest }
    return count == 0 ? Int64.min : latestStarts[count - 1]
  }

  /// Whether the vessel was certainly cleaned between two times.
  func isCleaned(between a: TimeSpan, and b: TimeSpan) -> Bool { a.latest < cleanedBefore(b) }
}

extension Compilation {
  /// Names of business steps that clean a vessel, besides those the caller adds.
  static let cleaningNames = [
    "cleaning", "cleaned", "washing", "sanitizing", "sanitising", "disinfecting",
  ]

  /// Entries → vessel → draws. The vessel's own hub is split into fills later.
  mutating func linkVessels() {
    for event in order {
      let row = facts.events[Int(event)]
      guard row.kind == EventKind.aggregation.rawValue else { continue }
      let rows = mentions(of: event)
      guard let vessel = rows.first(where: { $0.role == ItemRole.parent.rawValue })?.item,
        isVessel[Int(vessel)]
      else { continue }
      for child in rows where child.role == ItemRole.child.rawValue {
        let isDraw = row.action == EventAction.delete.rawValue
        links.append(
          HubLink(
            from: isDraw ? vessel : child.item, to: isDraw ? child.item : vessel,
            fromEvent: event, toEvent: event, event: event))
      }
    }
    linkAssumedDraws()
  }

  /// What entered a vessel and is then used at the same site, with no draw on record between, is
  /// drawn from it.
  private mutating func linkAssumedDraws() {
    var entries: [UInt32: [(vessel: UInt32, event: UInt32)]] = [:]
    var draws: Set<UInt64> = []
    for link in links where link.fromEvent != none32 && link.fromEvent == link.toEvent {
      if Int(link.to) < isVessel.count, isVessel[Int(link.to)],
        hubItems[Int(link.from)] == link.from
      {
        entries[link.from, default: []].append((link.to, link.event))
      }
      if Int(link.from) < isVessel.count, isVessel[Int(link.from)] {
        draws.insert(UInt64(link.from) << 32 | UInt64(link.to))
      }
    }
    guard !entries.isEmpty else { return }
    let histories = vesselHistories()
    var assumed: [HubLink] = []
    for link in links where link.fromEvent != none32 {
      guard let lying = entries[link.from],
        !(Int(link.to) < isVessel.count && isVessel[Int(link.to)])
      else { continue }
      let use = link.fromEvent
      var vessels: Set<UInt32> = []
      for (vessel, entry) in lying
      where !draws.contains(UInt64(vessel) << 32 | UInt64(link.from))
        && site(entry) != nil && site(entry) == site(use)
        && span(entry).canPrecede(span(use))
        && !(histories[vessel]?.isCleaned(between: span(entry), and: span(use)) ?? false)
        && vessels.insert(vessel).inserted
      {
        assumed.append(
          HubLink(
            from: vessel, to: link.to, fromEvent: use, toEvent: link.toEvent, event: use,
            marks: .assumedDraw))
      }
    }
    links.append(contentsOf: assumed)
  }

  /// Fills and cleanings of every vessel.
  func vesselHistories() -> [UInt32: VesselHistory] {
    var histories: [UInt32: VesselHistory] = [:]
    for link in links where Int(link.to) < isVessel.count && isVessel[Int(link.to)] {
      if link.toEvent != none32 {
        histories[link.to, default: VesselHistory()].fills.append(link.toEvent)
      }
    }
    for vessel in histories.keys {
      let fills = Set(histories[vessel]?.fills ?? [])
      histories[vessel]?.fills = order.isEmpty ? [] : sortedByTime(fills)
    }
    var cleanings: [UInt32: [TimeSpan]] = [:]
    for event in facts.events.indices where cleans(facts.events[event]) {
      for mention in mentions(of: UInt32(event)) where histories[mention.item] != nil {
        cleanings[mention.item, default: []].append(span(UInt32(event)))
      }
    }
    for (vessel, spans) in cleanings { histories[vessel]?.setCleanings(spans) }
    return histories
  }

  private func sortedByTime(_ events: Set<UInt32>) -> [UInt32] {
    events.sorted { a, b in
      let (x, y) = (span(a), span(b))
      if x.earliest != y.earliest { return x.earliest < y.earliest }
      let (p, q) = (facts.events[Int(a)], facts.events[Int(b)])
      if p.contentKey != q.contentKey { return p.contentKey < q.contentKey }
      return p.identityKey < q.identityKey
    }
  }

  private func cleans(_ event: EventRow) -> Bool {
    guard event.action != EventAction.delete.rawValue || event.kind == EventKind.object.rawValue
    else { return false }
    let step = String(decoding: facts.steps.bytes(event.bizStep), as: UTF8.self)
    if facts.options.cleaningSteps.contains(step) { return true }
    let lowered = step.lowercased()
    return Self.cleaningNames.contains { lowered.hasSuffix($0) }
  }
}
