import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// Evidence made out of a ledger that a writer wrote.
@Suite struct MakerTests {
  private struct Subject {
    let disk = SimulatedDisk()
    let writer: LedgerWriter
    let hasher: SHA256Hasher
    let signer: NoteSigner
    let key: Ed25519PrivateKey
    let recovery: Ed25519PrivateKey

    /// Genesis, key, a capture with a context (2) and ten events (3 to 12).
    init() throws {
      var options = WriterOptions()
      options.clock = TestClock().clock
      options.random = .seeded(7)
      writer = try LedgerWriter.create(
        disk, origin: LogOrigin("made.example/log"), options: options)
      hasher = try SHA256Hasher()
      key = try Ed25519PrivateKey.generate()
      recovery = try Ed25519PrivateKey.generate()
      signer = try NoteSigner(name: #require(KeyName("made.example/log")), key: key)
      let change = KeyPayload.Change.establish(
        logKey: key.publicKey, recoveryKey: recovery.publicKey)
      let payload = KeyPayload(sequence: 0, change: change)
      _ = try writer.append(payload.signed(by: [key, recovery], logID: writer.genesis.logID))
      try capture(0..<10)
    }

    func capture(_ events: Range<Int>) throws {
      let context = Array("the document without its events".utf8)
      let capture = CapturePayload(
        submitter: "", documentName: "", mediaType: "", documentByteCount: 0,
        eventCount: UInt64(events.count), context: context)
      var draft = try CaptureDraft(capture: capture.payload())
      for event in events {
        var payload: [UInt8] = []
        MakerTests.event(event).withUnsafeBytes {
          EventPayload.append(contextDigest: hasher.hash(context), event: $0, to: &payload)
        }
        try draft.addEvent(payload: payload, links: Array("links \(event)".utf8))
      }
      _ = try writer.append(draft)
    }

    func maker(_ checkpoint: UnverifiedCheckpoint? = nil) throws -> EvidenceMaker {
      let reader = try LedgerReader(disk)
      return try EvidenceMaker(
        reader, in: reader.snapshot(), checkpoint: checkpoint ?? sign(), with: hasher)
    }

    func sign() throws -> UnverifiedCheckpoint {
      let snapshot = writer.snapshot
      return try signer.sign(
        Checkpoint(
          origin: CheckpointOrigin(signer.verifierKey.name), size: snapshot.size,
          root: snapshot.root))
    }

    var policy: EvidencePolicy { EvidencePolicy(key: signer.verifierKey) }

    func bundle(
      _ entries: Set<EntryIndex>, _ scope: EvidenceMaker.Scope = .events
    ) throws -> (CheckedBundle, [DisclosedEntry]) {
      let file = Collected()
      _ = try maker().bundle(of: entries, scope: scope) { file.bytes += $0 }
      var found: [DisclosedEntry] = []
      let result = try policy.check(bundle: MemoryEvidence(file.bytes), with: hasher) {
        found.append($0)
      }
      return (try result.get(), found)
    }
  }

  private static func event(_ number: Int) -> [UInt8] { Array("{\"event\":\(number)}".utf8) }

  @Test func everyEventIsProvenAndOnlyThat() throws {
    let subject = try Subject()
    let maker = try subject.maker()
    for number in 0..<10 {
      let proof = try maker.proof(of: EntryIndex(UInt64(number + 3)))
      let event = ProofSubject.event(Self.event(number))
      let checked = try subject.policy.check(proof, for: event, with: subject.hasher).get()
      #expect(checked.head.standing == .valid && checked.head.history?.keys.count == 1)
      let other = ProofSubject.event(Self.event(number + 1))
      #expect(
        try subject.policy.check(proof, for: other, with: subject.hasher).rejection?.exitCode == 4)
    }
    #expect(throws: LedgerError.self) { try maker.proof(of: 2) }
    #expect(throws: LedgerError.self) { try maker.proof(of: 13) }
  }

