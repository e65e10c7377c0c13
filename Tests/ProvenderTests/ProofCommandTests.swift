import Foundation
import Provender
import Testing

@Suite struct ProofCommandTests {
  private static let event = "urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd"

  @Test func provesAnEventToSomeoneWithTheKeyAlone() throws {
    let signed = try SignedLedger()
    let runner = signed.runner
    #expect(try runner.run("prove", "12", "-o", "12.tlog-proof").code == 0)
    let raw = try runner.run("show", "12", "--raw")
    #expect(raw.code == 0)
    try signed.write(Array(raw.output), to: "event.json")
    let run = try signed.check("12.tlog-proof", "event.json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.text.contains("SHOWN: the event in event.json is in the log"))
    #expect(run.text.contains("operator's word") && run.text.contains("status is unknown"))
    let json = try signed.check("12.tlog-proof", "event.json", "--json").json()
    #expect(json["shown"] as? Bool == true && json["entry"] as? Int == 12)
    #expect(json["eventCompared"] as? Bool == true)
    let record = try runner.run("show", "12", "--json").json()
    #expect(json["recordTime"] as? String == record["recordTime"] as? String)
    let alone = try signed.check("12.tlog-proof", "--json").json()
    #expect(alone["eventCompared"] as? Bool == false)
    // The proof itself holds nothing of the event.
    let proof = try TransparencyProof(parsing: signed.read("12.tlog-proof"))
    let extra = Data(try #require(proof.extra))
    for start in stride(from: 0, to: raw.output.count - 8, by: 8) {
      #expect(extra.range(of: raw.output[start..<start + 8]) == nil)
    }
  }

  @Test func aProofOfAnotherEventIsRejected() throws {
    let signed = try SignedLedger()
    let runner = signed.runner
    #expect(try runner.run("prove", "12", "13", "-o", "proofs/").code == 0)
    let raw = try runner.run("show", "12", "--raw").output
    try signed.write(Array(raw), to: "event.json")
    #expect(try signed.check("proofs/entry-12.tlog-proof", "event.json").code == 0)
    let other = try signed.check("proofs/entry-13.tlog-proof", "event.json", "--json")
    #expect(other.code == 4)
    #expect(try other.json()["shown"] as? Bool == false)
    var changed = Array(raw)
    changed[changed.count / 2] ^= 1
    try signed.write(changed, to: "changed.json")
    #expect(try signed.check("proofs/entry-12.tlog-proof", "changed.json").code == 4)
    try signed.write([], to: "empty.json")
    #expect(try signed.check("proofs/entry-12.tlog-proof", "empty.json").code == 4)
  }

  @Test func findsTheEventInItsDocument() throws {
    let signed = try SignedLedger()
    let document = try CommandRunner.yoghurt()[0]
    let entries = try signed.runner.run("show", "3", "--json").json()
    #expect(entries["kind"] as? String == "event")
    #expect(try signed.runner.run("prove", "3", "-o", "3.tlog-proof").code == 0)
    let run = try signed.check("3.tlog-proof", document, "--json")
    #expect(run.code == 0, "\(run.text)")
    #expect(try run.json()["eventNumber"] as? Int == 2)
    let elsewhere = try CommandRunner.yoghurt()[2]
    #expect(try signed.check("3.tlog-proof", elsewhere).code == 4)
    // A line feed behind the event, as an editor leaves it.
    let raw = try signed.runner.run("show", "3", "--raw").output
    try signed.write(Array(raw) + [10], to: "edited.json")
    #expect(try signed.check("3.tlog-proof", "edited.json").code == 0)
  }

  @Test func codesTellWhatWasWrong() throws {
    let signed = try SignedLedger()
    let runner = signed.runner
    #expect(try runner.run("prove", "12", "-o", "p").code == 0)
    let other = try NoteSigner(name: signed.signer.verifierKey.name, key: .generate())
    try signed.write(Array("\(other.verifierKey)".utf8), to: "other.vkey")
    let proof = try signed.read("p")
    try signed.write(Array(proof.dropLast(5)), to: "cut")
    try signed.write(Array("# no evidence\n".utf8), to: "nothing")
    let witness = try Cosigner(name: #require(KeyName("w.example")), key: .generate())
    let cases: [([String], Int32)] = [
      (["check", "p", "--key", "other.vkey"], 5), (["check", "p", "--key", "no such key"], 64),
      (["check", "p"], 64), (["check", "cut", "--key", "log.vkey"], 65),
      (["check", "nothing", "--key", "log.vkey"], 65),
      (["check", "missing", "--key", "log.vkey"], 74),
      (["check", "p", "--key", "log.vkey", "--witness", "\(witness.verifierKey)"], 5),
      (["check", "p", "--key", "log.vkey", "--quorum", "1"], 64),
      (["check", "p", "--key", "log.vkey", "--origin", "other.example"], 4),
      (["prove"], 64), (["prove", "99999"], 65), (["prove", "no-such-event"], 65),
      (["prove", "1"], 65), (["prove", "12", "13"], 64), (["show", "1", "--raw"], 65),
      (["disclose", "12"], 64), (["disclose", "nobody-knows", "-o", "b"], 65),
    ]
    for (arguments, code) in cases {
      let run = try runner.start(arguments).finish()
      #expect(run.code == code, "\(arguments): \(run.errors)")
    }
    let unsigned = try CommandRunner.withYoghurt()
    let run = try unsigned.run("prove", "12")
    #expect(run.code == 65 && run.errors.contains("never signed"))
  }

  @Test func provesToAWitnessedQuorum() throws {
    let signed = try SignedLedger()
    let checkpoint = try signed.sign()
    let policy = CheckpointPolicy(
      origin: checkpoint.claim.origin, logKeys: [signed.signer.verifierKey])
    let verified = try checkpoint.verify(by: policy).get()
    let witness = try Cosigner(name: #require(KeyName("w.example")), key: .generate())
    let now = UInt64(Date().timeIntervalSince1970)
    for (time, code) in [(now, Int32(0)), (1_000_000_000, 1)] {
      let cosigned = checkpoint.adding([try witness.cosign(verified, time: time)])
      try signed.write(cosigned.note.encoded, to: "test.ledger/checkpoint")
      #expect(try signed.runner.run("prove", "12", "-o", "p").code == 0)
      let run = try signed.check("p", "--json", "--witness", "\(witness.verifierKey)")
      #expect(run.code == code, "\(run.text)")
      let json = try run.json()
      let witnesses = try #require(json["witnesses"] as? [String: Any])
      #expect((witnesses["cosigned"] as? [Any])?.count == 1)
      #expect((json["findings"] as? [Any])?.isEmpty == (code == 0))
    }
  }

  @Test func showsThatTheLogOnlyGrew() throws {
    let runner = try CommandRunner()
    #expect(try runner.run("init", "--origin", "test.example/yoghurt").code == 0)
    let documents = try CommandRunner.yoghurt()
    #expect(try runner.run("capture", documents[0]).code == 0)
    let name = try #require(KeyName("test.example/yoghurt"))
    let signed = SignedLedger(runner, try NoteSigner(name: name, key: .generate()))
    try signed.write(try signed.sign().note.encoded, to: "older")
    try signed.write(Array("\(signed.signer.verifierKey)".utf8), to: "log.vkey")
    #expect(try runner.run("capture", documents[1]).code == 0)
    try signed.sign()
    #expect(try runner.run("prove", "--since", "older", "-o", "grown").code == 0)
    #expect(try signed.check("grown").code == 0)
    let kept = try signed.check("grown", "older", "--json").json()
    #expect(kept["shown"] as? Bool == true && kept["olderKept"] as? Bool == true)
    try signed.write(try signed.read("test.ledger/checkpoint"), to: "newer")
    #expect(try signed.check("grown", "newer").code == 4)
    // A checkpoint that the log never had: evidence of a fork.
    let claim = try UnverifiedCheckpoint(parsing: signed.read("older")).claim
    let forged = Checkpoint(origin: claim.origin, size: claim.size, root: .emptyTree)
    try signed.write(try signed.signer.sign(forged).note.encoded, to: "forged")
    let fork = try runner.run("prove", "--since", "forged")
    #expect(fork.code == 4 && fork.errors.contains("keep both"))
    // A checkpoint ahead of the ledger.
    let ahead = Checkpoint(origin: claim.origin, size: 100_000, root: .emptyTree)
    try signed.write(try signed.signer.sign(ahead).note.encoded, to: "ahead")
    #expect(try runner.run("prove", "3", "--checkpoint", "ahead").code == 65)
    #expect(try runner.run("prove", "3", "--checkpoint", "older", "-o", "p").code == 0)
    #expect(try signed.check("p").code == 0)
    #expect(try runner.run("prove", "40", "--checkpoint", "older").code == 65)
  }

  @Test func showsAFork() throws {
    let signed = try SignedLedger()
    let honest = try signed.sign()
    let claim = honest.claim
    let forged = try signed.signer.sign(
      Checkpoint(origin: claim.origin, size: claim.size, root: .emptyTree))
    func file(_ one: UnverifiedCheckpoint, _ other: UnverifiedCheckpoint) -> [UInt8] {
      let notes = [one, other].map { Base64.encode($0.note.encoded) }
      return Array("provender-fork@v1\nolder \(notes[0])\nnewer \(notes[1])\n".utf8)
    }
    try signed.write(file(honest, forged), to: "fork")
    let run = try signed.check("fork", "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try run.json()["kind"] as? String == "fork")
    #expect(try signed.check("fork").text.contains("contradict"))
    try signed.write(file(honest, honest), to: "none")
    #expect(try signed.check("none").code == 4)
    let other = try NoteSigner(name: signed.signer.verifierKey.name, key: .generate())
    let foreign = try other.sign(forged.claim)
    try signed.write(file(honest, foreign), to: "foreign")
    #expect(try signed.check("foreign").code == 5)
    try signed.write(Array(file(honest, forged).dropLast(9)), to: "cut")
    #expect(try signed.check("cut").code == 65)
  }

  /// Keys by the ledger's own entries: they come along with every proof.
  @Test func carriesTheLogsKeys() throws {
    let runner = try CommandRunner()
    #expect(try runner.run("init", "--origin", "test.example/yoghurt").code == 0)
    let keys = try (0..<3).map { _ in try Ed25519PrivateKey.generate() }
    let ledger = try Ledger.open(at: runner.ledger, for: .writing)
    try ledger.establishKeys(logKey: keys[0], recoveryKey: keys[2])
    _ = try ledger.capture(file: try CommandRunner.yoghurt()[0])
    try ledger.rotateKey(from: keys[0], to: keys[1])
    try ledger.signCheckpoint(with: keys[1])
    try ledger.close()
    let name = try #require(KeyName("test.example/yoghurt"))
    let signers = try keys.map { try NoteSigner(name: name, key: $0) }
    let signed = SignedLedger(runner, signers[0])
    #expect(try runner.run("prove", "4", "-o", "p").code == 0)
    #expect(try runner.run("disclose", "4", "-o", "b").code == 0)
    for (signer, code) in zip(signers, [Int32(0), 0, 5]) {
      try signed.write(Array("\(signer.verifierKey)".utf8), to: "log.vkey")
      for file in ["p", "b"] {
        let run = try signed.check(file, "--json")
        #expect(run.code == code, "\(run.text)")
        let key = try run.json()["key"] as? [String: Any]
        #expect(key?["status"] as? String == (code == 0 ? "valid" : nil))
      }
    }
  }
}
