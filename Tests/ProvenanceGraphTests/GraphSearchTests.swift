import ProvenanceGraph
import Testing

struct GraphSearchTests {
  /// Graphs of every shape a history has: ascending, with cycles, dense, sparse, long and thin.
  static let graphs: [PlainGraph] = [
    PlainGraph(nodeCount: 1, edges: []),
    PlainGraph(nodeCount: 64, edges: [.init(from: 0, to: 63, quantity: 5)]),
    .random(nodes: 50, edges: 40, ascending: true, seed: 1),
    .random(nodes: 200, edges: 380, ascending: true, seed: 2),
    .random(nodes: 200, edges: 380, ascending: false, seed: 3),
    .random(nodes: 129, edges: 1_000, ascending: true, seed: 4, window: 12),
    .random(nodes: 128, edges: 300, ascending: false, seed: 5, window: 9),
  ]

  static func sealed(
    _ graph: PlainGraph, isSparse: Bool = false
  ) throws -> GraphSegment {
    let file = TemporaryFile()
    try SegmentBuilder(nodeCount: graph.nodeCount, isSparse: isSparse).seal(
      sources: graph.sources, targets: graph.targets, quantities: graph.quantities, to: file.path)
    return try GraphSegment(path: file.path)
  }

  @Test(arguments: graphs.indices, GraphDirection.allCases)
  func reachEqualsThePlainModel(index: Int, direction: GraphDirection) throws {
    let graph = Self.graphs[index]
    let segment = try Self.sealed(graph)
    let search = GraphSearch(segment)
    let neighbours = graph.neighbours(isForward: direction == .forward)
    for node in 0..<UInt32(graph.nodeCount) {
      let reached = search.reach(from: node, direction)
      #expect(Set(reached) == graph.reach(from: node, neighbours: neighbours))
      #expect(Set(reached).count == reached.count)
    }
    #expect(search.reach(from: UInt32(graph.nodeCount), direction).isEmpty)
  }

  @Test(arguments: [GraphDirection.forward, .backward])
  func largeAnswersAreSwept(direction: GraphDirection) throws {
    let graph = PlainGraph.random(
      nodes: 9_000, edges: 30_000, ascending: true, seed: 6, window: 300)
    let search = GraphSearch(try Self.sealed(graph))
    let start: UInt32 = direction == .forward ? 3 : 8_990
    let reached = search.reach(from: start, direction)
    #expect(reached.count > 4_096)
    #expect(Set(reached) == graph.reach(from: start, isForward: direction == .forward))
    #expect(reached == reached.sorted())
    #expect(search.reach(from: start, direction) == reached)
  }

  @Test(arguments: graphs.indices)
  func commonSourcesEqualThePlainModel(index: Int) throws {
    let graph = Self.graphs[index]
    let search = GraphSearch(try Self.sealed(graph))
    var generator = SplitMix(state: 7)
    for caseCount in [0, 1, 5, 64, 65, 150] {
      let cases = (0..<caseCount).map { _ in
        UInt32.random(in: 0..<UInt32(graph.nodeCount), using: &generator)
      }
      let weights = cases.map { _ in UInt32.random(in: 0..<1_000, using: &generator) }
      let neighbours = graph.neighbours(isForward: false)
      var plain: [UInt32: UInt32] = [:]
      var weighted: [UInt32: UInt32] = [:]
      for (node, weight) in zip(cases, weights) {
        for source in graph.reach(from: node, neighbours: neighbours) {
          plain[source, default: 0] += 1
          weighted[source, default: 0] += weight
        }
      }
      search.withCommonSources(of: cases) { nodes, scores in
        #expect(Dictionary(zip(nodes, scores)) { $0 &+ $1 } == plain)
      }
      search.withCommonSources(of: cases + [.max], weights: weights + [7]) { nodes, scores in
        #expect(Dictionary(zip(nodes, scores)) { $0 &+ $1 } == weighted)
        #expect(Array(nodes) == nodes.sorted())
      }
    }
  }

  @Test(arguments: graphs.indices, GraphDirection.allCases)
  func reachOfEachEqualsThePlainModel(index: Int, direction: GraphDirection) throws {
    let graph = Self.graphs[index]
    try compareReachOfEach(GraphSearch(try Self.sealed(graph)), graph, direction)
  }

  @Test(arguments: GraphDirection.allCases)
  func reachOfEachOfLargeAnswersIsSwept(direction: GraphDirection) throws {
    let graph = PlainGraph.random(
      nodes: 9_000, edges: 30_000, ascending: true, seed: 6, window: 300)
    let cut = graph.edges.count * 9 / 10
    let segments = try [graph.edges[..<cut], graph.edges[cut...]].enumerated().map { part, edges in
      try Self.sealed(
        PlainGraph(nodeCount: graph.nodeCount, edges: Array(edges)), isSparse: part > 0)
    }
    try compareReachOfEach(GraphSearch(try Self.sealed(graph)), graph, direction, counts: [3])
    try compareReachOfEach(GraphSearch(GraphStack(segments)), graph, direction, counts: [3])
  }

