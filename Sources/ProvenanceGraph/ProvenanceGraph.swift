/// Which way a trace goes.
public enum GraphDirection: UInt8, Sendable, Hashable, CaseIterable {
  /// From causes to what they reached.
  case forward = 0
  /// From results to where they came from.
  case backward = 1
}

/// A sealed graph in compressed sparse rows, both ways, over bytes that may be mapped.
///
/// Nothing is read when it is opened. Reading is total: numbers that are out of bounds, or lie on a
/// damaged page, read as no edge and condemn the region (``CheckedRegion/damage``).
public struct ProvenanceGraph: Sendable {
  /// How many nodes there are.
  public let nodeCount: Int
  /// How many edges there are.
  public let edgeCount: Int

  private let region: CheckedRegion
  private let forward: Columns
  private let backward: Columns

  /// The columns of one direction.
  private struct Columns: Sendable {
    let starts: CheckedColumn<UInt32>
    let ends: CheckedColumn<UInt32>
    let events: CheckedColumn<UInt32>
    let marks: CheckedColumn<UInt8>

    init?(_ region: CheckedRegion, _ layout: Layout, nodes: Int, edges: Int) {
      guard let starts = CheckedColumn<UInt32>(region, layout.starts),
        let ends = CheckedColumn<UInt32>(region, layout.ends),
        let events = CheckedColumn<UInt32>(region, layout.events),
        let marks = CheckedColumn<UInt8>(region, layout.marks),
        starts.count == nodes + 1, ends.count == edges, events.count == edges,
        marks.count == edges
      else { return nil }
      self.starts = starts
      self.ends = ends
      self.events = events
      self.marks = marks
    }
  }

  /// Where the four columns of one direction lie in a region, in bytes, each aligned to 4.
  public struct Layout: Sendable {
    /// `nodeCount + 1` numbers of 32 bits.
    public var starts: Range<Int>
    /// `edgeCount` numbers of 32 bits.
    public var ends: Range<Int>
    /// `edgeCount` numbers of 32 bits.
    public var events: Range<Int>
    /// `edgeCount` bytes.
    public var marks: Range<Int>

    /// A layout from its parts.
    public init(starts: Range<Int>, ends: Range<Int>, events: Range<Int>, marks: Range<Int>) {
      self.starts = starts
      self.ends = ends
      self.events = events
      self.marks = marks
    }
  }

  /// Opens a graph over sealed columns.
  /// - Returns: nil if the columns' sizes do not fit each other or the region.
  /// - Complexity: O(1).
  public init?(region: CheckedRegion, forward: Layout, backward: Layout) {
    let nodes = forward.starts.count / 4 - 1
    let edges = forward.ends.count / 4
    guard nodes >= 0, nodes < Int(UInt32.max), edges <= Int(UInt32.max),
      let forward = Columns(region, forward, nodes: nodes, edges: edges),
      let backward = Columns(region, backward, nodes: nodes, edges: edges)
    else { return nil }
    self.region = region
    self.forward = forward
    self.backward = backward
    nodeCount = nodes
    edgeCount = edges
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

  /// The edge in a slot, as it was added.
  /// - Complexity: O(1).
  public func edge(in slot: Int, of node: UInt32, _ direction: GraphDirection) -> GraphEdge {
    let column = direction == .forward ? forward : backward
    var end = column.ends[slot]
    if Int(end) >= nodeCount {
      column.ends.refuse(slot)
      end = node
    }
    let isForward = direction == .forward
    return GraphEdge(
      from: isForward ? node : end, to: isForward ? end : node, event: column.events[slot],
      marks: EdgeMarks(rawValue: column.marks[slot]))
  }
}
