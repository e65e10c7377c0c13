public import ProvenanceGraph

extension ReachSearch {
  /// Whether an item is among those that another can have reached (forward) or can have come from
  /// (backward): whether it is in the conservative trace from that one.
  ///
  /// The two ways differ where one of the items is a unit: what is traced forward from a unit is also what
  /// was inside it, and no lot comes from the unit that it was inside of.
  ///
  /// - Returns: true for an item and itself; false if either does not exist.
  /// - Complexity: O(links that either item reaches towards the other) at worst; a search from both ends
  ///   follows the side with less to follow, and ends when that is done or the two meet.
  public func reaches(
    _ direction: GraphDirection, from seed: ItemNumber, to item: ItemNumber
  ) -> Bool {
    guard Int(seed.raw) < index.itemCount, Int(item.raw) < index.itemCount else { return false }
    if seed == item { return true }
    let (start, end) = (itemNodes.start[Int(seed.raw)], itemNodes.start[Int(item.raw)])
    if start != Self.several, end != Self.several {
      return direction == .forward
        ? search.isReachable(end, from: start) : search.isReachable(start, from: end)
    }
    return withStarts(seed, direction) { starts in
      withEnds(item) { ends in
        direction == .forward
          ? search.isAnyReachable(ends, from: starts) : search.isAnyReachable(starts, from: ends)
      }
    }
  }

  /// The nodes that a trace from an item starts at.
  private func withStarts(
    _ seed: ItemNumber, _ direction: GraphDirection,
    _ body: (UnsafeBufferPointer<UInt32>) -> Bool
  ) -> Bool {
    var node = itemNodes.start[Int(seed.raw)]
    guard node == Self.several else {
      return withUnsafePointer(to: &node) { body(UnsafeBufferPointer(start: $0, count: 1)) }
    }
    return index.startNodes(of: [seed], direction).withUnsafeBufferPointer(body)
  }

  /// All nodes that stand for an item.
  private func withEnds(
    _ item: ItemNumber, _ body: (UnsafeBufferPointer<UInt32>) -> Bool
  ) -> Bool {
    var node = itemNodes.start[Int(item.raw)]
    guard node == Self.several else {
      return withUnsafePointer(to: &node) { body(UnsafeBufferPointer(start: $0, count: 1)) }
    }
    let range = nodesByItem.range(item.raw)
    return nodesByItem.members.withBytes {
      body(UnsafeBufferPointer(rebasing: $0.bindMemory(to: UInt32.self)[range]))
    }
  }
}

extension LedgerIndex {
  /// Whether any of some items is among those that others can have reached (forward) or can have come
  /// from (backward). For a single question, since only what it touches is read; a ``ReachSearch``
  /// answers many.
  ///
  /// - Complexity: O(reached links).
  public func reaches(
    _ direction: GraphDirection, from seeds: [ItemNumber], to items: [ItemNumber]
  ) -> Bool {
    let wanted = Set(items)
    return reach(direction, from: seeds).contains { wanted.contains($0) }
  }
}
