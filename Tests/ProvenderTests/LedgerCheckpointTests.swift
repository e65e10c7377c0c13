import Testing

@testable import Provender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Keys and checkpoints of a ledger")
struct LedgerCheckpointTests {
  let directory: TemporaryDirectory
  let logKey: Ed25519PrivateKey
  let recoveryKey: Ed25519PrivateKey
  var path: String { directory.path + "/l" }

  init() throws {
    directory = try TemporaryDirectory()
    logKey = try Self.key(1)
    recoveryKey = try Self.key(100)
  }

  private static func key(_ number: UInt8) throws -> Ed25519PrivateKey {
    try Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32))
  }

  private func begun() throws -> Ledger {
    let ledger = try Ledger.create(at: path, origin: "acme.example/trace")
    try ledger.establishKeys(logKey: logKey, recoveryKey: recoveryKey)
    return ledger
  }

  private func capture(_ lots: [String], _ ledger: Ledger) throws {
    for lot in lots {
      let text = EventText.object(lot, id: "urn:x:\(lot)")
      #expect(try ledger.capture(Array(text.utf8)).captured == 1)
    }
  }

  @Test func signsOnRequest() throws {
    let ledger = try Ledger.create(at: path, origin: "acme.example/trace")
    #expect(throws: LedgerError.self) { try ledger.signCheckpoint(with: logKey) }
    #expect(try ledger.newestCheckpoint() == nil)
    #expect(try ledger.establishKeys(logKey: logKey, recoveryKey: recoveryKey) == 1)
    #expect(throws: LedgerError.self) { try ledger.signCheckpoint() }
    let signed = try ledger.signCheckpoint(with: logKey)
    #expect(signed.verified.checkpoint.size == 2)
    #expect(signed.verified.checkpoint.root == (try ledger.snapshot().root))
    try ledger.close()
    try ledger.close()
    let again = try Ledger.open(at: path)
    #expect(try again.newestCheckpoint() == signed.verified.unverified)
    #expect(try again.keyRecords().history.current?.introduced == 1)
    #expect(throws: LedgerError.self) { try again.signCheckpoint(with: logKey) }
    #expect(throws: LedgerError.self) { try Ledger.open(at: path, signingWith: logKey) }
    #expect(throws: LedgerError.self) {
      try Ledger.open(at: path, for: .writing, signingWith: recoveryKey)
    }
  }

  @Test(.timeLimit(.minutes(1))) func signsBesideCapturesAndWhenItIsClosed() throws {
    try begun().close()
    let ledger = try Ledger.open(at: path, for: .writing, signingWith: logKey)
    try capture(["A", "B", "C"], ledger)
    while try ledger.newestCheckpoint() == nil { usleep(1_000) }
    try capture(["D"], ledger)
    try ledger.close()
    #expect(ledger.signingFailure == nil)
    let size = try ledger.snapshot().size
    #expect(try ledger.newestCheckpoint()?.claim.size == size)
    let unchanged = try ledger.newestCheckpoint()
    let again = try Ledger.open(at: path, for: .writing, signingWith: logKey)
    try again.close()
    #expect(try Ledger.open(at: path).newestCheckpoint() == unchanged)
  }

  @Test func aRotatedKeySignsFromThenOn() throws {
    try begun().close()
    let ledger = try Ledger.open(at: path, for: .writing, signingWith: logKey)
    try capture(["A"], ledger)
    let before = try ledger.signCheckpoint()
    try ledger.rotateKey(from: logKey, to: Self.key(2))
    #expect(throws: LedgerError.self) { try ledger.signCheckpoint(with: logKey) }
    try capture(["B"], ledger)
    try ledger.close()
    let history = try ledger.keyRecords().history
    let newest = try #require(try ledger.newestCheckpoint())
    #expect(try history.verify(newest).get().verified.logKey.publicKey == Self.key(2).publicKey)
    #expect((try? history.judge(before.verified).get()) != nil, "the old one stands")
    let reading = try Ledger.open(at: path)
    #expect(try reading.keyRecords().history == history)
  }

  @Test func aThiefIsLockedOutByTheRecoveryKey() throws {
    let ledger = try begun()
    try capture(["A"], ledger)
    let last = try ledger.signCheckpoint(with: logKey).verified
    let thief = try Self.key(66)
    try ledger.rotateKey(from: logKey, to: thief)
    try capture(["B"], ledger)
    let stolen = try ledger.signCheckpoint(with: thief).verified
    #expect(throws: LedgerError.self) {
      try ledger.revokeKey(
        logKey.publicKey, above: last.checkpoint.size, recoveryKey: thief,
        replacement: Self.key(3))
    }
    try ledger.revokeKey(
      logKey.publicKey, above: last.checkpoint.size, recoveryKey: recoveryKey,
      replacement: Self.key(3))
    let history = try ledger.keyRecords().history
    #expect((try? history.judge(stolen, isPinned: true).get()) == nil)
    #expect((try? history.judge(last).get()) == nil)
    #expect((try? history.judge(last, isPinned: true).get()) != nil)
    #expect(throws: LedgerError.self) { try ledger.signCheckpoint(with: thief) }
    #expect(throws: LedgerError.self) { try ledger.rotateKey(from: thief, to: Self.key(67)) }
    let signed = try ledger.signCheckpoint(with: Self.key(3)).verified
    #expect((try? history.judge(signed).get()) != nil)
    try ledger.close()
  }

  @Test func cosignaturesAreVerifiedAndKept() throws {
    let ledger = try begun()
    let signed = try ledger.signCheckpoint(with: logKey).verified
    try capture(["A"], ledger)
    _ = try ledger.signCheckpoint(with: logKey)
    try ledger.keepCheckpoint(try ledger.keyRecords().history.judge(signed).get())
    let name = try #require(KeyName("witness.example/w1"))
    let witness = try Cosigner(name: name, key: Self.key(200))
    let stranger = try Cosigner(name: name, key: Self.key(201))
    let line = try witness.cosign(signed, time: 1_790_000_000)
    let lines = Array(line.line.utf8)
    #expect(throws: LedgerError.self) {
      try ledger.addCosignatures(lines, witnesses: [stranger.verifierKey])
    }
    var wrong = lines
    wrong[lines.count - 5] ^= 1
    #expect(throws: (any Error).self) {
      try ledger.addCosignatures(wrong, witnesses: [witness.verifierKey])
    }
    #expect(throws: LedgerError.self) {
      try ledger.addCosignatures(lines, witnesses: [signed.logKey])
    }
    // Lines alone are those of the newest checkpoint or of a kept one.
    let added = try ledger.addCosignatures(lines, witnesses: [witness.verifierKey])
    #expect(added.verified.checkpoint == signed.checkpoint)
    #expect(added.verified.cosignatures.map(\.witness) == [witness.verifierKey])
    let disk = PosixDisk(path)
    let kept = try #require(try disk.keptCheckpoint(of: signed.checkpoint.size))
    #expect(kept.note.signatures.count == 2)
    // A whole note, as a witness may hand it on.
    let newest = try #require(try ledger.newestCheckpoint())
    let verified = try ledger.keyRecords().history.verify(newest).get().verified
    let note = newest.adding([try witness.cosign(verified, time: 1_790_000_001)])
    _ = try ledger.addCosignatures(note.note.encoded, witnesses: [witness.verifierKey])
    #expect(try ledger.newestCheckpoint()?.note.signatures.count == 2)
    _ = try ledger.addCosignatures(note.note.encoded, witnesses: [witness.verifierKey])
    #expect(try disk.keptCheckpoints().sizes.count == 2)
    try ledger.close()
  }

  @Test func aCosignatureMayComeLaterThanTheNextCheckpoint() throws {
    let ledger = try begun()
    let name = try #require(KeyName("witness.example/w1"))
    let witness = try Cosigner(name: name, key: Self.key(200))
    let older = try ledger.signCheckpoint(with: logKey).verified
    try capture(["A"], ledger)
    _ = try ledger.signCheckpoint(with: logKey)
    let line = try witness.cosign(older, time: 1_790_000_000)
    let lines = Array(line.line.utf8)
    #expect(throws: LedgerError.self, "of which checkpoint, nobody can tell") {
      try ledger.addCosignatures(lines, witnesses: [witness.verifierKey])
    }
    let note = older.unverified.adding([line]).note.encoded
    let added = try ledger.addCosignatures(note, witnesses: [witness.verifierKey])
    #expect(added.verified.cosignatures.count == 1)
    #expect(try PosixDisk(path).keptCheckpoints().sizes == [older.checkpoint.size])
    // Another history, signed with the same key and cosigned, is no checkpoint of this ledger.
    let signer = try NoteSigner(key: logKey, origin: LogOrigin("acme.example/trace"))
    let forged = try signer.sign(
      Checkpoint(origin: older.checkpoint.origin, size: 3, root: older.checkpoint.root))
    let policy = CheckpointPolicy(origin: forged.claim.origin, logKeys: [signer.verifierKey])
    let cosigned = forged.adding([
      try witness.cosign(forged.verify(by: policy).get(), time: 1_790_000_000)
    ])
    let error = #expect(throws: LedgerError.self) {
      try ledger.addCosignatures(cosigned.note.encoded, witnesses: [witness.verifierKey])
    }
    #expect(error?.kind == .tampered)
    // Nor is one that the log never signed.
    let thief = try NoteSigner(key: Self.key(9), origin: LogOrigin("acme.example/trace"))
    let stolen = try thief.sign(older.checkpoint).adding([line])
    #expect(throws: LedgerError.self) {
      try ledger.addCosignatures(stolen.note.encoded, witnesses: [witness.verifierKey])
    }
    let kept = try PosixDisk(path).keptCheckpoint(of: older.checkpoint.size)
    #expect(kept?.note.signatures.count == 2)
    try ledger.close()
  }
}
