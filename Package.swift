// swift-tools-version: 6.2
import PackageDescription

/// Strictness shared by every Swift target; none of it is an unsafe flag, so anyone can depend on
/// this package.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// One layer of the house: a library target that imports only what it names.
func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "Provender",
  products: [
    .library(name: "Provender", targets: ["Provender"]),
    .library(name: "ProvenanceGraph", targets: ["ProvenanceGraph"]),
    .executable(name: "provender", targets: ["ProvenderCLI"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CChecksum"),
    .target(name: "CInstructions"),
    .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    layer("SystemThreads"),
    layer("TransparencyLog", ["COpenSSL", "CChecksum"]),
    layer("Traceability"),
    layer("LedgerStorage", ["TransparencyLog"]),
    layer("LedgerWriter", ["LedgerStorage", "TransparencyLog", "SystemThreads"]),
    layer("LedgerWitness", ["LedgerStorage", "TransparencyLog"]),
    layer("LedgerAudit", ["TransparencyLog", "LedgerStorage", "Traceability", "SystemThreads"]),
    layer("LedgerDisclosure", ["TransparencyLog", "LedgerStorage", "Traceability"]),
    layer("ProvenanceGraph", ["CInstructions", "SystemThreads"]),
    layer(
      "LedgerIndex", ["Traceability", "ProvenanceGraph", "TransparencyLog", "CInstructions"]),
    layer("EPCISFormat", ["Traceability", "CSimdJSON", "TransparencyLog"]),
    layer("RecallAnalysis", ["Traceability", "LedgerIndex", "ProvenanceGraph"]),
    layer("RecallReports", ["RecallAnalysis", "Traceability", "ProvenanceGraph"]),
    layer("HistorySimulator", ["Traceability"]),
    layer(
      "Provender",
      [
        "TransparencyLog", "Traceability", "LedgerStorage", "LedgerWriter", "LedgerAudit",
        "LedgerDisclosure", "LedgerWitness", "LedgerIndex", "EPCISFormat", "RecallAnalysis",
        "SystemThreads",
      ]),
    .executableTarget(
      name: "ProvenderCLI",
      dependencies: [
        "Provender", "RecallReports", "HistorySimulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    tests("TransparencyLogTests", ["TransparencyLog", "LedgerTestSupport", "COpenSSL"]),
    tests("TraceabilityTests", ["Traceability"]),
    tests("ProvenanceGraphTests", ["ProvenanceGraph", "CInstructions", "SystemThreads"]),
    .target(
      name: "LedgerTestSupport", dependencies: ["LedgerStorage", "TransparencyLog"],
      path: "Tests/LedgerTestSupport", swiftSettings: strict),
    tests(
      "LedgerStorageTests",
      ["LedgerStorage", "LedgerWriter", "LedgerAudit", "LedgerTestSupport", "TransparencyLog"]),
    tests(
      "LedgerWitnessTests",
      ["LedgerWitness", "LedgerStorage", "LedgerTestSupport", "TransparencyLog"]),
    tests(
      "LedgerDisclosureTests",
      [
        "LedgerDisclosure", "LedgerAudit", "LedgerStorage", "LedgerWriter", "LedgerTestSupport",
        "TransparencyLog",
      ]),
    tests("EPCISFormatTests", ["EPCISFormat", "Traceability", "CSimdJSON"]),
    tests(
      "RecallAnalysisTests",
      ["RecallAnalysis", "LedgerIndex", "ProvenanceGraph", "Traceability", "TransparencyLog"]),
    tests(
      "ProvenderTests",
      ["Provender", "RecallReports", "HistorySimulator", "LedgerWriter", "LedgerTestSupport"]),
  ],
  cxxLanguageStandard: .cxx17
)
