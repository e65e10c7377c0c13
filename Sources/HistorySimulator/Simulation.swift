/// One run: the clock, the chain and the goods in it.
struct Simulation: ~Copyable {
  private(set) var statistics = HistorySimulator.Statistics()
  let options: HistorySimulator.Options
  let chances: Chances
  var random: SplitMix64
  /// Draws what goes wrong; apart from `random`, so that the history itself stays the same.
  private var disturbance: SplitMix64
  var network: Network
  var writer: EventWriter
  /// The current lot of each ingredient maker.
  var ingredients: [Stock] = []
  private var hour = 0
  private let days: Int
  private var clock = Self.start
  private let meanStep: Int
  private var ready: [Int] = []
  private var readyHead = 0
  private var roads: [[Delivery]]
  private var delayed: [[[UInt8]]]
  private var eventStart = 0
  private var release: Int?
  private var hasWritten = false

  /// 1 January 2025, 00:00 UTC, in milliseconds since 1970.
  private static let start = 1_735_689_600_000
  private static let longestRoad = 72
  private static let longestDelay = 14 * 24
  private static let chunk = 1 << 18
  /// How busy each hour of the day (UTC) is, summed up to its end.
  private static let busy = [
    1, 2, 3, 4, 7, 10, 16, 22, 28, 34, 40, 46, 52, 58, 64, 70, 76, 82, 85, 88, 91, 94, 95, 96,
  ]

  struct Chances {
    let unit, rework, late, missing, duplicate: Probability
  }

  init(_ options: HistorySimulator.Options) {
    self.options = options
    chances = Chances(
      unit: Probability(options.unitFraction), rework: Probability(options.reworkFraction),
      late: Probability(options.lateFraction), missing: Probability(options.missingFraction),
      duplicate: Probability(options.duplicateFraction))
    random = SplitMix64(seed: options.seed)
    disturbance = SplitMix64(seed: SplitMix64.mix(options.seed ^ 0xD157_0BED))
    network = Network(options, random: &random)
    writer = EventWriter(seed: options.seed, format: options.format)
    days = min(361, max(14, options.lots / 8))
    meanStep = 3_600_000 / (options.lots * 5 / (days * 24) + 32)
    roads = Array(repeating: [], count: Self.longestRoad + 1)
    delayed = Array(repeating: [], count: Self.longestDelay + 1)
    statistics.parties = network.companies.count
  }

  mutating func run<Failure: Error>(
    into sink: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    if options.format == .document { writeHeader() }
    while hour < days * 24 {
      startHour()
      let (day, hourOfDay) = hour.quotientAndRemainder(dividingBy: 24)
      let target = options.lots * (day * 96 + Self.busy[hourOfDay]) / (days * 96)
      if target > statistics.lots { renewIngredients() }
      while statistics.lots < target {
        if let site = nextReady() { process(at: site) } else { harvest() }
        if writer.buffer.count >= Self.chunk { try flush(into: sink) }
      }
      hour += 1
    }
    for _ in 0...(Self.longestRoad + Self.longestDelay) {
      startHour()
      hour += 1
      if writer.buffer.count >= Self.chunk { try flush(into: sink) }
    }
    if options.format == .document { writer.buffer.append("\n]}}\n") }
    try flush(into: sink)
  }

  var lotsLeft: Int { options.lots - statistics.lots }
  var day: UInt16 { UInt16(truncatingIfNeeded: hour / 24) }
  var now: Int { clock }

  // MARK: Lots and goods

  /// New lots of `maker`, each of `quantity`, never more than are left to make.
  mutating func makeLots(_ count: Int, maker: Int, quantity: Int) -> [Stock] {
    let made = min(count, lotsLeft)
    statistics.lots += made
    return (0..<made).map { _ in
      network.companies[maker].lotCount &+= 1
      return Stock(
        maker: UInt32(truncatingIfNeeded: maker), product: UInt16(100 + random.below(4)), day: day,
        serial: network.companies[maker].lotCount,
        quantity: UInt32(clamping: max(quantity, 1)))
    }
  }

