import CInstructions

/// The rows of one direction over a base segment and later ones.
struct StackedRows: EdgeRows, @unchecked Sendable {
  private let base: SegmentRows
  private let baseCount: UInt32
  private let nodeCount: UInt32
  private let isBaseDense: Bool
  private let later: UnsafePointer<LaterRows>
  private let laterCount: Int
  /// A bit a node: whether a later segment has edges of it.
  private let guards: UnsafePointer<UInt64>
  /// No node below it has edges in a later segment. Most questions stay below, and need no look at the bits.
  private let guardFloor: UInt32

  /// The rows of a later segment and for how many nodes they are.
  struct LaterRows {
    var rows: SegmentRows
    var nodeCount: UInt32
  }

  /// What the pointers of one direction point to, beside the segments.
  final class Memory: @unchecked Sendable {
    let guards: ScratchMemory<UInt64>
    let later: UnsafeMutableBufferPointer<LaterRows>

    init(_ segments: [GraphSegment], _ direction: GraphDirection, nodeCount: Int) {
      guards = ScratchMemory(count: SegmentRows.wordCount(nodes: nodeCount))
      later = .allocate(capacity: max(1, segments.count))
      for (index, segment) in segments.dropFirst().enumerated() {
        let rows = segment.rows(direction)
        later.initializeElement(
          at: index, to: LaterRows(rows: rows, nodeCount: UInt32(segment.nodeCount)))
        for word in 0..<SegmentRows.wordCount(nodes: segment.nodeCount) {
          guards.start[word] |= rows.presence[word]
        }
      }
    }

    deinit { later.deallocate() }
  }

  /// Rows over segments and memory that the caller keeps alive.
  init(_ segments: [GraphSegment], _ direction: GraphDirection, _ memory: Memory) {
    guards = UnsafePointer(memory.guards.start)
    later = UnsafePointer(memory.later.baseAddress.unsafelyUnwrapped)
    laterCount = max(0, segments.count - 1)
    base = segments.first?.rows(direction) ?? SegmentRows.none
    baseCount = UInt32(segments.first?.nodeCount ?? 0)
    isBaseDense = !base.isSparse
    let count = segments.map(\.nodeCount).max() ?? 0
    nodeCount = UInt32(count)
    let lowest = (0..<SegmentRows.wordCount(nodes: count)).first { [guards] in guards[$0] != 0 }
    guardFloor = lowest.map { UInt32($0 * 64) } ?? UInt32(count)
  }

  @inline(__always)
  private func hasLater(_ node: UInt32) -> Bool {
    node >= guardFloor && guards[Int(node >> 6)] >> UInt64(node & 63) & 1 != 0
  }

  @inline(__always)
  func selectLater(
    _ nodes: UnsafePointer<UInt32>, count: Int, into selected: UnsafeMutablePointer<UInt32>
  ) -> Int {
    // A call costs more than a few looks.
    if count >= 8 { return provender_select(nodes, count, guards, guardFloor, selected) }
    var found = 0
    for place in 0..<count {
      let node = nodes[place]
      selected[found] = node
      found &+= Int(truncatingIfNeeded: guards[Int(node >> 6)] >> UInt64(node & 63) & 1)
    }
    return found
  }

  @inline(__always)
  private func hasInBase(_ node: UInt32) -> Bool { node < baseCount && base.has(node) }

  static var isStacked: Bool { true }

  @inline(__always)
  func inBase(_ node: UInt32) -> Int { hasInBase(node) ? 1 : 0 }

  @inline(__always)
  func has(_ node: UInt32) -> Bool { hasLater(node) || hasInBase(node) }

  @inline(__always)
  func presence(word: Int) -> UInt64 {
    guards[word] | (word <= Int(baseCount >> 6) ? base.presence[word] : 0)
  }

  /// The nodes that a later segment has edges of, of one word of 64.
  @inline(__always)
  func laterPresence(word: Int) -> UInt64 { guards[word] }

  @inline(__always)
  func partCount(of node: UInt32) -> Int { hasLater(node) ? 1 &+ laterCount : 1 }

  @inline(__always)
  func part(_ part: Int, of node: UInt32) -> RowPart {
    if part == 0 {
      guard node < baseCount else { return RowPart(ends: base.ends, start: 0, end: 0) }
      return basePart(of: node)
    }
    let segment = later[part &- 1]
    guard node < segment.nodeCount, segment.rows.has(node) else {
      return RowPart(ends: base.ends, start: 0, end: 0)
    }
    let slots = segment.rows.slots(of: node)
    return RowPart(ends: segment.rows.ends, start: slots.lowerBound, end: slots.upperBound)
  }

  @inline(__always)
  func basePart(of node: UInt32) -> RowPart {
    let slots = base.slots(of: node)
    return RowPart(ends: base.ends, start: slots.lowerBound, end: slots.upperBound)
  }

  @inline(__always)
  func leadsOn(_ edge: UInt32, inPart part: Int) -> Int {
    let node = edge & SegmentRows.number
    let inBase = part == 0 ? Int(truncatingIfNeeded: ~edge >> 31) : inBase(node)
    return inBase | (hasLater(node) ? 1 : 0)
  }

  @inline(__always)
  func prefetch(_ node: UInt32) {
    if isBaseDense { provender_prefetch(base.starts + Int(node)) }
  }

  @inline(__always)
  func prefetchEdges(_ node: UInt32) {
    if isBaseDense { provender_prefetch(base.ends + Int(base.starts[Int(node)])) }
  }

  @inline(__always)
  func prefetchLater(_ node: UInt32) {
    let word = Int(node >> 6)
    for part in 0..<laterCount {
      provender_prefetch(later[part].rows.presence + word)
      provender_prefetch(later[part].rows.ranks + word)
    }
  }

  @inline(__always)
  func prefetchRows(word: Int) {
    if isBaseDense && word < Int(baseCount >> 6) { base.prefetchRows(word: word) }
  }
}

extension SegmentRows {
  /// Rows of no nodes.
  static let none: SegmentRows = {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
    words.initialize(repeating: 0, count: 2)
    let numbers = UnsafeMutableRawPointer(words).assumingMemoryBound(to: UInt32.self)
    return SegmentRows(
      presence: UnsafePointer(words), ranks: UnsafePointer(numbers), isSparse: true,
      starts: UnsafePointer(numbers), ends: UnsafePointer(numbers))
  }()
}
