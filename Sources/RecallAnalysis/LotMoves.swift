import LedgerIndex
import Traceability

/// What sites and parties are compared by: a GLN is one, whether it stands for a site, a part of it or
/// a party.
enum ReferenceKey {
  private static let prefixes = ["https://id.gs1.org/414/", "https://id.gs1.org/417/"]

  static func of(_ uri: String) -> String {
    for prefix in prefixes where uri.hasPrefix(prefix) {
      return String(uri.dropFirst(prefix.count).prefix { $0 != "/" })
    }
    return uri
  }
}

/// Matches the departures of a lot to its arrivals, first tier that hits: a unit, documents, the
/// receiver, the shipper; else whatever is possible.
struct LotMoves {
  let index: LedgerIndex
  let links: [EventNumber: Links]
  private(set) var life: LotLife
  /// What was found: nodes with marks.
  private(set) var found: [(from: Int, to: Int, marks: ScopeMarks)] = []
  private let departures: [Int]
  private let arrivals: [Int]
  /// What an event says of where goods come from and go to.
  private struct Papers {
    var documents: Set<String> = []
    var sources: Set<String> = []
    var destinations: Set<String> = []
    var place: String?
  }
  private var papers: [EventNumber: Papers] = [:]
  private var matchedDepartures: Set<Int> = []
  private let portionsByPlace: [PlaceNumber: [Int]]

  /// How a departure and an arrival fit each other.
  private struct Pair {
    var departure: Int
    var arrival: Int
    var tier: Int
    var isPossible: Bool
  }

  /// Beyond so many pairs of departures and arrivals, all of them fit: rather too much is followed.
  static let maximumPairs = 1 << 20

  init(index: LedgerIndex, links: [EventNumber: Links], life: LotLife) {
    self.index = index
    self.links = links
    self.life = life
    departures = life.uses.indices.filter { life.uses[$0].kind == .departed }
    arrivals = life.origins.indices.filter { life.origins[$0].isArrival }
    portionsByPlace = life.portionsByPlace
  }

  mutating func match() {
    for departure in departures { read(life.uses[departure].event, life.uses[departure].place) }
    for arrival in arrivals { read(life.origins[arrival].event, life.origins[arrival].place) }
    guard departures.count <= Self.maximumPairs / max(1, arrivals.count) else { return fitAll() }
    let pairs = pairs()
    var bestOfDeparture: [Int: Int] = [:]
    var bestOfArrival: [Int: Int] = [:]
    for arrival in arrivals { if takesFromUnits(arrival) { bestOfArrival[arrival] = 1 } }
    for pair in pairs where pair.isPossible || pair.tier == 2 {
      bestOfDeparture[pair.departure] = min(bestOfDeparture[pair.departure] ?? 9, pair.tier)
      bestOfArrival[pair.arrival] = min(bestOfArrival[pair.arrival] ?? 9, pair.tier)
    }
    for pair in pairs where pair.isPossible || pair.tier == 2 {
      if pair.tier == bestOfDeparture[pair.departure] || pair.tier == bestOfArrival[pair.arrival] {
        link(pair)
      }
    }
    matchContradicted(pairs, &bestOfArrival)
    let open = departures.filter { !matchedDepartures.contains($0) }
    let strange = arrivals.filter { bestOfArrival[$0] == nil }
    let places = open.count + life.origins.count + life.portions.count
    if strange.count <= Self.maximumPairs / max(1, places) {
      for arrival in strange { assume(arrival, from: open) }
    } else {
      assumeAll(strange, from: open)
    }
    for departure in departures where !matchedDepartures.contains(departure) {
      presume(departure)
    }
    linkLateReceipts()
  }

  /// So many departures and arrivals that papers are not compared: one stands for all.
  private mutating func fitAll() {
    guard let first = departures.first else { return }
    for departure in departures where departure != first {
      found.append((life.firstUse + departure, life.firstUse + first, .assumed))
    }
    for arrival in arrivals { found.append((life.firstUse + first, arrival, .assumed)) }
  }

  private mutating func read(_ event: EventNumber, _ place: PlaceNumber?) {
    guard papers[event] == nil else { return }
    var papers = Papers()
    if let links = links[event] {
      for reference in links.bizTransactions
      where reference.type == "desadv" || reference.type == "bol" {
        papers.documents.insert(reference.identifier.uri)
      }
      papers.sources = Set(links.sources.map { ReferenceKey.of($0.identifier.uri) })
      papers.destinations = Set(links.destinations.map { ReferenceKey.of($0.identifier.uri) })
    }
    papers.place = place.map { ReferenceKey.of(index.uri(of: $0)) }
    self.papers[event] = papers
  }

  private func isElsewhere(_ departure: Int, _ arrival: Int) -> Bool {
    let (use, origin) = (life.uses[departure], life.origins[arrival])
    guard use.event != origin.event else { return false }
    return use.place == nil || use.place != origin.place
  }