  /// Notes that a site has enough on hand to work.
  mutating func markReady(_ site: Int) {
    let company = network.companies[site]
    if company.isReady || company.stock.count < company.need { return }
    network.companies[site].isReady = true
    ready.append(site)
  }

  private mutating func nextReady() -> Int? {
    guard readyHead < ready.count else { return nil }
    let site = ready[readyHead]
    readyHead += 1
    if readyHead == ready.count || readyHead > 4096 {
      ready.removeFirst(readyHead)
      readyHead = 0
    }
    network.companies[site].isReady = false
    return site
  }

  /// Puts a delivery on the road.
  mutating func depart(_ delivery: Delivery) {
    let slot = (hour + 2 + random.below(Self.longestRoad - 2)) % roads.count
    roads[slot].append(delivery)
  }

  mutating func countUnits(_ count: Int) { statistics.units += count }

  // MARK: Time

  private mutating func startHour() {
    clock = Self.start + hour * 3_600_000 + 1 + random.below(20_000)
    let slot = hour % delayed.count
    for bytes in delayed[slot] { writeDelayed(bytes) }
    delayed[slot].removeAll()
    let road = hour % roads.count
    for delivery in roads[road] { receive(delivery) }
    roads[road].removeAll()
  }

  private mutating func flush<Failure: Error>(
    into sink: (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    if writer.buffer.count == 0 { return }
    statistics.bytes += writer.buffer.count
    try writer.buffer.withBytes(sink)
    writer.buffer.truncate(to: 0)
  }

  // MARK: Events

  /// Opens an event at a site a little later than the last one; `false` if nobody records it.
  ///
  /// - Parameter losable: Whether the event is of a kind that people forget.
  mutating func open(_ type: StaticString, at site: Int, losable: Bool = false) -> Bool {
    let hourEnd = Self.start + hour * 3_600_000 + 3_599_999
    clock = min(clock + 1 + random.below(2 * meanStep), hourEnd)
    if losable, disturbance.chance(chances.missing) {
      writer.skip()
      statistics.missingEvents += 1
      return false
    }
    release = nil
    if disturbance.chance(chances.late) { release = hour + 24 * disturbance.pick(1...14) }
    eventStart = writer.buffer.count
    if release == nil { writeSeparator() }
    let recordTime = release.map { Self.start + $0 * 3_600_000 + disturbance.below(3_600_000) }
    writer.begin(
      type, at: clock, zone: network.companies[site].zone, recordTime: recordTime)
    return true
  }

  /// Ends the open event: it is written, or kept for the hour it is sent in.
  mutating func close() {
    writer.end()
    statistics.items += writer.itemCount
    if let release {
      delayed[release % delayed.count].append(writer.buffer.suffix(from: eventStart))
      writer.buffer.truncate(to: eventStart)
      statistics.lateEvents += 1
      return
    }
    statistics.events += 1
    hasWritten = true
    if disturbance.chance(chances.duplicate) {
      let skipped = options.format == .document && statistics.events > 1 ? 2 : 0
      let copy = writer.buffer.suffix(from: eventStart + skipped)
      delayed[(hour + disturbance.pick(1...6)) % delayed.count].append(copy)
      statistics.duplicateEvents += 1
    }
    if options.format == .jsonLines { writer.buffer.append("\n") }
  }

  private mutating func writeDelayed(_ bytes: [UInt8]) {
    writeSeparator()
    writer.buffer.append(bytes)
    if options.format == .jsonLines { writer.buffer.append("\n") }
    statistics.events += 1
    hasWritten = true
  }

  private mutating func writeSeparator() {
    if options.format == .document, hasWritten { writer.buffer.append(",\n") }
  }

  private mutating func writeHeader() {
    writer.buffer.append(
      "{\"@context\":[\"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld\"],")
    writer.buffer.append("\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",")
    writer.buffer.append(
      "\"creationDate\":\"2026-01-15T00:00:00Z\",\"epcisBody\":{\"eventList\":[\n")
  }
}
