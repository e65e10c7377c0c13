/// One graph in up to a few segments: a large base and later, smaller ones, so that new edges are
/// sealed without writing the base anew.
///
/// A bit a node says whether a later segment has edges of it, so that nodes without any, which are
/// nearly all, cost one look at a bitmap.
public struct GraphStack: Sendable {
  /// The segments, the base first.
  public let segments: [GraphSegment]
  /// How many nodes may be named: as many as in the segment with the most.
  public let nodeCount: Int
  /// How many edges there are in all segments.
  public let edgeCount: Int
  /// Whether every edge of every segment goes from a lower number to a higher one.
  public let isAscending: Bool

  let forward: StackedRows
  let backward: StackedRows
  private let memories: [StackedRows.Memory]

  /// A stack of segments over the same numbering of nodes.
  /// - Parameter segments: the base, which is best dense, and later ones, which are best sparse.
  /// - Complexity: O(nodes / 64) for each later segment.
  public init(_ segments: [GraphSegment]) {
    self.segments = segments
    nodeCount = segments.map(\.nodeCount).max() ?? 0
    edgeCount = segments.reduce(0) { $0 + $1.edgeCount }
    isAscending = segments.allSatisfy(\.isAscending)
    let ahead = StackedRows.Memory(segments, .forward, nodeCount: nodeCount)
    let behind = StackedRows.Memory(segments, .backward, nodeCount: nodeCount)
    forward = StackedRows(segments, .forward, ahead)
    backward = StackedRows(segments, .backward, behind)
    memories = [ahead, behind]
  }

  /// The lowest node that an edge of a segment after the first few enters: edges into lower ones are all
  /// in these.
  func lowestTarget(after count: Int) -> UInt32 {
    let lowest = segments.dropFirst(count).compactMap { segment in
      (0..<SegmentRows.wordCount(nodes: segment.nodeCount)).first {
        segment.backward.presence[$0] != 0
      }.map { UInt32($0 * 64 + segment.backward.presence[$0].trailingZeroBitCount) }
    }
    return lowest.min() ?? .max
  }

  /// The only segment, if there is but one and every node has a row in it.
  var plain: GraphSegment? {
    segments.count == 1 && !segments[0].forward.isSparse ? segments[0] : nil
  }

  func rows(_ direction: GraphDirection) -> StackedRows {
    direction == .forward ? forward : backward
  }
}

/// One direction of the edges of a graph, as the kernels walk it: each node's row in one or more parts.
///
/// Kernels are generic over this and are specialised for each kind of rows, so that a plain segment
/// pays nothing for stacks.
protocol EdgeRows {
  /// Whether a node has edges.
  func has(_ node: UInt32) -> Bool
  /// The nodes with edges, of one word of 64.
  func presence(word: Int) -> UInt64
  /// Whether rows of this kind may have parts in later segments.
  static var isStacked: Bool { get }
  /// 1 if a node has, or may have, edges in the base, else 0.
  func inBase(_ node: UInt32) -> Int
  /// Finds those of some nodes that have edges in later segments; a few places after the last of them may
  /// be overwritten.
  /// - Returns: how many there are.
  func selectLater(
    _ nodes: UnsafePointer<UInt32>, count: Int, into selected: UnsafeMutablePointer<UInt32>
  ) -> Int
  /// The part of a row that is in the base, of a node for which `inBase` is 1.
  func basePart(of node: UInt32) -> RowPart
  /// How many parts the row of a node that has edges may have.
  func partCount(of node: UInt32) -> Int
  /// One part of a row.
  func part(_ part: Int, of node: UInt32) -> RowPart
  /// 1 if the node an edge leads to has edges itself, else 0.
  func leadsOn(_ edge: UInt32, inPart part: Int) -> Int
  /// Asks for the start of a node's row in the base to be fetched, whether or not it has one.
  func prefetch(_ node: UInt32)
  /// Asks for a node's row in the base to be fetched; its start should have been.
  func prefetchEdges(_ node: UInt32)
  /// Asks for what leads to a node's edges in later segments to be fetched.
  func prefetchLater(_ node: UInt32)
  /// Asks for the rows of a word of 64 nodes, which is not the last, to be fetched.
  func prefetchRows(word: Int)
}

/// Some edges in memory.
struct RowPart {
  var ends: UnsafePointer<UInt32>
  var start: Int
  var end: Int
}
