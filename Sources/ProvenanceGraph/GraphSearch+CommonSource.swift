import CInstructions

/// What could explain several cases at once: the nodes from which they can be reached, with how many
/// of them each one reaches.
extension GraphSearch {
  /// Finds every node from which some of the cases can be reached, the cases themselves included.
  ///
  /// The ancestors of all cases are found first and numbered in the order of a descending sweep, so
  /// that the sets of cases, 64 to a word, lie close together however large the graph is.
  /// - Parameters:
  ///   - cases: the nodes to explain; more than 64 are taken in rounds; one that is named twice counts
  ///     twice, one that does not exist not at all.
  ///   - weights: how much each case counts; without weights each counts 1.
  ///   - body: gets the nodes, the highest number first, and with each the sum of the weights of the
  ///     cases it reaches, modulo 2^32; both are gone when it returns.
  /// - Complexity: O(ancestors and their edges) for each 64 cases.
  public func withCommonSources<Result>(
    of cases: [UInt32], weights: [UInt32]? = nil,
    _ body: (_ nodes: UnsafeBufferPointer<UInt32>, _ scores: UnsafeBufferPointer<UInt32>) throws ->
      Result
  ) rethrows -> Result {
    let known = cases.indices.filter { Int(cases[$0]) < graph.nodeCount }
    let count =
      if let plain {
        scoreAncestors(plain.backward, of: cases, known: known, weights: weights)
      } else {
        scoreAncestors(graph.backward, of: cases, known: known, weights: weights)
      }
    return try body(
      UnsafeBufferPointer(start: found.start, count: count),
      UnsafeBufferPointer(start: common.scores.start, count: count))
  }

  /// Leaves all ancestors of the known cases in `found`, the highest first, and their scores beside.
  /// - Returns: how many there are.
  private func scoreAncestors(
    _ rows: some EdgeRows, of cases: [UInt32], known: [Int], weights: [UInt32]?
  ) -> Int {
    let count = numberAncestors(rows, of: known.map { cases[$0] })
    let scores = common.scores.start
    for first in stride(from: 0, to: known.count, by: 64) {
      let round = known[first..<min(first + 64, known.count)]
      let masks = common.masks.start
      masks.update(repeating: 0, count: count)
      for (bit, index) in round.enumerated() {
        masks[slot(of: cases[index])] |= 1 << UInt64(bit)
      }
      spreadMasks(rows, count: count)
      if let weights {
        let weigher = MaskWeigher(round.map { $0 < weights.count ? weights[$0] : 0 })
        for slot in 0..<count {
          scores[slot] = (first == 0 ? 0 : scores[slot]) &+ weigher.weight(of: masks[slot])
        }
      } else {
        for slot in 0..<count {
          let cases = UInt32(truncatingIfNeeded: provender_bit_count(masks[slot]))
          scores[slot] = (first == 0 ? 0 : scores[slot]) &+ cases
        }
      }
    }
    for slot in 0..<count { seen.start[Int(found.start[slot] >> 6)] = 0 }
    return count
  }

  /// Marks all ancestors of some nodes in `seen` and leaves them in `found`, the highest first, with the
  /// slot of the highest of each word of 64 in `firstSlots`.
  private func numberAncestors(_ rows: some EdgeRows, of nodes: [UInt32]) -> Int {
    let summary = common.summary.start
    var count = 0
    for node in nodes where seen.start[Int(node >> 6)] >> UInt64(node & 63) & 1 == 0 {
      seen.start[Int(node >> 6)] |= 1 << UInt64(node & 63)
      found.start[count] = node
      queue.start[count] = node
      count += 1
    }
    count = extendBackward(rows, count: count)
    let found = found.start
    var lowest = Int.max
    var highest = -1
    for place in 0..<count {
      let word = Int(found[place] >> 6)
      summary[word >> 6] |= 1 << UInt64(word & 63)
      lowest = min(lowest, word >> 6)
      highest = max(highest, word >> 6)
    }
    var slot = 0
    var group = highest
    while group >= lowest, group >= 0 {
      var words = summary[group]
      summary[group] = 0
      while words != 0 {
        let last = 63 &- words.leadingZeroBitCount
        words &= ~(1 << UInt64(last))
        let word = group &* 64 &+ last
        common.firstSlots.start[word] = UInt32(truncatingIfNeeded: slot)
        var bits = seen.start[word]
        while bits != 0 {
          let bit = 63 &- bits.leadingZeroBitCount
          bits &= ~(1 << UInt64(bit))
          found[slot] = UInt32(truncatingIfNeeded: word &* 64 &+ bit)
          slot &+= 1
        }
      }
      group &-= 1
    }
    return count
  }

  /// Where a node that was found stands in `found`.
  @inline(__always)
  private func slot(of node: UInt32) -> Int {
    let higher = (seen.start[Int(node >> 6)] >> UInt64(node & 63)) >> 1
    return Int(common.firstSlots.start[Int(node >> 6)]) &+ provender_bit_count(higher)
  }

  /// Hands the cases of each node to those it came from, the highest number first. Where edges go
  /// against the numbers, this is repeated until nothing changes.
  private func spreadMasks(_ rows: some EdgeRows, count: Int) {
    let masks = common.masks.start
    let found = found.start
    var isChanged = true
    while isChanged {
      isChanged = false
      for place in 0..<count {
        let node = found[place]
        guard rows.has(node) else { continue }
        let mask = masks[place]
        for part in 0..<rows.partCount(of: node) {
          let row = rows.part(part, of: node)
          var slot = row.start
          while slot < row.end {
            let above = self.slot(of: row.ends[slot] & SegmentRows.number)
            let joined = masks[above] | mask
            isChanged = isChanged || above <= place && joined != masks[above]
            masks[above] = joined
            slot &+= 1
          }
        }
      }
    }
  }
}

/// What `withCommonSources` needs beside the search's own scratch memory.
final class CommonSourceScratch {
  /// A bit for each word of `seen` that has bits.
  let summary: ScratchMemory<UInt64>
  /// The slot of the highest node found in each word of `seen`; valid where that word has bits.
  let firstSlots: ScratchMemory<UInt32>
  /// The cases that each slot's node reaches.
  let masks: ScratchMemory<UInt64>
  let scores: ScratchMemory<UInt32>

  init(nodes: Int) {
    let words = SegmentRows.wordCount(nodes: nodes)
    summary = ScratchMemory(count: words / 64 + 1)
    firstSlots = ScratchMemory(count: words)
    masks = ScratchMemory(count: nodes)
    scores = ScratchMemory(count: nodes)
  }
}

/// Sums of weights by the bits of a mask, a byte at a time.
struct MaskWeigher {
  private var sums: [UInt32]

  init(_ weights: [UInt32]) {
    sums = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<8 {
      for value in 1..<256 {
        let bit = value.trailingZeroBitCount
        let weight = byte * 8 + bit < weights.count ? weights[byte * 8 + bit] : 0
        sums[byte * 256 + value] = sums[byte * 256 + (value & (value - 1))] &+ weight
      }
    }
  }

  func weight(of mask: UInt64) -> UInt32 {
    var weight: UInt32 = 0
    for byte in 0..<8 {
      weight &+= sums[byte * 256 + Int(mask >> UInt64(byte * 8) & 0xff)]
    }
    return weight
  }
}
