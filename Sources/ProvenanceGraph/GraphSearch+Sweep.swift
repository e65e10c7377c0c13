import CInstructions

/// A sweep in the order of numbers, for answers that are a fair part of the graph: as every edge
/// ascends, a node's bit is final when the sweep comes to it, rows are read in the order of memory, and
/// the answer comes out sorted. Needs a graph whose edges all ascend.
extension GraphSearch {
  /// How many words of 64 nodes ahead rows are asked for: far enough for memory to answer in time. The
  /// processor fetches ahead by itself, but not from one page into the next.
  private static let wordsAhead = 12

  /// From a node whose bit is set in `seen`, with the bits that a search that gave up left there.
  /// - Returns: how many nodes it left in `found`, in ascending order.
  func sweep(_ rows: some EdgeRows, from node: UInt32, _ direction: GraphDirection) -> Int {
    let word = Int(node >> 6)
    let words = direction == .forward ? word...graph.nodeCount >> 6 : 0...word
    mark(rows, words, direction)
    return takeBits(words)
  }

  /// Marks in `seen` all that the nodes marked in some words reach, which must lie in these words.
  func mark(_ rows: some EdgeRows, _ words: ClosedRange<Int>, _ direction: GraphDirection) {
    let seen = seen.start
    let last = words.upperBound
    if direction == .forward {
      for word in words {
        if word &+ Self.wordsAhead < last { rows.prefetchRows(word: word &+ Self.wordsAhead) }
        if seen[word] != 0 { follow(rows, word: word) }
      }
      return
    }
    for word in words.reversed() {
      if word >= Self.wordsAhead {
        rows.prefetchRows(word: word &- Self.wordsAhead)
      }
      if seen[word] != 0 { follow(rows, word: word) }
    }
  }

  /// Moves the nodes of some words of `seen` to `found` and clears the words.
  private func takeBits(_ words: ClosedRange<Int>) -> Int {
    let count = provender_numbers(seen.start, words.lowerBound, words.upperBound + 1, found.start)
    (seen.start + words.lowerBound).update(repeating: 0, count: words.count)
    return count
  }

  /// Follows the edges of the nodes of one word.
  @inline(__always)
  private func follow(_ rows: some EdgeRows, word: Int) {
    let seen = seen.start
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