  @Test func consistencyGoesOnAcrossARotation() throws {
    let subject = try Subject()
    let older = try subject.sign()
    let next = try Ed25519PrivateKey.generate()
    let payload = KeyPayload(sequence: 1, change: .rotate(to: next.publicKey))
    let logID = subject.writer.genesis.logID
    _ = try subject.writer.append(payload.signed(by: [subject.key, next], logID: logID))
    try subject.capture(10..<12)
    let signer = try NoteSigner(name: subject.signer.verifierKey.name, key: next)
    let snapshot = subject.writer.snapshot
    let newer = try signer.sign(
      Checkpoint(origin: older.claim.origin, size: snapshot.size, root: snapshot.root))
    let evidence = try subject.maker(newer).consistency(since: older)
    let read = try ConsistencyEvidence(parsing: evidence.encoded())
    for key in [subject.signer.verifierKey, signer.verifierKey] {
      let policy = EvidencePolicy(key: key)
      let checked = try policy.check(read, pinned: older, with: subject.hasher).get()
      #expect(checked.older.verified.logKey == subject.signer.verifierKey)
      #expect(checked.newer.verified.logKey == signer.verifierKey)
    }
    // The old key may not sign what follows the rotation.
    let late = try subject.maker(subject.sign()).consistency(since: older)
    #expect(subject.policy.check(late, with: subject.hasher).rejection?.exitCode == 4)
    let forged = try subject.signer.sign(
      Checkpoint(origin: older.claim.origin, size: older.claim.size, root: .emptyTree))
    let maker = try subject.maker(newer)
    #expect(throws: ForkedCheckpoint.self) { try maker.consistency(since: forged) }
  }

  @Test func bundlesHoldWhatTheirScopeSays() throws {
    let subject = try Subject()
    let chosen: Set<EntryIndex> = [4, 8]
    let (whole, entries) = try subject.bundle(chosen)
    #expect(entries.map(\.entry.index) == [0, 1, 4, 8])
    #expect(whole.shownCount == 2 && whole.contextCount == 1 && entries[2].hasContext)
    #expect(entries[2].event?.event == Self.event(1))
    let (bare, _) = try subject.bundle(chosen, .eventsWithoutContext)
    #expect(bare.shownCount == 2 && bare.contextCount == 0)
    let (links, shown) = try subject.bundle(chosen, .links)
    #expect(links.shownCount == 0 && links.linksOnlyCount == 2 && links.contextCount == 0)
    #expect(shown[3].parts?.links.bytes == Array("links 5".utf8) && shown[3].event == nil)
  }

  @Test func whatWasRedactedIsShownAsSuch() throws {
    let subject = try Subject()
    _ = try subject.writer.redact([4], parts: .payload, reason: "gdpr-17")
    _ = try subject.writer.redact([5], parts: .payloadAndLinks, reason: "gdpr-17")
    let (bundle, entries) = try subject.bundle([3, 4, 5])
    let byIndex = Dictionary(uniqueKeysWithValues: entries.map { ($0.entry.index, $0) })
    #expect(bundle.shownCount == 1 && bundle.linksOnlyCount == 1 && bundle.destroyedCount == 1)
    let redacted = try #require(byIndex[4])
    #expect(redacted.redaction?.reason == "gdpr-17" && redacted.event == nil)
    #expect(redacted.parts?.links.bytes == Array("links 1".utf8))
    let destroyed = try #require(byIndex[5])
    #expect(destroyed.parts == nil && destroyed.redaction != nil)
    #expect(entries.filter { $0.entry.kind == .redaction }.count == 2)
    let maker = try subject.maker()
    for index in [EntryIndex(4), 5] {
      let proof = try maker.proof(of: index)
      let event = ProofSubject.event(Self.event(Int(index.rawValue) - 3))
      let result = try subject.policy.check(proof, for: event, with: subject.hasher)
      #expect(result.rejection == .payloadErased(index))
      let alone = try subject.policy.check(proof, for: .entryAlone, with: subject.hasher)
      #expect(alone.rejection == nil)
    }
  }

  @Test func aCheckpointThatIsNotTheLedgersIsRefused() throws {
    let subject = try Subject()
    let honest = try subject.sign().claim
    let origin = honest.origin
    let elsewhere = try #require(CheckpointOrigin("other.example"))
    let claims = [
      Checkpoint(origin: elsewhere, size: honest.size, root: honest.root),
      Checkpoint(origin: origin, size: TreeSize(honest.size.rawValue + 1), root: honest.root),
      Checkpoint(origin: origin, size: honest.size, root: .emptyTree),
      Checkpoint(origin: origin, size: TreeSize(honest.size.rawValue - 1), root: honest.root),
    ]
    for claim in claims {
      let checkpoint = try subject.signer.sign(claim)
      #expect(throws: LedgerError.self) { try subject.maker(checkpoint) }
    }
  }
}
