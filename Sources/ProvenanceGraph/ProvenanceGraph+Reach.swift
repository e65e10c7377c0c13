extension ProvenanceGraph {
  /// Everything reachable from some nodes, these included, each once: for a single question, since only
  /// what it touches is read and checked. A ``GraphSearch`` answers many questions.
  ///
  /// - Complexity: O(reached nodes and their edges).
  public func reach(
    from nodes: some Sequence<UInt32>, _ direction: GraphDirection
  ) -> [UInt32] {
    let seen = ScratchMemory<UInt64>(count: nodeCount / 64 + 1)
    var found: [UInt32] = []
    func put(_ node: UInt32) -> Bool {
      guard Int(node) < nodeCount else { return false }
      let bit: UInt64 = 1 << UInt64(node & 63)
      let isNew = seen.start[Int(node >> 6)] & bit == 0
      seen.start[Int(node >> 6)] |= bit
      if isNew { found.append(node) }
      return isNew
    }
    var queue: [UInt32] = []
    for node in nodes where put(node) { queue.append(node) }
    var head = 0
    while head < queue.count {
      let node = queue[head]
      head += 1
      for slot in slots(of: node, direction) {
        let (end, leadsOn) = end(in: slot, of: node, direction)
        if put(end), leadsOn { queue.append(end) }
      }
    }
    return found
  }
}
