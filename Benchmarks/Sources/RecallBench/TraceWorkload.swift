import ProvenanceGraph

/// Count, sum and sum of squares of an answer, modulo 2^64, as the kit's files have them.
struct Fingerprint: Equatable {
  var count: UInt64 = 0
  var sum: UInt64 = 0
  var squares: UInt64 = 0

  init(of numbers: UnsafeBufferPointer<UInt32>) {
    count = UInt64(numbers.count)
    for number in numbers {
      sum &+= UInt64(number)
      squares &+= UInt64(number) &* UInt64(number)
    }
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
