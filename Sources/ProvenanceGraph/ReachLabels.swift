/// Two-hop labels of a segment: which of two nodes reaches the other is answered from two short lists,
/// mostly one cache line each.
///
/// One node reaches another if it is in the other's origin label, or has the other in its onward label,
/// or the two labels share a hub. The labels of a sealed segment never change.
public struct ReachLabels: @unchecked Sendable {
  /// Bytes of the file.
  public let byteCount: Int

  let segment: GraphSegment
  private let region: ByteRegion
  let table: LabelTable

  /// Maps labels, or loads them, and checks all of them.
  /// - Parameter segment: the segment they were sealed for.
  public init(
    path: String, residence: ByteRegion.Residence = .mapped, for segment: GraphSegment
  ) throws(GraphSegmentError) {
    guard let region = ByteRegion(path: path, residence: residence) else {
      throw GraphSegmentError(.system(lastSystemError()), path: path, detail: "cannot be mapped")
    }
    try self.init(region: region, path: path, for: segment)
  }

  /// Opens labels over bytes in memory and checks all of them.
  public init(
    region: ByteRegion, path: String, for segment: GraphSegment
  ) throws(GraphSegmentError) {
    let header = try SegmentFile.Header(region.bytes, path: path)
    guard header.nodeCount == segment.nodeCount,
      header.binding.starts(with: Self.binding(to: segment))
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "it belongs to another segment")
    }
    let checker = SegmentChecker(bytes: region.bytes, header: header, path: path)
    try checker.checkSums()
    let nodes = segment.nodeCount
    let rows = (segment.forward.rowCount(nodes: nodes), segment.backward.rowCount(nodes: nodes))
    let longCount = (header[.longLabels]?.count ?? 0) / 4
    guard
      let onwards = try checker.numbers(.onwardLabels, count: rows.0 * LabelTable.onwardSize),
      let origins = try checker.numbers(.originLabels, count: rows.1 * LabelTable.originSize),
      let long = try checker.numbers(.longLabels, count: longCount),
      let empty = long.baseAddress
    else { throw GraphSegmentError(.damaged, path: path, detail: "a section is missing") }
    guard Self.endsWithin(long, onwards, LabelTable.onwardSize, LabelTable.longOnward),
      Self.endsWithin(long, origins, LabelTable.originSize, LabelTable.longOrigin)
    else {
      throw GraphSegmentError(.damaged, path: path, detail: "a label goes on outside its section")
    }
    byteCount = region.bytes.count
    self.segment = segment
    self.region = region
    table = LabelTable(
      forward: segment.forward, backward: segment.backward, nodeCount: UInt32(nodes),
      onwards: onwards.baseAddress ?? empty, origins: origins.baseAddress ?? empty, long: empty)
  }

  static func binding(to segment: GraphSegment) -> [UInt8] {
    withUnsafeBytes(of: segment.identity.littleEndian) { Array($0) }
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
