/// Why a link was followed although it is in doubt. The raw bits are stored beside each edge.
public struct EdgeMarks: OptionSet, Sendable, Hashable {
  /// One bit a reason.
  public let rawValue: UInt8

  /// Marks from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// A link between two nodes.
public struct GraphEdge: Sendable, Hashable {
  /// The event number of links that no event stands for.
  public static let noEvent = UInt32.max

  /// Where goods come from.
  public var from: UInt32
  /// Where they go.
  public var to: UInt32
  /// The event that says so.
  public var event: UInt32
  /// Why the link is in doubt; empty for a plain link.
  public var marks: EdgeMarks

  /// An edge from its parts.
  public init(from: UInt32, to: UInt32, event: UInt32, marks: EdgeMarks = []) {
    self.from = from
    self.to = to
    self.event = event
    self.marks = marks
  }
}

/// Collects edges and seals them into compressed sparse rows in both directions.
public struct GraphBuilder: Sendable {
  /// How many nodes there are.
  public let nodeCount: Int
  private var edges: [GraphEdge] = []

  /// A graph without edges yet.
  public init(nodeCount: Int) { self.nodeCount = nodeCount }

  /// Adds a link; both ends must be below `nodeCount`.
  public mutating func add(_ edge: GraphEdge) {
    precondition(Int(edge.from) < nodeCount && Int(edge.to) < nodeCount, "edge out of range")
    edges.append(edge)
  }

  /// The rows of one direction.
  public struct Rows: Sendable {
    /// Where each node's run starts in the other columns; one more than there are nodes.
    public var starts: [UInt32]
    /// The node at the other end.
    public var ends: [UInt32]
    /// The event of each edge.
    public var events: [UInt32]
    /// The marks of each edge.
    public var marks: [UInt8]
  }

  /// The rows by origin (forward) or by destination (backward), in the order of adding within a row.
  /// - Complexity: O(nodes + edges).
  public func rows(_ direction: GraphDirection) -> Rows {
    var starts = [UInt32](repeating: 0, count: nodeCount + 1)
    for edge in edges {
      starts[Int(direction == .forward ? edge.from : edge.to) + 1] += 1
    }
    for node in 0..<nodeCount { starts[node + 1] += starts[node] }
    var cursor = starts
    var rows = Rows(
      starts: starts, ends: [UInt32](repeating: 0, count: edges.count),
      events: [UInt32](repeating: 0, count: edges.count),
      marks: [UInt8](repeating: 0, count: edges.count))
    for edge in edges {
      let isForward = direction == .forward
      let row = Int(isForward ? edge.from : edge.to)
      let slot = Int(cursor[row])
      cursor[row] += 1
      rows.ends[slot] = isForward ? edge.to : edge.from
      rows.events[slot] = edge.event
      rows.marks[slot] = edge.marks.rawValue
    }
    return rows
  }
}
