import Testing

@testable import ProvenanceGraph

struct GraphSegmentTests {
  private let graph = PlainGraph.random(nodes: 150, edges: 260, ascending: true, seed: 9)

  private func seal(
    _ graph: PlainGraph, isSparse: Bool = false, to file: TemporaryFile
  ) throws {
    try SegmentBuilder(
      nodeCount: graph.nodeCount, isSparse: isSparse, binding: Array("origin 7".utf8)
    ).seal(
      sources: graph.sources, targets: graph.targets, quantities: graph.quantities, to: file.path)
  }

  @Test(arguments: [false, true])
  func aSegmentHoldsWhatWasSealed(isSparse: Bool) throws {
    let file = TemporaryFile()
    try seal(graph, isSparse: isSparse, to: file)
    let segment = try GraphSegment(path: file.path)
    #expect(segment.nodeCount == 150)
    #expect(segment.edgeCount == 260)
    #expect(segment.isAscending)
    #expect(segment.binding.starts(with: "origin 7".utf8))
    for node in 0..<UInt32(150) {
      let ahead = graph.edges.filter { $0.from == node }.map(\.to).sorted()
      let behind = graph.edges.filter { $0.to == node }.map(\.from).sorted()
      #expect(segment.neighbours(of: node, .forward) == ahead)
      #expect(segment.neighbours(of: node, .backward) == behind)
    }
    #expect(segment.neighbours(of: 150, .forward).isEmpty)
  }

  @Test(arguments: [false, true])
  func theOrderOfEdgesMakesNoDifference(isSparse: Bool) throws {
    let first = TemporaryFile()
    let second = TemporaryFile()
    try seal(graph, isSparse: isSparse, to: first)
    var sorted = graph
    sorted.edges.sort { ($0.to, $0.from) < ($1.to, $1.from) }
    try seal(sorted, isSparse: isSparse, to: second)
    #expect(first.bytes == second.bytes)
  }

  @Test func edgesOutOfRangeAreRefused() {
    let file = TemporaryFile()
    #expect(throws: GraphSegmentError.self) {
      try SegmentBuilder(nodeCount: 3).seal(sources: [0], targets: [3], to: file.path)
    }
    #expect(throws: GraphSegmentError.self) {
      try SegmentBuilder(nodeCount: 3).seal(sources: [0], targets: [1, 2], to: file.path)
    }
    #expect(throws: GraphSegmentError.self) { try GraphSegment(path: file.path) }
  }

  /// Every change of one bit, and every cut, is refused.
  @Test(arguments: [false, true])
  func damageIsRefused(isSparse: Bool) throws {
    let small = PlainGraph.random(nodes: 70, edges: 40, ascending: true, seed: 10)
    let file = TemporaryFile()
    try seal(small, isSparse: isSparse, to: file)
    let intact = file.bytes
    var sectionBytes = Set<Int>()
    for place in intact.indices where place < 512 || place >= 4088 { sectionBytes.insert(place) }
    for place in sectionBytes {
      var damaged = intact
      damaged[place] ^= UInt8(1) << UInt8(place % 8)
      let isPadding = isUnused(place, of: intact)
      #expect(opens(damaged) == isPadding, "byte \(place)")
    }
    for length in stride(from: 0, to: intact.count, by: 97) {
      #expect(!opens(Array(intact[..<length])), "cut to \(length)")
    }
  }

  private func opens(_ bytes: [UInt8]) -> Bool {
    (try? GraphSegment(region: ByteRegion(copying: bytes), path: "memory")) != nil
  }

  /// Bytes changed by somebody who mends the checksums are refused, or do no harm.
  @Test(arguments: [false, true])
  func forgedContentsNeverLeadAstray(isSparse: Bool) throws {
    let file = TemporaryFile()
    try seal(graph, isSparse: isSparse, to: file)
    let intact = file.bytes
    var generator = SplitMix(state: 11)
    for _ in 0..<400 {
      var forged = intact
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 4096..<intact.count, using: &generator)
        forged[place] =
          [0, 0xff, UInt8.random(in: 0...255, using: &generator)].randomElement(
            using: &generator) ?? 0
      }
      mendChecksums(&forged)
      guard let segment = try? GraphSegment(region: ByteRegion(copying: forged), path: "memory")
      else { continue }
      let search = GraphSearch(segment)
      for node in stride(from: 0, to: UInt32(150), by: 7) {
        _ = search.reach(from: node, .forward)
        _ = search.reach(from: node, .backward)
        _ = search.isReachable(149, from: node)
      }
      search.withCommonSources(of: [140, 149]) { _, _ in }
      _ = search.withExcess { $0.count }
    }
  }
}
