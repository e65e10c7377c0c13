import ProvenanceGraph
import Traceability

/// Splits hubs by time into nodes and gives every link its two ends.
///
/// A consumer is joined with the producers that can precede it. Since that is a question of the
/// producer's first instant against the consumer's last, the producers of a consumer are a prefix of
/// all producers in order of first instant: a chain of nodes, one for each prefix that some consumer
/// needs, keeps the graph linear in size.
struct HubSplit {
  let compilation: Compilation
  var nodeCount: UInt32 = 0
  /// First node and count of each hub.
  var firstNodes: [UInt32]
  var nodeCounts: [UInt32]
  /// Node at either end of each link.
  var fromNodes: [UInt32]
  var toNodes: [UInt32]
  var marks: [EdgeMarks]
  /// Edges within hubs, and further draws from vessels.
  var edges: [GraphEdge] = []
  private let incoming: Grouping
  private let outgoing: Grouping
  private let vessels: [UInt32: VesselHistory]

  /// Link numbers by hub.
  struct Grouping {
    var starts: [UInt32]
    var members: [UInt32]

    init(_ keys: some Sequence<UInt32>, count: Int, total: Int) {
      starts = [UInt32](repeating: 0, count: count + 1)
      members = [UInt32](repeating: 0, count: total)
      for key in keys { starts[Int(key) + 1] += 1 }
      for index in 0..<count { starts[index + 1] += starts[index] }
      var cursor = starts
      for (number, key) in keys.enumerated() {
        members[Int(cursor[Int(key)])] = UInt32(number)
        cursor[Int(key)] += 1
      }
    }

    subscript(_ key: UInt32) -> ArraySlice<UInt32> {
      members[Int(starts[Int(key)])..<Int(starts[Int(key) + 1])]
    }
  }

  init(_ compilation: Compilation) {
    self.compilation = compilation
    let links = compilation.links
    let hubs = compilation.hubItems.count
    incoming = Grouping(links.lazy.map(\.to), count: hubs, total: links.count)
    outgoing = Grouping(links.lazy.map(\.from), count: hubs, total: links.count)
    firstNodes = [UInt32](repeating: 0, count: hubs)
    nodeCounts = firstNodes
    fromNodes = [UInt32](repeating: 0, count: links.count)
    toNodes = fromNodes
    marks = links.map(\.marks)
    vessels = compilation.vesselHistories()
    for hub in 0..<UInt32(hubs) {
      firstNodes[Int(hub)] = nodeCount
      if let history = vessels[hub] {
        splitVessel(hub, history)
      } else {
        split(hub)
      }
    }
  }

  private func earliest(_ link: UInt32) -> Int64 {
    let event = compilation.links[Int(link)].toEvent
    return event == none32 ? Int64.min : compilation.span(event).earliest
  }

  private func latest(_ link: UInt32) -> Int64 {
    let event = compilation.links[Int(link)].fromEvent
    return event == none32 ? Int64.max : compilation.span(event).latest
  }

  /// A chain of nodes: producers enter in order of their first instant, consumers leave from the
  /// last node whose producers can all precede them.
  private mutating func split(_ hub: UInt32) {
    let producers = incoming[hub].map { (link: $0, time: earliest($0)) }.sorted {
      $0.time < $1.time
    }
    let prefixes = outgoing[hub].map { link in
      let last = latest(link)
      return (link: link, count: producers.partitioningIndex { $0.time > last })
    }
    // Of consumers that no producer can precede, the count is 0 where there are producers at all.
    var counts = Array(Set(prefixes.map(\.count).filter { $0 > 0 })).sorted()
    if counts.last != producers.count || counts.isEmpty { counts.append(producers.count) }
    var lower = 0
    for (stage, count) in counts.enumerated() {
      for producer in producers[lower..<count] {
        toNodes[Int(producer.link)] = nodeCount + UInt32(stage)
      }
      lower = count
      if stage > 0 { join(nodeCount + UInt32(stage) - 1, nodeCount + UInt32(stage), []) }
    }
    var nodes = counts.count
    for (link, count) in prefixes {
      if count == 0, !producers.isEmpty {
        // The doubt is between producer and consumer, so it stands on a step of its own: that the
        // consumer used this very item is certain.
        if nodes == counts.count {
          nodes += 1
          join(
            nodeCount + UInt32(counts.count) - 1, nodeCount + UInt32(counts.count),
            .orderContradicted)
        }
        fromNodes[Int(link)] = nodeCount + UInt32(counts.count)
      } else {
        fromNodes[Int(link)] = nodeCount + UInt32(counts.firstIndex(of: count) ?? 0)
      }
    }
    close(hub, nodes: nodes)
  }

  private mutating func join(_ from: UInt32, _ to: UInt32, _ marks: EdgeMarks) {
    edges.append(GraphEdge(from: from, to: to, event: GraphEdge.noEvent, marks: marks))
  }

  private mutating func close(_ hub: UInt32, nodes: Int) {
    nodeCounts[Int(hub)] = UInt32(nodes)
    nodeCount += UInt32(nodes)
  }

