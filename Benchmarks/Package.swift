// swift-tools-version: 6.2
import PackageDescription

/// Strictness as in the package that is measured.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

let provender = Target.Dependency.product(name: "Provender", package: "Provender")

/// Programs that measure Provender, apart from it, so that nobody who depends on Provender fetches
/// what only measuring needs.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "Provender", path: ".."),
    // Without traits it counts no allocations, for which it would need jemalloc.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "recall-bench",
      dependencies: [.product(name: "ProvenanceGraph", package: "Provender")],
      path: "Sources/RecallBench", swiftSettings: strict),
    .executableTarget(
      name: "facade-bench", dependencies: [provender], path: "Sources/FacadeBench",
      swiftSettings: strict),
    .executableTarget(
      name: "append-bench", dependencies: [provender], path: "Sources/AppendBench",
      swiftSettings: strict),
    // The plugin finds benchmarks by their folder's parent, which must be named Benchmarks.
    .executableTarget(
      name: "micro", dependencies: [provender, .product(name: "Benchmark", package: "benchmark")],
      path: "Micro", swiftSettings: strict,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
