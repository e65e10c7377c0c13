import LedgerIndex
import ProvenanceGraph
import Traceability

/// A breadth-first walk over the graph's nodes that knows which item each stands for.
///
/// A step between nodes of one item, or into a transformation, costs nothing; a step into another
/// item costs one, so that depth counts items.
struct Walk {
  let index: LedgerIndex
  let direction: GraphDirection
  let seeds: [ItemNumber]
  /// A node to start from; in doubt if what links it to the seed is.
  private struct Start {
    var node: UInt32
    var depth: Int
    var marks: EdgeMarks = []
  }

  /// Reached nodes with their depth.
  private(set) var depths: [UInt32: Int] = [:]
  private(set) var itemDepths: [ItemNumber: Int] = [:]
  private(set) var via: [ItemNumber: TracedItem.Step] = [:]
  /// Items that are reached without any link in doubt.
  private(set) var certain: Set<ItemNumber> = []
  /// Links from a seed unit to what was inside, which the graph does not hold: node → events.
  private(set) var contentLinks: [(child: ItemNumber, unit: ItemNumber, event: EventNumber)] = []
  private var order: [UInt32] = []
  private var reasonsOfItem: [ItemNumber: [TraceReason]] = [:]
  private static let allMarks = EdgeMarks(TraceReason.ofMarks.map(\.0))

  init(index: LedgerIndex, direction: GraphDirection, seeds: [ItemNumber]) {
    self.index = index
    self.direction = direction
    self.seeds = seeds
  }

  mutating func run() {
    let starts = startNodes()
    certain = itemSet(reach(starts, following: []).keys)
    depths = reach(starts, following: Self.allMarks)
    order = depths.keys.sorted()
    for (node, depth) in depths {
      guard let item = index.item(ofNode: node) else { continue }
      itemDepths[item] = min(itemDepths[item] ?? Int.max, depth)
    }
    for seed in seeds { itemDepths[seed] = 0 }
    findReasons(starts)
    findSteps()
  }

  /// Reached nodes, in order of number.
  var nodes: [UInt32] { order }

  func isReached(_ node: UInt32) -> Bool { depths[node] != nil }

  private func itemSet(_ nodes: some Sequence<UInt32>) -> Set<ItemNumber> {
    var result = Set(seeds)
    for node in nodes { if let item = index.item(ofNode: node) { result.insert(item) } }
    return result
  }

  /// The nodes of the seeds; of a unit also its carriers and, forward, what was inside, through any
  /// depth.
  private mutating func startNodes() -> [Start] {
    var starts: [Start] = []
    for seed in seeds {
      for node in index.nodes(of: seed) { starts.append(Start(node: node, depth: 0)) }
      guard index.hadContents(seed) else { continue }
      for node in index.carriers(of: seed) { starts.append(Start(node: node, depth: 0)) }
      if direction == .forward { addContents(of: seed, to: &starts) }
    }
    return starts
  }

  private mutating func addContents(
    of seed: ItemNumber, to starts: inout [Start]
  ) {
    var links: [(child: ItemNumber, unit: ItemNumber, event: EventNumber)] = []
    index.forEachContent(of: seed) { content in
      links.append((content.stay.child, content.stay.unit, content.stay.start))
      for node in index.nodes(of: content.stay.child) {
        starts.append(Start(node: node, depth: content.depth, marks: content.marks))
      }
    }
    contentLinks += links
  }

  /// Depth of every node reachable from the starts: breadth first, free steps before others.
  private func reach(
    _ starts: [Start], following marks: EdgeMarks
  ) -> [UInt32: Int] {
    var depths: [UInt32: Int] = [:]
    var levels: [[UInt32]] = []
    func put(_ node: UInt32, _ depth: Int) {
      if let known = depths[node], known <= depth { return }
      depths[node] = depth
      while levels.count <= depth { levels.append([]) }
      levels[depth].append(node)
    }
    for start in starts where start.marks.isSubset(of: marks) { put(start.node, start.depth) }
    var level = 0
    while level < levels.count {
      var next = 0
      while next < levels[level].count {
        let node = levels[level][next]
        next += 1
        guard depths[node] == level else { continue }
        for slot in index.graph.slots(of: node, direction) {
          let edge = index.graph.edge(in: slot, of: node, direction)
          guard edge.marks.isSubset(of: marks) else { continue }
          let end = direction == .forward ? edge.to : edge.from
          put(end, level + cost(from: node, to: end))
        }
      }
      level += 1
    }
    return depths
  }