  /// One node a fill; what was left is carried over to the fills after it, unless the vessel was
  /// certainly cleaned between.
  private mutating func splitVessel(_ hub: UInt32, _ history: VesselHistory) {
    let spans = history.fills.map(compilation.span)
    let fillNumbers = Dictionary(
      uniqueKeysWithValues: history.fills.enumerated().map { ($1, UInt32($0)) })
    for link in incoming[hub] {
      let event = compilation.links[Int(link)].toEvent
      toNodes[Int(link)] = nodeCount + (fillNumbers[event] ?? 0)
    }
    let draws = DrawTimes(
      outgoing[hub].compactMap { link in
        let event = compilation.links[Int(link)].fromEvent
        return event == none32 ? nil : compilation.span(event)
      })
    for fill in spans.indices.dropFirst() {
      for earlier in sources(of: spans[fill], before: fill, spans, history) {
        // With no draw between, both were certainly inside together.
        let isCarriedOver = draws.canLie(between: spans[earlier], and: spans[fill])
        edges.append(
          GraphEdge(
            from: nodeCount + UInt32(earlier), to: nodeCount + UInt32(fill),
            event: history.fills[fill], marks: isCarriedOver ? .carryOver : []))
      }
    }
    var doubtful: [Doubt: UInt32] = [:]
    var nodes = max(1, spans.count)
    for link in outgoing[hub] {
      guard let doubt = draw(link, spans, history) else { continue }
      // Doubts about what a draw took stand on a step of their own, as for other items.
      if doubtful[doubt] == nil {
        doubtful[doubt] = nodeCount + UInt32(nodes)
        for fill in doubt.fills {
          join(nodeCount + UInt32(fill), nodeCount + UInt32(nodes), doubt.marks)
        }
        nodes += 1
      }
      fromNodes[Int(link)] = doubtful[doubt] ?? nodeCount
    }
    close(hub, nodes: nodes)
  }

  /// Why a draw cannot be joined plainly, and the fills that it is joined with all the same.
  private struct Doubt: Hashable {
    var marks: EdgeMarks
    var fills: Range<Int>
  }

  /// The last fill before, if no cleaning lies between; else every earlier one that was not
  /// certainly cleaned away.
  private func sources(
    of span: TimeSpan, before end: Int, _ spans: [TimeSpan], _ history: VesselHistory
  ) -> [Int] {
    guard end > 0 else { return [] }
    let cleaned = history.cleanedBefore(span)
    if spans[end - 1].latest >= cleaned { return [end - 1] }
    // A span is shorter than three days, so fills that began long before the cleaning are gone.
    let horizon = cleaned.subtractingReportingOverflow(3 * 86_400_000_000)
    var found: [Int] = []
    var fill = end - 1
    while fill >= 0, horizon.overflow || spans[fill].earliest >= horizon.partialValue {
      if spans[fill].latest >= cleaned { found.append(fill) }
      fill -= 1
    }
    return found.reversed()
  }

  /// Joins a draw with its fills.
  /// - Returns: why it cannot be, if so.
  private mutating func draw(
    _ link: UInt32, _ spans: [TimeSpan], _ history: VesselHistory
  ) -> Doubt? {
    let event = compilation.links[Int(link)].fromEvent
    guard event != none32, !spans.isEmpty else {
      fromNodes[Int(link)] = nodeCount + UInt32(max(1, spans.count)) - 1
      return nil
    }
    let span = compilation.span(event)
    let count = spans.partitioningIndex { $0.earliest > span.latest }
    if count == 0 { return Doubt(marks: .orderContradicted, fills: 0..<spans.count) }
    let fills = sources(of: span, before: count, spans, history)
    guard let last = fills.last else {
      return Doubt(marks: .noFillSinceCleaning, fills: count - 1..<count)
    }
    fromNodes[Int(link)] = nodeCount + UInt32(last)
    for fill in fills.dropLast() { extraDraws.append((link, nodeCount + UInt32(fill))) }
    return nil
  }

  /// Further fills that a draw is joined with, besides the one in `fromNodes`.
  var extraDraws: [(link: UInt32, node: UInt32)] = []

  /// The finished graph.
  func graph() -> GraphBuilder {
    var builder = GraphBuilder(nodeCount: Int(nodeCount))
    for (number, link) in compilation.links.enumerated() {
      builder.add(
        GraphEdge(
          from: fromNodes[number], to: toNodes[number], event: link.event, marks: marks[number]))
    }
    for (link, node) in extraDraws {
      builder.add(
        GraphEdge(
          from: node, to: toNodes[Int(link)], event: compilation.links[Int(link)].event,
          marks: marks[Int(link)]))
    }
    for edge in edges { builder.add(edge) }
    return builder
  }
}

/// The draws of a vessel, to ask whether one can lie between two times.
private struct DrawTimes {
  private let sorted: [TimeSpan]
  /// The latest last instant of all draws up to each.
  private var latest: [Int64] = []

  init(_ spans: [TimeSpan]) {
    sorted = spans.sorted { $0.earliest < $1.earliest }
    for span in sorted { latest.append(max(latest.last ?? Int64.min, span.latest)) }
  }

  func canLie(between a: TimeSpan, and b: TimeSpan) -> Bool {
    let count = sorted.partitioningIndex { $0.earliest > b.latest }
    return count > 0 && latest[count - 1] >= a.earliest
  }
}

extension Array {
  /// The first index whose element satisfies the predicate, which must hold for all after it.
  func partitioningIndex(_ belongsToSecond: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if belongsToSecond(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
