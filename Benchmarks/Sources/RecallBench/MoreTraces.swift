import ProvenanceGraph

/// Drives everything else out of the processor's caches, and out of its tables of pages.
final class CacheEvictor {
  private var memory = [UInt8](repeating: 1, count: 192 << 20)
  private var round: UInt8 = 0

  func evict() {
    round &+= 1
    memory.withUnsafeMutableBytes { bytes in
      for place in stride(from: 0, to: bytes.count, by: 64) { bytes[place] &+= round }
    }
  }
}

extension TraceWorkload {
  private static let coldCount = 200

  /// Runs some of the kit's queries once each, with the caches emptied before.
  func runCold(_ search: GraphSearch, _ kit: Kit, _ evictor: CacheEvictor) throws -> Row {
    let seeds: Column<UInt32> = try kit.query(name + ".u32")
    let expected: Column<UInt64> = try kit.query(name + ".expected.u64")
    var isRight = true
    var times: [Double] = []
    var perLot: [Double] = []
    for query in 0..<min(Self.coldCount, seeds.buffer.count) {
      evictor.evict()
      let start = nanoseconds()
      search.withReach(from: seeds.buffer[query], direction) { found in
        times.append(nanoseconds() - start)
        perLot.append((times.last ?? 0) / Double(max(1, found.count)))
        isRight =
          isRight
          && Fingerprint(of: found) == Fingerprint(expected: expected.buffer, query: query)
      }
    }
    return Row(
      "cold_" + name, Figures(times), isRight: isRight,
      more: [("median_ns_a_lot", decimal(Figures(perLot).median))])
  }
}

/// The typical traces, 64 at a time.
struct ManyWorkload {
  func run(_ search: GraphSearch, _ kit: Kit) throws -> Row {
    let seeds: Column<UInt32> = try kit.query("typical.u32")
    let expected: Column<UInt64> = try kit.query("typical.expected.u64")
    let starts = Array(seeds.buffer)
    var prints = [Fingerprint](repeating: Fingerprint(), count: starts.count)
    let figures = bestOfFive { isFirst in
      var times: [Double] = []
      var start = nanoseconds()
      search.withReach(ofEach: starts, .forward) { round, nodes, sets in
        times.append(nanoseconds() - start)
        if isFirst {
          for (node, set) in zip(nodes, sets) {
            for bit in 0..<round.count where set >> UInt64(bit) & 1 != 0 {
              prints[round.lowerBound + bit].add(node)
            }
          }
        }
        start = nanoseconds()
      }
      return times
    }
    let isRight = prints.indices.allSatisfy {
      prints[$0] == Fingerprint(expected: expected.buffer, query: $0)
    }
    return Row("many", figures, isRight: isRight)
  }
}
