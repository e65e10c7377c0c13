/// Which nodes gave out more than they took in.
extension GraphSearch {
  /// Finds the nodes that some edge enters and whose outgoing quantity exceeds the incoming one.
  ///
  /// Both sums of each node with onward edges were taken when the segment was sealed, so that one pass
  /// over them decides. Over later segments, the sums of the nodes that these name are taken at the first
  /// question, which reads the rows of these nodes.
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
    guard var totals = segment.totals?.baseAddress else { return 0 }
    var count = 0
    for word in 0..<SegmentRows.wordCount(nodes: segment.nodeCount) {
      takeExcess(of: segment.forward.presence[word], word: word, &totals, &count)
    }
    return count
  }

  /// As `excess(of:)`, where the sums of nodes that a later segment names are the joint ones.
  private func stackedExcess() -> Int {
    let base = graph.segments[0]
    guard var totals = base.totals?.baseAddress else { return 0 }
    let jointNodes = jointTotals.nodes.start
    var joint = UnsafePointer(jointTotals.totals.start)
    var count = 0
    for word in 0..<SegmentRows.wordCount(nodes: graph.nodeCount) {
      let own = word <= base.nodeCount >> 6 ? base.forward.presence[word] : 0
      if jointNodes[word] == 0 {
        takeExcess(of: own, word: word, &totals, &count)
      } else if own == 0 {
        takeExcess(of: jointNodes[word], word: word, &joint, &count)
      } else {
        takeMixedExcess(of: own, jointNodes[word], word: word, &totals, &joint, &count)
      }
    }
    return count
  }

  /// Adds to `found` those of a word's nodes that have an excess. Totals stand in the order of the nodes;
  /// that there are as many of them was checked when the segment was opened.
  @inline(__always)
  private func takeExcess(
    of nodes: UInt64, word: Int, _ totals: inout UnsafePointer<UInt64>, _ count: inout Int
  ) {
    let found = found.start
    let first = UInt32(truncatingIfNeeded: word &* 64)
    var bits = nodes
    while bits != 0 {
      found[count] = first | UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
      bits &= bits &- 1
      count &+= totals[1] > totals[0] ? 1 : 0
      totals += 2
    }
  }

  /// As `takeExcess`, of a word some of whose nodes have joint sums.
  private func takeMixedExcess(
    of own: UInt64, _ jointNodes: UInt64, word: Int, _ totals: inout UnsafePointer<UInt64>,
    _ joint: inout UnsafePointer<UInt64>, _ count: inout Int
  ) {
    let found = found.start
    forEachBit(of: own | jointNodes) { bit in
      let isJoint = jointNodes >> UInt64(bit) & 1 != 0
      let sums = isJoint ? joint : totals
      found[count] = UInt32(truncatingIfNeeded: word &* 64 &+ bit)
      count &+= sums[1] > sums[0] ? 1 : 0
      totals += own >> UInt64(bit) & 1 != 0 ? 2 : 0
      joint += isJoint ? 2 : 0
    }
  }
}

/// What came in and what went out, over all segments of a stack, of the nodes that a later segment names.
final class JointTotals {
  /// A bit a node that a later segment names and that has onward edges.
  let nodes: ScratchMemory<UInt64>
  /// For each of these nodes, in the order of numbers, what came in and what went out.
  let totals: ScratchMemory<UInt64>

  /// - Complexity: O(nodes / 64 + edges of the nodes that later segments name).
  init(_ graph: GraphStack) {
    let words = SegmentRows.wordCount(nodes: graph.nodeCount)
    nodes = ScratchMemory(count: words)
    var count = 0
    for word in 0..<words {
      let later = graph.forward.laterPresence(word: word)
      let named = later | graph.backward.laterPresence(word: word)
      guard named != 0 else { continue }
      nodes.start[word] = named & graph.forward.presence(word: word)
      count += nodes.start[word].nonzeroBitCount
    }
    totals = ScratchMemory(count: 2 * count)
    var place = 0
    for word in 0..<words where nodes.start[word] != 0 {
      forEachBit(of: nodes.start[word]) { bit in
        let sums = Self.sums(of: UInt32(word * 64 + bit), in: graph.segments)
        totals.start[place] = sums.incoming
        totals.start[place + 1] = sums.outgoing
        place += 2
      }
    }
  }

  private static func sums(
    of node: UInt32, in segments: [GraphSegment]
  ) -> (incoming: UInt64, outgoing: UInt64) {
    var incoming: UInt64 = 0
    var outgoing: UInt64 = 0
    var isEntered = false
    for segment in segments where Int(node) < segment.nodeCount {
      if let quantities = segment.quantities?.baseAddress {
        for slot in segment.backward.slots(of: node) {
          incoming &+= UInt64(quantities[slot])
          isEntered = true
        }
      }
      if let totals = segment.totals?.baseAddress, segment.forward.has(node) {
        outgoing &+= totals[2 &* segment.forward.rank(of: node) &+ 1]
      }
    }
    return (isEntered ? incoming : NodeTotals.nothingEnters, outgoing)
  }
}
