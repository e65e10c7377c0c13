/// Seals edges into a segment's file.
///
/// Edges sorted by target, then source, are sealed as they are; others are sorted first. Working
/// memory beside the input is one direction of the graph at a time.
public struct SegmentBuilder {
  /// How many nodes there are; at most 2^31 - 1.
  public var nodeCount: Int
  /// Whether only the nodes with edges get a row: right for a segment with few of the nodes.
  public var isSparse: Bool
  /// What the segment is bound to: at most 64 bytes.
  public var binding: [UInt8]

  /// A builder for some nodes.
  public init(nodeCount: Int, isSparse: Bool = false, binding: [UInt8] = []) {
    self.nodeCount = nodeCount
    self.isSparse = isSparse
    self.binding = binding
  }

  /// Seals edges into a file, which is synced and complete when this returns.
  /// - Parameters:
  ///   - sources: where each edge comes from.
  ///   - targets: where it goes.
  ///   - quantities: how much, in any unit; or nil for a segment without quantities.
  ///   - times: when, or nil for a segment without times.
  ///   - path: the file, replaced as a whole if it exists.
  /// - Complexity: O(nodes + edges).
  public func seal(
    sources: UnsafeBufferPointer<UInt32>, targets: UnsafeBufferPointer<UInt32>,
    quantities: UnsafeBufferPointer<UInt32>? = nil, times: UnsafeBufferPointer<EdgeTime>? = nil,
    to path: String
  ) throws(GraphSegmentError) {
    let edges = EdgeColumns(
      sources: sources, targets: targets, quantities: quantities, times: times)
    let order = try check(edges, path)
    if order.isSorted {
      try write(edges, isAscending: order.isAscending, to: path)
    } else {
      let sorted = SortedEdges(edges, nodes: nodeCount)
      try write(sorted.columns, isAscending: order.isAscending, to: path)
      withExtendedLifetime(sorted) {}
    }
  }

  /// Seals edges from arrays.
  public func seal(
    sources: [UInt32], targets: [UInt32], quantities: [UInt32]? = nil, times: [EdgeTime]? = nil,
    to path: String
  ) throws(GraphSegmentError) {
    let memory = (
      ScratchMemory(copying: sources), ScratchMemory(copying: targets),
      quantities.map { ScratchMemory(copying: $0) }, times.map { ScratchMemory(copying: $0) }
    )
    try seal(
      sources: memory.0.buffer, targets: memory.1.buffer, quantities: memory.2?.buffer,
      times: memory.3?.buffer, to: path)
    withExtendedLifetime(memory) {}
  }

  private func check(
    _ edges: EdgeColumns, _ path: String
  ) throws(GraphSegmentError) -> (isSorted: Bool, isAscending: Bool) {
    let count = edges.count
    guard edges.targets.count == count, (edges.quantities?.count ?? count) == count,
      (edges.times?.count ?? count) == count
    else {
      throw GraphSegmentError(.unsuitable, path: path, detail: "the columns differ in length")
    }
    if let wrong = edges.times?.firstIndex(where: { $0.earliest > $0.latest }) {
      throw GraphSegmentError(
        .unsuitable, path: path, detail: "the time of edge \(wrong) ends before it begins")
    }
    guard nodeCount >= 0, nodeCount <= Int(SegmentRows.number), count < Int(UInt32.max),
      binding.count <= SegmentFile.bindingSize
    else {
      throw GraphSegmentError(
        .unsuitable, path: path,
        detail: "a segment holds 2^31 - 1 nodes, 2^32 - 2 edges and a binding of 64 bytes at most")
    }
    var highest: UInt32 = 0
    var isAscending = true
    var isSorted = true
    var before: UInt64 = 0
    for edge in 0..<count {
      let source = edges.sources[edge]
      let target = edges.targets[edge]
      highest = max(highest, max(source, target))
      isAscending = isAscending && source < target
      let key = UInt64(target) << 32 | UInt64(source)
      isSorted = isSorted && before <= key
      before = key
    }
    guard count == 0 || Int(highest) < nodeCount else {
      throw GraphSegmentError(
        .unsuitable, path: path, detail: "an edge names node \(highest) of \(nodeCount)")
    }
    return (isSorted, isAscending)
  }

  private func write(
    _ edges: EdgeColumns, isAscending: Bool, to path: String
  ) throws(GraphSegmentError) {
    var writer = try SegmentWriter(path: path)
    let backward = RowStarts(edges.targets, nodes: nodeCount)
    let forward = RowStarts(edges.sources, nodes: nodeCount)
    try forward.write(.forward, isSparse: isSparse, to: &writer)
    try backward.write(.backward, isSparse: isSparse, to: &writer)
    do {
      let ends = ScratchMemory<UInt32>(count: edges.count + 1)
      let slots = ScratchMemory<UInt32>(count: edges.times == nil ? 0 : edges.count)
      for edge in 0..<edges.count {
        let target = edges.targets[edge]
        let slot = forward.takeSlot(of: edges.sources[edge])
        ends.start[slot] = target | (forward.has(target) ? 0 : SegmentRows.leaf)
        if edges.times != nil { slots.start[slot] = UInt32(truncatingIfNeeded: edge) }
      }
      try writer.append(.forwardEnds, ends.start, count: edges.count)
      if let times = edges.times {
        try writer.append(.times, UnsafeRawBufferPointer(times))
        try writer.append(.timeSlots, slots.start, count: edges.count)
      }
    }
    do {
      let ends = ScratchMemory<UInt32>(count: edges.count + 1)
      for edge in 0..<edges.count {
        let source = edges.sources[edge]
        ends.start[edge] = source | (backward.has(source) ? 0 : SegmentRows.leaf)
      }
      try writer.append(.backwardEnds, ends.start, count: edges.count)
    }
    if let quantities = edges.quantities {
      try writer.append(.quantities, UnsafeRawBufferPointer(quantities))
      let totals = NodeTotals(
        edges, quantities: quantities, nodes: nodeCount, forward: forward, backward: backward)
      try writer.append(.totals, totals.memory.start, count: totals.count)
    }
    var flags: SegmentFile.Flags = isAscending ? [.ascending] : []
    if isSparse { flags.insert(.sparse) }
    try writer.finish(
      SegmentFile.Header(
        flags: flags, nodeCount: nodeCount, edgeCount: edges.count, binding: binding))
  }
}
