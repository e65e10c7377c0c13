// swift-tools-version: 6.2
import PackageDescription

/// Programs that measure Provender, apart from it, so that nobody who depends on Provender fetches
/// what only measuring needs.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "Provender", path: "..")],
  targets: [
    .executableTarget(
      name: "recall-bench",
      dependencies: [.product(name: "ProvenanceGraph", package: "Provender")],
      path: "Sources/RecallBench",
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
      ])
  ]
)
