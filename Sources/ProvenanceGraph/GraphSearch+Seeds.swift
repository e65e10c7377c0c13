extension GraphSearch {
  /// Everything reachable from any of some nodes, these included, each once, in the order of discovery.
  ///
  /// - Parameter body: gets the numbers, which are gone when it returns.
  /// - Complexity: O(reached nodes and their edges).
  public func withReach<Result>(
    from nodes: some Sequence<UInt32>, _ direction: GraphDirection,
    _ body: (UnsafeBufferPointer<UInt32>) throws -> Result
  ) rethrows -> Result {
    var count = 0
    var first: UInt32 = 0
    for node in nodes where Int(node) < graph.nodeCount {
      let bit: UInt64 = 1 << UInt64(node & 63)
      guard seen.start[Int(node >> 6)] & bit == 0 else { continue }
      seen.start[Int(node >> 6)] |= bit
      found.start[count] = node
      if count == 0 { first = node }
      count += 1
    }
    guard count != 1 else {
      seen.start[Int(first >> 6)] = 0
      return try withReach(from: first, direction, body)
    }
    if let plain {
      count = extend(
        direction == .forward ? plain.forward : plain.backward, count: count, limit: .max,
        isForetold: true)
    } else {
      count = extend(graph.rows(direction), count: count, limit: .max, isForetold: true)
    }
    for place in 0..<count { seen.start[Int(found.start[place] >> 6)] = 0 }
    return try body(UnsafeBufferPointer(start: found.start, count: count))
  }
}
