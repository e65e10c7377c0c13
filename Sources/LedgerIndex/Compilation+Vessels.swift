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
    for event in 0..<UInt32(facts.count) {
      guard let vessel = facts.parent(event), isVessel(vessel) else { continue }
      let isDraw = facts.action(event) == .delete
      for mention in facts.mentions(event) where facts.role(mention) == .child {
        let child = facts.item(mention)
        links.append(from: isDraw ? vessel : child, to: isDraw ? child : vessel, event, .both)
      }
    }
    linkAssumedDraws()
  }

  /// What entered a vessel and is then used at the same site, with no draw on record between, is
  /// drawn from it.
  private mutating func linkAssumedDraws() {
    var entries: [UInt32: [(vessel: UInt32, event: UInt32)]] = [:]
    var draws: Set<UInt64> = []
    for link in 0..<links.count where links.isOriginTimed(link) && links.isEndTimed(link) {
      let (from, to) = (links.origins[link], links.ends[link])
      if isVesselHub(to), Int(from) < itemCount {
        entries[from, default: []].append((to, links.events[link]))
      }
      if isVesselHub(from) { draws.insert(UInt64(from) << 32 | UInt64(to)) }
    }
    guard !entries.isEmpty else { return }
    let histories = vesselHistories()
    for link in 0..<links.count where links.isOriginTimed(link) {
      let (from, to) = (links.origins[link], links.ends[link])
      guard let lying = entries[from], !isVesselHub(to) else { continue }
      let use = links.events[link]
      let timing: LinkTable.Timing = links.isEndTimed(link) ? .both : .origin
      var vessels: Set<UInt32> = []
      for (vessel, entry) in lying
      where !draws.contains(UInt64(vessel) << 32 | UInt64(from))
        && site(entry) != nil && site(entry) == site(use)
        && facts.span(entry).canPrecede(facts.span(use))
        && !(histories[vessel]?.isCleaned(between: facts.span(entry), and: facts.span(use))
          ?? false)
        && vessels.insert(vessel).inserted
      {
        links.append(from: vessel, to: to, use, timing, .assumedDraw)
      }
    }
  }

  /// Fills and cleanings of every vessel.
  func vesselHistories() -> [UInt32: VesselHistory] {
    var histories: [UInt32: VesselHistory] = [:]
    var fills: [UInt32: Set<UInt32>] = [:]
    for link in 0..<links.count where links.isEndTimed(link) && isVesselHub(links.ends[link]) {
      fills[links.ends[link], default: []].insert(links.events[link])
    }
    guard !fills.isEmpty else { return [:] }
    for (vessel, events) in fills {
      histories[vessel] = VesselHistory()
      histories[vessel]?.fills = sortedByTime(events)
    }
    let cleans = facts.profiles.map(cleans)
    var cleanings: [UInt32: [TimeSpan]] = [:]
    for event in 0..<UInt32(facts.count) where cleans[Int(facts.profileNumbers[Int(event)])] {
      for mention in facts.mentions(event) where histories[facts.item(mention)] != nil {
        cleanings[facts.item(mention), default: []].append(facts.span(event))
      }
    }
    for (vessel, spans) in cleanings { histories[vessel]?.setCleanings(spans) }
    return histories
  }

  private func sortedByTime(_ events: Set<UInt32>) -> [UInt32] {
    events.sorted { a, b in
      let (x, y) = (facts.span(a).earliest, facts.span(b).earliest)
      return x != y ? x < y : facts.isBeforeByContent(a, b)
    }
  }

  private func cleans(_ profile: EventProfile) -> Bool {
    guard
      profile.action != EventAction.delete.rawValue || profile.kind == EventKind.object.rawValue
    else { return false }
    let step = String(decoding: facts.builder.steps.bytes(profile.bizStep), as: UTF8.self)
    if facts.builder.options.cleaningSteps.contains(step) { return true }
    let lowered = step.lowercased()
    return Self.cleaningNames.contains { lowered.hasSuffix($0) }
  }
}
