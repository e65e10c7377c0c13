import ProvenanceGraph
import Traceability

/// Splits hubs by time into nodes and gives every link its two ends.
///
/// A consumer is joined with the producers that can precede it. Since that is a question of the
/// producer's first instant against the consumer's last, the producers of a consumer are a prefix of
/// all producers in order of first instant: a chain of nodes, one for each prefix that some consumer
/// needs, keeps the graph linear in size.
struct HubSplit {
  private let facts: SortedFacts
  /// The links, between hubs first and then between nodes.
  private(set) var links: LinkTable
  /// The links as they arrive at hubs and leave them.
  private var incoming: Grouping
  private var outgoing: Grouping
  private let vessels: [UInt32: VesselHistory]
  /// The first node of each hub; one more at the end. A hub's nodes follow one another.
  private(set) var firstNodes: Column<UInt32>
  private(set) var nodeCount: UInt32 = 0
  /// The ends of links that are not the first node of their hub: they take effect when all hubs are
  /// split, since hubs are still told by their numbers until then.
  private var laterOrigins: [(link: UInt32, node: UInt32)] = []
  private var laterEnds: [(link: UInt32, node: UInt32)] = []
  /// Links of nodes of the same hub, and further draws from vessels.
  private var inner: [GraphEdge] = []
  private var extraDraws: [(link: UInt32, node: UInt32)] = []
  private var producers: [(link: UInt32, time: Int64)] = []

  /// Takes the links out of a compilation.
  /// - Parameter step: called now and then; what it throws ends the work.
  init(_ compilation: inout Compilation, step: () throws -> Void) throws {
    facts = compilation.facts
    vessels = compilation.vesselHistories()
    links = compilation.links
    compilation.links = LinkTable(scratch: nil)
    let hubs = compilation.hubCount
    incoming = Grouping(links.ends, below: hubs)
    outgoing = Grouping(links.origins, below: hubs)
    firstNodes = Column(scratch: facts.builder.scratch)
    try step()
    for hub in 0..<UInt32(hubs) {
      firstNodes.append(nodeCount)
      if !vessels.isEmpty, let history = vessels[hub] {
        splitVessel(hub, history)
      } else if isOneNode(hub) {
        nodeCount += 1
      } else {
        split(hub)
      }
      if hub & 0xF_FFFF == 0 { try step() }
    }
    firstNodes.append(nodeCount)
    incoming = Grouping(Column(), below: 0)
    outgoing = incoming
    joinNodes()
    try step()
  }

  /// Gives the links nodes instead of hubs.
  private mutating func joinNodes() {
    for link in 0..<links.count {
      links.origins[link] = firstNodes[Int(links.origins[link])]
      links.ends[link] = firstNodes[Int(links.ends[link])]
    }
    for (link, node) in laterOrigins { links.origins[Int(link)] = node }
    for (link, node) in laterEnds { links.ends[Int(link)] = node }
    for (link, node) in extraDraws {
      links.append(
        from: node, to: links.ends[Int(link)], links.events[Int(link)], .none,
        links.marks(Int(link)))
    }
    for edge in inner { links.append(from: edge.from, to: edge.to, edge.event, .none, edge.marks) }
    laterOrigins = []
    laterEnds = []
    extraDraws = []
    inner = []
  }

  private func earliest(_ link: UInt32) -> Int64 {
    links.isEndTimed(Int(link)) ? facts.span(links.events[Int(link)]).earliest : Int64.min
  }

  private func latest(_ link: UInt32) -> Int64 {
    links.isOriginTimed(Int(link)) ? facts.span(links.events[Int(link)]).latest : Int64.max
  }

  /// Whether every producer of a hub can precede every consumer, as for nearly all of them.
  private func isOneNode(_ hub: UInt32) -> Bool {
    let arriving = incoming.range(hub)
    let leaving = outgoing.range(hub)
    guard !arriving.isEmpty, !leaving.isEmpty else { return true }
    var first = Int64.max
    for place in leaving { first = min(first, latest(outgoing.members[place])) }
    for place in arriving where earliest(incoming.members[place]) > first { return false }
    return true
  }

