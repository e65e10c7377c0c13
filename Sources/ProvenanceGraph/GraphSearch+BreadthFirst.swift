/// Breadth-first search. Nodes whose edges lead nowhere are recognised by the flag of the edge that
/// finds them, and never looked up.
extension GraphSearch {
  /// Forward: most edges lead to nodes not seen before and most of those lead nowhere, which no branch
  /// predictor can know; so both are decided without branches.
  /// - Parameter limit: gives up at so many nodes.
  /// - Returns: how many nodes it left in `found`, or, if it gave up, that number complemented, with
  ///   their bits still set in `seen`.
  func searchForward(_ rows: some EdgeRows, from node: UInt32, limit: Int) -> Int {
    let seen = seen.start
    let found = found.start
    let queue = queue.start
    found[0] = node
    queue[0] = node
    seen[Int(node >> 6)] = 1 << UInt64(node & 63)
    var count = 1
    var head = 0
    var tail = 1
    while head < tail {
      rows.prefetch(queue[head &+ 12])
      if head &+ 6 < tail { rows.prefetchEdges(queue[head &+ 6]) }
      let from = queue[head]
      head &+= 1
      for part in 0..<rows.partCount(of: from) {
        let row = rows.part(part, of: from)
        var slot = row.start
        while slot < row.end {
          let edge = row.ends[slot]
          let next = edge & SegmentRows.number
          let word = seen[Int(next >> 6)]
          let bit: UInt64 = 1 << UInt64(next & 63)
          let isNew = word & bit == 0 ? 1 : 0
          seen[Int(next >> 6)] = word | bit
          found[count] = next
          count &+= isNew
          queue[tail] = next
          tail &+= isNew & rows.leadsOn(edge, inPart: part)
          slot &+= 1
        }
      }
      if count >= limit { return ~count }
    }
    for place in 0..<count { seen[Int(found[place] >> 6)] = 0 }
    return count
  }

  /// Backward: few nodes are found twice, so that branches are foretold.
  /// - Returns: as `searchForward`.
  func searchBackward(_ rows: some EdgeRows, from node: UInt32, limit: Int) -> Int {
    found.start[0] = node
    queue.start[0] = node
    seen.start[Int(node >> 6)] = 1 << UInt64(node & 63)
    let count = extend(rows, count: 1, limit: limit)
    if count < 0 { return count }
    for place in 0..<count { seen.start[Int(found.start[place] >> 6)] = 0 }
    return count
  }

  /// Adds to the first `count` nodes of `found`, which stand in `queue` too and whose bits are set in
  /// `seen`, all that they reach; the bits stay set.
  /// - Returns: how many nodes are in `found`, complemented if it gave up at `limit`.
  @inline(__always)
  func extend(_ rows: some EdgeRows, count given: Int, limit: Int) -> Int {
    let seen = seen.start
    let found = found.start
    let queue = queue.start
    var count = given
    var head = 0
    var tail = given
    while head < tail {
      rows.prefetch(queue[head &+ 8])
      if head &+ 4 < tail { rows.prefetchEdges(queue[head &+ 4]) }
      let from = queue[head]
      head &+= 1
      for part in 0..<rows.partCount(of: from) {
        let row = rows.part(part, of: from)
        var slot = row.start
        while slot < row.end {
          let edge = row.ends[slot]
          let next = edge & SegmentRows.number
          let word = seen[Int(next >> 6)]
          let bit: UInt64 = 1 << UInt64(next & 63)
          slot &+= 1
          if word & bit == 0 {
            seen[Int(next >> 6)] = word | bit
            found[count] = next
            count &+= 1
            queue[tail] = next
            tail &+= rows.leadsOn(edge, inPart: part)
          }
        }
      }
      if count >= limit { return ~count }
    }
    return count
  }
}
