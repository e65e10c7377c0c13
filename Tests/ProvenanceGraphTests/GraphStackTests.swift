import ProvenanceGraph
import Testing

/// A graph in three segments answers as the same graph in one.
struct GraphStackTests {
  /// Edges sealed in the order in which they came: nine tenths, then nine hundredths, then the rest;
  /// what a node's edges are is spread over the segments.
  private func stack(_ graph: PlainGraph, hasSparseBase: Bool = false) throws -> GraphStack {
    let count = graph.edges.count
    let cuts = [0, count * 7 / 10, count * 9 / 10, count]
    let segments = try (0..<3).map { part in
      var piece = PlainGraph(nodeCount: 0, edges: Array(graph.edges[cuts[part]..<cuts[part + 1]]))
      let highest = piece.edges.map { Int(max($0.from, $0.to)) + 1 }.max() ?? 0
      piece.nodeCount = part == 2 ? graph.nodeCount : highest
      return try GraphSearchTests.sealed(piece, isSparse: part > 0 || hasSparseBase)
    }
    return GraphStack(segments)
  }

  @Test(arguments: [false, true], [false, true])
  func aStackAnswersAsOneSegment(ascending: Bool, hasSparseBase: Bool) throws {
    var graph = PlainGraph.random(
      nodes: 210, edges: 420, ascending: ascending, seed: 21, window: 30)
    if ascending { graph.edges.sort { ($0.to, $0.from) < ($1.to, $1.from) } }
    let parts = try stack(graph, hasSparseBase: hasSparseBase)
    let stacked = GraphSearch(parts)
    let file = TemporaryFile()
    let labelled = try (1...3).map { count in
      let known = GraphStack(Array(parts.segments[..<count]))
      #expect(try ReachLabels.seal(for: known, to: file.path))
      let labels = try ReachLabels(path: file.path, for: known)
      #expect(throws: GraphSegmentError.self) {
        try ReachLabels(path: file.path, for: GraphStack(Array(parts.segments.suffix(4 - count))))
      }
      return GraphSearch(parts, labels: labels)
    }
    let whole = GraphSearch(try GraphSearchTests.sealed(graph))
    #expect(stacked.graph.edgeCount == 420)
    for node in 0..<UInt32(210) {
      for direction in GraphDirection.allCases {
        #expect(
          Set(stacked.reach(from: node, direction)) == Set(whole.reach(from: node, direction)))
      }
      for target in stride(from: node % 7, to: 210, by: 7) {
        let expected = whole.isReachable(target, from: node)
        #expect(stacked.isReachable(target, from: node) == expected)
        for search in labelled { #expect(search.isReachable(target, from: node) == expected) }
      }
    }
    let cases: [UInt32] = [209, 200, 180, 60, 209]
    let expected = whole.withCommonSources(of: cases) {
      Dictionary(uniqueKeysWithValues: zip($0, $1))
    }
    let found = stacked.withCommonSources(of: cases) {
      Dictionary(uniqueKeysWithValues: zip($0, $1))
    }
    #expect(found == expected)
    for _ in 0..<2 {
      #expect(stacked.withExcess { Array($0) } == whole.withExcess { Array($0) })
    }
  }

  @Test func largeAnswersOfAStackAreSwept() throws {
    var graph = PlainGraph.random(
      nodes: 6_000, edges: 24_000, ascending: true, seed: 22, window: 90)
    graph.edges.sort { ($0.to, $0.from) < ($1.to, $1.from) }
    let stacked = GraphSearch(try stack(graph))
    let whole = GraphSearch(try GraphSearchTests.sealed(graph))
    let expected = whole.reach(from: 5, .forward)
    #expect(expected.count > 4_500)
    #expect(stacked.reach(from: 5, .forward) == expected)
    #expect(stacked.reach(from: 5_990, .backward) == whole.reach(from: 5_990, .backward))
  }
}

extension GraphStackTests {
  /// A search that gives up among later edges leaves to the sweep what these lead to in the base.
  @Test func aLargeRowOfALaterSegmentIsSwept() throws {
    let base = PlainGraph(
      nodeCount: 6_000,
      edges: [.init(from: 0, to: 1, quantity: 1), .init(from: 4_000, to: 5_999, quantity: 1)])
    let fan = PlainGraph(
      nodeCount: 6_000,
      edges: (2..<4_999).map { .init(from: 1, to: $0, quantity: 1) })
    let search = GraphSearch(
      GraphStack([
        try GraphSearchTests.sealed(base), try GraphSearchTests.sealed(fan, isSparse: true),
      ]))
    for _ in 0..<2 {
      #expect(Set(search.reach(from: 0, .forward)) == Set(0..<4_999).union([5_999]))
      #expect(Set(search.reach(from: 5_999, .backward)) == [0, 1, 4_000, 5_999])
    }
  }

  /// Nodes that came after the labels were made, with and without edges that enter them.
  @Test func labelsOfFewerNodesThanTheStackHas() throws {
    var first = PlainGraph(nodeCount: 3, edges: [.init(from: 0, to: 2, quantity: 1)])
    let base = try GraphSearchTests.sealed(first)
    first.nodeCount = 400
    first.edges = [
      .init(from: 2, to: 390, quantity: 1), .init(from: 200, to: 390, quantity: 1),
      .init(from: 390, to: 399, quantity: 1),
    ]
    let later = try GraphSearchTests.sealed(first, isSparse: true)
    let file = TemporaryFile()
    #expect(try ReachLabels.seal(for: base, to: file.path))
    let search = GraphSearch(
      GraphStack([base, later]), labels: try ReachLabels(path: file.path, for: base))
    for (source, isReaching) in [(0, true), (1, false), (2, true), (200, true), (300, false)] {
      #expect(search.isReachable(399, from: UInt32(source)) == isReaching)
    }
    #expect(!search.isReachable(200, from: 0))
    #expect(search.isReachable(2, from: 0))
  }
}
