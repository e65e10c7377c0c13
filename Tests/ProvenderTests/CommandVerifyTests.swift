import Foundation
import Testing

/// `provender verify` with everything that an auditor may have in hand.
@Suite struct CommandVerifyTests {
  /// A signed ledger with the yoghurt in it, its vkey, and the files for more of them.
  private struct Signed {
    let runner: CommandRunner
    let vkey: String
    var key: String { runner.path("log.pem") }

    init() throws {
      runner = try CommandRunner.withYoghurt()
      let run = try runner.run(
        "key", "generate", "--ledger", runner.ledger, "-o", runner.path("log.pem"),
        "--recovery", runner.path("recovery.pem"), "--json")
      try #require(run.code == 0, "\(run.errors)")
      vkey = try #require(try run.json()["vkey"] as? String)
      try sign()
    }

    func sign() throws {
      let run = try runner.run("checkpoint", "--sign-with", key)
      try #require(run.code == 0, "\(run.errors)")
    }

    func keep(_ name: String) throws -> String {
      let path = runner.path(name)
      try FileManager.default.copyItem(atPath: runner.ledger + "/checkpoint", toPath: path)
      return path
    }

    func copyLedger() throws -> String {
      let path = runner.path("copy-\(UUID()).ledger")
      try FileManager.default.copyItem(atPath: runner.ledger, toPath: path)
      return path
    }

    /// One more event.
    func capture(_ lot: String) throws {
      let document = """
        {"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
         "type": "ObjectEvent", "action": "ADD", "eventTime": "2026-01-01T10:00:00Z",
         "eventTimeZoneOffset": "+00:00", "bizStep": "commissioning", "quantityList": [
           {"epcClass": "https://id.gs1.org/01/09521011001011/10/\(lot)", "quantity": 3}]}
        """
      let file = runner.path("\(lot).json")
      try Data(document.utf8).write(to: URL(fileURLWithPath: file))
      let run = try runner.run("capture", file)
      try #require(run.code == 0, "\(run.errors)")
    }
  }

  /// Pipes under the names of files, where nobody writes: a command that waited would never end.
  @Test func pipesKeepNobodyWaiting() throws {
    let runner = try CommandRunner.withYoghurt()
    for name in ["index/current", "index/keys"] {
      let path = "\(runner.ledger)/\(name)"
      try? FileManager.default.removeItem(atPath: path)
      try #require(mkfifo(path, 0o644) == 0)
    }
    #expect(try runner.run("verify", "--json").code == 0)
    let pipe = runner.path("pipe")
    try #require(mkfifo(pipe, 0o644) == 0)
    #expect(try runner.run("check", pipe, "--key", "x").code != 0)
    #expect(try runner.run("capture", pipe).code != 0)
  }

  @Test func signedLedgersAndDemands() throws {
    let signed = try Signed()
    let runner = signed.runner
    let kept = try signed.keep("kept.checkpoint")
    try signed.capture("A")
    try signed.sign()
    let run = try runner.run("verify", "--key", signed.vkey, "--since", kept, "--deep", "--json")
    #expect(run.code == 0, "\(run.text)")
    let report = try run.json()
    let checkpoints = try #require(report["checkpoints"] as? [[String: Any]])
    #expect(checkpoints.allSatisfy { $0["counts"] as? Bool == true })
    #expect(checkpoints.contains { $0["pinned"] as? Bool == true })
    #expect((report["keys"] as? [[String: Any]])?.first?["vkey"] as? String == signed.vkey)
    let statements = try #require(report["statements"] as? [String])
    #expect(statements.contains { $0.contains("links that it says: 197.") })
    #expect(!statements.contains { $0.contains("No checkpoint was pinned") })
    let text = try runner.run("verify", "--since", kept)
    #expect(text.code == 0 && text.text.contains("CHECKPOINTS") && text.text.contains("KEYS"))

    // Keys and witnesses that nobody signed with.
    let other = try runner.run(
      "key", "generate", "--name", "test.example/yoghurt", "-o", runner.path("other.pem"), "--json")
    let vkey = try #require(try other.json()["vkey"] as? String)
    #expect(try runner.run("verify", "--key", vkey).code == 5)
    let witness = try runner.run(
      "key", "generate", "--name", "witness.example/w", "--cosigner", "-o", runner.path("w.pem"),
      "--json")
    let witnessKey = try #require(try witness.json()["vkey"] as? String)
    #expect(try runner.run("verify", "--witness", witnessKey).code == 5)
    #expect(try runner.run("verify", "--witness", witnessKey, "--quorum", "0").code == 0)
    #expect(try runner.run("verify", "--quorum", "1").code == 64)
    #expect(try runner.run("verify", "--since", runner.path("other.pem")).code == 65)
  }

  @Test func rollbackAndForkAreShown() throws {
    let signed = try Signed()
    let runner = signed.runner
    let old = try signed.copyLedger()
    try signed.capture("A")
    try signed.capture("A2")
    try signed.sign()
    let kept = try signed.keep("kept.checkpoint")
    let back = try runner.run("verify", "--ledger", old, "--since", kept)
    #expect(back.code == 4, "\(back.text)")
    #expect(back.text.contains("pinned-size"))
    // Another history from there on, longer, signed with the same key.
    for lot in ["B", "C", "D"] {
      let file = runner.path("\(lot).json")
      try signed.capture(lot)
      let run = try runner.run("capture", "--ledger", old, file)
      #expect(run.code == 0, "\(run.errors)")
    }
    let sign = try runner.run("checkpoint", "--ledger", old, "--sign-with", signed.key)
    #expect(sign.code == 0, "\(sign.errors)")
    let run = try runner.run("verify", "--ledger", old, "--since", kept, "--json")
    #expect(run.code == 4, "\(run.text)")
    let forks = try #require(try run.json()["forks"] as? [[String: String]])
    #expect(forks.count == 1)
    #expect(forks.first?["older"]?.contains("test.example/yoghurt\n") == true)
    #expect(forks.first?["evidence"]?.hasPrefix("provender-fork@v1\n") == true)
    let text = try runner.run("verify", "--ledger", old, "--since", kept).text
    #expect(text.contains("THE LOG SIGNED TWO HISTORIES"))
  }
}
