import LedgerDisclosure
import LedgerStorage
import Testing
import TransparencyLog

@Suite struct KeyTests {
  /// Genesis, key 0, two events, key 1 by rotation, two events.
  private static func rotated() throws -> HandLog {
    let log = try HandLog()
    try log.establish()
    for number in 0..<2 { try log.addEvent("event \(number)") }
    try log.addKey(
      .rotate(to: log.privateKeys[1].publicKey), by: [log.privateKeys[0], log.privateKeys[1]])
    for number in 2..<4 { try log.addEvent("event \(number)") }
    return log
  }

  private static func judge(
    _ log: HandLog, _ key: Int, _ checkpoint: UnverifiedCheckpoint,
    witnesses: [VerifierKey] = []
  ) throws -> Result<CheckedHead, EvidenceRejection> {
    var policy = log.policy(key)
    policy.witnesses = witnesses
    let keys = try log.keyEvidence(checkpoint.claim.size)
    return policy.judge(checkpoint, keys: keys, with: log.hasher)
  }

  @Test func anyKeyOfTheChainWillDo() throws {
    let log = try Self.rotated()
    let newest = try log.sign(by: 1)
    for key in 0..<2 {
      let head = try Self.judge(log, key, newest).get()
      #expect(head.standing == .valid && head.verified.logKey == log.keys[1].verifierKey)
    }
    #expect(try Self.judge(log, 2, newest).rejection?.exitCode == 5)
    // Before the rotation the new key is none of the log's, and may not sign.
    let early = try log.sign(4, by: 0)
    #expect(try Self.judge(log, 0, early).get().standing == .valid)
    #expect(try Self.judge(log, 1, early).rejection?.exitCode == 5)
    let tooEarly = try log.sign(4, by: 1)
    #expect(try Self.judge(log, 1, tooEarly).rejection == .keyNotOfLog(log.keys[1].verifierKey))
  }

  @Test func aSupersededKeySignsNothingMore() throws {
    let log = try Self.rotated()
    let late = try log.sign(by: 0)
    for key in 0..<2 {
      guard case .distrust(let distrust)? = try Self.judge(log, key, late).rejection else {
        Issue.record("key \(key) was believed")
        continue
      }
      #expect(distrust.status == .superseded(4))
    }
    // Whoever withholds the key entries is believed, and told apart.
    let bare = log.policy().judge(late, keys: KeyEvidence(), with: log.hasher)
    #expect(try bare.get().standing == .unknown)
  }

