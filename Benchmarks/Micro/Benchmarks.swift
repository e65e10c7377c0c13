import Benchmark

/// The benchmarks of single steps. A median that is a quarter off the baseline it is compared with
/// counts as a change; on a quiet machine the medians of one program lie within a tenth.
let benchmarks: @Sendable () -> Void = {
  let quarter = BenchmarkThresholds(relative: [.p50: 25])
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput, .peakMemoryResident],
    warmupIterations: 2, maxDuration: .seconds(1), maxIterations: 100_000,
    thresholds: [.wallClock: quarter, .throughput: quarter])
  hashingBenchmarks()
  proofBenchmarks()
  parseBenchmarks()
  appendBenchmarks()
  traceBenchmarks()
}
