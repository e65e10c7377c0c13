/// Breadth-first search. Nodes whose edges lead nowhere are recognised by the flag of the edge that
/// finds them, and never looked up.
///
/// Over a stack, nodes with edges in later segments, which are few, wait in a list of their own: the loop
/// over the base, where nearly all edges are, is then the same as over a segment that stands alone, but
/// for one look at a bit for each edge.
extension GraphSearch {
  /// Forward: most edges lead to nodes not seen before and most of those lead nowhere, which no branch
  /// predictor can know; so both are decided without branches.
  /// - Parameter limit: gives up at so many nodes.
  /// - Returns: how many nodes it left in `found`, or, if it gave up, that number complemented, with
  ///   their bits still set in `seen`.
  func searchForward(_ rows: some EdgeRows, from node: UInt32, limit: Int) -> Int {
    found.start[0] = node
    seen.start[Int(node >> 6)] = 1 << UInt64(node & 63)
    return forgetSeen(extend(rows, count: 1, limit: limit, isForetold: false))
  }

  /// Backward: few nodes are found twice, so that branches are foretold.
  /// - Returns: as `searchForward`.
  func searchBackward(_ rows: some EdgeRows, from node: UInt32, limit: Int) -> Int {
    found.start[0] = node
    seen.start[Int(node >> 6)] = 1 << UInt64(node & 63)
    return forgetSeen(extend(rows, count: 1, limit: limit, isForetold: true))
  }

  /// Clears the bits of what was found, unless the search gave up.
  /// - Returns: what it was given.
  @inline(__always)
  private func forgetSeen(_ count: Int) -> Int {
    let seen = seen.start
    let found = found.start
    // What gave up is below zero.
    for place in 0..<max(0, count) { seen[Int(found[place] >> 6)] = 0 }
    return count
  }

  /// Adds to the first `count` nodes of `found`, whose bits are set in `seen`, all that they reach; the
  /// bits stay set.
  /// - Parameter isForetold: whether most edges do what those before them did, so that a branch costs
  ///   nothing; a constant where this is called.
  /// - Returns: how many nodes are in `found`, complemented if it gave up at `limit`.
  @inline(__always)
  func extend<Rows: EdgeRows>(
    _ rows: Rows, count given: Int, limit: Int, isForetold: Bool
  ) -> Int {
    var frontier = Frontier(
      seen: seen.start, found: found.start, queue: queue.start, count: given)
    for place in 0..<given {
      frontier.put(frontier.found[place], rows.inBase(frontier.found[place]))
    }
    let guarded = guarded.start
    let ahead = isForetold ? 4 : 6
    var head = 0
    var looked = 0
    while true {
      while head < frontier.tail {
        rows.prefetch(frontier.queue[head &+ 2 &* ahead])
        if head &+ ahead < frontier.tail { rows.prefetchEdges(frontier.queue[head &+ ahead]) }
        let row = rows.basePart(of: frontier.queue[head])
        head &+= 1
        frontier.follow(row, rows, isBase: true, isForetold: isForetold)
        if frontier.count >= limit { return ~frontier.count }
      }
      guard Rows.isStacked else { return frontier.count }
      let guardedCount = rows.selectLater(
        frontier.found + looked, count: frontier.count &- looked, into: guarded)
      looked = frontier.count
      if guardedCount == 0 { return frontier.count }
      for place in 0..<guardedCount {
        if place &+ 4 < guardedCount { rows.prefetchLater(guarded[place &+ 4]) }
        for part in 1..<rows.partCount(of: guarded[place]) {
          frontier.follow(
            rows.part(part, of: guarded[place]), rows, isBase: false, isForetold: isForetold)
        }
        if frontier.count >= limit { return ~frontier.count }
      }
    }
  }
}

/// What a breadth-first search has found and has yet to follow.
private struct Frontier {
  let seen: UnsafeMutablePointer<UInt64>
  let found: UnsafeMutablePointer<UInt32>
  /// Nodes with a row in the base.
  let queue: UnsafeMutablePointer<UInt32>
  var count: Int
  var tail = 0

  @inline(__always)
  mutating func put(_ node: UInt32, _ isQueued: Int) {
    queue[tail] = node
    tail &+= isQueued
  }

  /// Finds what some edges of one row lead to.
  @inline(__always)
  mutating func follow(
    _ row: RowPart, _ rows: some EdgeRows, isBase: Bool, isForetold: Bool
  ) {
    var slot = row.start
    while slot < row.end {
      let edge = row.ends[slot]
      slot &+= 1
      let next = edge & SegmentRows.number
      let word = seen[Int(next >> 6)]
      let bit: UInt64 = 1 << UInt64(next & 63)
      if isForetold && word & bit != 0 { continue }
      let isNew = isForetold || word & bit == 0 ? 1 : 0
      seen[Int(next >> 6)] = word | bit
      found[count] = next
      count &+= isNew
      put(next, isNew & (isBase ? Int(truncatingIfNeeded: ~edge >> 31) : rows.inBase(next)))
    }
  }
}
