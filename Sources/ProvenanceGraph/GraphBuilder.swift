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

/// Lays out edges in columns as a ``ProvenanceGraph`` in both directions.
public struct GraphBuilder {
  private let nodeCount: Int
  private let origins: UnsafeBufferPointer<UInt32>
  private let ends: UnsafeBufferPointer<UInt32>
  private let events: UnsafeBufferPointer<UInt32>
  private let marks: UnsafeBufferPointer<UInt8>
  private let markMask: UInt8

  /// A builder over columns of the same length, which stay where they are while it is used.
  ///
  /// - Parameters:
  ///   - nodeCount: how many nodes there are; every end is below.
  ///   - events: the event of each edge, or ``GraphEdge/noEvent``.
  ///   - marks: the marks of each edge.
  ///   - markMask: which bits of `marks` count.
  public init(
    nodeCount: Int, origins: UnsafeBufferPointer<UInt32>, ends: UnsafeBufferPointer<UInt32>,
    events: UnsafeBufferPointer<UInt32>, marks: UnsafeBufferPointer<UInt8>,
    markMask: UInt8 = 0xFF
  ) {
    precondition(
      origins.count == ends.count && ends.count == events.count && events.count == marks.count,
      "the columns differ in length")
    self.nodeCount = nodeCount
    self.origins = origins
    self.ends = ends
    self.events = events
    self.marks = marks
    self.markMask = markMask
  }

  /// The rows of one direction, as ``ProvenanceGraph/Layout`` says.
  public struct Rows: Sendable {
    /// A bit a node: whether it has edges.
    public var presence: [UInt64]
    /// How many nodes with edges lie before each word of presence.
    public var ranks: [UInt32]
    /// Where each node's run starts in the other columns; one more than there are nodes.
    public var starts: [UInt32]
    /// The node at the other end, with the top bit set where it has no edges of this direction.
    public var ends: [UInt32]
    /// The event of each edge plus 1, or 0.
    public var events: [UInt32]
    /// A bit an edge: whether it is in doubt.
    public var doubts: [UInt64]
    /// The places of edges in doubt times 256, with their marks.
    public var marks: [UInt64]
  }

  /// The rows by origin (forward) or by destination (backward). The ends of a row ascend, edges
  /// between the same nodes stand in the order of the columns.
  /// - Complexity: O(nodes + edges).
  public func rows(_ direction: GraphDirection) -> Rows {
    let near = direction == .forward ? origins : ends
    let far = direction == .forward ? ends : origins
    let starts = Self.starts(near, nodes: nodeCount)
    var rows = Rows(
      presence: [UInt64](repeating: 0, count: nodeCount / 64 + 1),
      ranks: [UInt32](repeating: 0, count: nodeCount / 64 + 1), starts: starts,
      ends: [UInt32](repeating: 0, count: near.count),
      events: [UInt32](repeating: 0, count: near.count),
      doubts: [UInt64](repeating: 0, count: near.count / 64 + 1), marks: [])
    for node in 0..<nodeCount where starts[node] < starts[node + 1] {
      rows.presence[node >> 6] |= 1 << UInt64(node & 63)
    }
    for word in rows.ranks.indices.dropFirst() {
      rows.ranks[word] =
        rows.ranks[word - 1] + UInt32(rows.presence[word - 1].nonzeroBitCount)
    }
    var cursor = starts
    for edge in Self.order(far, nodes: nodeCount) {
      let row = Int(near[Int(edge)])
      let slot = Int(cursor[row])
      cursor[row] += 1
      let end = far[Int(edge)]
      let leadsOn = starts[Int(end)] < starts[Int(end) + 1]
      rows.ends[slot] = leadsOn ? end : end | SegmentRows.leaf
      rows.events[slot] = events[Int(edge)] &+ 1
      let mark = marks[Int(edge)] & markMask
      if mark != 0 {
        rows.doubts[slot >> 6] |= 1 << UInt64(slot & 63)
        rows.marks.append(UInt64(slot) << 8 | UInt64(mark))
      }
    }
    rows.marks.sort()
    return rows
  }

  private static func starts(_ column: UnsafeBufferPointer<UInt32>, nodes: Int) -> [UInt32] {
    var starts = [UInt32](repeating: 0, count: nodes + 1)
    for node in column { starts[Int(node) + 1] += 1 }
    for node in 0..<nodes { starts[node + 1] += starts[node] }
    return starts
  }

  /// The edges in order of one end, those of a node in the order of the columns.
  private static func order(_ column: UnsafeBufferPointer<UInt32>, nodes: Int) -> [UInt32] {
    var order = [UInt32](repeating: 0, count: column.count)
    var cursor = starts(column, nodes: nodes)
    for edge in column.indices {
      let node = Int(column[edge])
      order[Int(cursor[node])] = UInt32(edge)
      cursor[node] += 1
    }
    return order
  }
}
