import Foundation
import Provender
import Testing

@Suite struct PublishCommandTests {
  /// A ledger with keys and the yoghurt in it.
  private static func signedLedger() throws -> (runner: CommandRunner, vkey: String) {
    let runner = try CommandRunner.withYoghurt()
    let run = try runner.run(
      "key", "generate", "--ledger", runner.ledger, "-o", runner.path("log.pem"), "--recovery",
      runner.path("recovery.pem"))
    #expect(run.code == 0, "\(run.errors)")
    return (runner, run.text.trimmingCharacters(in: .newlines))
  }

  /// The reading of a published log that shares no line with ours; nil where there is no Python.
  private static func independentReading(
    _ runner: CommandRunner, _ folder: String, _ vkey: String
  ) throws -> CommandRunner.Run? {
    guard try runner.shell("command -v python3 && command -v openssl").code == 0 else { return nil }
    let script = CommandRunner.repository.appendingPathComponent("Tests/Python/published_log.py")
    return try runner.shell("python3 '\(script.path)' '\(runner.path(folder))' '\(vkey)'")
  }

  @Test func whatIsPublishedIsReadByOthersToo() throws {
    let (runner, vkey) = try Self.signedLedger()
    // Whatever the publisher's mask says, a web server must be able to read the files.
    let run = try runner.shell(
      "umask 077; \"$PROVENDER\" publish '\(runner.path("www"))' --json --sign-with "
        + "'\(runner.path("log.pem"))'")
    #expect(run.code == 0, "\(run.errors)")
    let published = try run.json()
    #expect(published["size"] as? Int == 216 && published["previousSize"] is NSNull)
    for (path, mode) in [
      ("www/checkpoint", 0o644), ("www/tile/0/000.p/216", 0o644), ("www/tile", 0o755),
    ] {
      let attributes = try FileManager.default.attributesOfItem(atPath: runner.path(path))
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == mode, "\(path)")
    }
    #expect(
      FileManager.default.fileExists(atPath: runner.ledger + "/checkpoints/00000000000000000216"))
    let verified = try runner.run("verify", "--tiles", runner.path("www"), "--key", vkey, "--json")
    #expect(verified.code == 0, "\(verified.text)")
    let report = try verified.json()
    #expect(report["signedBy"] as? String == vkey)
    #expect(report["entries"] as? Int == 216 && report["checkedEntries"] as? Int == 216)
    if let reading = try Self.independentReading(runner, "www", vkey) {
      #expect(reading.code == 0, "\(reading.errors)")
      let other = try reading.json()
      #expect(other["root"] as? String == report["root"] as? String)
      #expect(other["entries"] as? Int == 216 && other["signed"] as? Bool == true)
      #expect(other["kinds"] as? [String: Int] == report["entriesByKind"] as? [String: Int])
    }
    let again = try runner.run("publish", runner.path("www"), "--json").json()
    #expect(again["writtenFiles"] as? Int == 0)
  }

  @Test func bothReadingsFindWhatIsWrong() throws {
    let (runner, vkey) = try Self.signedLedger()
    #expect(try runner.run("publish", runner.path("www")).code == 0)
    for path in ["tile/entries/000.p/216", "tile/0/000.p/216", "payload/000", "checkpoint"] {
      let url = URL(fileURLWithPath: runner.path("www/\(path)"))
      let whole = try Data(contentsOf: url)
      var changed = whole
      changed[path == "checkpoint" ? 26 : whole.count / 2] ^= 1
      try changed.write(to: url)
      let run = try runner.run("verify", "--tiles", runner.path("www"), "--key", vkey, "--json")
      #expect((3...5).contains(run.code), "\(path): \(run.text)")
      let findings = try #require(try run.json()["findings"] as? [[String: Any]])
      #expect(findings.contains { $0["file"] as? String == path }, "\(path): \(findings)")
      if let reading = try Self.independentReading(runner, "www", vkey) {
        let isRefused = try reading.code != 0 || reading.json()["signed"] as? Bool == false
        #expect(isRefused, "\(path): \(reading.text)")
      }
      try whole.write(to: url)
    }
    #expect(try runner.run("verify", "--tiles", runner.path("www"), "--key", vkey).code == 0)
  }

  @Test func refusesWhatCannotBePublished() throws {
    let runner = try CommandRunner.withYoghurt()
    let unsigned = try runner.run("publish", runner.path("www"))
    #expect(unsigned.code == 65 && unsigned.errors.contains("never signed"))
    #expect(!FileManager.default.fileExists(atPath: runner.path("www")))
    let (signed, _) = try Self.signedLedger()
    let inside = try signed.run("publish", signed.ledger)
    #expect(inside.code == 65 && inside.errors.contains("holds a ledger"))
    #expect(try signed.run("verify").code == 0)
    #expect(try signed.run("verify", "--tiles", signed.ledger).code != 0)
    #expect(try signed.run("verify", "--tiles", signed.path("nowhere")).code == 64)
    #expect(try signed.run("verify", "--tiles", signed.folder.path, "--key", "x").code == 64)
  }

  @Test func publishesWhileAnotherProcessWrites() throws {
    let (runner, vkey) = try Self.signedLedger()
    let writer = try Ledger.open(at: runner.ledger, for: .writing)
    let run = try runner.run("publish", runner.path("www"), "--json")
    #expect(run.code == 0, "\(run.errors)")
    let notices = try #require(try run.json()["notices"] as? [String])
    #expect(notices.contains { $0.contains("no copy of the checkpoint was kept") })
    try writer.close()
    #expect(try runner.run("verify", "--tiles", runner.path("www"), "--key", vkey).code == 0)
  }

  @Test func outlivesKillsAndFullDisks() throws {
    let (runner, vkey) = try Self.signedLedger()
    #expect(try runner.run("publish", runner.path("www")).code == 0)
    let file = runner.path("history.jsonl")
    #expect(try runner.run("simulate", "--lots", "3000", "--output", file).code == 0)
    #expect(try runner.run("capture", file).code == 0)
    let sign = ["checkpoint", "--sign-with", runner.path("log.pem")]
    #expect(try runner.start(sign).finish().code == 0)
    // A limit on the size of files stands for a full disk.
    let full = try runner.shell("ulimit -f 4; \"$PROVENDER\" publish '\(runner.path("www"))'")
    #expect(full.code == 74, "\(full.errors)")
    func check() throws -> Int {
      let run = try runner.run("verify", "--tiles", runner.path("www"), "--key", vkey, "--json")
      #expect(run.code == 0, "\(run.text.prefix(600))")
      return try #require(try run.json()["entries"] as? Int)
    }
    #expect(try check() == 216)
    for (round, signal) in [SIGKILL, SIGINT, SIGTERM, SIGKILL].enumerated() {
      let running = try runner.start(["publish", runner.path("www")])
      usleep(UInt32(3_000 + round * 9_000))
      kill(running.process.processIdentifier, signal)
      _ = try running.finish()
      #expect(try check() >= 216)
    }
    #expect(try runner.run("publish", runner.path("www")).code == 0)
    #expect(try check() > 6_000)
    if let reading = try Self.independentReading(runner, "www", vkey) {
      #expect(reading.code == 0, "\(reading.errors)")
    }
  }
}

