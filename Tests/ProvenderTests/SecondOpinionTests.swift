import Foundation
import Testing

@testable import Provender

/// Every ledger is verified twice: by the library, and by a program in Python that was written from
/// the documentation alone. Both must come to the same verdict on honest and on tampered ledgers.
@Suite(
  "A second opinion",
  .enabled(if: SecondOpinion.isAvailable, "python3 or openssl is not installed"))
struct SecondOpinionTests {
  private static let names = [
    0: "intact", 1: "derived", 2: "torn", 3: "corrupt", 4: "tampered", 5: "unsigned",
  ]

  @Test(arguments: [2, 11, 61] as [UInt64]) func bothAgree(seed: UInt64) throws {
    let directory = try TemporaryDirectory()
    var maker = SecondOpinionLedgers(in: directory.path, seed: seed)
    let originals = try maker.make()
    var tamperer = SecondOpinionTamperer(in: directory.path, seed: seed)
    var cases = originals
    for original in originals {
      cases += try tamperer.copies(of: original, count: 17)
    }

    let opinion = try SecondOpinion.start(cases, in: directory.path)
    let own = try cases.map { try $0.verify() }
    let other = try opinion.finish()
    try #require(other.count == cases.count, "the program in Python stopped early")
    var counts: [String: Int] = [:]
    for (number, entry) in cases.enumerated() {
      #expect(
        own[number].code == other[number].code,
        """
        \(entry.story): the library says \(own[number].code) (\(own[number].faults)), Python says \
        \(other[number].code) (\(other[number].faults))
        """)
      let kind = number < originals.count ? "honest" : "tampered"
      counts["\(kind) \(Self.names[own[number].code] ?? "?")", default: 0] += 1
      if number < originals.count {
        #expect(own[number].code == entry.expected, "\(entry.story): \(own[number].faults)")
      }
    }
    #expect(counts.keys.filter { $0.hasPrefix("tampered") }.count >= 4, "\(counts)")
    let list = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    print("second opinion, seed \(seed): \(cases.count) ledgers: \(list.joined(separator: ", "))")
  }
}

/// A ledger on disk, and what it is compared with.
struct SecondOpinionCase {
  /// What was done, for messages.
  var story: String
  var path: String
  /// Files of checkpoints that were kept elsewhere.
  var since: [String] = []
  /// A vkey that must have signed.
  var key: String?
  /// The exit code that an honest ledger has.
  var expected: Int = 0

  var arguments: [String] {
    [path] + since.flatMap { ["--since", $0] } + (key.map { ["--key", $0] } ?? [])
  }

  /// The library's exit code, and its worst findings in words.
  func verify() throws -> SecondOpinion.Verdict {
    var options = AuditOptions()
    options.threadCount = 1
    options.pinnedCheckpoints = try since.map { file in
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
      return PinnedCheckpoint(name: file, checkpoint: try UnverifiedCheckpoint(parsing: bytes))
    }
    options.trustedKeys = try key.map { [try VerifierKey(parsing: $0)] } ?? []
    let report = try Ledger.verify(at: path, options: options)
    let worst = report.findings.sorted { $0.severity > $1.severity }.prefix(3)
    return SecondOpinion.Verdict(
      code: Int(report.exitCode),
      faults: worst.map { "\($0.kind.rawValue) \($0.message)" }.joined(separator: "; "))
  }
}

/// The program in Python, at work on many ledgers in one process.
struct SecondOpinion {
  struct Verdict {
    var code: Int
    var faults: String
  }

  private static let program = CommandRunner.repository
    .appendingPathComponent("Tests/IndependentVerifier/provender_verify.py")

  static let isAvailable = ["python3", "openssl"].allSatisfy { name in
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  private let process: Process
  private let output: String

  static func start(_ cases: [SecondOpinionCase], in directory: String) throws -> SecondOpinion {
    let batch = "\(directory)/batch"
    let lines = try cases.map { entry in
      String(decoding: try JSONSerialization.data(withJSONObject: entry.arguments), as: UTF8.self)
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: batch))
    let output = "\(directory)/verdicts"
    try Data().write(to: URL(fileURLWithPath: output))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-B", program.path, "--batch", batch]
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    try process.run()
    return SecondOpinion(process: process, output: output)
  }

  func finish() throws -> [Verdict] {
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "the program in Python failed")
    let lines = String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
    return try lines.split(separator: "\n").map { line in
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let faults = (value?["faults"] as? [[String: Any]] ?? []).sorted {
        ($0["severity"] as? Int ?? 0) > ($1["severity"] as? Int ?? 0)
      }
      let words = faults.prefix(3).map { "\($0["place"] ?? ""): \($0["message"] ?? "")" }
      return Verdict(
        code: value?["exitCode"] as? Int ?? -1, faults: words.joined(separator: "; "))
    }
  }
}
