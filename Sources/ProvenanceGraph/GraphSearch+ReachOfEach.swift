import CInstructions

/// What many nodes reach, found together: each node that any of them reaches is visited once, with a
/// set of those that reach it, a bit each.
extension GraphSearch {
  /// Everything reachable from each of some nodes, these included.
  ///
  /// Nodes are taken in rounds of 64, the bits of a set. All that a round reaches is found first and
  /// numbered, so that the sets lie close together however large the graph is.
  /// - Parameters:
  ///   - starts: the nodes to start from; one that is named twice has two bits, one that does not exist
  ///     has a bit that no set holds.
  ///   - body: called for each round. It gets the places of the round in `starts`, the nodes that are
  ///     reached from any of these, in ascending order, and for each node the set of starts that reach
  ///     it, the first of the round in the lowest bit. Nodes and sets are gone when it returns.
  /// - Complexity: O(nodes reached by any, and their edges) for each round.
  public func withReach(
    ofEach starts: [UInt32], _ direction: GraphDirection,
    _ body: (
      _ round: Range<Int>, _ nodes: UnsafeBufferPointer<UInt32>,
      _ sets: UnsafeBufferPointer<UInt64>
    ) throws -> Void
  ) rethrows {
    try withReach(ofEach: starts.map { [$0] }, direction, body)
  }

  /// Everything reachable from each of some groups of nodes, these included: as for single nodes, with a
  /// bit for each group.
  public func withReach(
    ofEach groups: [[UInt32]], _ direction: GraphDirection,
    _ body: (
      _ round: Range<Int>, _ nodes: UnsafeBufferPointer<UInt32>,
      _ sets: UnsafeBufferPointer<UInt64>
    ) throws -> Void
  ) rethrows {
    for first in stride(from: 0, to: groups.count, by: 64) {
      let round = first..<min(first + 64, groups.count)
      let count =
        if let plain {
          memberships(
            direction == .forward ? plain.forward : plain.backward, groups[round], direction)
        } else {
          memberships(graph.rows(direction), groups[round], direction)
        }
      forgetNumbers(count: count)
      try body(
        round, UnsafeBufferPointer(start: found.start, count: count),
        UnsafeBufferPointer(start: numbering.sets.start, count: count))
    }
  }

  private func memberships(
    _ rows: some EdgeRows, _ groups: ArraySlice<[UInt32]>, _ direction: GraphDirection
  ) -> Int {
    let known = groups.map { $0.filter { Int($0) < graph.nodeCount } }
    let count = numberReached(rows, from: Array(known.joined()), direction)
    let sets = numbering.sets.start
    sets.update(repeating: 0, count: count)
    for (bit, group) in known.enumerated() {
      for node in group { sets[slot(of: node)] |= 1 << UInt64(bit) }
    }
    spreadSets(rows, count: count, direction)
    return count
  }

  /// Marks all that some nodes reach in `seen` and leaves it in `found`, in ascending order, with the slot
  /// of the lowest node of each word of 64 in `firstSlots`.
  func numberReached(
    _ rows: some EdgeRows, from nodes: [UInt32], _ direction: GraphDirection
  ) -> Int {
    let seen = seen.start
    let summary = numbering.summary.start
    var count = 0
    for node in nodes where seen[Int(node >> 6)] >> UInt64(node & 63) & 1 == 0 {
      seen[Int(node >> 6)] |= 1 << UInt64(node & 63)
      found.start[count] = node
      count += 1
    }
    guard count > 0 else { return 0 }
    var words = Int(found.start[0] >> 6)...Int(found.start[0] >> 6)
    let reached = extend(rows, count: count, limit: sweepThreshold, isForetold: true)
    if reached >= 0 {
      for place in 0..<reached {
        let word = Int(found.start[place] >> 6)
        summary[word >> 6] |= 1 << UInt64(word & 63)
        words = min(words.lowerBound, word)...max(words.upperBound, word)
      }
    } else {
      let ends = nodes.map { Int($0 >> 6) }
      words =
        direction == .forward
        ? (ends.min() ?? 0)...graph.nodeCount >> 6 : 0...(ends.max() ?? 0)
      mark(rows, words, direction)
      for word in words where seen[word] != 0 { summary[word >> 6] |= 1 << UInt64(word & 63) }
    }
    return numberBits((words.lowerBound >> 6)...(words.upperBound >> 6))
  }

  /// Numbers the nodes of the words that the summary names, within some of its words, and clears it.
  private func numberBits(_ groups: ClosedRange<Int>) -> Int {
    let seen = seen.start
    let found = found.start
    let summary = numbering.summary.start
    let firstSlots = numbering.firstSlots.start
    var slot = 0
    for group in groups {
      var words = summary[group]
      summary[group] = 0
      while words != 0 {
        let word = group &* 64 &+ words.trailingZeroBitCount
        words &= words &- 1
        firstSlots[word] = UInt32(truncatingIfNeeded: slot)
        var bits = seen[word]
        let first = UInt32(truncatingIfNeeded: word &* 64)
        while bits != 0 {
          found[slot] = first | UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
          bits &= bits &- 1
          slot &+= 1
        }
      }
    }
    return slot
  }

  /// Where a node that was numbered stands in `found`.
  @inline(__always)
  func slot(of node: UInt32) -> Int {
    let lower = seen.start[Int(node >> 6)] & ((1 << UInt64(node & 63)) &- 1)
    return Int(numbering.firstSlots.start[Int(node >> 6)]) &+ provender_bit_count(lower)
  }

  /// Hands the set of each node on to those that its edges lead to, in the order of numbers. Where edges
  /// go against the numbers, this is repeated until nothing changes.
  func spreadSets(_ rows: some EdgeRows, count: Int, _ direction: GraphDirection) {
    let sets = numbering.sets.start
    let found = found.start
    let isForward = direction == .forward
    var isChanged = true
    while isChanged {
      isChanged = false
      for step in 0..<count {
        let place = isForward ? step : count &- 1 &- step
        let node = found[place]
        guard rows.has(node) else { continue }
        let set = sets[place]
        for part in 0..<rows.partCount(of: node) {
          let row = rows.part(part, of: node)
          var slot = row.start
          while slot < row.end {
            let next = self.slot(of: row.ends[slot] & SegmentRows.number)
            let joined = sets[next] | set
            let isDone = isForward ? next <= place : next >= place
            isChanged = isChanged || isDone && joined != sets[next]
            sets[next] = joined
            slot &+= 1
          }
        }
      }
    }
  }

  /// Clears the bits of the nodes that were numbered.
  func forgetNumbers(count: Int) {
    for slot in 0..<count { seen.start[Int(found.start[slot] >> 6)] = 0 }
  }
}

/// What numbering the nodes of an answer needs beside the search's own scratch memory.
final class NumberingScratch {
  /// A bit for each word of `seen` that has bits.
  let summary: ScratchMemory<UInt64>
  /// The slot of the lowest node found in each word of `seen`; valid where that word has bits.
  let firstSlots: ScratchMemory<UInt32>
  /// The set of each slot's node.
  let sets: ScratchMemory<UInt64>
  /// The score of each slot's node.
  let scores: ScratchMemory<UInt32>

  init(nodes: Int) {
    let words = SegmentRows.wordCount(nodes: nodes)
    summary = ScratchMemory(count: words / 64 + 1)
    firstSlots = ScratchMemory(count: words)
    sets = ScratchMemory(count: nodes)
    scores = ScratchMemory(count: nodes)
  }
}
