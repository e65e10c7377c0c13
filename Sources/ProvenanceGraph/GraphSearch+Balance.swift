/// Which nodes gave out more than they took in.
extension GraphSearch {
  /// Finds the nodes that some edge enters and whose outgoing quantity exceeds the incoming one.
  ///
  /// Both sums of each node with onward edges were taken when the segment was sealed, so that one pass
  /// over them decides.
  /// - Parameter body: gets the nodes in ascending order, which are gone when it returns.
  /// - Returns: nil if a segment has no quantities.
  /// - Complexity: O(nodes / 64 + nodes with onward edges).
  public func withExcess<Result>(
    _ body: (UnsafeBufferPointer<UInt32>) throws -> Result
  ) rethrows -> Result? {
    guard graph.segments.allSatisfy({ $0.totals != nil }) else { return nil }
    let count = graph.segments.count == 1 ? excess(of: graph.segments[0]) : stackedExcess()
    return try body(UnsafeBufferPointer(start: found.start, count: count))
  }

  /// - Returns: how many nodes it left in `found`.
  private func excess(of segment: GraphSegment) -> Int {
    guard let totals = segment.totals?.baseAddress else { return 0 }
    let presence = segment.forward.presence
    let found = found.start
    var place = 0
    var count = 0
    for word in 0..<SegmentRows.wordCount(nodes: segment.nodeCount) {
      var bits = presence[word]
      let base = UInt32(truncatingIfNeeded: word &* 64)
      while bits != 0 {
        found[count] = base | UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
        bits &= bits &- 1
        // `place` stays below the number of totals, which was checked against these very bits.
        let incoming = totals[place]
        let outgoing = totals[place &+ 1]
        count &+= outgoing > incoming ? 1 : 0
        place &+= 2
      }
    }
    return count
  }

  /// Adds up what all segments know of the nodes that a later one names; for the others, the base
  /// decides alone.
  private func stackedExcess() -> Int {
    let segments = graph.segments
    let base = segments[0]
    let baseTotals = base.totals?.baseAddress
    let found = found.start
    var place = 0
    var count = 0
    for word in 0..<SegmentRows.wordCount(nodes: graph.nodeCount) {
      let own = word <= base.nodeCount >> 6 ? base.forward.presence[word] : 0
      let later = graph.forward.laterPresence(word: word)
      let mixed = later | graph.backward.laterPresence(word: word)
      var bits = own | later
      while bits != 0 {
        let bit = UInt64(truncatingIfNeeded: bits.trailingZeroBitCount)
        let node = UInt32(truncatingIfNeeded: word &* 64 &+ Int(bit))
        bits &= bits &- 1
        var incoming = NodeTotals.nothingEnters
        var outgoing: UInt64 = 0
        if own >> bit & 1 != 0, let totals = baseTotals {
          incoming = totals[place]
          outgoing = totals[place &+ 1]
          place &+= 2
        }
        if mixed >> bit & 1 != 0 {
          Self.addTotals(of: node, in: segments, to: &incoming, and: &outgoing)
        }
        found[count] = node
        count &+= outgoing > incoming ? 1 : 0
      }
    }
    return count
  }

  /// Sums up a node's incoming quantities in all segments, and adds its outgoing ones in later segments.
  private static func addTotals(
    of node: UInt32, in segments: [GraphSegment], to incoming: inout UInt64,
    and outgoing: inout UInt64
  ) {
    var sum: UInt64 = 0
    var isEntered = false
    for index in segments.indices where Int(node) < segments[index].nodeCount {
      if let quantities = segments[index].quantities?.baseAddress {
        for slot in segments[index].backward.slots(of: node) {
          sum &+= UInt64(quantities[slot])
          isEntered = true
        }
      }
      if index > 0, let totals = segments[index].totals?.baseAddress,
        segments[index].forward.has(node)
      {
        outgoing &+= totals[2 &* segments[index].forward.rank(of: node) &+ 1]
      }
    }
    incoming = isEntered ? sum : NodeTotals.nothingEnters
  }
}
