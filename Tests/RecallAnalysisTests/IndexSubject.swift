import LedgerIndex
import ProvenanceGraph
import RecallAnalysis
import Traceability

/// The real thing: facts to a sealed index, opened and traced.
struct IndexSubject: TraceSubject {
  static let name = "sealed index"
  private let index: LedgerIndex
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
    self.keys = keys
  }

  func trace(_ direction: ModelDirection, from seeds: [Identifier]) throws -> ModelAnswer {
    var answer = ModelAnswer()
    let numbers = seeds.compactMap { index.item($0.uri) }
    let trace = Tracer(index).trace(
      direction == .forward ? .forward : .backward, from: numbers)
    answer.items = Set(trace.items.map { index.uri(of: $0.item) })
    answer.certain = Set(trace.items.filter(\.isCertain).map { index.uri(of: $0.item) })
    answer.path = Set(trace.pathEvents.compactMap { keys[index.event($0).entry] })
    answer.mention = Set(trace.mentionEvents.compactMap { keys[index.event($0).entry] })
    return answer
  }
}