  @Test func aRevokedKeyNeedsAWitness() throws {
    let log = try Self.rotated()
    let publicKey = log.privateKeys[1].publicKey
    let old = try log.sign(6, by: 1)
    try log.addKey(
      .revoke(publicKey, above: 6, replacement: log.privateKeys[2].publicKey),
      by: [log.recovery, log.privateKeys[2]])
    let newest = try log.sign(by: 2)
    #expect(try Self.judge(log, 1, newest).get().standing == .valid)
    let stolen = try log.sign(by: 1)
    #expect(try Self.judge(log, 1, stolen).rejection?.exitCode == 4)
    let history = try log.keyEvidence(log.size).history(in: newest.claim, with: log.hasher).get()
    let late = log.policy(1).judge(old, history: history)
    #expect(late.rejection?.exitCode == 5)
    let pinned = try log.policy(1).judge(old, history: history, isPinned: true).get()
    guard case .bracketed(let revocation) = pinned.standing else {
      Issue.record("a pinned checkpoint before the revocation does not count")
      return
    }
    #expect(revocation.above == 6)
    let name = try #require(KeyName("witness.example/w"))
    let cosigner = try Cosigner(name: name, key: .generate())
    guard case .success(let verified) = old.verify(by: checkpointPolicy(log, 1)) else { return }
    for (seconds, counts) in [(UInt64(1_790_000_000), true), (1_990_000_000, false)] {
      let cosigned = old.adding([try cosigner.cosign(verified, time: seconds)])
      var policy = log.policy(1)
      policy.witnesses = [cosigner.verifierKey]
      let head = policy.judge(cosigned, history: history)
      #expect((head.rejection == nil) == counts)
      if counts { #expect(try head.get().seen?.time == seconds) }
    }
  }

  private func checkpointPolicy(_ log: HandLog, _ key: Int) -> CheckpointPolicy {
    CheckpointPolicy(
      origin: CheckpointOrigin(log.keys[key].verifierKey.name),
      logKeys: [log.keys[key].verifierKey])
  }

  @Test func keyEntriesMustBeInTheSameTree() throws {
    let log = try Self.rotated()
    let newest = try log.sign(by: 1)
    let honest = try log.keyEvidence(log.size)
    var moved = honest
    moved.entries[1].opening.entry.index = 2
    var swapped = honest
    swapped.entries.swapAt(1, 2)
    var headless = honest
    headless.entries.removeFirst()
    var shifted = honest
    shifted.entries[2].path.removeLast()
    var changed = honest
    changed.entries[1].opening.parts = honest.entries[2].opening.parts
    for keys in [moved, swapped, headless, shifted, changed] {
      let result = log.policy().judge(newest, keys: keys, with: log.hasher)
      #expect(result.rejection?.exitCode == 4, "\(keys.entries.map(\.entry.index))")
    }
    let elsewhere = try HandLog(origin: "other.example/log")
    try elsewhere.establish()
    let foreign = try elsewhere.keyEvidence(elsewhere.size)
    #expect(
      log.policy().judge(newest, keys: foreign, with: log.hasher).rejection == .genesis)
  }

  @Test func witnessesAreCounted() throws {
    let log = try Self.rotated()
    let checkpoint = try log.sign(by: 1)
    guard case .success(let verified) = checkpoint.verify(by: checkpointPolicy(log, 1)) else {
      return
    }
    let cosigners = try (0..<2).map { number in
      try Cosigner(name: #require(KeyName("w\(number).example")), key: .generate())
    }
    let cosigned = checkpoint.adding([try cosigners[0].cosign(verified, time: 1_790_000_100)])
    var policy = log.policy(1)
    policy.witnesses = cosigners.map(\.verifierKey)
    let keys = try log.keyEvidence(log.size)
    for (quorum, code) in [(0, nil), (1, nil), (2, Int32(5))] {
      policy.quorum = quorum
      #expect(policy.judge(cosigned, keys: keys, with: log.hasher).rejection?.exitCode == code)
    }
  }

  /// A note that several of the log's keys signed counts by the one that had to sign, wherever its
  /// line stands.
  @Test func ofSeveralSignaturesTheRightOneCounts() throws {
    let log = try Self.rotated()
    let (old, new) = (try log.sign(by: 0), try log.sign(by: 1))
    for both in [old.adding(new.note.signatures), new.adding(old.note.signatures)] {
      for key in 0..<2 {
        let head = try Self.judge(log, key, both).get()
        #expect(head.standing == .valid && head.verified.logKey == log.keys[1].verifierKey)
      }
    }
  }

  /// Whoever holds one of the log's keys, former ones and the recovery key among them, is no witness
  /// of the log.
  @Test func theLogsKeysAreNoWitnesses() throws {
    let log = try Self.rotated()
    let checkpoint = try log.sign(by: 1)
    guard case .success(let verified) = checkpoint.verify(by: checkpointPolicy(log, 1)) else {
      return
    }
    for key in [log.privateKeys[0], log.privateKeys[1], log.recovery] {
      let cosigner = try Cosigner(name: #require(KeyName("w.example")), key: key)
      let cosigned = checkpoint.adding([try cosigner.cosign(verified, time: 1_790_000_100)])
      var policy = log.policy(1)
      policy.witnesses = [cosigner.verifierKey]
      policy.quorum = 1
      let keys = try log.keyEvidence(log.size)
      let rejection = policy.judge(cosigned, keys: keys, with: log.hasher).rejection
      #expect(rejection == .checkpoint(.quorumMissed(found: 0, required: 1)))
    }
  }
}
