import TransparencyLog

/// The root of a complete subtree.
internal struct Subtree {
  /// The first leaf, a multiple of 2^height.
  var start: UInt64
  var height: Int
  var root: Hash

  var end: UInt64 { start &+ 1 << UInt64(height) }
}

/// Cuts a run of leaves into complete subtrees of at most 256 leaves.
internal struct SubtreeBuilder {
  /// The height of a subtree that fills one tile.
  static let tileHeight = 8
  private var scratch = [Hash](repeating: .zero, count: 1 << tileHeight)

  /// Appends the subtrees of leaves from left to right.
  ///
  /// - Complexity: fewer than one node hash for each leaf.
  mutating func append(
    _ leaves: ArraySlice<Hash>, from first: UInt64, with hasher: SHA256Hasher,
    to subtrees: inout [Subtree]
  ) {
    var place = leaves.startIndex
    var start = first
    while place < leaves.endIndex {
      let room = Int.bitWidth - 1 - (leaves.endIndex - place).leadingZeroBitCount
      let height = min(start.trailingZeroBitCount, room, SubtreeBuilder.tileHeight)
      let end = place + 1 << height
      let root = root(of: leaves[place..<end], with: hasher)
      subtrees.append(Subtree(start: start, height: height, root: root))
      start += UInt64(end - place)
      place = end
    }
  }

  private mutating func root(of leaves: ArraySlice<Hash>, with hasher: SHA256Hasher) -> Hash {
    var count = leaves.count
    if count == 1, let leaf = leaves.first { return leaf }
    count /= 2
    for pair in 0..<count {
      let left = leaves.startIndex + 2 * pair
      scratch[pair] = hasher.nodeHash(leaves[left], leaves[left + 1])
    }
    while count > 1 {
      count /= 2
      for pair in 0..<count {
        scratch[pair] = hasher.nodeHash(scratch[2 * pair], scratch[2 * pair + 1])
      }
    }
    return scratch[0]
  }
}

/// Joins complete subtrees, given from left to right, into the tree. Where leaves are missing it
/// goes on after the gap, but has no root any more.
internal struct TreeJoin {
  private var subtrees: [Subtree] = []

  /// Adds a subtree at the right.
  ///
  /// - Parameter emit: receives the subtree and each larger one that it completes.
  mutating func append(
    _ subtree: Subtree, with hasher: SHA256Hasher, emit: (Subtree) -> Void
  ) {
    var node = subtree
    emit(node)
    while let left = subtrees.last, left.height == node.height, left.end == node.start,
      left.start.trailingZeroBitCount > left.height
    {
      subtrees.removeLast()
      node = Subtree(
        start: left.start, height: left.height + 1, root: hasher.nodeHash(left.root, node.root))
      emit(node)
    }
    if let last = subtrees.last, last.end != node.start { isWhole = false }
    if subtrees.isEmpty && node.start != 0 { isWhole = false }
    // What stands left of a gap can never be joined: it is forgotten, so that memory is bounded.
    if !isWhole && subtrees.count > 2 * UInt64.bitWidth {
      subtrees.removeFirst(UInt64.bitWidth)
    }
    subtrees.append(node)
  }

  /// Whether no leaf was missing so far.
  private(set) var isWhole = true

  /// The root of all leaves so far (RFC 6962 section 2.1); `nil` when some are missing.
  func root(of size: UInt64, with hasher: SHA256Hasher) -> Hash? {
    guard isWhole, (subtrees.last?.end ?? 0) == size else { return nil }
    guard var root = subtrees.last?.root else { return .emptyTree }
    for left in subtrees.dropLast().reversed() { root = hasher.nodeHash(left.root, root) }
    return root
  }
}
