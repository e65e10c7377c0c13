/// Two-hop labels of a graph: which of two nodes reaches the other is answered from two short lists,
/// mostly one cache line each.
///
/// One node reaches another if it is in the other's origin label, or has the other in its onward label,
/// or the two labels share a hub. The labels of sealed segments never change.
public struct ReachLabels: @unchecked Sendable {
  /// Bytes of the file.
  public let byteCount: Int

  /// The segments whose edges the labels know.
  let segments: [GraphSegment]
  private let region: ByteRegion
  let table: LabelTable

  /// Maps labels, or loads them, and checks all of them.
  /// - Parameters:
  ///   - graph: the segments they were sealed for.
  ///   - threads: 2 to check on two threads at once.
  public init(
    path: String, residence: ByteRegion.Residence = .mapped, for graph: GraphStack,
    threads: Int = 1
  ) throws(GraphSegmentError) {
    guard let region = ByteRegion(path: path, residence: residence) else {
      throw GraphSegmentError(.system(lastSystemError()), path: path, detail: "cannot be mapped")
    }
    try self.init(region: region, path: path, for: graph, threads: threads)
  }

  /// Maps labels, or loads them, and checks all of them.
  /// - Parameter segment: the segment they were sealed for.
  public init(
    path: String, residence: ByteRegion.Residence = .mapped, for segment: GraphSegment
  ) throws(GraphSegmentError) {
    try self.init(path: path, residence: residence, for: GraphStack([segment]))
  }

  /// Opens labels over bytes in memory and checks all of them.
  public init(
    region: ByteRegion, path: String, for graph: GraphStack, threads: Int = 1
  ) throws(GraphSegmentError) {
    let header = try SegmentFile.Header(region.bytes, path: path)
    guard header.nodeCount == graph.nodeCount,
      header.binding.starts(with: Self.binding(to: graph.segments))
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "it belongs to another segment")
    }
    let checker = SegmentChecker(bytes: region.bytes, header: header, path: path)
    table = try checker.checkSums(threads: threads) { () throws(GraphSegmentError) in
      try Self.table(checker, path)
    }
    byteCount = region.bytes.count
    segments = graph.segments
    self.region = region
  }

  private static func table(
    _ checker: SegmentChecker, _ path: String
  ) throws(GraphSegmentError) -> LabelTable {
    let header = checker.header
    let hubs = try checker.rankedBits(.onwardDirectory)
    let entered = try checker.rankedBits(.originDirectory)
    let nodes = header.nodeCount
    let longCount = (header[.longLabels]?.count ?? 0) / 4
    guard
      let onwards = try checker.numbers(
        .onwardLabels, count: hubs.rowCount(nodes: nodes) * LabelTable.onwardSize),
      let origins = try checker.numbers(
        .originLabels, count: entered.rowCount(nodes: nodes) * LabelTable.originSize),
      let long = try checker.numbers(.longLabels, count: longCount),
      let empty = long.baseAddress
    else { throw GraphSegmentError(.damaged, path: path, detail: "a section is missing") }
    guard endsWithin(long, onwards, LabelTable.onwardSize, LabelTable.longOnward),
      endsWithin(long, origins, LabelTable.originSize, LabelTable.longOrigin)
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "a label goes on outside its section")
    }
    return LabelTable(
      hubs: hubs, entered: entered, nodeCount: UInt32(nodes),
      onwards: onwards.baseAddress ?? empty, origins: origins.baseAddress ?? empty, long: empty)
  }

  /// What labels and sketches carry to know their segments by: how many these are, and one number
  /// from the checksums of all their headers.
  static func binding(to segments: [GraphSegment]) -> [UInt8] {
    let sum = segments.reduce(0) { SectionChecksum.mixed($0 &+ 1 ^ $1.identity) }
    return [UInt64(segments.count), sum].flatMap { word in
      withUnsafeBytes(of: word.littleEndian) { Array($0) }
    }
  }

  /// Whether every label that goes on does so within `long`.
  private static func endsWithin(
    _ long: UnsafeBufferPointer<UInt32>, _ labels: UnsafeBufferPointer<UInt32>, _ size: Int,
    _ flag: UInt32
  ) -> Bool {
    for last in stride(from: size - 1, to: labels.count, by: size) {
      let word = labels[last]
      guard word & LabelTable.longOnward == flag, word != LabelTable.noOrigin else { continue }
      let place = Int(word & LabelTable.longPlace)
      guard place < long.count, place + Int(long[place]) < long.count else { return false }
    }
    return true
  }
}