/// Directories that somebody made to mislead or to stall whoever verifies them.
@Suite struct HostileTilesTests {
  private static func published() throws -> CommandRunner {
    let runner = try CommandRunner()
    let key = try Ed25519PrivateKey.generate()
    let ledger = try Ledger.create(at: runner.ledger, origin: "hostile.example/trace")
    try ledger.establishKeys(logKey: key, recoveryKey: .generate())
    for document in try CommandRunner.yoghurt() { _ = try ledger.capture(file: document) }
    _ = try ledger.publish(to: runner.path("www"), signingWith: key)
    try ledger.close()
    let name = try #require(KeyName("hostile.example/trace"))
    let huge = try NoteSigner(name: name, key: key).sign(
      Checkpoint(origin: CheckpointOrigin(name), size: TreeSize(1 << 50), root: .zero))
    try Data(huge.note.encoded).write(to: URL(fileURLWithPath: runner.path("huge")))
    return runner
  }

  @Test func linksPipesAndDirectoriesNeitherStallNorMislead() throws {
    let runner = try Self.published()
    let tile = try #require(
      try FileManager.default.contentsOfDirectory(atPath: runner.path("www/tile/0/000.p")).first)
    let lines = [
      // A checkpoint that makes every name count, and links that lead round for ever.
      "cp ../huge checkpoint; for n in 001 002 999; do ln -s . tile/0/x$n; ln -s .. tile/entries/x$n; "
        + "done",
      "rm tile/0/000.p/\(tile); mkfifo tile/0/000.p/\(tile)",
      "rm -r tile/entries/000.p; ln -s /dev/zero tile/entries/000.p",
      "rm payload/000; mkdir payload/000",
      "rm -r tile/0; ln -s / tile/0",
      "rm checkpoint; mkfifo checkpoint",
      "rm -r tile; ln -s .. tile",
      "rm payload/001; ln -s /dev/zero payload/001",
    ]
    for line in lines {
      let copied = try runner.shell(
        "rm -rf '\(runner.path("copy"))'; cp -r '\(runner.path("www"))' '\(runner.path("copy"))' && "
          + "cd '\(runner.path("copy"))' && \(line)")
      #expect(copied.code == 0, "\(copied.errors)")
      let report = try Ledger.verify(tiles: runner.path("copy"))
      #expect(!report.isIntact, "\(line)")
      #expect(report.findingCount < 30, "\(line): \(report.findings)")
    }
  }

  @Test(.enabled(if: vectors != nil, "../shared/vectors is absent"))
  func aLogOfOthersIsVerifiedToo() throws {
    let vectors = try #require(Self.vectors)
    let key = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    let runner = try CommandRunner()
    let run = try runner.run("verify", "--tiles", vectors, "--key", key, "--json")
    #expect(run.code == 0, "\(run.text)")
    let report = try run.json()
    #expect(report["entries"] as? Int == 257 && report["provender"] as? Bool == false)
    #expect(report["checkedEntries"] as? Int == 257 && report["signedBy"] as? String == key)
    let copy = runner.path("copy")
    for path in [
      "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "checkpoint",
    ] {
      try? FileManager.default.removeItem(atPath: copy)
      try FileManager.default.copyItem(atPath: vectors, toPath: copy)
      let url = URL(fileURLWithPath: "\(copy)/\(path)")
      var bytes = try Data(contentsOf: url)
      bytes[bytes.count / 2] ^= 1
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: url.path)
      try bytes.write(to: url)
      var options = TilesOptions()
      options.logKeys = [try VerifierKey(parsing: key)]
      let damaged = try Ledger.verify(tiles: copy, options: options)
      #expect(
        damaged.findings.contains { $0.location.file == path }, "\(path): \(damaged.findings)")
      #expect((3...5).contains(damaged.exitCode), "\(path)")
    }
  }

  /// The published log beside the repository, or beside a folder that holds several of its clones.
  private static let vectors: String? = {
    var folder = CommandRunner.repository
    while folder.path != "/" {
      folder = folder.deletingLastPathComponent()
      let path = folder.appendingPathComponent(
        "shared/vectors/transparency-log/tessera-logs/size-257")
      if FileManager.default.fileExists(atPath: path.path) { return path.path }
    }
    return nil
  }()
}
