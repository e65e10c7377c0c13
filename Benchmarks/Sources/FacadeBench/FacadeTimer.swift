import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Asks questions by the kernel and through the façade in turn: one pass of each to warm up, then
/// five, of which the best counts.
struct FacadeTimer {
  private let search: ReachSearch
  private let kernel: GraphSearch

  init(_ search: ReachSearch) throws {
    self.search = search
    kernel = GraphSearch(try GraphSegment(checking: search.index.graph))
  }

  func row(
    _ name: String, _ direction: GraphDirection, _ asked: [FacadeQuestions.Question]
  ) -> FacadeReport.Row {
    let starts = asked.map { search.index.nodes(of: $0.item).first ?? 0 }
    let room = 1 << 20
    let names = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 64)
    defer { names.deallocate() }
    var best = (kernel: Pass(), lent: Pass(), numbers: Pass(), names: Pass())
    for pass in 0..<6 {
      let first = time(asked.indices) { place in
        kernel.withReach(from: starts[place], direction) { $0.count }
      }
      let second = time(asked.indices) { place in
        search.withReach(direction, from: asked[place].item) { $0.count }
      }
      let third = time(asked.indices) { place in
        search.reach(direction, from: asked[place].item).count
      }
      let fourth = time(asked.indices) { place in
        search.withReach(direction, from: asked[place].item) { items in
          var used = 0
          search.index.forEachURI(of: items) { _, uri in
            guard let bytes = uri.baseAddress else { return }
            if used + uri.count > room { used = 0 }
            (names + used).copyMemory(from: bytes, byteCount: uri.count)
            used += uri.count
          }
          return used
        }
      }
      guard pass > 0 else { continue }
      best.kernel.improve(first)
      best.lent.improve(second)
      best.numbers.improve(third)
      best.names.improve(fourth)
    }
    let sizes = asked.map(\.size)
    return FacadeReport.Row(
      name: name, count: asked.count, medianSize: sizes.sorted()[sizes.count / 2],
      kernel: best.kernel.median / 1e3, lent: best.lent.median / 1e3,
      numbers: best.numbers.median / 1e3, names: best.names.median / 1e3,
      nanosecondsPerLot: best.names.sum / Double(max(1, sizes.reduce(0, +))))
  }

  /// Whether one lot reaches another: one timer round all questions, the best of five passes.
  func row(_ name: String, _ pairs: [FacadeQuestions.Pair]) -> FacadeReport.OtherRow {
    let nodes = pairs.map { pair in
      (
        from: search.index.nodes(of: pair.from).first ?? 0,
        to: search.index.nodes(of: pair.to).first ?? 0
      )
    }
    var best = (kernel: Double.infinity, facade: Double.infinity)
    for pass in 0..<6 {
      let first = time(0..<1) { _ in
        nodes.count { kernel.isReachable($0.to, from: $0.from) }
      }
      let second = time(0..<1) { _ in
        pairs.count { search.reaches(.forward, from: $0.from, to: $0.to) }
      }
      guard pass > 0 else { continue }
      best = (min(best.kernel, first[0]), min(best.facade, second[0]))
    }
    let count = Double(max(1, pairs.count)) * 1e3
    return FacadeReport.OtherRow(
      name: name, count: pairs.count, medianSize: 0, kernel: best.kernel / count,
      facade: best.facade / count)
  }

  /// What could explain some cases.
  func row(_ name: String, _ questions: [[ItemNumber]]) -> FacadeReport.OtherRow {
    let nodes = questions.map { cases in
      cases.map { search.index.nodes(of: $0).first ?? 0 }
    }
    var best = (kernel: Pass(), facade: Pass())
    var sizes: [Int] = []
    for pass in 0..<6 {
      let first = time(questions.indices) { place in
        kernel.withCommonSources(of: nodes[place]) { sources, _ in sources.count }
      }
      sizes = []
      let second = time(questions.indices) { place in
        let sources = search.commonSources(of: questions[place])
        sizes.append(sources.count)
        return sources.count
      }
      guard pass > 0 else { continue }
      best.kernel.improve(first)
      best.facade.improve(second)
    }
    return FacadeReport.OtherRow(
      name: name, count: questions.count, medianSize: sizes.sorted()[sizes.count / 2],
      kernel: best.kernel.median / 1e3, facade: best.facade.median / 1e3)
  }

  /// Nanoseconds of one pass.
  private struct Pass {
    var median = Double.infinity
    var sum = Double.infinity

    mutating func improve(_ times: [Double]) {
      let sorted = times.sorted()
      median = min(median, (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2)
      sum = min(sum, times.reduce(0, +))
    }
  }

  private func time(_ places: Range<Int>, _ ask: (Int) -> Int) -> [Double] {
    var total = 0
    let times = places.map { place in
      let start = Self.nanoseconds()
      total &+= ask(place)
      return Self.nanoseconds() - start
    }
    // Nothing may be left out because nobody looks at it.
    precondition(total >= 0)
    return times
  }

  private static func nanoseconds() -> Double { nanoseconds(CLOCK_MONOTONIC) }

  static func nanoseconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }
}
