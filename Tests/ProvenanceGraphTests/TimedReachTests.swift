import ProvenanceGraph
import Testing

struct TimedReachTests {
  /// A graph with a time for each edge; few instants, so that many are equal.
  private struct TimedGraph {
    var graph: PlainGraph
    var times: [EdgeTime]

    init(_ graph: PlainGraph, seed: UInt64, instants: Int64) {
      var generator = SplitMix(state: seed)
      self.graph = graph
      times = graph.edges.map { _ in
        let first = Int64.random(in: 0..<instants, using: &generator)
        let length = Bool.random(using: &generator) ? 0 : Int64.random(in: 0..<5, using: &generator)
        return EdgeTime(earliest: first, latest: first + length)
      }
    }

    func segment(_ range: Range<Int>, isSparse: Bool = false) throws -> GraphSegment {
      let file = TemporaryFile()
      try SegmentBuilder(nodeCount: graph.nodeCount, isSparse: isSparse).seal(
        sources: Array(graph.sources[range]), targets: Array(graph.targets[range]),
        times: Array(times[range]), to: file.path)
      return try GraphSegment(path: file.path)
    }

    /// Improves times edge by edge until nothing changes.
    func reach(from node: UInt32, _ direction: GraphDirection, at instant: Int64) -> [UInt32: Int64]
    {
      var best = [node: instant]
      var isChanged = true
      while isChanged {
        isChanged = false
        for (edge, time) in zip(graph.edges, times) {
          if direction == .forward, let now = best[edge.from], now <= time.latest {
            let arrival = max(now, time.earliest)
            if arrival < best[edge.to] ?? .max {
              best[edge.to] = arrival
              isChanged = true
            }
          }
          if direction == .backward, let now = best[edge.to], now >= time.earliest {
            let departure = min(now, time.latest)
            if departure > best[edge.from] ?? .min {
              best[edge.from] = departure
              isChanged = true
            }
          }
        }
      }
      return best
    }
  }

  @Test(arguments: [false, true], GraphDirection.allCases)
  func timedReachEqualsThePlainModel(ascending: Bool, direction: GraphDirection) throws {
    for (seed, instants) in [(61, 4), (62, 40), (63, 400)] as [(UInt64, Int64)] {
      let graph = TimedGraph(
        .random(nodes: 120, edges: 300, ascending: ascending, seed: seed, window: 40), seed: seed,
        instants: instants)
      let searches = [
        GraphSearch(try graph.segment(0..<300)),
        GraphSearch(
          GraphStack([
            try graph.segment(0..<200), try graph.segment(200..<280, isSparse: true),
            try graph.segment(280..<300, isSparse: true),
          ])),
      ]
      for node in stride(from: 0, to: UInt32(120), by: 8) {
        for instant in [instants / 2, direction == .forward ? .min : .max] {
          let expected = graph.reach(from: node, direction, at: instant)
          for search in searches {
            let found = search.withTimedReach(from: node, direction, at: instant) { nodes, times in
              #expect(
                Array(times) == times.sorted(by: { direction == .forward ? $0 < $1 : $0 > $1 }))
              return Dictionary(uniqueKeysWithValues: zip(nodes, times))
            }
            #expect(found == expected)
            #expect(
              found?.keys.allSatisfy { search.reach(from: node, direction).contains($0) } == true)
          }
        }
      }
      #expect(searches[0].withTimedReach(from: 120, direction, at: 0) { $1.count } == 0)
    }
  }

  @Test func segmentsWithoutTimesSaySo() throws {
    let search = GraphSearch(try GraphSearchTests.sealed(GraphSearchTests.graphs[3]))
    #expect(search.withTimedReach(from: 0, .forward, at: 0) { $1.count } == nil)
    let file = TemporaryFile()
    #expect(throws: GraphSegmentError.self) {
      try SegmentBuilder(nodeCount: 2).seal(
        sources: [0], targets: [1], times: [EdgeTime(earliest: 2, latest: 1)], to: file.path)
    }
    #expect(throws: GraphSegmentError.self) {
      try SegmentBuilder(nodeCount: 2).seal(sources: [0], targets: [1], times: [], to: file.path)
    }
  }

  /// Bytes changed by somebody who mends the checksums are refused, or do no harm.
  @Test func forgedTimesNeverLeadAstray() throws {
    let graph = TimedGraph(
      .random(nodes: 90, edges: 200, ascending: false, seed: 64), seed: 64, instants: 9)
    let file = TemporaryFile()
    try SegmentBuilder(nodeCount: 90).seal(
      sources: graph.graph.sources, targets: graph.graph.targets, times: graph.times,
      to: file.path)
    let intact = file.bytes
    var generator = SplitMix(state: 65)
    for round in 0..<200 {
      var forged = intact
      let place = Int.random(in: 4096..<intact.count, using: &generator)
      forged[place] ^= UInt8.random(in: 1...255, using: &generator)
      #expect(
        isUnused(place, of: intact)
          || (try? GraphSegment(
            region: ByteRegion(copying: forged), path: "memory", threads: 1 + round % 2)) == nil
      )
      mendChecksums(&forged)
      guard let segment = try? GraphSegment(region: ByteRegion(copying: forged), path: "memory")
      else { continue }
      let search = GraphSearch(segment)
      for node in stride(from: 0, to: UInt32(90), by: 7) {
        for direction in GraphDirection.allCases {
          _ = search.withTimedReach(from: node, direction, at: 3) { $1.count }
        }
      }
    }
  }
}