  /// A chain of nodes: producers enter in order of their first instant, consumers leave from the
  /// last node whose producers can all precede them.
  private mutating func split(_ hub: UInt32) {
    producers.removeAll(keepingCapacity: true)
    for place in incoming.range(hub) {
      let link = incoming.members[place]
      producers.append((link, earliest(link)))
    }
    producers.sort { $0.time < $1.time }
    let prefixes = outgoing[hub].map { link in
      let last = latest(link)
      return (link: link, count: producers.partitioningIndex { $0.time > last })
    }
    // Of consumers that no producer can precede, the count is 0.
    var counts = Array(Set(prefixes.map(\.count).filter { $0 > 0 })).sorted()
    if counts.last != producers.count { counts.append(producers.count) }
    var lower = 0
    for (stage, count) in counts.enumerated() {
      for producer in producers[lower..<count] {
        laterEnds.append((producer.link, nodeCount + UInt32(stage)))
      }
      lower = count
      if stage > 0 { join(nodeCount + UInt32(stage) - 1, nodeCount + UInt32(stage), []) }
    }
    var nodes = counts.count
    for (link, count) in prefixes {
      guard count == 0 else {
        let stage = counts.partitioningIndex { $0 >= count }
        laterOrigins.append((link, nodeCount + UInt32(stage)))
        continue
      }
      // The doubt is between producer and consumer, so it stands on a step of its own: that the
      // consumer used this very item is certain.
      if nodes == counts.count {
        nodes += 1
        join(
          nodeCount + UInt32(counts.count) - 1, nodeCount + UInt32(counts.count),
          .orderContradicted)
      }
      laterOrigins.append((link, nodeCount + UInt32(counts.count)))
    }
    nodeCount += UInt32(nodes)
  }

  private mutating func join(_ from: UInt32, _ to: UInt32, _ marks: EdgeMarks) {
    inner.append(GraphEdge(from: from, to: to, event: GraphEdge.noEvent, marks: marks))
  }

  /// One node a fill; what was left is carried over to the fills after it, unless the vessel was
  /// certainly cleaned between.
  private mutating func splitVessel(_ hub: UInt32, _ history: VesselHistory) {
    let spans = history.fills.map(facts.span)
    let fillNumbers = Dictionary(
      uniqueKeysWithValues: history.fills.enumerated().map { ($1, UInt32($0)) })
    for link in incoming[hub] {
      let event = links.isEndTimed(Int(link)) ? links.events[Int(link)] : none32
      laterEnds.append((link, nodeCount + (fillNumbers[event] ?? 0)))
    }
    let draws = DrawTimes(
      outgoing[hub].compactMap { link in
        links.isOriginTimed(Int(link)) ? facts.span(links.events[Int(link)]) : nil
      })
    for fill in spans.indices.dropFirst() {
      for earlier in sources(of: spans[fill], before: fill, spans, history) {
        // With no draw between, both were certainly inside together.
        let isCarriedOver = draws.canLie(between: spans[earlier], and: spans[fill])
        inner.append(
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
      laterOrigins.append((link, doubtful[doubt] ?? nodeCount))
    }
    nodeCount += UInt32(nodes)
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
    guard links.isOriginTimed(Int(link)), !spans.isEmpty else {
      laterOrigins.append((link, nodeCount + UInt32(max(1, spans.count)) - 1))
      return nil
    }
    let span = facts.span(links.events[Int(link)])
    let count = spans.partitioningIndex { $0.earliest > span.latest }
    if count == 0 { return Doubt(marks: .orderContradicted, fills: 0..<spans.count) }
    let fills = sources(of: span, before: count, spans, history)
    guard let last = fills.last else {
      return Doubt(marks: .noFillSinceCleaning, fills: count - 1..<count)
    }
    laterOrigins.append((link, nodeCount + UInt32(last)))
    for fill in fills.dropLast() { extraDraws.append((link, nodeCount + UInt32(fill))) }
    return nil
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