  private func compareReachOfEach(
    _ search: GraphSearch, _ graph: PlainGraph, _ direction: GraphDirection,
    counts: [Int] = [0, 1, 64, 65, 130]
  ) throws {
    var generator = SplitMix(state: 12)
    let neighbours = graph.neighbours(isForward: direction == .forward)
    for count in counts {
      var starts = (0..<count).map { _ in
        UInt32.random(in: 0..<UInt32(graph.nodeCount), using: &generator)
      }
      if count > 60 {
        starts[count - 1] = UInt32(graph.nodeCount)
        starts[7] = starts[3]
      }
      var found = [[UInt32]](repeating: [], count: count)
      search.withReach(ofEach: starts, direction) { round, nodes, sets in
        #expect(Array(nodes) == nodes.sorted())
        for (node, set) in zip(nodes, sets) {
          #expect(set != 0)
          for (bit, start) in round.enumerated() where set >> UInt64(bit) & 1 != 0 {
            found[start].append(node)
          }
        }
      }
      for (start, reached) in zip(starts, found) {
        let expected =
          Int(start) < graph.nodeCount
          ? graph.reach(from: start, neighbours: neighbours).sorted() : []
        #expect(reached == expected)
      }
      #expect(
        search.reach(from: 0, direction).count == graph.reach(from: 0, neighbours: neighbours).count
      )
    }
  }

  @Test(arguments: graphs.indices)
  func pointReachabilityEqualsThePlainModel(index: Int) throws {
    let graph = Self.graphs[index]
    let search = GraphSearch(try Self.sealed(graph))
    var generator = SplitMix(state: 8)
    let limit = UInt32(graph.nodeCount) + 2
    let sources = (0..<300).map { _ in UInt32.random(in: 0..<limit, using: &generator) }
    let targets = (0..<300).map { _ in UInt32.random(in: 0..<limit, using: &generator) }
    let neighbours = graph.neighbours(isForward: true)
    let expected = zip(sources, targets).map { source, target in
      Int(max(source, target)) < graph.nodeCount
        && graph.reach(from: source, neighbours: neighbours).contains(target)
    }
    #expect(zip(sources, targets).map { search.isReachable($1, from: $0) } == expected)
    var answers = [Bool](repeating: false, count: sources.count)
    answers.withUnsafeMutableBufferPointer { answers in
      sources.withUnsafeBufferPointer { sources in
        targets.withUnsafeBufferPointer { targets in
          search.areReachable(targets, from: sources, into: answers)
        }
      }
    }
    #expect(answers == expected)
  }

  @Test(arguments: graphs.indices)
  func reachabilityOfGroupsEqualsThePlainModel(index: Int) throws {
    let graph = Self.graphs[index]
    let cut = graph.edges.count / 2
    let parts = try [graph.edges[..<cut], graph.edges[cut...]].enumerated().map { part, edges in
      try Self.sealed(
        PlainGraph(nodeCount: graph.nodeCount, edges: Array(edges)), isSparse: part > 0)
    }
    let searches = [GraphSearch(try Self.sealed(graph)), GraphSearch(GraphStack(parts))]
    var generator = SplitMix(state: 13)
    let neighbours = graph.neighbours(isForward: true)
    func group() -> [UInt32] {
      (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        UInt32.random(in: 0..<UInt32(graph.nodeCount) + 2, using: &generator)
      }
    }
    for _ in 0..<300 {
      let (sources, targets) = (group(), group())
      let expected = sources.contains { source in
        Int(source) < graph.nodeCount
          && !graph.reach(from: source, neighbours: neighbours).isDisjoint(with: targets)
      }
      for search in searches {
        let isReached = sources.withUnsafeBufferPointer { sources in
          targets.withUnsafeBufferPointer { search.isAnyReachable($0, from: sources) }
        }
        #expect(isReached == expected, "from \(sources) to \(targets)")
      }
    }
  }

  @Test(arguments: graphs.indices)
  func excessEqualsThePlainModel(index: Int) throws {
    let graph = Self.graphs[index]
    var incoming: [UInt32: UInt64] = [:]
    var outgoing: [UInt32: UInt64] = [:]
    for edge in graph.edges {
      incoming[edge.to, default: 0] += UInt64(edge.quantity)
      outgoing[edge.from, default: 0] += UInt64(edge.quantity)
    }
    let expected = outgoing.filter { node, amount in incoming[node].map { amount > $0 } ?? false }
    let search = GraphSearch(try Self.sealed(graph))
    #expect(search.withExcess { Array($0) } == expected.keys.sorted())
  }
}
