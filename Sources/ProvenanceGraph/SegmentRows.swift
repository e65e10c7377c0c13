import CInstructions

/// One direction of a segment as the kernels read it: raw pointers into bytes that were checked when
/// the segment was opened, and that its region keeps alive.
struct SegmentRows: @unchecked Sendable {
  /// A bit a node, in words of 64: whether it has a row, that is an edge in this direction.
  let presence: UnsafePointer<UInt64>
  /// How many nodes with a row lie before each word of `presence`.
  let ranks: UnsafePointer<UInt32>
  /// Whether `starts` has the nodes with a row only; else it has all nodes.
  let isSparse: Bool
  /// Where each row starts in `ends`; one more than there are rows.
  let starts: UnsafePointer<UInt32>
  /// The nodes at the other end, with `leaf` set where they have no row of this direction.
  let ends: UnsafePointer<UInt32>

  /// The flag of an end that leads nowhere.
  static let leaf: UInt32 = 1 << 31
  /// The bits of an end that are its number.
  static let number: UInt32 = leaf - 1

  /// Whether a node has edges in this direction.
  @inline(__always)
  func has(_ node: UInt32) -> Bool {
    presence[Int(node >> 6)] >> UInt64(node & 63) & 1 != 0
  }

  /// The slots of a node's edges, for sparse rows and dense ones.
  @inline(__always)
  func slots(of node: UInt32) -> Range<Int> {
    if isSparse && !has(node) { return 0..<0 }
    let row = isSparse ? rank(of: node) : Int(node)
    return Range(uncheckedBounds: (Int(starts[row]), Int(starts[row &+ 1])))
  }

  /// How many nodes below a node have a row.
  @inline(__always)
  func rank(of node: UInt32) -> Int {
    let below = presence[Int(node >> 6)] & ((1 << UInt64(node & 63)) &- 1)
    return Int(ranks[Int(node >> 6)]) &+ provender_bit_count(below)
  }

  /// Asks for the rows of a word of 64 nodes, all of which exist, to be fetched, and for the starts of
  /// some further on. Rows must be dense.
  @inline(__always)
  func prefetchRows(word: Int) {
    let first = starts + word &* 64
    let further = first + 512
    for line in 0..<4 { provender_prefetch(further + line &* 16) }
    var slot = Int(first[0])
    let end = min(Int(first[63]), slot &+ 512)
    while slot < end {
      provender_prefetch(ends + slot)
      slot &+= 16
    }
  }

  /// How many of some nodes have a row.
  func rowCount(nodes: Int) -> Int {
    let last = nodes >> 6
    return Int(ranks[last]) + presence[last].nonzeroBitCount
  }

  /// How many words of `presence` there are for some nodes; one is left over, so that a loop may look
  /// one word too far.
  static func wordCount(nodes: Int) -> Int { nodes / 64 + 1 }
}

/// The rows of a dense segment that stands alone.
struct PlainRows: EdgeRows {
  let rows: SegmentRows

  @inline(__always)
  func has(_ node: UInt32) -> Bool { rows.has(node) }

  @inline(__always)
  func presence(word: Int) -> UInt64 { rows.presence[word] }

  static var isStacked: Bool { false }

  @inline(__always)
  func inBase(_ node: UInt32) -> Int { 1 }

  @inline(__always)
  func selectLater(
    _ nodes: UnsafePointer<UInt32>, count: Int, into selected: UnsafeMutablePointer<UInt32>
  ) -> Int { 0 }

  @inline(__always)
  func partCount(of node: UInt32) -> Int { 1 }

  @inline(__always)
  func part(_ part: Int, of node: UInt32) -> RowPart { basePart(of: node) }

  @inline(__always)
  func basePart(of node: UInt32) -> RowPart {
    RowPart(
      ends: rows.ends, start: Int(rows.starts[Int(node)]), end: Int(rows.starts[Int(node) &+ 1]))
  }

  @inline(__always)
  func leadsOn(_ edge: UInt32, inPart part: Int) -> Int {
    Int(truncatingIfNeeded: ~edge >> 31)
  }

  @inline(__always)
  func prefetch(_ node: UInt32) { provender_prefetch(rows.starts + Int(node)) }

  @inline(__always)
  func prefetchEdges(_ node: UInt32) {
    provender_prefetch(rows.ends + Int(rows.starts[Int(node)]))
  }

  @inline(__always)
  func prefetchLater(_ node: UInt32) {}

  @inline(__always)
  func prefetchRows(word: Int) { rows.prefetchRows(word: word) }
}
