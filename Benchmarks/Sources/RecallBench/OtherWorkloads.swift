import ProvenanceGraph

/// Outbreaks of fifty cases each.
struct CommonWorkload {
  private static let caseCount = 50
  private static let listed = 100

  func run(_ search: GraphSearch, _ kit: Kit) throws -> Row {
    let cases: Column<UInt32> = try kit.query("cases.u32")
    let expected = try Column<UInt8>(kit.directory + "/queries/common.expected.json")
    let outbreaks = stride(from: 0, to: cases.buffer.count, by: Self.caseCount).map {
      Array(cases.buffer[$0..<min($0 + Self.caseCount, cases.buffer.count)])
    }
    var tops: [String] = []
    let figures = bestOfFive { isFirst in
      outbreaks.map { outbreak in
        let start = nanoseconds()
        return search.withCommonSources(of: outbreak) { nodes, scores in
          let time = nanoseconds() - start
          if isFirst { tops.append(Self.ranked(nodes, scores)) }
          return time
        }
      }
    }
    let top = "[" + tops.joined(separator: ",") + "]"
    let wanted = String(decoding: expected.buffer.filter { $0 > 0x20 }, as: UTF8.self)
    return Row("common", figures, isRight: top == wanted, more: [("top", top)])
  }

  /// The first hundred by count, then by number, as JSON.
  private static func ranked(
    _ nodes: UnsafeBufferPointer<UInt32>, _ scores: UnsafeBufferPointer<UInt32>
  ) -> String {
    let order = nodes.indices.sorted {
      scores[$0] != scores[$1] ? scores[$0] > scores[$1] : nodes[$0] < nodes[$1]
    }
    return "[" + order.prefix(listed).map { "[\(nodes[$0]),\(scores[$0])]" }.joined(separator: ",")
      + "]"
  }
}

/// Whether one lot reaches another: two halves of the kit's pairs.
struct PointWorkload {
  var isBatched: Bool
  var threads: Int

  func run(_ search: GraphSearch, _ kit: Kit) throws -> [Row] {
    let sources: Column<UInt32> = try kit.query("from.u32")
    let targets: Column<UInt32> = try kit.query("to.u32")
    let expected: Column<UInt8> = try kit.query("point.expected.u8")
    let half = sources.buffer.count / 2
    return [("point_uniform", 0..<half), ("point_reachable", half..<half * 2)].map { name, range in
      run(
        name, search, UnsafeBufferPointer(rebasing: sources.buffer[range]),
        UnsafeBufferPointer(rebasing: targets.buffer[range]),
        UnsafeBufferPointer(rebasing: expected.buffer[range]))
    }
  }

  private func run(
    _ name: String, _ search: GraphSearch, _ sources: UnsafeBufferPointer<UInt32>,
    _ targets: UnsafeBufferPointer<UInt32>, _ expected: UnsafeBufferPointer<UInt8>
  ) -> Row {
    let answers = UnsafeMutableBufferPointer<Bool>.allocate(capacity: sources.count)
    answers.initialize(repeating: false)
    defer { answers.deallocate() }
    let figures = bestOfFive { _ in
      let start = nanoseconds()
      if isBatched {
        search.areReachable(targets, from: sources, into: answers, threads: threads)
      } else {
        for question in sources.indices {
          answers[question] = search.isReachable(targets[question], from: sources[question])
        }
      }
      return [nanoseconds() - start]
    }
    let isRight = zip(answers, expected).allSatisfy { $0 == ($1 != 0) }
    return Row(
      name,
      members: [
        ("mean_us", decimal(figures.mean / Double(max(1, sources.count)) / 1e3)),
        ("reachable", String(answers.reduce(0) { $0 + ($1 ? 1 : 0) })),
      ], isRight: isRight)
  }
}

/// Lots that gave out more than came in.
struct BalanceWorkload {
  func run(_ search: GraphSearch, _ kit: Kit) throws -> Row {
    let expected: Column<UInt64> = try kit.query("balance.expected.u64")
    var count: UInt64 = 0
    var sum: UInt64 = 0
    let figures = bestOfFive { _ in
      let start = nanoseconds()
      let time = search.withExcess { nodes in
        let time = nanoseconds() - start
        count = UInt64(nodes.count)
        sum = nodes.reduce(0) { $0 &+ UInt64($1) }
        return time
      }
      return [time ?? .infinity]
    }
    return Row(
      "balance",
      members: [
        ("median_us", decimal(figures.median / 1e3)), ("count", String(count)),
        ("sum", String(sum)),
      ],
      isRight: expected.buffer.count == 2 && expected.buffer[0] == count
        && expected.buffer[1] == sum)
  }
}

/// How well sketches tell the sizes of the typical answers.
struct SketchWorkload {
  func run(_ sketches: ReachSketches, seconds: Double, _ kit: Kit) throws -> Row {
    let seeds: Column<UInt32> = try kit.query("typical.u32")
    let expected: Column<UInt64> = try kit.query("typical.expected.u64")
    let errors = seeds.buffer.enumerated().map { query, seed in
      abs(sketches.estimate(of: seed) / Double(expected.buffer[3 * query]) - 1)
    }.sorted()
    let median = errors.isEmpty ? 0 : errors[errors.count / 2]
    return Row(
      "sketches", members: [("build_s", decimal(seconds)), ("median_error", decimal(median))],
      isRight: median < 0.13)
  }
}
