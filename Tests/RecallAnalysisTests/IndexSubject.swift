import LedgerIndex
import ProvenanceGraph
import RecallAnalysis
import Traceability

/// The real thing: facts to a sealed index, opened and traced.
struct IndexSubject: TraceSubject {
  static let name = "sealed index"
  private let index: LedgerIndex
  private let search: ReachSearch
  private let keys: [UInt64: EventKey]

  init(_ history: CapturedHistory) throws {
    var options = IndexOptions()
    options.cleaningSteps = history.cleaningSteps
    options.vessels = Set(history.vessels.map(\.uri))
    var builder = IndexBuilder(options: options, seed: 7)
    var keys: [UInt64: EventKey] = [:]
    for (position, event) in history.events.enumerated() {
      let entry = UInt64(position + 1)
      try builder.add(
        LinksBuffer(event), entry: entry,
        submitter: history.submitters[EventKey(event)] ?? "")
      keys[entry] = EventKey(event)
    }
    let binding = IndexBinding(
      origin: "test", size: UInt64(history.events.count + 1),
      root: [UInt8](repeating: 0, count: 32))
    index = try builder.sealed(binding: binding)
    search = try ReachSearch(index)
    self.keys = keys
  }

  func trace(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelAnswer {
    ModelAnswer(index, search, direction, seeds, keys)
  }
}

/// An index of the first events of a history, and the others collected as a question needs them.
struct NeighbourhoodSubject: TraceSubject {
  static let name = "neighbourhood of an older index"
  private let base: LedgerIndex
  private let later: LaterEvents
  private let options: IndexOptions
  private let source: Source

  private struct Source: EventSource {
    var events: [UInt64: LaterEvents.Stored] = [:]

    func event(at entry: UInt64) -> LaterEvents.Stored? { events[entry] }
  }

  init(_ history: CapturedHistory) throws {
    var options = IndexOptions()
    options.cleaningSteps = history.cleaningSteps
    options.vessels = Set(history.vessels.map(\.uri))
    // Any share of the events may be the older one.
    let count = history.events.count
    let known = count * (history.events.first.map { Int($0.content.words.0 % 5) } ?? 0) / 4
    var builder = IndexBuilder(options: options, seed: 7)
    var source = Source()
    for (position, event) in history.events.prefix(known).enumerated() {
      let submitter = history.submitters[EventKey(event)] ?? ""
      try builder.add(LinksBuffer(event), entry: UInt64(position + 1), submitter: submitter)
      source.events[UInt64(position + 1)] = .init(links: event.encoded, submitter: submitter)
    }
    base = try builder.sealed(
      binding: IndexBinding(
        origin: "test", size: UInt64(known + 1), root: [UInt8](repeating: 0, count: 32)))
    var later = LaterEvents(after: base)
    for (position, event) in history.events.enumerated().dropFirst(known) {
      try event.encoded.withUnsafeBytes { links in
        try later.add(
          links: links, entry: UInt64(position + 1),
          submitter: history.submitters[EventKey(event)] ?? "")
      }
    }
    self.later = later
    self.options = options
    self.source = source
    keys = Dictionary(
      uniqueKeysWithValues: history.events.enumerated().map {
        (UInt64($0 + 1), EventKey($1))
      })
  }

  private let keys: [UInt64: EventKey]

  func trace(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelAnswer {
    var neighbourhood = try Neighbourhood(
      of: base, and: later, source: source,
      direction: direction == .forward ? .forward : .backward, options: options, limit: 10_000)
    for seed in seeds { _ = try neighbourhood.collect(seed.uri, takesAll: false) }
    let index = try neighbourhood.index(
      binding: IndexBinding(origin: "test", size: 0, root: [UInt8](repeating: 0, count: 32)))
    return ModelAnswer(index, nil, direction, seeds, keys)
  }
}

extension ModelAnswer {
  /// What an index answers.
  fileprivate init(
    _ index: LedgerIndex, _ search: ReachSearch?, _ direction: ModelDirection,
    _ seeds: [Identifier], _ keys: [UInt64: EventKey]
  ) {
    self.init()
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
