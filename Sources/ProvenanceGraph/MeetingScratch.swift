/// Scratch memory of a search from both ends, clean between questions.
final class MeetingScratch {
  /// Two bits a node: seen from the source, seen from the target.
  private let marks: ScratchMemory<UInt64>
  private let ahead: ScratchMemory<UInt32>
  private let behind: ScratchMemory<UInt32>
  /// How many nodes are in the two queues before a search.
  private var aheadCount = 0
  private var behindCount = 0

  private static let fromSource: UInt64 = 1
  private static let fromTarget: UInt64 = 2

  init(nodes: Int) {
    marks = ScratchMemory(count: nodes / 32 + 1, isDense: true)
    ahead = ScratchMemory(count: nodes + GraphSearch.slack)
    behind = ScratchMemory(count: nodes + GraphSearch.slack)
  }

  /// Adds a node to start from, before any to end at.
  @inline(__always)
  func start(from source: UInt32) {
    guard mark(of: source) == 0 else { return }
    mark(source, Self.fromSource)
    ahead.start[aheadCount] = source
    aheadCount &+= 1
  }

  /// Adds a node to end at.
  /// - Returns: whether it is one to start from.
  @inline(__always)
  func end(at target: UInt32) -> Bool {
    let known = mark(of: target)
    guard known == 0 else { return known & Self.fromSource != 0 }
    mark(target, Self.fromTarget)
    behind.start[behindCount] = target
    behindCount &+= 1
    return false
  }

  /// Ends without a search.
  /// - Returns: the answer that it is given.
  func found(_ isMet: Bool) -> Bool {
    clear(aheadCount, behindCount)
    return isMet
  }

  /// Follows the shorter of the two queues, nodes in turn, until one meets a node of the other or is at
  /// its end.
  /// - Parameter range: the nodes that can be on a way from a start to an end.
  func search(
    _ forward: some EdgeRows, _ backward: some EdgeRows, within range: Range<UInt32>
  ) -> Bool {
    var aheadHead = 0
    var aheadTail = aheadCount
    var behindHead = 0
    var behindTail = behindCount
    var isMet = false
    while !isMet && aheadHead < aheadTail && behindHead < behindTail {
      if aheadTail &- aheadHead <= behindTail &- behindHead {
        let node = ahead.start[aheadHead]
        aheadHead &+= 1
        isMet = step(forward, node, range, Self.fromSource, ahead.start, &aheadTail)
      } else {
        let node = behind.start[behindHead]
        behindHead &+= 1
        isMet = step(backward, node, range, Self.fromTarget, behind.start, &behindTail)
      }
    }
    clear(aheadTail, behindTail)
    return isMet
  }

  private func clear(_ aheadTail: Int, _ behindTail: Int) {
    for place in 0..<aheadTail { marks.start[Int(ahead.start[place] >> 5)] = 0 }
    for place in 0..<behindTail { marks.start[Int(behind.start[place] >> 5)] = 0 }
    aheadCount = 0
    behindCount = 0
  }

  @inline(__always)
  private func mark(of node: UInt32) -> UInt64 {
    marks.start[Int(node >> 5)] >> UInt64((node & 31) &* 2) & 3
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
