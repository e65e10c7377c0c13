import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a whole trace takes, with its events and refined by place and time: of a median lot, of the
/// lots with the largest answers, and of many of these at once.
struct TraceTimes {
  private let ledger: Ledger
  private let search: ReachSearch

  /// One question and what its parts took, in milliseconds of the processor, the best of some passes.
  struct Row {
    var name: String
    var seeds: [ItemNumber]
    var items = 0
    var refined = 0
    var events = 0
    /// The items alone, of one seed after the other.
    var reach = Double.infinity
    /// The conservative answer with its events and doubts, in numbers.
    var trace = Double.infinity
    /// Refining by place and time.
    var scope = Double.infinity
    /// `Ledger.answer`: reading, refining, and names for all of it.
    var answer = Double.infinity
    /// The conservative answer and `Ledger.answer` by the clock.
    var wall = Double.infinity

    var whole: Double { trace + answer }
  }

  init(_ ledger: Ledger, _ search: ReachSearch) {
    self.ledger = ledger
    self.search = search
  }

  func text() throws -> String {
    var lines = [
      "question                 seeds    items  refined   events  reach ms  trace ms  scope ms"
        + " answer ms   wall ms  trace and answer, ms per 1,000 items"
    ]
    for direction in GraphDirection.allCases {
      for question in questions(direction) {
        let row = try time(question, direction)
        let cells = [
          "\(row.seeds.count)", "\(row.items)", "\(row.refined)", "\(row.events)",
          decimal(row.reach), decimal(row.trace), decimal(row.scope), decimal(row.answer),
          decimal(row.wall), decimal(row.whole * 1e3 / Double(max(1, row.items))),
        ]
        let name = row.name + String(repeating: " ", count: max(1, 22 - row.name.count))
        lines.append(
          name
            + cells.map { String(repeating: " ", count: max(1, 9 - $0.count)) + $0 }.joined(
              separator: " "))
        if question.seeds.count == 1 { lines.append("  " + search.index.uri(of: row.seeds[0])) }
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Of all lots: the median, and the largest answers alone and together.
  private func questions(_ direction: GraphDirection) -> [Row] {
    let index = search.index
    var sizes: [(size: Int, item: ItemNumber)] = []
    for number in 0..<UInt32(index.itemCount) where index.kind(of: ItemNumber(number)) == .lot {
      let item = ItemNumber(number)
      sizes.append((search.withReach(direction, from: item) { $0.count }, item))
    }
    sizes.sort { ($1.size, $0.item) < ($0.size, $1.item) }
    guard let largest = sizes.first else { return [] }
    var rows = [
      Row(name: "\(direction), median", seeds: [sizes[sizes.count / 2].item]),
      Row(name: "\(direction), 1 in 1,000", seeds: [sizes[sizes.count / 1_000].item]),
      Row(name: "\(direction), largest", seeds: [largest.item]),
    ]
    for wanted in [1_000, 10_000] where largest.size < wanted {
      var seen: Set<ItemNumber> = []
      var seeds: [ItemNumber] = []
      for (_, item) in sizes where seen.count < wanted && !seen.contains(item) {
        seeds.append(item)
        search.withReach(direction, from: item) { seen.formUnion($0) }
      }
      rows.append(Row(name: "\(direction), over \(wanted)", seeds: seeds))
    }
    return rows
  }

  private func time(_ question: Row, _ direction: GraphDirection) throws -> Row {
    var row = question
    let index = search.index
    for pass in 0..<4 {
      let start = FacadeTimer.nanoseconds(CLOCK_MONOTONIC)
      let (trace, traceTime) = measure { Tracer(index).trace(direction, from: row.seeds) }
      let (answer, answerTime) = try measure { try ledger.answer(trace, in: index) }
      let wall = (FacadeTimer.nanoseconds(CLOCK_MONOTONIC) - start) / 1e6
      var links: [EventNumber: Links] = [:]
      for event in trace.pathEvents + trace.mentionEvents {
        links[event] = try ledger.links(at: EntryIndex(index.event(event).entry))
      }
      let (scope, scopeTime) = measure { ScopeTracer(index, links: links).scope(of: trace) }
      let (_, reachTime) = measure {
        row.seeds.reduce(0) { $0 + search.withReach(direction, from: $1) { $0.count } }
      }
      row.items = trace.items.count
      row.refined = scope.items.count
      row.events = answer.events.count
      guard pass > 0 else { continue }
      row.reach = min(row.reach, reachTime)
      row.trace = min(row.trace, traceTime)
      row.scope = min(row.scope, scopeTime)
      row.answer = min(row.answer, answerTime)
      row.wall = min(row.wall, wall)
    }
    return row
  }

  /// What something gives, and its milliseconds of the processor.
  private func measure<Value>(_ work: () throws -> Value) rethrows -> (Value, Double) {
    let start = FacadeTimer.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
    let value = try work()
    return (value, (FacadeTimer.nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / 1e6)
  }
}
