/// Which way a trace goes.
public enum GraphDirection: UInt8, Sendable, Hashable, CaseIterable {
  /// From causes to what they reached.
  case forward = 0
  /// From results to where they came from.
  case backward = 1
}

/// A sealed graph with the event and the doubts of each edge, over bytes that may be mapped. Its edges
/// are laid out as in a ``GraphSegment``, which can be had over the same bytes.
///
/// Nothing is read when it is opened. Reading is total: numbers that are out of bounds, or lie on a
/// damaged page, read as no edge and condemn the region (``CheckedRegion/damage``).
public struct ProvenanceGraph: Sendable {
  /// How many nodes there are.
  public let nodeCount: Int
  /// How many edges there are.
  public let edgeCount: Int

  let region: CheckedRegion
  private let forward: Columns
  private let backward: Columns

  /// The columns of one direction.
  private struct Columns: Sendable {
    let layout: Layout
    let starts: CheckedColumn<UInt32>
    let ends: CheckedColumn<UInt32>
    let events: PackedColumn
    let doubts: CheckedColumn<UInt64>
    let marks: CheckedColumn<UInt64>

    init?(_ region: CheckedRegion, _ layout: Layout, nodes: Int, edges: Int) {
      guard let starts = CheckedColumn<UInt32>(region, layout.starts),
        let ends = CheckedColumn<UInt32>(region, layout.ends),
        let events = PackedColumn(region, layout.events, width: layout.eventWidth),
        let doubts = CheckedColumn<UInt64>(region, layout.doubts),
        let marks = CheckedColumn<UInt64>(region, layout.marks),
        starts.count == nodes + 1, ends.count == edges, events.count == edges,
        doubts.count == edges / 64 + 1
      else { return nil }
      self.layout = layout
      self.starts = starts
      self.ends = ends
      self.events = events
      self.doubts = doubts
      self.marks = marks
    }

    /// The marks of an edge; none unless its bit among the doubts is set.
    func marks(_ slot: Int) -> EdgeMarks {
      guard doubts[slot >> 6] >> UInt64(slot & 63) & 1 != 0 else { return [] }
      var lower = 0
      var upper = marks.count
      while lower < upper {
        let middle = (lower + upper) / 2
        if marks[middle] >> 8 < UInt64(slot) { lower = middle + 1 } else { upper = middle }
      }
      guard lower < marks.count, marks[lower] >> 8 == UInt64(slot) else {
        doubts.refuse(slot >> 6)
        return []
      }
      return EdgeMarks(rawValue: UInt8(truncatingIfNeeded: marks[lower]))
    }
  }

  /// Where the columns of one direction lie in a region, in bytes, each aligned to 8. The first four are
  /// sections of a ``GraphSegment``.
  public struct Layout: Sendable {
    /// A bit a node: whether it has edges.
    public var presence: Range<Int>
    /// 32 bits a word of presence: how many nodes with edges lie before it.
    public var ranks: Range<Int>
    /// 32 bits a node, and one more.
    public var starts: Range<Int>
    /// 32 bits an edge; the top bit says that the node has no edges of this direction.
    public var ends: Range<Int>
    /// The event of each edge plus 1, or 0; see ``PackedColumn``.
    public var events: Range<Int>
    /// How many bytes each of these has.
    public var eventWidth: Int
    /// A bit an edge: whether it is in doubt; in words of 64 bits, one more than edges / 64.
    public var doubts: Range<Int>
    /// 64 bits an edge in doubt, in order: its place times 256, and its marks.
    public var marks: Range<Int>

    /// A layout from its parts.
    public init(
      presence: Range<Int>, ranks: Range<Int>, starts: Range<Int>, ends: Range<Int>,
      events: Range<Int>, eventWidth: Int, doubts: Range<Int>, marks: Range<Int>
    ) {
      self.presence = presence
      self.ranks = ranks
      self.starts = starts
      self.ends = ends
      self.events = events
      self.eventWidth = eventWidth
      self.doubts = doubts
      self.marks = marks
    }
  }

  /// Opens a graph over sealed columns.
  /// - Returns: nil if the columns' sizes do not fit each other or the region.
  /// - Complexity: O(1).
  public init?(region: CheckedRegion, forward: Layout, backward: Layout) {
    let nodes = forward.starts.count / 4 - 1
    let edges = forward.ends.count / 4
    guard nodes >= 0, nodes <= Int(SegmentRows.number), edges <= Int(UInt32.max),
      let forward = Columns(region, forward, nodes: nodes, edges: edges),
      let backward = Columns(region, backward, nodes: nodes, edges: edges)
    else { return nil }
    self.region = region
    self.forward = forward
    self.backward = backward
    nodeCount = nodes
    edgeCount = edges
  }

  func layout(_ direction: GraphDirection) -> Layout {
    direction == .forward ? forward.layout : backward.layout
  }

  /// The slots of the edges that leave a node (forward) or enter it (backward).
  /// - Complexity: O(1).
  public func slots(of node: UInt32, _ direction: GraphDirection) -> Range<Int> {
    let starts = direction == .forward ? forward.starts : backward.starts
    let lower = Int(starts[Int(node)])
    let upper = Int(starts[Int(node) + 1])
    guard lower <= upper, upper <= edgeCount else {
      starts.refuse(Int(node))
      return 0..<0
    }
    return lower..<upper
  }

  /// The node at the other end of the edge in a slot of a node, and whether it may have edges of this
  /// direction itself.
  /// - Complexity: O(1).
  public func end(
    in slot: Int, of node: UInt32, _ direction: GraphDirection
  ) -> (node: UInt32, leadsOn: Bool) {
    let ends = direction == .forward ? forward.ends : backward.ends
    let end = ends[slot]
    guard Int(end & SegmentRows.number) < nodeCount else {
      ends.refuse(slot)
      return (node, false)
    }
    return (end & SegmentRows.number, end & SegmentRows.leaf == 0)
  }

  /// The edge in a slot, as it was added.
  /// - Complexity: O(1), for an edge in doubt O(log n) in these.
  public func edge(in slot: Int, of node: UInt32, _ direction: GraphDirection) -> GraphEdge {
    let column = direction == .forward ? forward : backward
    let end = end(in: slot, of: node, direction).node
    let isForward = direction == .forward
    return GraphEdge(
      from: isForward ? node : end, to: isForward ? end : node,
      event: UInt32(truncatingIfNeeded: column.events[slot] &- 1), marks: column.marks(slot))
  }
}
