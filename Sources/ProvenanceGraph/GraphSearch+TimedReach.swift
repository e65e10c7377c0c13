/// Reach along edges that can have happened one after the other.
extension GraphSearch {
  /// Everything that goods at a node can have come to, or come from, when each edge of the way was taken
  /// at an instant of its own interval and none before the one that leads to it. Equal instants are in
  /// order.
  ///
  /// Forward, a node comes with its earliest arrival: the first instant at which goods that were at `node`
  /// from `instant` on can be there. Backward, it comes with its latest departure: the last instant at
  /// which goods can leave it and yet be at `node` by `instant`.
  /// - Parameter body: gets the nodes, `node` included, in the order in which times allow them, and the
  ///   time of each; both are gone when it returns.
  /// - Returns: nil if a segment has no times.
  /// - Complexity: O(e log e) for e edges of the nodes that are reached.
  public func withTimedReach<Result>(
    from node: UInt32, _ direction: GraphDirection, at instant: Int64,
    _ body: (
      _ nodes: UnsafeBufferPointer<UInt32>, _ times: UnsafeBufferPointer<Int64>
    ) throws -> Result
  ) rethrows -> Result? {
    let times = graph.segments.compactMap(\.times)
    guard times.count == graph.segments.count else { return nil }
    guard Int(node) < graph.nodeCount else {
      return try body(
        UnsafeBufferPointer(start: nil, count: 0), UnsafeBufferPointer(start: nil, count: 0))
    }
    let count =
      if let plain {
        followTimes(
          direction == .forward ? plain.forward : plain.backward, times, from: node, direction,
          at: instant)
      } else {
        followTimes(graph.rows(direction), times, from: node, direction, at: instant)
      }
    return try body(
      UnsafeBufferPointer(start: found.start, count: count),
      UnsafeBufferPointer(start: timed.times.start, count: count))
  }

  /// Settles nodes in the order of time, as Dijkstra's algorithm does in the order of distance: time never
  /// goes back along a way. Backward, time runs the other way; complements of instants put that right,
  /// and, other than negatives, exist for all.
  /// - Returns: how many nodes it left in `found`, with their times in `timed`.
  private func followTimes(
    _ rows: some EdgeRows, _ times: [EdgeTimes], from node: UInt32, _ direction: GraphDirection,
    at instant: Int64
  ) -> Int {
    let turn: Int64 = direction == .forward ? 0 : -1
    let seen = seen.start
    let best = timed.best.start
    var count = 0
    var waiting = TimeHeap()
    seen[Int(node >> 6)] |= 1 << UInt64(node & 63)
    best[Int(node)] = instant ^ turn
    waiting.insert(TimeHeap.Entry(time: instant ^ turn, node: node))
    while let next = waiting.takeFirst() {
      // Only the best of a node's entries counts.
      guard best[Int(next.node)] == next.time else { continue }
      found.start[count] = next.node
      timed.times.start[count] = next.time ^ turn
      count &+= 1
      for part in 0..<rows.partCount(of: next.node) {
        let row = rows.part(part, of: next.node)
        for slot in row.start..<row.end {
          let time = times[part].time(ofSlot: slot, direction)
          let (first, last) =
            direction == .forward
            ? (time.earliest, time.latest) : (time.latest ^ turn, time.earliest ^ turn)
          guard last >= next.time else { continue }
          let end = row.ends[slot] & SegmentRows.number
          let arrival = max(next.time, first)
          let bit: UInt64 = 1 << UInt64(end & 63)
          guard seen[Int(end >> 6)] & bit == 0 || arrival < best[Int(end)] else { continue }
          seen[Int(end >> 6)] |= bit
          best[Int(end)] = arrival
          waiting.insert(TimeHeap.Entry(time: arrival, node: end))
        }
      }
    }
    for place in 0..<count { seen[Int(found.start[place] >> 6)] = 0 }
    return count
  }
}

/// What time-respecting reach needs beside the search's own scratch memory.
final class TimedScratch {
  /// The best time of each node that was seen.
  let best: ScratchMemory<Int64>
  /// The times of the answer.
  let times: ScratchMemory<Int64>

  init(nodes: Int) {
    best = ScratchMemory(count: nodes)
    times = ScratchMemory(count: nodes)
  }
}

/// Nodes that wait for their turn, the one with the lowest time first.
struct TimeHeap {
  struct Entry {
    var time: Int64
    var node: UInt32
  }

  private var entries: [Entry] = []

  mutating func insert(_ entry: Entry) {
    var place = entries.count
    entries.append(entry)
    while place > 0, entries[(place - 1) / 2].time > entry.time {
      entries[place] = entries[(place - 1) / 2]
      place = (place - 1) / 2
    }
    entries[place] = entry
  }

  mutating func takeFirst() -> Entry? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    guard !entries.isEmpty else { return first }
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < entries.count else { break }
      if child + 1 < entries.count, entries[child + 1].time < entries[child].time { child += 1 }
      guard entries[child].time < last.time else { break }
      entries[place] = entries[child]
      place = child
    }
    entries[place] = last
    return first
  }
}
