import LedgerStorage
import Testing
import TransparencyLog

@Suite("The history of a log's keys")
struct KeyHistoryTests {
  @Test func theFirstEntryNamesLogKeyAndRecoveryKey() throws {
    var story = try KeyStory()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 1) == .noCurrentKey)
    #expect(try story.take(KeyStory.revoke(1, above: 1), by: [100], at: 1) == .noCurrentKey)
    let same = try story.take(KeyStory.establish(1, 1), by: [1, 1], at: 1)
    #expect(same == .keyUsedBefore(try KeyStory.publicKey(1)))
    let swapped = try story.take(KeyStory.establish(1, 100), by: [100, 1], at: 1)
    #expect(swapped == .signature(try KeyStory.publicKey(1)))
    let unsigned = try story.take(KeyStory.establish(1, 100), by: [1, 1], at: 1)
    #expect(unsigned == .signature(try KeyStory.publicKey(100)))
    #expect(story.history.keys.isEmpty && story.history.sequence == 0)
    #expect(try story.take(KeyStory.establish(1, 100), by: [1, 100], at: 3) == nil)
    #expect(story.history.current?.key == (try KeyStory.vkey(1)))
    #expect(story.history.recoveryKey == (try KeyStory.publicKey(100)))
    #expect(
      try story.take(KeyStory.establish(2, 101), by: [2, 101], at: 4) == .establishedTwice)
  }

  @Test func aKeyCountsBetweenItsEntryAndTheNext() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 20) == nil)
    for size in [0, 1] as [TreeSize] { #expect(try story.status(1, size) == .notYet(1)) }
    for size in [2, 19, 20] as [TreeSize] { #expect(try story.status(1, size) == .valid) }
    #expect(try story.status(1, 21) == .superseded(20))
    #expect(try story.status(2, 20) == .notYet(20))
    #expect(try story.status(2, 21) == .valid)
    #expect(try story.status(3, 21) == .unknown)
    #expect(try story.status(100, 21) == .unknown)
    #expect(story.history.key(at: 1) == nil)
    #expect(story.history.key(at: 20)?.key == (try KeyStory.vkey(1)))
    #expect(story.history.key(at: 21)?.key == (try KeyStory.vkey(2)))
  }

  @Test func rotationNeedsTheOldKeyAndANewOne() throws {
    var story = try KeyStory.begun()
    let old = try KeyStory.publicKey(1)
    let fresh = try KeyStory.publicKey(2)
    #expect(try story.take(KeyStory.rotate(2), by: [2, 2], at: 5) == .signature(old))
    #expect(try story.take(KeyStory.rotate(2), by: [100, 2], at: 5) == .signature(old))
    #expect(try story.take(KeyStory.rotate(2), by: [1, 1], at: 5) == .signature(fresh))
    #expect(try story.take(KeyStory.rotate(1), by: [1, 1], at: 5) == .keyUsedBefore(old))
    let recovery = try KeyStory.publicKey(100)
    #expect(try story.take(KeyStory.rotate(100), by: [1, 100], at: 5) == .keyUsedBefore(recovery))
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 5) == nil)
    #expect(try story.take(KeyStory.rotate(1), by: [2, 1], at: 6) == .keyUsedBefore(old))
    #expect(try story.take(KeyStory.rotate(3), by: [1, 3], at: 6) == .signature(fresh))
  }

  @Test func revocationNeedsTheRecoveryKey() throws {
    var story = try KeyStory.begun()
    let recovery = try KeyStory.publicKey(100)
    #expect(try story.take(KeyStory.revoke(1, above: 5), by: [1], at: 9) == .signature(recovery))
    #expect(
      try story.take(KeyStory.revoke(3, above: 5), by: [100], at: 9)
        == .unknownKey(try KeyStory.publicKey(3)))
    #expect(try story.take(KeyStory.revoke(1, above: 10), by: [100], at: 9) == .sizeAhead(10))
    #expect(
      try story.take(KeyStory.revoke(1, above: 5, 1), by: [100, 1], at: 9)
        == .keyUsedBefore(try KeyStory.publicKey(1)))
    #expect(
      try story.take(KeyStory.revoke(1, above: 5, 2), by: [100, 3], at: 9)
        == .signature(try KeyStory.publicKey(2)))
    #expect(story.history.current != nil)
    #expect(try story.take(KeyStory.revoke(1, above: 9), by: [100], at: 9) == nil)
    let revocation = try #require(story.history.keys[0].revocation)
    #expect(revocation.entry == 9 && revocation.time == KeyStory.time(9))
    #expect(revocation.above == 9)
    #expect(try story.status(1, 1) == .notYet(1), "no bracket helps a tree without the key's entry")
    #expect(try story.status(1, 9) == .needsBracket(revocation))
    #expect(try story.status(1, 10) == .revoked(revocation))
    #expect(story.history.current == nil)
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 10) == .noCurrentKey)
    #expect(try story.take(KeyStory.revoke(1, above: 9, 2), by: [100, 2], at: 11) == nil)
    #expect(story.history.current?.key == (try KeyStory.vkey(2)))
    #expect(story.history.keys[0].revocation == revocation, "the first revocation's time stands")
  }

  @Test func aThiefsRotationIsVoidWithTheStolenKey() throws {
    var story = try KeyStory.begun()
    // Key 1 is stolen after size 40. The thief hands over to key 50, and that to key 51.
    #expect(try story.take(KeyStory.rotate(50), by: [1, 50], at: 50) == nil)
    #expect(try story.take(KeyStory.rotate(51), by: [50, 51], at: 60) == nil)
    #expect(try story.take(KeyStory.revoke(1, above: 40, 2), by: [51, 2], at: 65) != nil)
    #expect(try story.take(KeyStory.revoke(1, above: 40, 2), by: [100, 2], at: 70) == nil)
    #expect(try story.take(KeyStory.rotate(52), by: [51, 52], at: 75) != nil)
    for size in 0...80 {
      for key in [1, 50, 51, 52, 100] as [UInt8] {
        let status = try story.status(key, TreeSize(UInt64(size)))
        #expect(status != .valid, "key \(key) at \(size)")
        if case .needsBracket = status { #expect(key == 1 && (2...40).contains(size)) }
      }
      #expect((try story.status(2, TreeSize(UInt64(size))) == .valid) == (size > 70))
    }
    #expect(story.history.current?.key == (try KeyStory.vkey(2)))
  }

  @Test func aKeyThatAnHonestOneHandedOverToStays() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 20) == nil)
    #expect(try story.take(KeyStory.rotate(3), by: [2, 3], at: 50) == nil)
    // Key 1 was stolen at size 30, when it signed nothing any more.
    #expect(try story.take(KeyStory.revoke(1, above: 30), by: [100], at: 60) == nil)
    let revocation = try #require(story.history.keys[0].revocation)
    #expect(try story.status(1, 20) == .needsBracket(revocation))
    #expect(try story.status(1, 25) == .superseded(20))
    #expect(try story.status(1, 31) == .revoked(revocation))
    #expect(try story.status(2, 30) == .valid)
    #expect(try story.status(3, 61) == .valid)
    // It turns out that it was stolen before it handed over.
    #expect(try story.take(KeyStory.revoke(1, above: 10, 4), by: [100, 4], at: 70) == nil)
    for size in [21, 40, 51, 61, 80] as [TreeSize] {
      for key in [1, 2, 3] as [UInt8] {
        guard case .valid = try story.status(key, size) else { continue }
        Issue.record("key \(key) counts at \(size)")
      }
    }
    #expect(try story.status(4, 71) == .valid)
    // What the recovery key named is untouched by what came before it.
    #expect(try story.take(KeyStory.revoke(1, above: 5), by: [100], at: 90) == nil)
    #expect(try story.status(4, 91) == .valid)
    #expect(story.history.keys[0].revocation?.above == 5)
    #expect(story.history.keys[0].revocation?.entry == 60)
  }

  /// A tree of n entries ends before entry n: what the key signed at size n says nothing of it.
  @Test(arguments: [(39, true), (40, false), (41, false)] as [(UInt64, Bool)])
  func theBoundOfARevocationIsASize(_ entry: UInt64, _ stays: Bool) throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: entry) == nil)
    #expect(try story.take(KeyStory.revoke(1, above: 40), by: [100], at: 60) == nil)
    #expect((story.history.current?.key == (try KeyStory.vkey(2))) == stays)
    #expect((try story.status(2, 61) == .valid) == stays)
  }

  /// Whoever holds a stolen key of a log, and no recovery key, begins its history anew with a recovery
  /// key of his own, and would then revoke the key that an auditor keeps.
  @Test func aKeyVouchesForTheHistoryThatLedToIt() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 20) == nil)
    var forged = try KeyStory(logID: story.history.logID)
    #expect(try forged.take(KeyStory.establish(1, 66), by: [1, 66], at: 1) == nil)
    let fault = try forged.history.take(
      story.payloads[1], entry: 20, time: KeyStory.time(20))
    #expect(fault == .otherHistory)
    var adapted = try #require(KeyPayload(payload: story.payloads[1]))
    adapted.previous = forged.history.newest
    let refused = try forged.history.take(
      adapted.payload(), entry: 20, time: KeyStory.time(20))
    #expect(refused == .signature(try KeyStory.publicKey(1)))
  }

  @Test func keyEntriesCannotBeCopied() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 20) == nil)
    #expect(try story.take(KeyStory.revoke(2, above: 20, 3), by: [100, 3], at: 30) == nil)
    #expect(try story.take(KeyStory.revoke(3, above: 30), by: [100], at: 35) == nil)
    // In the same log again.
    for (place, payload) in story.payloads.enumerated() {
      let fault = try story.history.take(payload, entry: 40, time: KeyStory.time(40))
      #expect(fault == .sequence(found: UInt32(place), expected: 4))
    }
    // At another place in the order: its number is signed too.
    var renumbered = try #require(KeyPayload(payload: story.payloads[3]))
    renumbered.sequence = 4
    let again = try story.history.take(renumbered.payload(), entry: 40, time: KeyStory.time(40))
    #expect(again == .otherHistory)
    renumbered.previous = story.history.newest
    let moved = try story.history.take(renumbered.payload(), entry: 40, time: KeyStory.time(40))
    #expect(moved == .signature(try KeyStory.publicKey(100)), "both are signed")
    // In another log.
    var other = try KeyStory(logID: LogID([UInt8](repeating: 8, count: 16)))
    let fault = try other.history.take(story.payloads[0], entry: 1, time: KeyStory.time(1))
    #expect(fault == .signature(try KeyStory.publicKey(1)))
    #expect(try other.take(KeyStory.establish(1, 100), by: [1, 100], at: 1) == nil)
    for payload in story.payloads.dropFirst() {
      let fault = try other.history.take(payload, entry: 20, time: KeyStory.time(20))
      #expect(fault != nil)
    }
  }

  @Test func everyChangedBitIsRefused() throws {
    var story = try KeyStory()
    let changes: [(KeyPayload.Change, [UInt8])] = [
      (try KeyStory.establish(1, 100), [1, 100]), (try KeyStory.rotate(2), [1, 2]),
      (try KeyStory.revoke(2, above: 12, 3), [100, 3]), (try KeyStory.revoke(3, above: 12), [100]),
    ]
    var tried = 0
    for (place, (change, signers)) in changes.enumerated() {
      let before = story.history
      let payload = try story.payload(change, by: signers)
      let entry = EntryIndex(UInt64(place + 20))
      #expect(try #require(KeyPayload(payload: payload)).payload() == payload)
      for bit in 0..<payload.count * 8 {
        var changed = payload
        changed[bit / 8] ^= 1 << UInt8(bit % 8)
        var history = before
        let fault = try history.take(changed, entry: entry, time: KeyStory.time(20))
        #expect(fault != nil, "bit \(bit) of entry \(place)")
        #expect(history == before)
        tried += 1
      }
      for count in 0..<payload.count {
        #expect(KeyPayload(payload: Array(payload[..<count])) == nil)
      }
      #expect(KeyPayload(payload: payload + [0]) == nil)
      #expect(try story.take(change, by: signers, at: entry.rawValue) == nil)
    }
    print("key entries: \(tried) single bits changed, all refused")
  }

  @Test func aHostileLogCannotHaveKeyEntriesWithoutEnd() throws {
    var story = try KeyStory.begun()
    let recovery = try KeyStory.key(100)
    let change = try KeyStory.revoke(1, above: 1)
    for sequence in 1..<KeyHistory.entryCountMax {
      let payload = try story.history.next(change)
        .signed(by: [recovery], logID: story.history.logID).payload()
      let entry = EntryIndex(UInt64(sequence) + 1)
      guard try story.history.take(payload, entry: entry, time: KeyStory.time(9)) == nil else {
        Issue.record("entry \(sequence) was refused")
        return
      }
    }
    #expect(try story.take(change, by: [100], at: 10_000) == .tooMany)
  }

  /// Who steals the log key can fill the log with rotations; the recovery key still revokes them.
  @Test func aThiefCannotUseUpTheEntriesOfTheRecoveryKey() throws {
    var story = try KeyStory.begun()
    func key(_ number: UInt32) throws -> Ed25519PrivateKey {
      var seed = [UInt8](repeating: 77, count: 32)
      for place in 0..<4 { seed[place] = UInt8(truncatingIfNeeded: number >> UInt32(8 * place)) }
      return try Ed25519PrivateKey(seed: seed)
    }
    var holder = try KeyStory.key(1)
    var entry: UInt64 = 2
    var fault: KeyFault?
    while fault == nil {
      let next = try key(UInt32(entry))
      let payload = try story.history.next(.rotate(to: next.publicKey)).signed(
        by: [holder, next], logID: story.history.logID)
      fault = try story.history.take(
        payload.payload(), entry: EntryIndex(entry), time: KeyStory.time(entry))
      if fault == nil { holder = next }
      entry += 1
    }
    #expect(fault == .tooMany)
    #expect(story.history.sequence == KeyHistory.entryCountMax - KeyHistory.revocationCountKept)
    #expect(try story.take(KeyStory.revoke(1, above: 2, 50), by: [100, 50], at: entry) == nil)
    #expect(story.history.current?.key == (try KeyStory.vkey(50)))
    #expect(story.history.keys.dropLast().allSatisfy { $0.revocation != nil })
  }

  /// Whoever holds one of the log's keys is no witness of the log.
  @Test func theLogsKeysAreNoWitnesses() throws {
    var story = try KeyStory.begun()
    #expect(try story.take(KeyStory.rotate(2), by: [1, 2], at: 5) == nil)
    let checkpoint = try story.checkpoint(9, by: 2)
    let verified = try checkpoint.verify(
      by: CheckpointPolicy(origin: checkpoint.claim.origin, logKeys: [KeyStory.vkey(2)])
    ).get()
    for key in [1, 2, 100, 200] as [UInt8] {
      let cosigner = try Cosigner(
        name: #require(KeyName("w.example")), key: KeyStory.key(key))
      let cosigned = checkpoint.adding([try cosigner.cosign(verified, time: 1)])
      let trusted = try story.history.verify(cosigned, witnesses: [cosigner.verifierKey]).get()
      #expect(trusted.verified.cosignatures.count == (key == 200 ? 1 : 0), "\(key)")
    }
  }
}
