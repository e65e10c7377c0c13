import ProvenanceGraph
import RecallAnalysis
import Testing
import Traceability

@testable import LedgerIndex

/// The real thing: facts to a sealed index, opened and traced.
struct IndexSubject: TraceSubject {
  static let name = "sealed index"
  let index: LedgerIndex
  let search: ReachSearch
  private let events: [UInt64: Links]

  init(_ history: CapturedHistory) throws {
    var options = IndexOptions()
    options.cleaningSteps = history.cleaningSteps
    options.vessels = Set(history.vessels.map(\.uri))
    var builder = IndexBuilder(options: options, seed: 7)
    var events: [UInt64: Links] = [:]
    for (position, event) in history.events.enumerated() {
      let entry = UInt64(position + 1)
      try builder.add(
        LinksBuffer(event), entry: entry,
        submitter: history.submitters[EventKey(event)] ?? "")
      events[entry] = event
    }
    let binding = IndexBinding(
      origin: "test", size: UInt64(history.events.count + 1),
      root: [UInt8](repeating: 0, count: 32))
    index = try builder.sealed(binding: binding)
    search = try ReachSearch(index)
    self.events = events
  }

  func trace(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelAnswer {
    ModelAnswer(index, search, direction, seeds, events)
  }

  func scope(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelScope {
    ModelScope(index, direction, seeds, events)
  }
}

/// An index of the first events of a history, tables of facts about the others, and what an answer
/// depends on collected out of both.
struct NeighbourhoodSubject: TraceSubject {
  static let name = "neighbourhood of an older index"
  private let base: LedgerIndex
  private let later: LaterEvents
  private let options: IndexOptions
  private let source: HistorySource

  init(_ history: CapturedHistory) throws {
    var options = IndexOptions()
    options.cleaningSteps = history.cleaningSteps
    options.vessels = Set(history.vessels.map(\.uri))
    let source = HistorySource(history)
    self.source = source
    let count = UInt64(history.events.count)
    // Any share of the events may be the older one, and the rest be cut anywhere, or not at all.
    var random = SeededGenerator(seed: history.events.first.map { $0.content.words.0 } ?? 0)
    var cuts = (0..<3).map { _ in UInt64.random(in: 0...count, using: &random) + 1 }.sorted()
    var builder = IndexBuilder(options: options, seed: 7)
    var links = LinksBuffer()
    for entry in 1..<cuts[0] {
      guard let event = source.events[entry] else { continue }
      try event.links.withUnsafeBytes { try links.decode($0) }
      try builder.add(links, entry: entry, submitter: event.submitter)
    }
    base = try builder.sealed(binding: Self.binding(cuts[0]))
    cuts.append(count + 1)
    let tables = try zip(cuts, cuts.dropFirst()).filter { $0 < $1 }.map {
      try source.facts($0..<$1)
    }
    // Two adjacent ones may be one.
    let merged = count % 2 == 0 ? try FactMerge(Array(tables.prefix(2)))?.table() : nil
    later = LaterEvents(
      from: cuts[0], in: merged.map { [$0] + tables.dropFirst(2) } ?? tables)
    self.options = options
    events = Dictionary(
      uniqueKeysWithValues: history.events.enumerated().map { (UInt64($0 + 1), $1) })
  }

  static func binding(_ size: UInt64) -> IndexBinding {
    IndexBinding(origin: "test", size: size, root: [UInt8](repeating: 0, count: 32))
  }

  private let events: [UInt64: Links]

  func trace(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelAnswer {
    ModelAnswer(try index(direction, seeds), nil, direction, seeds, events)
  }

  func scope(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelScope {
    ModelScope(try index(direction, seeds), direction, seeds, events)
  }

  /// What a text can mean, by the index of what a trace from it depends on, and how many events that is.
  func lookUp(_ text: String) throws -> (uris: Set<String>, eventCount: Int) {
    var neighbourhood = Neighbourhood(
      of: base, and: later, source: source, direction: .forward, options: options, limit: 10_000)
    _ = try neighbourhood.collect(text, takesAll: false)
    let index = try neighbourhood.index(binding: Self.binding(0))
    return (
      Set(index.lookUp(text, limit: 50).items.map(index.uri)), neighbourhood.stored.count
    )
  }

  /// Whether the trace from one item holds another.
  func reaches(
    _ direction: GraphDirection, from seed: Identifier, to item: Identifier
  ) throws -> Bool {
    let index = try index(direction == .forward ? .forward : .backward, [seed], and: [item])
    return index.reaches(
      direction, from: [try #require(index.item(seed.uri))],
      to: [try #require(index.item(item.uri))])
  }

  private func index(
    _ direction: ModelDirection, _ seeds: [Identifier], and others: [Identifier] = []
  ) throws -> LedgerIndex {
    var neighbourhood = Neighbourhood(
      of: base, and: later, source: source,
      direction: direction == .forward ? .forward : .backward, options: options, limit: 10_000)
    for seed in seeds { _ = try neighbourhood.collect(seed.uri, takesAll: false) }
    for item in others { _ = try neighbourhood.collectItems(item.uri, takesAll: false) }
    return try neighbourhood.index(
      binding: IndexBinding(origin: "test", size: 0, root: [UInt8](repeating: 0, count: 32)))
  }
}

/// The events of a history as a log has them, from entry 1 on.
struct HistorySource: EventSource {
  private(set) var events: [UInt64: LaterEvents.Stored] = [:]
  var captures: [UInt64: CaptureLinks] = [:]

  init(_ history: CapturedHistory) {
    for (position, event) in history.events.enumerated() {
      events[UInt64(position + 1)] = .init(
        links: event.encoded, submitter: history.submitters[EventKey(event)] ?? "")
    }
  }

  func event(at entry: UInt64) -> LaterEvents.Stored? { events[entry] }

  func capture(at entry: UInt64) -> CaptureLinks? { captures[entry] }

  func scan(from entry: UInt64, _ body: (UInt64, UnsafeRawBufferPointer) throws -> Bool) throws {
    for number in events.keys.sorted() where number >= entry {
      guard let event = events[number] else { continue }
      if try !event.links.withUnsafeBytes({ try body(number, $0) }) { return }
    }
  }

  /// The facts of some entries, sealed and opened.
  func facts(_ entries: Range<UInt64>) throws -> FactTable {
    try collected(entries).table(binding: NeighbourhoodSubject.binding(entries.upperBound))
  }

  /// The facts of entries that were collected by themselves between cuts, and then joined.
  func joinedFacts(_ cuts: [UInt64]) throws -> FactTable {
    var joined = FactCollector(from: cuts[0], seed: 7)
    for (start, end) in zip(cuts, cuts.dropFirst()) {
      try joined.append(collected(start..<end, calling: 0), at: start)
    }
    return try joined.table(binding: NeighbourhoodSubject.binding(cuts[cuts.count - 1]))
  }

  private func collected(
    _ entries: Range<UInt64>, calling first: UInt64? = nil
  ) throws -> FactCollector {
    let shift = first.map { entries.lowerBound - $0 } ?? 0
    var collector = FactCollector(from: entries.lowerBound - shift, seed: 7)
    for entry in entries {
      if let capture = captures[entry] { try collector.add(capture, entry: entry - shift) }
      guard let event = events[entry] else { continue }
      try event.links.withUnsafeBytes {
        try collector.add(links: $0, entry: entry - shift, submitter: event.submitter)
      }
    }
    return collector
  }
}

extension FactMerge {
  /// The merged table in memory.
  func table() throws -> FactTable {
    var bytes: [UInt8] = []
    try seal { bytes.append(contentsOf: $0) }
    return try FactTable(ByteRegion(copying: bytes))
  }
}

extension ModelAnswer {
  /// What an index answers.
  fileprivate init(
    _ index: LedgerIndex, _ search: ReachSearch?, _ direction: ModelDirection,
    _ seeds: [Identifier], _ events: [UInt64: Links]
  ) {
    self.init()
    let keys = events.mapValues { EventKey($0) }
    let numbers = seeds.compactMap { index.item($0.uri) }
    let direction: GraphDirection = direction == .forward ? .forward : .backward
    let trace = Tracer(index).trace(direction, from: numbers)
    items = Set(trace.items.map { index.uri(of: $0.item) })
    // Items alone, each once, are found in two more ways.
    for reach in [index.reach(direction, from: numbers), search?.reach(direction, from: numbers)] {
      guard let reach else { continue }
      var uris: [String] = []
      reach.forEachURI { uris.append(String(decoding: $1, as: UTF8.self)) }
      if uris.count != items.count || Set(uris) != items { items.insert("reached: \(uris)") }
    }
    certain = Set(trace.items.filter(\.isCertain).map { index.uri(of: $0.item) })
    path = Set(trace.pathEvents.compactMap { keys[index.event($0).entry] })
    mention = Set(trace.mentionEvents.compactMap { keys[index.event($0).entry] })
  }
}

extension ModelScope {
  /// What an index answers, refined.
  fileprivate init(
    _ index: LedgerIndex, _ direction: ModelDirection, _ seeds: [Identifier],
    _ events: [UInt64: Links]
  ) {
    let numbers = seeds.compactMap { index.item($0.uri) }
    let trace = Tracer(index).trace(
      direction == .forward ? .forward : .backward, from: numbers)
    let links = Self.links(of: trace, index, events)
    self.init(ScopeTracer(index, links: links).scope(of: trace), index, events)
  }

  fileprivate static func links(
    of trace: Trace, _ index: LedgerIndex, _ events: [UInt64: Links]
  ) -> [EventNumber: Links] {
    var links: [EventNumber: Links] = [:]
    for event in trace.pathEvents + trace.mentionEvents {
      links[event] = events[index.event(event).entry]
    }
    return links
  }

  /// An answer of the engine, in the words of the model.
  init(_ scope: Scope, _ index: LedgerIndex, _ events: [UInt64: Links]) {
    for (item, certainty) in scope.items { items[index.uri(of: item)] = certainty.label }
    for (item, reasons) in scope.separated {
      separated[index.uri(of: item)] = Set(reasons.map(\.rawValue))
    }
    for holding in scope.holdings {
      let place: String?
      switch holding.place {
      case .site(let site): place = index.siteURI(of: site)
      case .unit(let unit): place = "unit:" + index.uri(of: unit)
      case .unknown: place = nil
      }
      holdings.insert(
        Holding(
          item: index.uri(of: holding.item), place: place, time: holding.time,
          certainty: holding.certainty.label))
    }
    for shipment in scope.openShipments {
      guard let event = events[index.event(shipment.event).entry] else { continue }
      open.insert(
        Open(
          item: index.uri(of: shipment.item), event: EventKey(event),
          destination: shipment.destination))
    }
  }
}
