extension ProvenanceGraph {
  /// Everything reachable from some nodes, these included, each once: for a single question, since only
  /// what it touches is read and checked. A ``GraphSearch`` answers many questions.
  ///
  /// - Complexity: O(reached nodes and their edges).
  public func reach(
    from nodes: [UInt32], _ direction: GraphDirection
  ) -> [UInt32] {
    var seen = NumberSet(below: nodeCount)
    var found: [UInt32] = []
    func put(_ node: UInt32) -> Bool {
      let isNew = seen.insert(node)
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
