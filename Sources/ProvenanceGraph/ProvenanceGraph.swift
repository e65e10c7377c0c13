/// Which way a trace goes.
public enum GraphDirection: UInt8, Sendable, Hashable, CaseIterable {
  /// From causes to what they reached.
  case forward = 0
  /// From results to where they came from.
  case backward = 1
}

/// A sealed graph in compressed sparse rows, both ways, over bytes that may be mapped.
///
/// Every value read from the bytes is checked once, when the graph is opened, so that traversal
/// needs no checks and damaged bytes never trap.
public struct ProvenanceGraph: Sendable {
  /// How many nodes there are.
  public let nodeCount: Int
  /// How many edges there are.
  public let edgeCount: Int

  private let region: ByteRegion
  private let columns: [Columns]

  /// The columns of one direction, as pointers into the region.
  struct Columns: @unchecked Sendable {
    let starts: UnsafePointer<UInt32>
    let ends: UnsafePointer<UInt32>
    let events: UnsafePointer<UInt32>
    let marks: UnsafePointer<UInt8>
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
  /// - Returns: nil if sizes, run starts or node numbers are out of bounds.
  /// - Complexity: O(nodes + edges).
  public init?(region: ByteRegion, forward: Layout, backward: Layout) {
    let nodes = forward.starts.count / 4 - 1
    let edges = forward.ends.count / 4
    guard nodes >= 0, nodes < Int(UInt32.max), edges <= Int(UInt32.max) else { return nil }
    var columns: [Columns] = []
    for layout in [forward, backward] {
      guard let column = Self.columns(region, layout, nodes: nodes, edges: edges) else {
        return nil
      }
      columns.append(column)
    }
    self.region = region
    self.columns = columns
    nodeCount = nodes
    edgeCount = edges
  }

  private static func columns(
    _ region: ByteRegion, _ layout: Layout, nodes: Int, edges: Int
  ) -> Columns? {
    guard layout.starts.count == (nodes + 1) * 4, layout.ends.count == edges * 4,
      layout.events.count == edges * 4, layout.marks.count == edges,
      let base = region.bytes.baseAddress
    else { return nil }
    for range in [layout.starts, layout.ends, layout.events] {
      guard range.lowerBound % 4 == 0 else { return nil }
    }
    for range in [layout.starts, layout.ends, layout.events, layout.marks] {
      guard range.lowerBound >= 0, range.upperBound <= region.bytes.count else { return nil }
    }
    func pointer(_ range: Range<Int>) -> UnsafePointer<UInt32> {
      (base + range.lowerBound).assumingMemoryBound(to: UInt32.self)
    }
    let starts = pointer(layout.starts)
    let ends = pointer(layout.ends)
    guard starts[0] == 0, Int(starts[nodes]) == edges else { return nil }
    for node in 0..<nodes where starts[node] > starts[node + 1] { return nil }
    for edge in 0..<edges where Int(ends[edge]) >= nodes { return nil }
    return Columns(
      starts: starts, ends: ends, events: pointer(layout.events),
      marks: (base + layout.marks.lowerBound).assumingMemoryBound(to: UInt8.self))
  }

  /// The slots of the edges that leave a node (forward) or enter it (backward).
  /// - Complexity: O(1).
  public func slots(of node: UInt32, _ direction: GraphDirection) -> Range<Int> {
    precondition(Int(node) < nodeCount, "node out of range")
    let starts = columns[Int(direction.rawValue)].starts
    return Int(starts[Int(node)])..<Int(starts[Int(node) + 1])
  }

  /// The edge in a slot, as it was added.
  /// - Complexity: O(1).
  public func edge(in slot: Int, of node: UInt32, _ direction: GraphDirection) -> GraphEdge {
    precondition(slot >= 0 && slot < edgeCount, "slot out of range")
    let column = columns[Int(direction.rawValue)]
    let end = column.ends[slot]
    let isForward = direction == .forward
    return GraphEdge(
      from: isForward ? node : end, to: isForward ? end : node, event: column.events[slot],
      marks: EdgeMarks(rawValue: column.marks[slot]))
  }

  /// Everything reachable from some nodes, they included, in the order of discovery.
  /// - Complexity: O(reached nodes and their edges), and one bit a node of scratch.
  public func reach(from seeds: [UInt32], _ direction: GraphDirection) -> [UInt32] {
    let column = columns[Int(direction.rawValue)]
    var seen = [UInt64](repeating: 0, count: (nodeCount + 63) / 64)
    var reached: [UInt32] = []
    for seed in seeds where Int(seed) < nodeCount {
      if seen[Int(seed >> 6)] & (1 << UInt64(seed & 63)) == 0 {
        seen[Int(seed >> 6)] |= 1 << UInt64(seed & 63)
        reached.append(seed)
      }
    }
    var next = 0
    while next < reached.count {
      let node = Int(reached[next])
      next += 1
      for slot in Int(column.starts[node])..<Int(column.starts[node + 1]) {
        let end = column.ends[slot]
        let bit: UInt64 = 1 << UInt64(end & 63)
        if seen[Int(end >> 6)] & bit == 0 {
          seen[Int(end >> 6)] |= bit
          reached.append(end)
        }
      }
    }
    withExtendedLifetime(region) {}
    return reached
  }
}