  private func pairs() -> [Pair] {
    var result: [Pair] = []
    for departure in departures {
      guard let sent = papers[life.uses[departure].event] else { continue }
      for arrival in arrivals where isElsewhere(departure, arrival) {
        guard let taken = papers[life.origins[arrival].event],
          let tier = Self.tier(sent, taken)
        else { continue }
        result.append(
          Pair(
            departure: departure, arrival: arrival, tier: tier,
            isPossible: life.uses[departure].span.canPrecede(life.origins[arrival].span)))
      }
    }
    return result
  }

  private static func tier(_ sent: Papers, _ taken: Papers) -> Int? {
    if !sent.documents.isDisjoint(with: taken.documents) { return 2 }
    if !sent.destinations.isDisjoint(with: taken.destinations)
      || (taken.place.map { sent.destinations.contains($0) } ?? false)
    {
      return 3
    }
    if !taken.sources.isDisjoint(with: sent.sources)
      || (sent.place.map { taken.sources.contains($0) } ?? false)
    {
      return 4
    }
    return nil
  }

  private mutating func link(_ pair: Pair) {
    matchedDepartures.insert(pair.departure)
    found.append(
      (life.firstUse + pair.departure, pair.arrival, pair.isPossible ? [] : .doubtful))
  }

  /// Links an arrival with the portions whose units are there.
  private mutating func takesFromUnits(_ arrival: Int) -> Bool {
    let origin = life.origins[arrival]
    guard let place = origin.place else { return false }
    var isTaken = false
    for portion in portionsByPlace[place] ?? []
    where life.portions[portion].canBeThere(place, origin.span) {
      found.append((life.firstPortion + portion, arrival, .doubtful))
      isTaken = true
    }
    return isTaken
  }

  /// An arrival that only fits departures after it: a late clerk acquits nobody.
  private mutating func matchContradicted(_ pairs: [Pair], _ best: inout [Int: Int]) {
    var tiers: [Int: Int] = [:]
    for pair in pairs where best[pair.arrival] == nil {
      tiers[pair.arrival] = min(tiers[pair.arrival] ?? 9, pair.tier)
    }
    for pair in pairs where tiers[pair.arrival] == pair.tier { link(pair) }
    best.merge(tiers) { known, _ in known }
  }

  /// An arrival that fits no departure: from departures that fit no arrival, else from wherever the
  /// lot was.
  private mutating func assume(_ arrival: Int, from open: [Int]) {
    let origin = life.origins[arrival]
    var isMatched = false
    for departure in open
    where isElsewhere(departure, arrival)
      && life.uses[departure].span.canPrecede(origin.span)
    {
      found.append((life.firstUse + departure, arrival, .assumed))
      matchedDepartures.insert(departure)
      isMatched = true
    }
    guard !isMatched else { return }
    var hasSource = false
    for (number, other) in life.origins.enumerated() where other.span.canPrecede(origin.span) {
      hasSource = hasSource || other.isSource
      guard number != arrival, other.place == nil || other.place != origin.place,
        !life.hasLeft(other, before: origin.span)
      else { continue }
      found.append((number, arrival, .assumed))
    }
    for (number, portion) in life.portions.enumerated()
    where portion.stay.start != origin.event
      && index.span(of: portion.stay.start).canPrecede(origin.span)
    {
      found.append((life.firstPortion + number, arrival, .assumed))
    }
    guard !hasSource else { return }
    for (number, other) in life.origins.enumerated() where other.isSource && number != arrival {
      found.append((number, arrival, [.assumed, .doubtful]))
    }
  }

  /// So many arrivals that one stands for all.
  private mutating func assumeAll(_ strange: [Int], from open: [Int]) {
    guard let first = strange.first else { return }
    for departure in open { found.append((life.firstUse + departure, first, .assumed)) }
    matchedDepartures.formUnion(open)
    for origin in life.origins.indices where origin != first {
      found.append((origin, first, .assumed))
    }
    for portion in life.portions.indices {
      found.append((life.firstPortion + portion, first, .assumed))
    }
    for arrival in strange.dropFirst() { found.append((first, arrival, .assumed)) }
  }

  private mutating func presume(_ departure: Int) {
    guard let links = links[life.uses[departure].event], !links.destinations.isEmpty else {
      life.lost.append(departure)
      return
    }
    let references = links.destinations
    let site = references.first { $0.type == "location" || $0.identifier.kind == .site }
    life.presumed.append(
      LotLife.Presumed(
        use: departure, keys: Set(references.map { ReferenceKey.of($0.identifier.uri) }),
        destination: (site ?? references[0]).identifier.uri))
  }

  /// Seen at a place before its receipt there: the receipt can be late.
  private mutating func linkLateReceipts() {
    var appeared: [PlaceNumber: [Int]] = [:]
    for (number, origin) in life.origins.enumerated() where origin.kind == .appeared {
      if let place = origin.place { appeared[place, default: []].append(number) }
    }
    for (late, receipt) in life.origins.enumerated() where receipt.kind == .received {
      guard let place = receipt.place else { continue }
      for number in appeared[place] ?? []
      where !receipt.span.canPrecede(life.origins[number].span) {
        found.append((late, number, .doubtful))
      }
    }
  }
}
