/// Whether one node reaches another: by labels where there are some, else by a search from both ends,
/// which keeps between their numbers where edges ascend.
extension GraphSearch {
  /// Whether `target` can be reached from `source`; every node reaches itself.
  /// - Returns: false if either does not exist.
  /// - Complexity: O(nodes and edges between them) at worst; mostly a few nodes.
  public func isReachable(_ target: UInt32, from source: UInt32) -> Bool {
    if let labelTable, target < firstUnlabelled {
      return labelTable.isReachable(target, from: source)
    }
    return isFoundReachable(target, from: source)
  }

  /// As `isReachable`, by a search.
  @inline(never)
  private func isFoundReachable(_ target: UInt32, from source: UInt32) -> Bool {
    guard Int(source) < graph.nodeCount, Int(target) < graph.nodeCount else { return false }
    if source == target { return true }
    if let labelTable, graph.isAscending {
      return isReachable(target, from: source, over: labelTable)
    }
    if let plain { return meet(plain.forward, plain.backward, from: source, to: target) }
    return meet(graph.forward, graph.backward, from: source, to: target)
  }

  /// As `isReachable`, for later segments over some with labels: back from the target through the nodes
  /// that edges without labels may enter; labels answer for the nodes that are left, all fetched at once.
  private func isReachable(
    _ target: UInt32, from source: UInt32, over table: LabelTable
  ) -> Bool {
    let rows = graph.backward
    let first = firstUnlabelled
    let seen = seen.start
    let found = found.start
    let older = queue.start
    guard source < target, graph.forward.has(source), rows.has(target) else { return false }
    var isReached = false
    var count = 1
    var olderCount = 0
    var head = 0
    found[0] = target
    seen[Int(target >> 6)] = 1 << UInt64(target & 63)
    while head < count, !isReached {
      let node = found[head]
      head &+= 1
      for part in 0..<rows.partCount(of: node) {
        let row = rows.part(part, of: node)
        for slot in row.start..<row.end {
          let origin = row.ends[slot] & SegmentRows.number
          isReached = isReached || origin == source
          let bit: UInt64 = 1 << UInt64(origin & 63)
          // A node that neither the labels know nor a later edge enters has no origins.
          guard origin > source, origin < table.nodeCount || origin >= first,
            seen[Int(origin >> 6)] & bit == 0
          else { continue }
          seen[Int(origin >> 6)] |= bit
          if origin < first {
            table.entered.prefetch(origin)
            older[olderCount] = origin
            olderCount &+= 1
          } else {
            found[count] = origin
            count &+= 1
          }
        }
      }
    }
    for place in 0..<count { seen[Int(found[place] >> 6)] = 0 }
    for place in 0..<olderCount { seen[Int(older[place] >> 6)] = 0 }
    return isReached || table.isAnyReachable(older, count: olderCount, from: source)
  }

  private func meet<Rows: EdgeRows>(
    _ forward: Rows, _ backward: Rows, from source: UInt32, to target: UInt32
  ) -> Bool {
    guard source < target || !graph.isAscending, forward.has(source), backward.has(target) else {
      return false
    }
    meeting.start(from: source)
    _ = meeting.end(at: target)
    return meeting.search(forward, backward, within: range(from: source, to: target))
  }

  /// The numbers that nodes on a way between two can have.
  private func range(from source: UInt32, to target: UInt32) -> Range<UInt32> {
    graph.isAscending ? source..<(target + 1) : 0..<UInt32(graph.nodeCount)
  }

  /// Whether any of some nodes can be reached from any of some others; every node reaches itself. Nodes
  /// that do not exist count for nothing. Labels are not asked.
  /// - Complexity: O(nodes and edges that either end reaches) at worst; mostly twice the lesser of the
  ///   two, and in a graph whose edges ascend only what lies between.
  public func isAnyReachable(
    _ targets: UnsafeBufferPointer<UInt32>, from sources: UnsafeBufferPointer<UInt32>
  ) -> Bool {
    var lowest = UInt32.max
    var highest: UInt32 = 0
    for source in sources where Int(source) < graph.nodeCount {
      meeting.start(from: source)
      lowest = min(lowest, source)
    }
    var isMet = false
    for target in targets where Int(target) < graph.nodeCount {
      isMet = meeting.end(at: target) || isMet
      highest = max(highest, target)
    }
    guard !isMet, lowest <= highest || !graph.isAscending else { return meeting.found(isMet) }
    let range = range(from: lowest, to: highest)
    if let plain { return meeting.search(plain.forward, plain.backward, within: range) }
    return meeting.search(graph.forward, graph.backward, within: range)
  }

  /// Answers many questions, fetching what the next ones need while one is answered.
  /// - Parameters:
  ///   - sources: where each question starts.
  ///   - targets: what it asks after; as many as sources.
  ///   - answers: takes the answers; as many as sources.
  ///   - threads: 2 to answer on two threads at once, if there are labels.
  public func areReachable(
    _ targets: UnsafeBufferPointer<UInt32>, from sources: UnsafeBufferPointer<UInt32>,
    into answers: UnsafeMutableBufferPointer<Bool>, threads: Int = 1
  ) {
    precondition(targets.count == sources.count && answers.count >= sources.count)
    if let labelTable {
      labelTable.answer(targets, from: sources, into: answers, threads: threads)
      for question in targets.indices where targets[question] >= firstUnlabelled {
        answers[question] = isFoundReachable(targets[question], from: sources[question])
      }
      return
    }
    let ahead = 8
    for question in sources.indices {
      if question &+ ahead < sources.count {
        graph.forward.prefetch(sources[question &+ ahead])
        graph.backward.prefetch(targets[question &+ ahead])
      }
      answers[question] = isReachable(targets[question], from: sources[question])
    }
  }
}
