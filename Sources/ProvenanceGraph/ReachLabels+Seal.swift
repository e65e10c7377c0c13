extension ReachLabels {
  /// Builds the labels of a graph and seals them in a file of their own.
  ///
  /// Memory is taken for about 100 bytes a node while this runs.
  /// - Parameter graph: a segment, or a stack of them; a longer stack may use these labels too, as long
  ///   as it begins with the same segments.
  /// - Returns: false, and no file, if the labels of this graph would be too long to be of use; then
  ///   searches answer without them.
  public static func seal(
    for graph: GraphStack, to path: String
  ) throws(GraphSegmentError) -> Bool {
    let binding = binding(to: graph.segments)
    if let plain = graph.plain {
      return try seal(
        LabelBuilder(
          PlainRows(rows: plain.forward), PlainRows(rows: plain.backward), nodes: graph.nodeCount),
        binding, to: path)
    }
    return try withExtendedLifetime(graph) { () throws(GraphSegmentError) in
      try seal(
        LabelBuilder(graph.forward, graph.backward, nodes: graph.nodeCount), binding, to: path)
    }
  }

  /// Builds the labels of a segment and seals them in a file of their own.
  public static func seal(
    for segment: GraphSegment, to path: String
  ) throws(GraphSegmentError) -> Bool {
    try seal(for: GraphStack([segment]), to: path)
  }

  private static func seal(
    _ builder: LabelBuilder<some EdgeRows>, _ binding: [UInt8], to path: String
  ) throws(GraphSegmentError) -> Bool {
    guard builder.build() else { return false }
    let nodes = builder.nodeCount
    let hubs = builder.hubs
    let entered = builder.entered
    var records = LabelRecords(
      hubs: hubs.rowCount(nodes: nodes), entered: entered.rowCount(nodes: nodes))
    var stamp = builder.firstStamp
    var hub = 0
    for word in 0..<SegmentRows.wordCount(nodes: nodes) {
      var isRoomy = true
      forEachBit(of: hubs.bits(word: word) | entered.bits(word: word)) { bit in
        let node = UInt32(word * 64 + bit)
        let isHub = hubs.has(node)
        if isHub { isRoomy = records.appendOnward(Self.label(builder.onwards, hub)) && isRoomy }
        if entered.has(node) {
          let label =
            isHub
            ? Self.label(builder.origins, hub) : builder.originLabel(ofLast: node, stamp: stamp)
          stamp &+= 1
          isRoomy = records.appendOrigin(label) && isRoomy
        }
        if isHub { hub += 1 }
      }
      guard isRoomy else { return false }
    }
    let directory = RankedBits.wordCount(nodes: nodes)
    var writer = try SegmentWriter(path: path)
    try writer.append(.onwardDirectory, hubs.words, count: directory)
    try writer.append(.originDirectory, entered.words, count: directory)
    try writer.append(.onwardLabels, records.onwards.start, count: records.onwardCount)
    try writer.append(.originLabels, records.origins.start, count: records.originCount)
    try writer.append(.longLabels, records.long)
    try writer.finish(
      SegmentFile.Header(flags: [], nodeCount: nodes, edgeCount: 0, binding: binding))
    return true
  }

  private static func label(_ lists: LabelLists, _ row: Int) -> [UInt32] {
    var label: [UInt32] = []
    label.reserveCapacity(lists.count(of: row))
    _ = lists.search(row) { hub in
      label.append(hub)
      return false
    }
    return label
  }
}

/// Labels as they lie in the file.
private struct LabelRecords {
  let onwards: ScratchMemory<UInt32>
  let origins: ScratchMemory<UInt32>
  /// The first word is never pointed to, so that the section is never empty.
  var long: [UInt32] = [0]
  private(set) var onwardCount = 0
  private(set) var originCount = 0

  init(hubs: Int, entered: Int) {
    onwards = ScratchMemory(count: hubs * LabelTable.onwardSize)
    origins = ScratchMemory(count: entered * LabelTable.originSize)
  }

  mutating func appendOnward(_ label: [UInt32]) -> Bool {
    put(
      label, onwards.start + onwardCount, LabelTable.onwardSize, LabelTable.noOnward,
      LabelTable.longOnward)
    onwardCount += LabelTable.onwardSize
    return long.count <= Int(LabelTable.longPlace)
  }

  mutating func appendOrigin(_ label: [UInt32]) -> Bool {
    put(
      label, origins.start + originCount, LabelTable.originSize, LabelTable.noOrigin,
      LabelTable.longOrigin)
    originCount += LabelTable.originSize
    return long.count <= Int(LabelTable.longPlace)
  }

  private mutating func put(
    _ label: [UInt32], _ record: UnsafeMutablePointer<UInt32>, _ size: Int, _ none: UInt32,
    _ flag: UInt32
  ) {
    let inside = label.count <= size ? label.count : size - 1
    for place in 0..<size { record[place] = place < inside ? label[place] : none }
    guard label.count > size else { return }
    record[size - 1] = flag | UInt32(truncatingIfNeeded: long.count)
    long.append(UInt32(label.count - inside))
    long += label[inside...]
  }
}