  private func cost(from node: UInt32, to end: UInt32) -> Int {
    guard let item = index.item(ofNode: end) else { return 0 }
    return index.item(ofNode: node) == item ? 0 : 1
  }

  // MARK: Paths

  /// For each item, the step before it on a shortest path: the earliest event, then the smallest
  /// URI, so that it is the same in any order of capture.
  private mutating func findSteps() {
    var best: [ItemNumber: (step: TracedItem.Step, marks: EdgeMarks, key: StepKey)] = [:]
    func offer(_ item: ItemNumber, _ from: ItemNumber, _ event: EventNumber?, _ marks: EdgeMarks) {
      let key = StepKey(event, from, marks)
      if let known = best[item], !key.isBefore(known.key, in: index) { return }
      best[item] = (TracedItem.Step(from: from, event: event), marks, key)
    }
    for node in order {
      guard let item = index.item(ofNode: node), let depth = itemDepths[item], depth > 0,
        depths[node] == depth
      else { continue }
      for (origin, event, marks) in origins(of: node, item: item) {
        offer(item, origin, event, marks)
      }
    }
    for link in contentLinks {
      if let depth = itemDepths[link.child], itemDepths[link.unit] == depth - 1 {
        offer(link.child, link.unit, link.event, [])
      }
    }
    via = best.mapValues(\.step)
  }

  /// The items one step before a node, directly or through a transformation.
  private func origins(
    of node: UInt32, item: ItemNumber
  ) -> [(ItemNumber, EventNumber?, EdgeMarks)] {
    var result: [(ItemNumber, EventNumber?, EdgeMarks)] = []
    var pending: [(node: UInt32, event: EventNumber?, marks: EdgeMarks)] = [(node, nil, [])]
    var seen: Set<UInt32> = [node]
    let back: GraphDirection = direction == .forward ? .backward : .forward
    while let (next, laterEvent, laterMarks) = pending.popLast() {
      for slot in index.graph.slots(of: next, back) {
        let edge = index.graph.edge(in: slot, of: next, back)
        let origin = direction == .forward ? edge.from : edge.to
        guard let depth = depths[origin] else { continue }
        let event = edge.event == GraphEdge.noEvent ? laterEvent : EventNumber(edge.event)
        let marks = laterMarks.union(edge.marks)
        guard let from = index.item(ofNode: origin) else {
          // A transformation of very many events is not searched to its end for the finest path.
          if seen.count < 1024, seen.insert(origin).inserted {
            pending.append((origin, event, marks))
          }
          continue
        }
        // Other nodes of the item itself offer their own steps.
        if from != item, depth == (itemDepths[item] ?? 0) - 1 {
          result.append((from, laterEvent ?? event, marks))
        }
      }
    }
    return result
  }

  /// The doubts behind each item that is not certain: those that one by one suffice to reach it,
  /// else those without which it cannot be reached, else all.
  private mutating func findReasons(_ starts: [Start]) {
    let doubtful = Set(itemDepths.keys).subtracting(certain)
    guard !doubtful.isEmpty else { return }
    var sufficient: [ItemNumber: [TraceReason]] = [:]
    var necessary: [ItemNumber: [TraceReason]] = [:]
    for (mark, reason) in TraceReason.ofMarks {
      for item in itemSet(reach(starts, following: mark).keys).intersection(doubtful) {
        sufficient[item, default: []].append(reason)
      }
      let without = itemSet(reach(starts, following: Self.allMarks.subtracting(mark)).keys)
      for item in doubtful.subtracting(without) { necessary[item, default: []].append(reason) }
    }
    for item in doubtful {
      reasonsOfItem[item] =
        sufficient[item] ?? necessary[item] ?? TraceReason.ofMarks.map(\.1)
    }
  }

  /// The doubts behind an item; none for certain items.
  func reasons(of item: ItemNumber) -> [TraceReason] { reasonsOfItem[item] ?? [] }
}

/// Orders steps independently of the order of capture: without doubt first, then by event, which are
/// numbered by time and content, and by name.
private struct StepKey {
  let isDoubtful: Bool
  let event: EventNumber?
  let from: ItemNumber

  init(_ event: EventNumber?, _ from: ItemNumber, _ marks: EdgeMarks) {
    isDoubtful = !marks.isEmpty
    self.event = event
    self.from = from
  }

  func isBefore(_ other: StepKey, in index: LedgerIndex) -> Bool {
    if isDoubtful != other.isDoubtful { return other.isDoubtful }
    if event != other.event {
      guard let event else { return true }
      return other.event.map { event < $0 } ?? false
    }
    return from != other.from && index.precedes(from, other.from)
  }
}
