import CInstructions

/// What could explain several cases at once: the nodes from which they can be reached, with how many
/// of them each one reaches.
extension GraphSearch {
  /// Finds every node from which some of the cases can be reached, the cases themselves included.
  ///
  /// The ancestors of all cases are found first and numbered, so that the sets of cases, 64 to a word,
  /// lie close together however large the graph is.
  /// - Parameters:
  ///   - cases: the nodes to explain; more than 64 are taken in rounds; one that is named twice counts
  ///     twice, one that does not exist not at all.
  ///   - weights: how much each case counts; without weights each counts 1.
  ///   - body: gets the nodes, in ascending order, and with each the sum of the weights of the
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
      UnsafeBufferPointer(start: numbering.scores.start, count: count))
  }

  /// Leaves all ancestors of the known cases in `found` and their scores beside.
  /// - Returns: how many there are.
  private func scoreAncestors(
    _ rows: some EdgeRows, of cases: [UInt32], known: [Int], weights: [UInt32]?
  ) -> Int {
    let count = numberReached(rows, from: known.map { cases[$0] }, .backward)
    let scores = numbering.scores.start
    let sets = numbering.sets.start
    for first in stride(from: 0, to: known.count, by: 64) {
      let round = known[first..<min(first + 64, known.count)]
      sets.update(repeating: 0, count: count)
      for (bit, index) in round.enumerated() {
        sets[slot(of: cases[index])] |= 1 << UInt64(bit)
      }
      spreadSets(rows, count: count, .backward)
      if let weights {
        let weigher = MaskWeigher(round.map { $0 < weights.count ? weights[$0] : 0 })
        for slot in 0..<count {
          scores[slot] = (first == 0 ? 0 : scores[slot]) &+ weigher.weight(of: sets[slot])
        }
      } else {
        for slot in 0..<count {
          let cases = UInt32(truncatingIfNeeded: provender_bit_count(sets[slot]))
          scores[slot] = (first == 0 ? 0 : scores[slot]) &+ cases
        }
      }
    }
    forgetNumbers(count: count)
    return count
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
