/// Whether one node reaches another: by labels where there are some, else by a search from both ends
/// that keeps between their numbers.
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
    guard graph.isAscending else {
      return withReach(from: source, .forward) { $0.contains(target) }
    }
    if let labelTable { return isReachable(target, from: source, over: labelTable) }
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
    guard source < target, forward.has(source), backward.has(target) else { return false }
    return meeting.search(forward, backward, from: source, to: target)
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

/// Scratch memory of a search from both ends.
final class MeetingScratch {
  /// Two bits a node: seen from the source, seen from the target.
  private let marks: ScratchMemory<UInt64>
  private let ahead: ScratchMemory<UInt32>
  private let behind: ScratchMemory<UInt32>

  private static let fromSource: UInt64 = 1
  private static let fromTarget: UInt64 = 2

  init(nodes: Int) {
    marks = ScratchMemory(count: nodes / 32 + 1, isDense: true)
    ahead = ScratchMemory(count: nodes + GraphSearch.slack)
    behind = ScratchMemory(count: nodes + GraphSearch.slack)
  }

  /// Follows the shorter of the two queues, nodes in turn, until one meets a node of the other or is at
  /// its end. No node outside the two numbers can be on a way between them.
  func search<Rows: EdgeRows>(
    _ forward: Rows, _ backward: Rows, from source: UInt32, to target: UInt32
  ) -> Bool {
    var aheadHead = 0
    var aheadTail = 1
    var behindHead = 0
    var behindTail = 1
    ahead.start[0] = source
    behind.start[0] = target
    mark(source, Self.fromSource)
    mark(target, Self.fromTarget)
    var isMet = false
    while !isMet && aheadHead < aheadTail && behindHead < behindTail {
      if aheadTail &- aheadHead <= behindTail &- behindHead {
        let node = ahead.start[aheadHead]
        aheadHead &+= 1
        isMet = step(
          forward, node, source..<(target + 1), Self.fromSource, ahead.start, &aheadTail)
      } else {
        let node = behind.start[behindHead]
        behindHead &+= 1
        isMet = step(
          backward, node, source..<(target + 1), Self.fromTarget, behind.start, &behindTail)
      }
    }
    for place in 0..<aheadTail { marks.start[Int(ahead.start[place] >> 5)] = 0 }
    for place in 0..<behindTail { marks.start[Int(behind.start[place] >> 5)] = 0 }
    return isMet
  }

  @inline(__always)
  private func mark(_ node: UInt32, _ side: UInt64) {
    marks.start[Int(node >> 5)] |= side << UInt64((node & 31) &* 2)
  }

  /// Follows the edges of one node within a range of numbers.
  /// - Returns: whether one leads to a node seen from the other side.
  @inline(__always)
  private func step(
    _ rows: some EdgeRows, _ node: UInt32, _ range: Range<UInt32>, _ side: UInt64,
    _ queue: UnsafeMutablePointer<UInt32>, _ tail: inout Int
  ) -> Bool {
    let marks = marks.start
    for part in 0..<rows.partCount(of: node) {
      let row = rows.part(part, of: node)
      var slot = row.start
      while slot < row.end {
        let edge = row.ends[slot]
        let next = edge & SegmentRows.number
        slot &+= 1
        // The ends of a row ascend.
        if next >= range.upperBound { break }
        if next < range.lowerBound { continue }
        let shift = UInt64((next & 31) &* 2)
        let mark = marks[Int(next >> 5)] >> shift & 3
        if mark & ~side != 0 { return true }
        if mark == 0 && rows.leadsOn(edge, inPart: part) != 0 {
          marks[Int(next >> 5)] |= side << shift
          queue[tail] = next
          tail &+= 1
        }
      }
    }
    return false
  }
}
