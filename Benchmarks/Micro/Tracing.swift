import Benchmark
import Provender

/// Questions to an indexed ledger of 20,000 lots; times are those of one question.
func traceBenchmarks() {
  let last = SampleLedger.lotCount - 1
  let thousand = Benchmark.Configuration(scalingFactor: .kilo)

  Benchmark("trace-look-up-uri", configuration: thousand) { benchmark, state in
    let text = SampleHistory.uri(12_345)
    for _ in benchmark.scaledIterations {
      blackHole(try state.ledger.items(matching: text, in: state.index))
    }
  } setup: {
    try SampleLedger()
  } teardown: {
    TemporaryDirectory.removeAll()
  }

  Benchmark("trace-look-up-lot-code") { benchmark, state in
    for _ in benchmark.scaledIterations {
      blackHole(try state.ledger.items(matching: "L12345", in: state.index))
    }
  } setup: {
    try SampleLedger()
  } teardown: {
    TemporaryDirectory.removeAll()
  }

  for (name, direction, lot) in [
    ("trace-forward-small", GraphDirection.forward, last - 300),
    ("trace-forward-large", .forward, last - 3_000),
    ("trace-backward-small", .backward, SampleHistory.firstLots + 300),
  ] {
    Benchmark(name) { benchmark, state in
      for _ in benchmark.scaledIterations {
        blackHole(
          try state.ledger.trace(direction, from: SampleHistory.uri(lot), using: state.index))
      }
    } setup: {
      try SampleLedger()
    } teardown: {
      TemporaryDirectory.removeAll()
    }
  }
}

/// A ledger of its own for one benchmark, captured and indexed.
struct SampleLedger {
  static let lotCount = 20_000

  let ledger: Ledger
  let index: LedgerIndex

  init() throws {
    ledger = try Ledger.create(
      at: TemporaryDirectory.make() + "/trace.ledger", origin: "bench.example/trace")
    let outcome = try ledger.capture(SampleHistory.lines(0..<Self.lotCount))
    guard outcome.refused.isEmpty, outcome.captured == Self.lotCount else {
      throw SampleError("\(outcome.captured) events captured, refused: \(outcome.refused)")
    }
    index = try ledger.index()
  }
}
