extension GraphSegment {
  /// The edges of a graph for the kernels, over the same bytes: reads and checks all of them once.
  ///
  /// - Throws: `GraphSegmentError` if anything of it is damaged or contradicts itself.
  /// - Complexity: O(nodes + edges), at the speed of memory.
  public init(checking graph: ProvenanceGraph) throws(GraphSegmentError) {
    var sections: [SegmentFile.Section] = []
    func add(_ kind: SegmentFile.Kind, _ bytes: Range<Int>) throws(GraphSegmentError) {
      guard bytes.lowerBound % 8 == 0, graph.region.isSound(bytes.lowerBound, bytes.count) else {
        throw GraphSegmentError(
          .damaged, path: "the index", detail: "the graph at byte \(bytes.lowerBound) is damaged")
      }
      sections.append(SegmentFile.Section(kind: kind.rawValue, bytes: bytes, checksum: 0))
    }
    let forward = graph.layout(.forward)
    try add(.forwardPresence, forward.presence)
    try add(.forwardRanks, forward.ranks)
    try add(.forwardStarts, forward.starts)
    try add(.forwardEnds, forward.ends)
    let backward = graph.layout(.backward)
    try add(.backwardPresence, backward.presence)
    try add(.backwardRanks, backward.ranks)
    try add(.backwardStarts, backward.starts)
    try add(.backwardEnds, backward.ends)
    let header = SegmentFile.Header(
      flags: [], nodeCount: graph.nodeCount, edgeCount: graph.edgeCount, binding: [],
      sections: sections)
    let checker = SegmentChecker(
      bytes: graph.region.region.bytes, header: header, path: "the index")
    let rows = try checker.rows(.forward)
    self.init(
      region: graph.region.region, forward: rows, backward: try checker.rows(.backward),
      nodeCount: graph.nodeCount, edgeCount: graph.edgeCount,
      isAscending: Self.isAscending(rows, nodeCount: graph.nodeCount),
      byteCount: sections.reduce(0) { $0 + $1.bytes.count })
  }

  private init(
    region: ByteRegion, forward: SegmentRows, backward: SegmentRows, nodeCount: Int,
    edgeCount: Int, isAscending: Bool, byteCount: Int
  ) {
    self.region = region
    self.forward = forward
    self.backward = backward
    self.nodeCount = nodeCount
    self.edgeCount = edgeCount
    self.isAscending = isAscending
    byteCounts = ByteCounts(graph: byteCount, quantities: 0, times: 0)
    binding = []
    identity = 0
    quantities = nil
    totals = nil
    times = nil
  }

  /// Whether every edge goes from a lower number to a higher one.
  private static func isAscending(_ rows: SegmentRows, nodeCount: Int) -> Bool {
    for node in 0..<nodeCount {
      for slot in Int(rows.starts[node])..<Int(rows.starts[node + 1])
      where Int(rows.ends[slot] & SegmentRows.number) <= node { return false }
    }
    return true
  }
}
