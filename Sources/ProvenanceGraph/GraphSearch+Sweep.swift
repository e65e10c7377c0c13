/// A sweep in the order of numbers, for answers that are a fair part of the graph: as every edge
/// ascends, a node's bit is final when the sweep comes to it, rows are read in the order of memory, and
/// the answer comes out sorted. Needs a graph whose edges all ascend.
extension GraphSearch {
  /// Forward from a node; bits left in `seen` by a search that gave up are taken over.
  /// - Returns: how many nodes it left in `found`, in ascending order.
  func sweepUp(_ rows: some EdgeRows, from node: UInt32) -> Int {
    seen.start[Int(node >> 6)] |= 1 << UInt64(node & 63)
    var count = 0
    for word in Int(node >> 6)...graph.nodeCount >> 6 where seen.start[word] != 0 {
      count = sweep(rows, word: word, count: count)
    }
    return count
  }

  /// Backward from a node, as `sweepUp` but descending, word by word.
  func sweepDown(_ rows: some EdgeRows, from node: UInt32) -> Int {
    seen.start[Int(node >> 6)] |= 1 << UInt64(node & 63)
    var count = 0
    var word = Int(node >> 6)
    while word >= 0 {
      if seen.start[word] != 0 { count = sweep(rows, word: word, count: count) }
      word &-= 1
    }
    return count
  }

  /// Follows the edges of the nodes of one word, moves the word to `found` and clears it.
  @inline(__always)
  private func sweep(_ rows: some EdgeRows, word: Int, count already: Int) -> Int {
    let seen = seen.start
    let found = found.start
    var untouched = rows.presence(word: word)
    var pending = seen[word] & untouched
    while pending != 0 {
      untouched &= ~pending
      while pending != 0 {
        let from = UInt32(truncatingIfNeeded: word &* 64 &+ pending.trailingZeroBitCount)
        pending &= pending &- 1
        for part in 0..<rows.partCount(of: from) {
          Self.mark(rows.part(part, of: from), seen)
        }
      }
      pending = seen[word] & untouched
    }
    var bits = seen[word]
    seen[word] = 0
    var count = already
    let base = UInt32(truncatingIfNeeded: word &* 64)
    while bits != 0 {
      found[count] = base | UInt32(truncatingIfNeeded: bits.trailingZeroBitCount)
      count &+= 1
      bits &= bits &- 1
    }
    return count
  }

  /// Sets the bits of all that a node's edges lead to. Four edges are taken without asking how many
  /// there are: setting a bit twice does no harm, and a branch that cannot be foretold costs more.
  @inline(__always)
  private static func mark(_ row: RowPart, _ seen: UnsafeMutablePointer<UInt64>) {
    guard row.start < row.end else { return }
    let last = row.end &- 1
    set(row.ends[row.start], seen)
    set(row.ends[min(row.start &+ 1, last)], seen)
    set(row.ends[min(row.start &+ 2, last)], seen)
    set(row.ends[min(row.start &+ 3, last)], seen)
    var slot = row.start &+ 4
    while slot <= last {
      set(row.ends[slot], seen)
      slot &+= 1
    }
  }

  @inline(__always)
  private static func set(_ edge: UInt32, _ seen: UnsafeMutablePointer<UInt64>) {
    let node = edge & SegmentRows.number
    seen[Int(node >> 6)] |= 1 << UInt64(node & 63)
  }
}
