import Foundation
import Provender
import Testing

@Suite("The commands key and checkpoint")
struct KeyCommandTests {
  private let runner: CommandRunner

  init() throws { runner = try CommandRunner() }

  private func mode(_ name: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: runner.path(name))
    return try #require(attributes[.posixPermissions] as? Int)
  }

  private func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: runner.path(name))
  }

  private static var hasOpenSSL: Bool {
    (try? CommandRunner().shell("openssl version").code) == 0
  }

  /// A ledger with keys in log.pem and recovery.pem; its vkey.
  private func begun() throws -> String {
    #expect(try runner.run("init", "--origin", "dairy.example/trace").code == 0)
    let run = try runner.run(
      "key", "generate", "--ledger", runner.ledger, "-o", "log.pem", "--recovery", "recovery.pem")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.text.hasSuffix("\n") && !run.text.dropLast().contains("\n"))
    return String(run.text.dropLast())
  }

  @Test func makesKeysThatNobodyElseReads() throws {
    let run = try runner.run("key", "generate", "--name", "dairy.example/trace", "-o", "a.pem")
    #expect(run.code == 0, "\(run.errors)")
    let vkey = try VerifierKey(parsing: String(run.text.dropLast()))
    #expect(vkey.name.text == "dairy.example/trace" && vkey.type == .ed25519)
    #expect(try mode("a.pem") == 0o600)
    let again = try runner.run("key", "generate", "--name", "x", "-o", "a.pem")
    #expect(again.code == 64 && again.errors.contains("never overwritten"))
    let shown = try runner.run("key", "show", "a.pem", "--name", "dairy.example/trace")
    #expect(shown.output == run.output)
    let witness = try runner.run("key", "show", "a.pem", "--name", "w", "--cosigner", "--json")
    #expect((try witness.json()["vkey"] as? String)?.hasPrefix("w+") == true)
    #expect(try runner.run("key", "generate", "--name", "a b", "-o", "b.pem").code == 64)
    #expect(try runner.run("key", "generate", "-o", "b.pem").code == 64)
    #expect(try runner.run("key", "generate", "--name", "x", "-o", "none/b.pem").code == 74)
    #expect(!exists("b.pem"))
  }

  @Test func encryptsWhereAPassphraseIsGiven() throws {
    try Data("sesame\n".utf8).write(to: URL(fileURLWithPath: runner.path("word")))
    let made = try runner.run(
      "key", "generate", "--name", "x.example", "-o", "a.pem", "--passphrase-file", "word")
    #expect(made.code == 0, "\(made.errors)")
    let pem = try String(contentsOfFile: runner.path("a.pem"), encoding: .utf8)
    #expect(pem.contains("ENCRYPTED"))
    var knowing = runner
    knowing.environment["PROVENDER_PASSPHRASE"] = "sesame"
    #expect(try knowing.run("key", "show", "a.pem", "--name", "x.example").output == made.output)
    knowing.environment["PROVENDER_PASSPHRASE"] = "wrong"
    #expect(try knowing.run("key", "show", "a.pem", "--name", "x.example").code == 65)
    let shown = try runner.run(
      "key", "show", "a.pem", "--name", "x.example", "--passphrase-file", "word")
    #expect(shown.output == made.output)
  }

  @Test func namesTheFirstKeysAndLeavesNothingWhereItFails() throws {
    let generate = [
      "key", "generate", "--ledger", runner.ledger, "-o", "log.pem", "--recovery", "recovery.pem",
    ]
    #expect(try runner.start(generate).finish().code == 64, "there is no ledger")
    #expect(!exists("log.pem") && !exists("recovery.pem"))
    #expect(try runner.run("init", "--origin", "dairy.example/trace").code == 0)
    let writer = try Ledger.open(at: runner.ledger, for: .writing)
    #expect(try runner.start(generate).finish().code == 74, "somebody writes")
    try writer.close()
    #expect(!exists("log.pem") && !exists("recovery.pem"))
    let same = try runner.run(
      "key", "generate", "--ledger", runner.ledger, "-o", "log.pem", "--recovery", "log.pem")
    #expect(same.code == 64 && !exists("log.pem"))
    #expect(try runner.start(generate + ["--json"]).finish().json()["entry"] as? Int == 1)
    #expect(try mode("log.pem") == 0o600 && mode("recovery.pem") == 0o600)
    let second = try runner.run(
      "key", "generate", "--ledger", runner.ledger, "-o", "b.pem", "--recovery", "c.pem")
    #expect(second.code == 65 && second.errors.contains("key rotate"))
    #expect(!exists("b.pem") && !exists("c.pem"))
    #expect(try runner.run("verify").code == 0)
  }

  @Test func initMakesKeysInOneGo() throws {
    let run = try runner.run(
      "init", "--origin", "dairy.example/trace", "--generate-key", "log.pem", "--recovery", "r.pem",
      "--json")
    #expect(run.code == 0, "\(run.errors)")
    let key = try #require(try run.json()["key"] as? [String: Any])
    let list = try runner.run("key", "list", "--json").json()
    #expect(list["current"] as? String == key["vkey"] as? String)
    #expect(list["recoveryKey"] as? String == key["recoveryKey"] as? String)
    let refused = try runner.run("init", "--generate-key", "log2.pem")
    #expect(refused.code == 64)
  }

  @Test func rotatesAndRevokes() throws {
    let vkey = try begun()
    let rotated = try runner.run("key", "rotate", "--sign-with", "log.pem", "-o", "log-2.pem")
    #expect(rotated.code == 0, "\(rotated.errors)")
    #expect(try mode("log-2.pem") == 0o600)
    let thief = try runner.run("key", "rotate", "--sign-with", "log.pem", "-o", "thief.pem")
    #expect(thief.code == 65 && !exists("thief.pem"))
    #expect(try runner.run("checkpoint", "--sign-with", "log.pem").code == 65)
    let next = try runner.run("key", "generate", "--name", "dairy.example/trace", "-o", "log-3.pem")
    let unclear = try runner.run("key", "revoke", "--recovery", "recovery.pem", "--above", "2")
    #expect(unclear.code == 64 && unclear.errors.contains("--key"))
    let wrong = try runner.run(
      "key", "revoke", "--recovery", "log.pem", "--above", "2", "--key", vkey)
    #expect(wrong.code == 65)
    let revoked = try runner.run(
      "key", "revoke", "--recovery", "recovery.pem", "--above", "2", "--key", vkey,
      "--replacement", "log-3.pem")
    #expect(revoked.output == next.output, "\(revoked.errors)")
    let list = try runner.run("key", "list", "--json").json()
    let keys = try #require(list["keys"] as? [[String: Any]])
    #expect(keys.map { $0["state"] as? String } == ["revoked", "revoked", "current"])
    #expect(try runner.run("key", "list").text.contains("above size 2"))
    #expect(try runner.run("checkpoint", "--sign-with", "log-3.pem").code == 0)
    #expect(try runner.run("verify").code == 0)
  }

  @Test func capturesAndSigns() throws {
    let none = try runner.run("checkpoint")
    #expect(none.code == 64)
    _ = try begun()
    let documents = try CommandRunner.yoghurt()
    let run = try runner.start(["capture", "--sign-with", "log.pem", "--json"] + documents).finish()
    #expect(run.code == 0, "\(run.errors)")
    let size = try #require(try run.json()["ledger"] as? [String: Any])["size"] as? Int
    let newest = try runner.run("checkpoint", "--json").json()
    #expect(newest["size"] as? Int == size)
    #expect(newest["refused"] is NSNull)
    let note = try runner.run("checkpoint").output
    #expect(
      try UnverifiedCheckpoint(parsing: Array(note)).claim.size.rawValue == size.map(UInt64.init))
    #expect(try runner.run("checkpoint", "-o", "note.txt").output.isEmpty)
    #expect(try Data(contentsOf: URL(fileURLWithPath: runner.path("note.txt"))) == note)
    let wrong = try runner.start(["capture", "--sign-with", "recovery.pem"] + documents).finish()
    #expect(wrong.code == 65)
  }

  @Test func takesCosignatures() throws {
    let vkey = try VerifierKey(parsing: begun())
    let origin = try #require(CheckpointOrigin("dairy.example/trace"))
    let newest = try UnverifiedCheckpoint(parsing: Array(runner.run("checkpoint").output))
    let verified = try newest.verify(
      by: CheckpointPolicy(origin: origin, logKeys: [vkey])
    ).get()
    let name = try #require(KeyName("witness.example/w1"))
    let witness = try Cosigner(name: name, key: .generate())
    let line = try witness.cosign(verified, time: 1_790_000_000).line
    try Data(line.utf8).write(to: URL(fileURLWithPath: runner.path("reply")))
    try Data("\(witness.verifierKey)\n".utf8)
      .write(to: URL(fileURLWithPath: runner.path("witness.vkey")))
    let run = try runner.run("checkpoint", "--cosignatures", "reply", "--witness", "witness.vkey")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.text.hasSuffix(line))
    #expect(try runner.run("checkpoint").output == run.output)
    let unknown = try runner.run(
      "checkpoint", "--cosignatures", "reply", "--witness",
      VerifierKey(name: name, type: .cosignature, publicKey: vkey.publicKey).description)
    #expect(unknown.code == 0, "it is there already")
    #expect(try runner.run("checkpoint", "--cosignatures", "reply").code == 64)
  }

  @Test(.enabled(if: KeyCommandTests.hasOpenSSL, "no openssl command on this machine"))
  func opensslReadsKeysAndConfirmsSignatures() throws {
    _ = try begun()
    let folder = runner.folder.path
    let key = try runner.shell("openssl pkey -in \(folder)/log.pem -noout -text")
    #expect(key.code == 0 && key.text.contains("ED25519"), "\(key.errors)")
    let page = CommandRunner.repository.appendingPathComponent(
      "Sources/Provender/Provender.docc/Keys.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let script = try #require(Self.block(after: "### With openssl", in: text))
    let vkey = try runner.run("key", "show", "log.pem").text.dropLast()
    _ = try runner.run("checkpoint", "-o", "checkpoint")
    let line = "set -e; cd '\(folder)'; VKEY='\(vkey)'\n\(script)"
    let right = try runner.shell(line)
    #expect(right.text.contains("Signature Verified Successfully"), "\(right.errors)")
    #expect(right.code == 0)
    let changed = try runner.shell(
      "cd '\(folder)'; sed -i '2s/2/3/' checkpoint; VKEY='\(vkey)'\n\(script)")
    #expect(changed.text.contains("Signature Verification Failure"))
    #expect(changed.code != 0)
  }

  /// The first indented block after a heading.
  private static func block(after heading: String, in text: String) -> String? {
    guard let start = text.range(of: heading) else { return nil }
    let lines = text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
    let block = lines.drop { !$0.hasPrefix("    ") }.prefix { $0.hasPrefix("    ") || $0.isEmpty }
    return block.map { $0.dropFirst(4) }.joined(separator: "\n")
  }
}
