import CInstructions

/// A bit a node and, beside each word of 64, how many bits are set before it, so that a node's place
/// among those whose bit is set costs one look at memory: the word with the bits, then the rank.
struct RankedBits: @unchecked Sendable {
  let words: UnsafePointer<UInt64>

  /// How many words there are for some nodes.
  static func wordCount(nodes: Int) -> Int { 2 * SegmentRows.wordCount(nodes: nodes) }

  @inline(__always)
  func has(_ node: UInt32) -> Bool {
    words[Int(node >> 6) &* 2] >> UInt64(node & 63) & 1 != 0
  }

  /// How many nodes below a node have their bit set.
  @inline(__always)
  func rank(of node: UInt32) -> Int {
    let place = Int(node >> 6) &* 2
    let below = words[place] & ((1 << UInt64(node & 63)) &- 1)
    return Int(truncatingIfNeeded: words[place &+ 1]) &+ provender_bit_count(below)
  }

  /// The bits of one word of 64 nodes.
  func bits(word: Int) -> UInt64 { words[2 * word] }

  /// Asks for what `rank(of:)` reads of a node to be fetched, whether or not there is such a node.
  @inline(__always)
  func prefetch(_ node: UInt32) { provender_prefetch(words + Int(node >> 6) &* 2) }

  /// How many of some nodes have their bit set.
  func rowCount(nodes: Int) -> Int {
    let last = 2 * (nodes >> 6)
    return Int(words[last + 1]) + words[last].nonzeroBitCount
  }

  /// The nodes of a graph that have edges in one direction, in memory that the caller keeps.
  static func memory(of rows: some EdgeRows, nodes: Int) -> ScratchMemory<UInt64> {
    let memory = ScratchMemory<UInt64>(count: wordCount(nodes: nodes))
    var rank: UInt64 = 0
    for word in 0..<SegmentRows.wordCount(nodes: nodes) {
      memory.start[2 * word] = rows.presence(word: word)
      memory.start[2 * word + 1] = rank
      rank += UInt64(memory.start[2 * word].nonzeroBitCount)
    }
    return memory
  }
}
