import Testing

@testable import ProvenanceGraph

struct ReachLabelsTests {
  private func labelled(_ graph: PlainGraph) throws -> (GraphSegment, ReachLabels, [UInt8]) {
    let segment = try GraphSearchTests.sealed(graph)
    let file = TemporaryFile()
    #expect(try ReachLabels.seal(for: segment, to: file.path))
    return (segment, try ReachLabels(path: file.path, for: segment), file.bytes)
  }

  /// Every pair, of graphs with and without cycles, with short labels and long ones.
  @Test(arguments: GraphSearchTests.graphs.indices)
  func labelsEqualThePlainModel(index: Int) throws {
    let graph = GraphSearchTests.graphs[index]
    let (segment, labels, _) = try labelled(graph)
    let search = GraphSearch(GraphStack([segment]), labels: labels)
    let nodes = UInt32(graph.nodeCount)
    let neighbours = graph.neighbours(isForward: true)
    for source in 0..<nodes {
      let reached = graph.reach(from: source, neighbours: neighbours)
      let targets = Array(0...nodes)
      let expected = targets.map { reached.contains($0) }
      #expect(targets.map { search.isReachable($0, from: source) } == expected)
      var answers = [Bool](repeating: true, count: targets.count)
      let sources = [UInt32](repeating: source, count: targets.count)
      answers.withUnsafeMutableBufferPointer { answers in
        sources.withUnsafeBufferPointer { sources in
          targets.withUnsafeBufferPointer { search.areReachable($0, from: sources, into: answers) }
        }
      }
      #expect(answers == expected)
    }
  }

  @Test func labelsOfAnotherSegmentAreRefused() throws {
    let (_, _, bytes) = try labelled(GraphSearchTests.graphs[3])
    let other = try GraphSearchTests.sealed(GraphSearchTests.graphs[4])
    #expect(throws: GraphSegmentError.self) {
      try ReachLabels(
        region: ByteRegion(copying: bytes), path: "memory", for: GraphStack([other]))
    }
  }

  @Test func damagedLabelsAreRefusedAndForgedOnesDoNoHarm() throws {
    let (segment, _, bytes) = try labelled(GraphSearchTests.graphs[5])
    var generator = SplitMix(state: 31)
    for _ in 0..<300 {
      var damaged = bytes
      let place = Int.random(in: 4096..<bytes.count, using: &generator)
      damaged[place] ^= UInt8.random(in: 1...255, using: &generator)
      let region = ByteRegion(copying: damaged)
      #expect(throws: GraphSegmentError.self) {
        if isUnused(place, of: bytes) { throw GraphSegmentError(.damaged, path: "", detail: "") }
        _ = try ReachLabels(region: region, path: "memory", for: GraphStack([segment]))
      }
      mendChecksums(&damaged)
      guard
        let labels = try? ReachLabels(
          region: ByteRegion(copying: damaged), path: "memory", for: GraphStack([segment]))
      else { continue }
      let search = GraphSearch(GraphStack([segment]), labels: labels)
      for node in 0..<UInt32(segment.nodeCount) {
        _ = search.isReachable(120, from: node)
        _ = search.isReachable(node, from: 3)
      }
    }
  }
}
