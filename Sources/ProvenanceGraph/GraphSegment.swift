/// A sealed graph in an immutable file that is mapped, not parsed: the edges of both directions, and
/// optional sections of quantities.
///
/// Numbers of nodes have 31 bits. Opening checks every number and every checksum, so that the
/// kernels need no checks: a damaged file is refused with an error.
public struct GraphSegment: Sendable {
  /// How many nodes may be named; nodes without edges count.
  public let nodeCount: Int
  /// How many edges there are.
  public let edgeCount: Int
  /// What the builder bound the segment to, such as an origin, a size and a root; 64 bytes.
  public let binding: [UInt8]
  /// Whether every edge goes from a lower number to a higher one, so that there are no cycles and a
  /// sweep in the order of numbers sees causes before what they reached.
  public let isAscending: Bool
  /// Bytes of the file's sections by what they are for.
  public let byteCounts: ByteCounts

  /// The header's checksum, by which files made for this segment know it.
  let identity: UInt64
  let region: ByteRegion
  let forward: SegmentRows
  let backward: SegmentRows
  /// The quantity of each edge, in the order of `backward.ends`.
  nonisolated(unsafe) let quantities: UnsafeBufferPointer<UInt32>?
  /// For each node with a forward row, in the order of numbers: the quantity that came in (all ones
  /// where no edge enters) and the quantity that went out.
  nonisolated(unsafe) let totals: UnsafeBufferPointer<UInt64>?
  let times: EdgeTimes?

  /// Sizes in bytes.
  public struct ByteCounts: Sendable, Hashable {
    /// Both directions of the edges.
    public var graph: Int
    /// Quantities and totals.
    public var quantities: Int
    /// Times of edges.
    public var times: Int
  }

  /// Maps a segment, or loads it, and checks all of it.
  /// - Parameters:
  ///   - residence: whether the file is mapped or read into memory of large pages.
  ///   - threads: 2 to check on two threads at once.
  /// - Throws: `GraphSegmentError` if the file cannot be mapped, is of another kind or damaged.
  /// - Complexity: O(bytes), at the speed of memory.
  public init(
    path: String, residence: ByteRegion.Residence = .mapped, threads: Int = 1
  ) throws(GraphSegmentError) {
    guard let region = ByteRegion(path: path, residence: residence) else {
      throw GraphSegmentError(.system(lastSystemError()), path: path, detail: "cannot be mapped")
    }
    try self.init(region: region, path: path, threads: threads)
  }

  /// Opens a segment over bytes in memory and checks all of it.
  /// - Parameter path: what errors call it.
  public init(
    region: ByteRegion, path: String, threads: Int = 1
  ) throws(GraphSegmentError) {
    let header = try SegmentFile.Header(region.bytes, path: path)
    let checker = SegmentChecker(bytes: region.bytes, header: header, path: path)
    let parts = try checker.checkSums(threads: threads) { () throws(GraphSegmentError) in
      let forward = try checker.rows(.forward)
      return Parts(
        forward: forward, backward: try checker.rows(.backward),
        quantities: try checker.numbers(.quantities, count: header.edgeCount),
        totals: try checker.totals(rows: forward), times: try checker.times())
    }
    forward = parts.forward
    backward = parts.backward
    quantities = parts.quantities
    totals = parts.totals
    times = parts.times
    nodeCount = header.nodeCount
    edgeCount = header.edgeCount
    binding = header.binding
    identity = header.checksum
    isAscending = header.flags.contains(.ascending)
    byteCounts = Self.byteCounts(header)
    self.region = region
  }

  /// What the sections hold.
  private struct Parts {
    var forward: SegmentRows
    var backward: SegmentRows
    var quantities: UnsafeBufferPointer<UInt32>?
    var totals: UnsafeBufferPointer<UInt64>?
    var times: EdgeTimes?
  }

  func rows(_ direction: GraphDirection) -> SegmentRows {
    direction == .forward ? forward : backward
  }

  private static func byteCounts(_ header: SegmentFile.Header) -> ByteCounts {
    var counts = ByteCounts(graph: SegmentFile.headerSize, quantities: 0, times: 0)
    for section in header.sections {
      switch SegmentFile.Kind(rawValue: section.kind) {
      case .quantities, .totals: counts.quantities += section.bytes.count
      case .times, .timeSlots: counts.times += section.bytes.count
      default: counts.graph += section.bytes.count
      }
    }
    return counts
  }

  /// The numbers of the nodes at the other end of a node's edges.
  /// - Returns: none if there is no such node.
  /// - Complexity: O(edges of the node).
  public func neighbours(of node: UInt32, _ direction: GraphDirection) -> [UInt32] {
    guard Int(node) < nodeCount else { return [] }
    let rows = rows(direction)
    let neighbours = rows.slots(of: node).map { rows.ends[$0] & SegmentRows.number }
    withExtendedLifetime(region) {}
    return neighbours
  }
}
