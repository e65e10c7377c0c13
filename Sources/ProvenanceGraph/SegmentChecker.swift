import Synchronization
import SystemThreads

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

func lastSystemError() -> Int32 { errno }

/// Checks a segment's bytes where they enter: what it lets through cannot lead a kernel astray.
struct SegmentChecker: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  let header: SegmentFile.Header
  let path: String

  private func damaged(_ detail: String) -> GraphSegmentError {
    GraphSegmentError(.damaged, path: path, detail: detail)
  }

  /// Compares every section with its checksum, and runs other checks, with two threads at once.
  ///
  /// The other checks trust nothing either, so that the order makes no difference to them; but what fails
  /// its checksum is reported first.
  func checkSums<Result>(
    threads: Int, _ others: () throws(GraphSegmentError) -> Result
  ) throws(GraphSegmentError) -> Result {
    let failed = Mutex<SegmentFile.Section?>(nil)
    var result: Swift.Result<Result, GraphSegmentError>?
    withoutActuallyEscaping(others) { others in
      Threads.run(if: threads > 1) { [self] in
        let wrong = header.sections.first { checksum(of: $0) != $0.checksum }
        failed.withLock { $0 = wrong }
      } beside: {
        result = Swift.Result { () throws(GraphSegmentError) in try others() }
      }
    }
    if let section = failed.withLock({ $0 }) {
      throw damaged(
        "section \(section.kind) at byte \(section.bytes.lowerBound) fails its checksum")
    }
    guard let result else { throw damaged("it was not checked") }
    return try result.get()
  }

  private func checksum(of section: SegmentFile.Section) -> UInt64 {
    SectionChecksum.of(UnsafeRawBufferPointer(rebasing: bytes[section.bytes]))
  }

  /// A section of so many numbers of 32 bits, or nil if the file has none.
  func numbers(
    _ kind: SegmentFile.Kind, count: Int
  ) throws(GraphSegmentError) -> UnsafeBufferPointer<UInt32>? {
    guard let range = header[kind] else { return nil }
    guard range.count == count * 4 else {
      throw damaged("section \(kind) has \(range.count) bytes where \(count * 4) belong")
    }
    let section = UnsafeRawBufferPointer(rebasing: bytes[range])
    return section.assumingMemoryBound(to: UInt32.self)
  }

  private func words(
    _ kind: SegmentFile.Kind, count: Int
  ) throws(GraphSegmentError) -> UnsafeBufferPointer<UInt64>? {
    guard let range = header[kind] else { return nil }
    guard range.count == count * 8 else {
      throw damaged("section \(kind) has \(range.count) bytes where \(count * 8) belong")
    }
    return UnsafeRawBufferPointer(rebasing: bytes[range]).assumingMemoryBound(to: UInt64.self)
  }

  /// Bits of nodes with their ranks, checked.
  func rankedBits(_ kind: SegmentFile.Kind) throws(GraphSegmentError) -> RankedBits {
    let nodes = header.nodeCount
    guard nodes <= Int(SegmentRows.number) else { throw damaged("\(nodes) nodes are too many") }
    guard let words = try words(kind, count: RankedBits.wordCount(nodes: nodes))?.baseAddress
    else { throw damaged("section \(kind) is missing") }
    var rank: UInt64 = 0
    for word in 0..<SegmentRows.wordCount(nodes: nodes) {
      guard words[2 * word + 1] == rank else { throw damaged("rank \(word) is wrong") }
      rank += UInt64(words[2 * word].nonzeroBitCount)
    }
    guard words[2 * (nodes / 64)] >> UInt64(nodes % 64) == 0 else {
      throw damaged("node \(nodes) and above have labels")
    }
    return RankedBits(words: words)
  }

  /// The rows of one direction, checked.
  func rows(_ direction: GraphDirection) throws(GraphSegmentError) -> SegmentRows {
    let isForward = direction == .forward
    let nodes = header.nodeCount
    guard nodes <= Int(SegmentRows.number) else { throw damaged("\(nodes) nodes are too many") }
    let wordCount = SegmentRows.wordCount(nodes: nodes)
    guard
      let presence = try words(
        isForward ? .forwardPresence : .backwardPresence, count: wordCount)?.baseAddress
    else { throw damaged("a presence section is missing") }
    for word in (nodes / 64)..<wordCount
    where presence[word] >> UInt64(max(0, min(63, nodes - word * 64))) != 0 {
      throw damaged("node \(nodes) and above have edges")
    }
    guard
      let ranks = try numbers(
        isForward ? .forwardRanks : .backwardRanks, count: wordCount)?.baseAddress
    else { throw damaged("a section of ranks is missing") }
    var rowCount = 0
    for word in 0..<wordCount {
      guard Int(ranks[word]) == rowCount else { throw damaged("rank \(word) is wrong") }
      rowCount += presence[word].nonzeroBitCount
    }
    let isSparse = header.flags.contains(.sparse)
    if !isSparse { rowCount = nodes }
    guard
      let starts = try numbers(
        isForward ? .forwardStarts : .backwardStarts, count: rowCount + 1)?.baseAddress,
      let ends = try numbers(isForward ? .forwardEnds : .backwardEnds, count: header.edgeCount)
    else { throw damaged("a section of edges is missing") }
    let rows = SegmentRows(
      presence: presence, ranks: ranks, isSparse: isSparse, starts: starts,
      ends: ends.baseAddress ?? starts)
    try checkStarts(rows, rowCount: rowCount)
    try checkEnds(rows, isForward: isForward)
    return rows
  }

  /// Row starts never decrease, end at the number of edges, and agree with the presence bits.
  private func checkStarts(_ rows: SegmentRows, rowCount: Int) throws(GraphSegmentError) {
    let starts = rows.starts
    guard starts[0] == 0, Int(starts[rowCount]) == header.edgeCount else {
      throw damaged("the rows do not cover the edges")
    }
    var wrong = 0
    if !rows.isSparse {
      for word in 0..<SegmentRows.wordCount(nodes: header.nodeCount) {
        let first = word * 64
        let presence = rows.presence[word]
        var nonempty: UInt64 = 0
        for bit in 0..<max(0, min(64, rowCount - first)) {
          let start = starts[first &+ bit]
          let end = starts[first &+ bit &+ 1]
          wrong |= start > end ? 1 : 0
          nonempty |= (start < end ? 1 : 0) << UInt64(truncatingIfNeeded: bit)
        }
        wrong |= nonempty == presence ? 0 : 1
      }
    } else {
      for row in 0..<rowCount { wrong |= starts[row] < starts[row &+ 1] ? 0 : 1 }
    }
    guard wrong == 0 else { throw damaged("the starts of rows contradict each other") }
  }

  /// Ends are numbers of nodes.
  private func checkEnds(_ rows: SegmentRows, isForward: Bool) throws(GraphSegmentError) {
    var highest: UInt32 = 0
    for slot in 0..<header.edgeCount {
      highest = max(highest, rows.ends[slot] & SegmentRows.number)
    }
    guard header.edgeCount == 0 || Int(highest) < header.nodeCount else {
      throw damaged("an edge leads to node \(highest) of \(header.nodeCount)")
    }
  }

  /// The times of the edges, or nil if the file has none.
  func times() throws(GraphSegmentError) -> EdgeTimes? {
    guard let range = header[.times] else { return nil }
    guard range.count == header.edgeCount * MemoryLayout<EdgeTime>.stride else {
      throw damaged("section \(SegmentFile.Kind.times) has \(range.count) bytes, which is wrong")
    }
    guard let slots = try numbers(.timeSlots, count: header.edgeCount) else {
      throw damaged("section \(SegmentFile.Kind.timeSlots) is missing")
    }
    guard let times = bytes.baseAddress.map({ $0 + range.lowerBound }) else { return nil }
    guard slots.allSatisfy({ Int($0) < header.edgeCount }) else {
      throw damaged("an edge has its time at a place that does not exist")
    }
    let start = times.assumingMemoryBound(to: EdgeTime.self)
    return EdgeTimes(
      times: start,
      slots: slots.baseAddress ?? UnsafeRawPointer(start).assumingMemoryBound(to: UInt32.self))
  }

  /// The totals of the nodes with a forward row.
  func totals(rows: SegmentRows) throws(GraphSegmentError) -> UnsafeBufferPointer<UInt64>? {
    guard header[.totals] != nil else { return nil }
    var count = 0
    for word in 0..<SegmentRows.wordCount(nodes: header.nodeCount) {
      count += rows.presence[word].nonzeroBitCount
    }
    return try words(.totals, count: count * 2)
  }
}
