import ProvenanceGraph

/// Count, sum and sum of squares of an answer, modulo 2^64, as the kit's files have them.
struct Fingerprint: Equatable {
  var count: UInt64 = 0
  var sum: UInt64 = 0
  var squares: UInt64 = 0

  init() {}

  init(of numbers: UnsafeBufferPointer<UInt32>) {
    for number in numbers { add(number) }
  }

  mutating func add(_ number: UInt32) {
    count &+= 1
    sum &+= UInt64(number)
    squares &+= UInt64(number) &* UInt64(number)
  }

  init(expected: UnsafeBufferPointer<UInt64>, query: Int) {
    count = expected[3 * query]
    sum = expected[3 * query + 1]
    squares = expected[3 * query + 2]
  }
}

/// Traces from many seeds.
struct TraceWorkload {
  var name: String
  var direction: GraphDirection
  var repeats = 1

  /// Runs the kit's queries.
  func run(_ search: GraphSearch, _ kit: Kit) throws -> Row {
    let seeds: Column<UInt32> = try kit.query(name + ".u32")
    let expected: Column<UInt64> = try kit.query(name + ".expected.u64")
    guard expected.buffer.count == 3 * seeds.buffer.count else {
      throw BenchError("\(name): the numbers of queries and of expected answers differ")
    }
    let fingerprints = seeds.buffer.indices.map {
      Fingerprint(expected: expected.buffer, query: $0)
    }
    return run(search, seeds: Array(seeds.buffer), expected: fingerprints)
  }

  /// Runs queries with known answers.
  func run(_ search: GraphSearch, seeds: [UInt32], expected: [Fingerprint]) -> Row {
    var isRight = true
    let figures = bestOfFive { isFirst in
      var times: [Double] = []
      times.reserveCapacity(seeds.count * repeats)
      for (query, seed) in seeds.enumerated() {
        for _ in 0..<repeats {
          let start = nanoseconds()
          search.withReach(from: seed, direction) { found in
            times.append(nanoseconds() - start)
            if isFirst && isRight { isRight = Fingerprint(of: found) == expected[query] }
          }
        }
      }
      return times
    }
    return Row(name, figures, isRight: isRight)
  }
}

/// Traces from lots among the last tenth, whose edges lie in the later segments of a stack.
struct RecentWorkload {
  private static let queryCount = 500

  /// Runs the queries over a graph in one segment, whose answers are believed, and over the stack.
  func run(_ stack: GraphSearch, _ whole: GraphSearch) -> [Row] {
    GraphDirection.allCases.flatMap { direction in
      let seeds = seeds(whole.graph.segments[0], direction)
      let expected = seeds.map { seed in
        whole.withReach(from: seed, direction) { Fingerprint(of: $0) }
      }
      return [("recent_\(direction)", stack), ("recent_\(direction)_whole", whole)].map {
        TraceWorkload(name: $0.0, direction: direction).run(
          $0.1, seeds: seeds, expected: expected)
      }
    }
  }

  /// Lots with edges, evenly spread over the last tenth.
  private func seeds(_ segment: GraphSegment, _ direction: GraphDirection) -> [UInt32] {
    let first = segment.nodeCount / 10 * 9
    let lots = (first..<segment.nodeCount).map { UInt32($0) }.filter {
      !segment.neighbours(of: $0, direction).isEmpty
    }
    let step = max(1, lots.count / Self.queryCount)
    return stride(from: 0, to: lots.count, by: step).map { lots[$0] }
  }
}
