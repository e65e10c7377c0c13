/// Edges in columns.
struct EdgeColumns {
  var sources: UnsafeBufferPointer<UInt32>
  var targets: UnsafeBufferPointer<UInt32>
  var quantities: UnsafeBufferPointer<UInt32>?
  var times: UnsafeBufferPointer<EdgeTime>?

  var count: Int { sources.count }
}

/// A copy of edges sorted by target, then source.
final class SortedEdges {
  let columns: EdgeColumns
  private let memory:
    (
      ScratchMemory<UInt32>, ScratchMemory<UInt32>, ScratchMemory<UInt32>?,
      ScratchMemory<EdgeTime>?
    )

  /// Sorts by source, then, keeping that order, by target.
  init(_ edges: EdgeColumns, nodes: Int) {
    let count = edges.count
    let bySource = ScratchMemory<UInt32>(count: count)
    let byTarget = ScratchMemory<UInt32>(count: count)
    do {
      let starts = RowStarts(edges.sources, nodes: nodes)
      for edge in 0..<count {
        bySource.start[starts.takeSlot(of: edges.sources[edge])] = UInt32(edge)
      }
    }
    do {
      let starts = RowStarts(edges.targets, nodes: nodes)
      for place in 0..<count {
        let edge = bySource.start[place]
        byTarget.start[starts.takeSlot(of: edges.targets[Int(edge)])] = edge
      }
    }
    func sorted<Element>(
      _ column: UnsafeBufferPointer<Element>
    ) -> ScratchMemory<Element> {
      let copy = ScratchMemory<Element>(count: count)
      for place in 0..<count { copy.start[place] = column[Int(byTarget.start[place])] }
      return copy
    }
    memory = (
      sorted(edges.sources), sorted(edges.targets), edges.quantities.map(sorted),
      edges.times.map(sorted)
    )
    columns = EdgeColumns(
      sources: memory.0.buffer, targets: memory.1.buffer, quantities: memory.2?.buffer,
      times: memory.3?.buffer)
  }
}

/// Where the row of each node starts, and which nodes have one.
final class RowStarts {
  private let nodes: Int
  /// The cursor of a row, its start at first, is one place after its node's number: when all slots are
  /// taken, the start of a row is at the number itself.
  private let memory: ScratchMemory<UInt32>
  private let presence: ScratchMemory<UInt64>

  init(_ column: UnsafeBufferPointer<UInt32>, nodes: Int) {
    self.nodes = nodes
    memory = ScratchMemory(count: nodes + 2)
    presence = ScratchMemory(count: SegmentRows.wordCount(nodes: nodes))
    for node in column {
      memory.start[Int(node) &+ 2] &+= 1
      presence.start[Int(node >> 6)] |= 1 << UInt64(node & 63)
    }
    for place in 2..<nodes + 2 { memory.start[place] &+= memory.start[place &- 1] }
  }

  /// The nodes with a row, a bit each.
  var presenceWords: UnsafePointer<UInt64> { UnsafePointer(presence.start) }

  @inline(__always)
  func has(_ node: UInt32) -> Bool {
    presence.start[Int(node >> 6)] >> UInt64(node & 63) & 1 != 0
  }

  /// The next free slot of a node's row.
  @inline(__always)
  func takeSlot(of node: UInt32) -> Int {
    let slot = memory.start[Int(node) &+ 1]
    memory.start[Int(node) &+ 1] = slot &+ 1
    return Int(slot)
  }

  /// Where each row starts, and after the last where it ends; while no slot is taken.
  var starts: UnsafePointer<UInt32> { UnsafePointer(memory.start + 1) }

  /// Writes presence, ranks and starts, while no slot is taken.
  func write(
    _ direction: GraphDirection, isSparse: Bool, to writer: inout SegmentWriter
  ) throws(GraphSegmentError) {
    let isForward = direction == .forward
    let words = SegmentRows.wordCount(nodes: nodes)
    try writer.append(isForward ? .forwardPresence : .backwardPresence, presenceWords, count: words)
    let kind: SegmentFile.Kind = isForward ? .forwardStarts : .backwardStarts
    let ranks = ScratchMemory<UInt32>(count: words)
    let rowStarts = ScratchMemory<UInt32>(count: isSparse ? nodes + 1 : 0)
    var row = 0
    for word in 0..<words {
      ranks.start[word] = UInt32(row)
      if isSparse {
        var next = row
        forEachBit(of: presence.start[word]) { bit in
          rowStarts.start[next] = starts[word * 64 + bit]
          next += 1
        }
      }
      row += presence.start[word].nonzeroBitCount
    }
    try writer.append(isForward ? .forwardRanks : .backwardRanks, ranks.start, count: words)
    guard isSparse else {
      try writer.append(kind, starts, count: nodes + 1)
      return
    }
    rowStarts.start[row] = starts[nodes]
    try writer.append(kind, rowStarts.start, count: row + 1)
  }
}

/// Calls with the place of each bit that is set, the lowest first.
@inline(__always)
func forEachBit(of word: UInt64, _ body: (Int) -> Void) {
  var bits = word
  while bits != 0 {
    body(bits.trailingZeroBitCount)
    bits &= bits &- 1
  }
}

/// What came in and what went out of every node with a forward row, modulo 2^64.
struct NodeTotals {
  /// What stands for the incoming quantity of a node that no edge enters: nothing exceeds it.
  static let nothingEnters = UInt64.max

  let memory: ScratchMemory<UInt64>
  let count: Int

  init(
    _ edges: EdgeColumns, quantities: UnsafeBufferPointer<UInt32>, nodes: Int, forward: RowStarts,
    backward: RowStarts
  ) {
    let outgoing = ScratchMemory<UInt64>(count: nodes)
    for edge in 0..<edges.count {
      outgoing.start[Int(edges.sources[edge])] &+= UInt64(quantities[edge])
    }
    let totals = ScratchMemory<UInt64>(count: nodes * 2)
    var place = 0
    for word in 0..<SegmentRows.wordCount(nodes: nodes) {
      forEachBit(of: forward.presenceWords[word]) { bit in
        let node = word * 64 + bit
        let row = Int(backward.starts[node])..<Int(backward.starts[node + 1])
        let incoming = row.reduce(0 as UInt64) { $0 &+ UInt64(quantities[$1]) }
        totals.start[place] = row.isEmpty ? Self.nothingEnters : incoming
        totals.start[place + 1] = outgoing.start[node]
        place += 2
      }
    }
    memory = totals
    count = place
  }
}
