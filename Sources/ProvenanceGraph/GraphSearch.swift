/// Answers questions over a graph, with scratch memory of its own.
///
/// One search serves one thread; any number of searches may share a graph. Scratch memory is
/// reserved for the whole graph but taken page by page as it is touched, and is clean between
/// questions: a question costs what it reaches.
public final class GraphSearch {
  /// The graph that is searched.
  public let graph: GraphStack
  /// The rows of the graph's only segment, which need no search for the right one.
  let plain: (forward: PlainRows, backward: PlainRows)?
  /// The labels of the graph's first segments, if there are any.
  public let labels: ReachLabels?
  /// What the labels point to, if they are of use: they answer for targets below `firstUnlabelled`.
  let labelTable: LabelTable?
  /// The lowest node that an edge enters which the labels do not know.
  let firstUnlabelled: UInt32

  /// A bit a node that was seen.
  let seen: ScratchMemory<UInt64>
  /// The answer in the making.
  let found: ScratchMemory<UInt32>
  /// Nodes seen whose edges are yet to be followed.
  let queue: ScratchMemory<UInt32>
  /// Nodes seen whose edges in later segments are yet to be followed; used for a stack only.
  let guarded: ScratchMemory<UInt32>
  /// Made for the first question about several nodes at once.
  private(set) lazy var numbering = NumberingScratch(nodes: graph.nodeCount)
  /// Made for the first question about times.
  private(set) lazy var timed = TimedScratch(nodes: graph.nodeCount)
  /// Made for the first question whether one node reaches another.
  private(set) lazy var meeting = MeetingScratch(nodes: graph.nodeCount)

  /// Made for the first question about the balance of a stack.
  private(set) lazy var jointTotals = JointTotals(graph)

  /// Slots after the last node, so that kernels may write one too many and look a few ahead.
  static let slack = 64

  /// A search over a graph of one or more segments.
  /// - Parameter labels: labels of the graph's first segment, or of the first few; those of others are
  ///   not used.
  public init(_ graph: GraphStack, labels: ReachLabels? = nil) {
    self.graph = graph
    plain = graph.plain.map { (PlainRows(rows: $0.forward), PlainRows(rows: $0.backward)) }
    let known = labels?.segments ?? []
    let isOurs =
      known.count <= graph.segments.count
      && zip(known, graph.segments).allSatisfy { $0.region === $1.region }
    self.labels = isOurs ? labels : nil
    let isWhole = graph.segments.count == known.count
    labelTable = isOurs && (isWhole || graph.isAscending) ? labels?.table : nil
    firstUnlabelled = graph.lowestTarget(after: known.count)
    seen = ScratchMemory(count: SegmentRows.wordCount(nodes: graph.nodeCount), isDense: true)
    found = ScratchMemory(count: graph.nodeCount + Self.slack)
    queue = ScratchMemory(count: graph.nodeCount + Self.slack)
    guarded = plain == nil ? ScratchMemory(count: graph.nodeCount + Self.slack) : queue
  }

  /// A search over a single segment.
  public convenience init(_ segment: GraphSegment) { self.init(GraphStack([segment])) }

  /// Everything reachable from a node, the node included, each once.
  ///
  /// Small answers come in the order of discovery, large ones in the order of numbers.
  /// - Parameter body: gets the numbers, which are gone when it returns.
  /// - Complexity: O(reached nodes and their edges), and for large answers O(nodes / 64).
  public func withReach<Result>(
    from node: UInt32, _ direction: GraphDirection,
    _ body: (UnsafeBufferPointer<UInt32>) throws -> Result
  ) rethrows -> Result {
    guard Int(node) < graph.nodeCount else {
      return try body(UnsafeBufferPointer(start: nil, count: 0))
    }
    let count =
      if let plain {
        search(
          direction == .forward ? plain.forward : plain.backward, from: node, direction)
      } else {
        search(graph.rows(direction), from: node, direction)
      }
    return try body(UnsafeBufferPointer(start: found.start, count: count))
  }

  /// Everything reachable from a node, the node included, as an array.
  public func reach(from node: UInt32, _ direction: GraphDirection) -> [UInt32] {
    withReach(from: node, direction) { Array($0) }
  }

  /// How many nodes a search may have found before a sweep in the order of numbers is cheaper. A
  /// sweep looks at each word of 64 nodes once, whatever was found.
  var sweepThreshold: Int {
    graph.isAscending ? max(4096, graph.nodeCount / 256) : .max
  }

  /// - Returns: how many numbers it left in `found`.
  private func search(
    _ rows: some EdgeRows, from node: UInt32, _ direction: GraphDirection
  ) -> Int {
    let count =
      direction == .forward
      ? searchForward(rows, from: node, limit: sweepThreshold)
      : searchBackward(rows, from: node, limit: sweepThreshold)
    if count >= 0 { return count }
    return sweep(rows, from: node, direction)
  }
}
