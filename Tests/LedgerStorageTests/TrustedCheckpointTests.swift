import LedgerStorage
import Testing
import TransparencyLog

@Suite("What a checkpoint is worth by the key entries")
struct TrustedCheckpointTests {
  /// Key 1 from entry 1, revoked above 40 by entry 70, which names key 2.
  private let story: KeyStory
  private let witness: Cosigner

  init() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.revoke(1, above: 40, 2), by: [100, 2], at: 70) == nil)
    self.story = story
    witness = try Cosigner(
      name: try #require(KeyName("witness.example/w")), key: try KeyStory.key(200))
  }

  private func verified(_ size: TreeSize, by key: UInt8) throws -> VerifiedCheckpoint {
    let checkpoint = try story.checkpoint(size, by: key)
    let policy = CheckpointPolicy(
      origin: checkpoint.claim.origin, logKeys: [try KeyStory.vkey(key)])
    return try checkpoint.verify(by: policy).get()
  }

  private func cosigned(_ size: TreeSize, second: UInt64) throws -> UnverifiedCheckpoint {
    let signature = try witness.cosign(verified(size, by: 1), time: second)
    return try story.checkpoint(size, by: 1).adding([signature])
  }

  private func isTrusted(
    _ size: TreeSize, isPinned: Bool = false, stamped: Int64? = nil
  ) throws -> Bool {
    let verdict = story.history.judge(
      try verified(size, by: 1), isPinned: isPinned,
      stamped: stamped.map { RecordTime(rawValue: $0) })
    return (try? verdict.get()) != nil
  }

  @Test func beforeARevocationTheSignatureSuffices() throws {
    let before = try KeyStory.begun()
    for size in [2, 40, 71] as [TreeSize] {
      #expect((try? before.history.judge(verified(size, by: 1)).get()) != nil)
    }
    #expect((try? before.history.judge(verified(1, by: 1)).get()) == nil)
    #expect((try? before.history.judge(verified(9, by: 3)).get()) == nil)
  }

  @Test func afterARevocationABracketIsNeeded() throws {
    #expect(try !isTrusted(40))
    #expect(try isTrusted(40, isPinned: true))
    #expect(try isTrusted(40, stamped: 70_000_000))
    #expect(try !isTrusted(40, stamped: 70_000_001))
    let refusal = story.history.judge(try verified(40, by: 1))
    guard case .failure(let distrust) = refusal, case .needsBracket = distrust.status else {
      Issue.record("\(refusal)")
      return
    }
    #expect(distrust.description.contains("pinned, cosigned or stamped"))
  }

  @Test func aboveTheSizeNoBracketHelps() throws {
    #expect(try !isTrusted(41, isPinned: true, stamped: 1))
    let known = [witness.verifierKey]
    let verdict = story.history.verify(
      try cosigned(41, second: 1), witnesses: known, isPinned: true,
      stamped: RecordTime(rawValue: 1))
    #expect((try? verdict.get()) == nil)
    #expect((try? story.history.judge(verified(71, by: 2)).get()) != nil)
    #expect((try? story.history.judge(verified(70, by: 2)).get()) == nil)
  }

  @Test func aCosignatureCountsByItsTimeAndItsWitness() throws {
    let known = [witness.verifierKey]
    func isTrusted(_ second: UInt64, _ witnesses: [VerifierKey]) throws -> Bool {
      let verdict = story.history.verify(
        try cosigned(40, second: second), witnesses: witnesses)
      return (try? verdict.get()) != nil
    }
    #expect(try isTrusted(70, known))
    #expect(try isTrusted(3, known))
    #expect(try !isTrusted(71, known))
    #expect(try !isTrusted(UInt64(Int64.max), known))
    #expect(try !isTrusted(70, []), "a witness that nobody believes")
    let verdict = story.history.verify(
      try story.checkpoint(71, by: 2), witnesses: known, quorum: 1)
    guard case .failure(.rejected(.quorumMissed(found: 0, required: 1))) = verdict else {
      Issue.record("\(verdict)")
      return
    }
  }

  @Test func ofSeveralSignaturesTheRightKeysCounts() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 20) == nil)
    let old = try story.checkpoint(21, by: 1)
    #expect((try? story.history.verify(old).get()) == nil)
    let both = old.adding(try story.checkpoint(21, by: 2).note.signatures)
    #expect(try story.history.verify(both).get().verified.logKey == (try KeyStory.vkey(2)))
    let stranger = story.history.verify(try story.checkpoint(21, by: 3))
    guard case .failure(.rejected) = stranger else {
      Issue.record("\(stranger)")
      return
    }
  }
}
