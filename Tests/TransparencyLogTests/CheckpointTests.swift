import Testing
import TransparencyLog

@Suite("Checkpoints, cosignatures, trust")
struct CheckpointTests {
  static let origin = "example.com/log"

  let origin: CheckpointOrigin
  let log: NoteSigner
  let witnesses: [Cosigner]

  init() throws {
    origin = try #require(CheckpointOrigin(Self.origin))
    log = try NoteVerificationTests.signer(Self.origin, seed: 1)
    witnesses = try (0..<3).map { try Self.witness("w\($0).example", seed: UInt8(10 + $0)) }
  }

  static func witness(_ name: String, seed: UInt8) throws -> Cosigner {
    try Cosigner(
      name: try #require(KeyName(name)),
      key: try Ed25519PrivateKey(seed: [UInt8](repeating: seed, count: 32)))
  }

  func signed(size: TreeSize = 7, root: Hash = .zero) throws -> UnverifiedCheckpoint {
    try log.sign(Checkpoint(origin: origin, size: size, root: root))
  }

  func policy(_ quorum: Int = 0, logKeys: [VerifierKey]? = nil) -> CheckpointPolicy {
    CheckpointPolicy(
      origin: origin, logKeys: logKeys ?? [log.verifierKey],
      witnesses: witnesses.map(\.verifierKey), quorum: quorum)
  }

  @Test("a checkpoint is read and written alike")
  func roundTrip() throws {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    let text = Array("example.com/behind-the-sofa\n20852163\n\(root)\n".utf8)
    let checkpoint = try Checkpoint(parsing: text)
    #expect(checkpoint.origin.text == "example.com/behind-the-sofa")
    #expect(checkpoint.size == 20_852_163)
    #expect(Base64.encode(checkpoint.root.bytes) == root)
    #expect(checkpoint.textBytes == text)
    let extended = text + Array("more \u{e9}\n+\n".utf8)
    #expect(try Checkpoint(parsing: extended).extensions.count == 2)
    #expect(try Checkpoint(parsing: extended).textBytes == extended)
  }

  @Test("malformed checkpoints: what is refused and why")
  func malformed() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    let cases: [(String, MalformedText.Fault)] = [
      ("", .noFinalNewline), ("o\n1\n\(root)", .noFinalNewline), ("\n", .badOrigin),
      ("\n1\n\(root)\n", .badOrigin), ("o\n", .badSize), ("o\n\n\(root)\n", .badSize),
      ("o\n01\n\(root)\n", .badSize), ("o\n00\n\(root)\n", .badSize),
      ("o\n+1\n\(root)\n", .badSize), ("o\n-1\n\(root)\n", .badSize),
      ("o\n 1\n\(root)\n", .badSize), ("o\n1 \n\(root)\n", .badSize),
      ("o\n0x1\n\(root)\n", .badSize), ("o\n\u{661}\n\(root)\n", .badSize),
      ("o\n18446744073709551616\n\(root)\n", .badSize), ("o\n1\n", .badRoot),
      ("o\n1\n\n", .badRoot), ("o\n1\n\(root.dropLast())\n", .badRoot),
      ("o\n1\n\(root.dropLast(2))J=\n", .badRoot), ("o\n1\n\(root) \n", .badRoot),
      ("o\n1\nAAAA\n", .badRoot), ("o\n1\nAAAA\(root)\n", .badRoot),
      ("o\n1\n\(root)\n\n", .emptyExtension), ("o\n1\n\(root)\nx\n\n", .emptyExtension),
      ("o\n1\n\(root)\nx\ty\n", .controlCharacter), ("o\r\n1\n\(root)\n", .badOrigin),
    ]
    for (text, fault) in cases {
      let error = #expect(throws: MalformedText.self) {
        try Checkpoint(parsing: Array(text.utf8))
      }
      #expect(error?.fault == fault, "\(text)")
    }
    #expect(throws: MalformedText.self) { try Checkpoint(parsing: [0xff, 10, 49, 10]) }
    for size in ["0", "18446744073709551615"] {
      #expect(throws: Never.self) {
        try Checkpoint(parsing: Array("o\n\(size)\n\(root)\n".utf8))
      }
    }
  }

  @Test("verified only by the log's own key and under its own origin")
  func trust() throws {
    let checkpoint = try signed()
    let verified = try checkpoint.verify(by: policy()).get()
    #expect(verified.checkpoint == checkpoint.claim)
    #expect(verified.logKey == log.verifierKey)
    #expect(verified.note.encoded == checkpoint.note.encoded)

    let other = try #require(CheckpointOrigin("example.com/other"))
    #expect(
      checkpoint.verify(by: CheckpointPolicy(origin: other, logKeys: [log.verifierKey]))
        == .failure(.wrongOrigin(found: origin, expected: other)))
    let stranger = try NoteVerificationTests.signer(Self.origin, seed: 9)
    #expect(
      checkpoint.verify(by: policy(logKeys: [stranger.verifierKey]))
        == .failure(.note(.noKnownSignature)))
    #expect(checkpoint.verify(by: policy(logKeys: [])) == .failure(.note(.noKnownSignature)))
    #expect(throws: Never.self) {
      try checkpoint.verify(by: policy(logKeys: [stranger.verifierKey, log.verifierKey])).get()
    }
    #expect(try signed(size: 0).verify(by: policy()) == .failure(.impossibleRoot(.zero)))
    #expect(throws: Never.self) {
      try signed(size: 0, root: .emptyTree).verify(by: policy()).get()
    }
  }

  @Test("a quorum counts each witness once, and no one else")
  func quorum() throws {
    let checkpoint = try signed()
    let verified = try checkpoint.verify(by: policy()).get()
    let lines = try witnesses.enumerated().map {
      try $0.element.cosign(verified, time: UInt64(1_700_000_000 + $0.offset))
    }
    let all = checkpoint.adding(lines)
    #expect(try UnverifiedCheckpoint(parsing: all.note.encoded) == all)
    let three = try all.verify(by: policy(3)).get()
    #expect(three.cosignatures.map(\.time) == [1_700_000_000, 1_700_000_001, 1_700_000_002])
    #expect(three.cosignatures.map(\.witness) == witnesses.map(\.verifierKey))
    #expect(all.verify(by: policy(4)) == .failure(.quorumMissed(found: 3, required: 4)))

    // The same witness again, later: its newer statement takes the place of the older.
    let again = checkpoint.adding([lines[0]])
      .adding([try witnesses[0].cosign(verified, time: 1_800_000_000)])
    #expect(again.verify(by: policy(2)) == .failure(.quorumMissed(found: 1, required: 2)))
    #expect(try again.verify(by: policy(1)).get().cosignatures[0].time == 1_800_000_000)

    // Witnesses alone do not make a checkpoint of the log.
    let stripped = try UnverifiedCheckpoint(
      note: SignedNote(
        parsing: Array(checkpoint.claim.textBytes + "\n".utf8)
          + all.note.encoded.dropFirst(checkpoint.note.encoded.count)))
    #expect(stripped.note.signatures.count == 3)
    #expect(stripped.verify(by: policy(3)) == .failure(.notSignedByLog))
  }

  @Test("one key under two names, and the log's own key, are no further witnesses")
  func sybils() throws {
    let checkpoint = try signed()
    let verified = try checkpoint.verify(by: policy()).get()
    let twin = try Self.witness("twin.example", seed: 10)
    let own = try Self.witness("own.example", seed: 1)
    let lines = try [witnesses[0], twin, own].map { try $0.cosign(verified, time: 1) }
    let policy = CheckpointPolicy(
      origin: origin, logKeys: [log.verifierKey],
      witnesses: [witnesses[0], witnesses[0], twin, own].map(\.verifierKey), quorum: 2)
    #expect(
      checkpoint.adding(lines).verify(by: policy)
        == .failure(.quorumMissed(found: 1, required: 2)))
    // A witness's plain signature carries no time and is no cosignature.
    let plain = try NoteVerificationTests.signer("w9.example", seed: 30)
    let signature = try plain.sign(checkpoint.claim).note.signatures
    let plainPolicy = CheckpointPolicy(
      origin: origin, logKeys: [log.verifierKey], witnesses: [plain.verifierKey], quorum: 1)
    #expect(
      checkpoint.adding(signature).verify(by: plainPolicy)
        == .failure(.quorumMissed(found: 0, required: 1)))
  }

  @Test("a cosignature is bound to its time and to its checkpoint")
  func cosignatureBinding() throws {
    let verified = try signed().verify(by: policy()).get()
    let line = try witnesses[0].cosign(verified, time: 1_700_000_000)
    let elsewhere = try signed(size: 8).adding([line])
    let key = witnesses[0].verifierKey
    #expect(
      elsewhere.verify(by: policy()) == .failure(.note(.badSignature(key.name, key.id))))
    #expect(throws: CosignError.timeOutOfRange(1 << 63)) {
      try witnesses[0].cosign(verified, time: 1 << 63)
    }
    let latest = try witnesses[0].cosign(verified, time: (1 << 63) - 1)
    #expect(throws: Never.self) { try signed().adding([latest]).verify(by: policy(1)).get() }
  }

  /// The time is signed as a decimal number, so that this signature is good but for the rule
  /// that times are below 2^63; and only checkpoints are cosigned.
  @Test("cosignatures beyond the last time, or on other texts, are refused")
  func forbiddenCosignatures() throws {
    let secret = try Ed25519PrivateKey(seed: [UInt8](repeating: 10, count: 32))
    let key = witnesses[0].verifierKey
    func note(_ text: String, time: UInt64) throws -> SignedNote {
      let signature = try secret.sign(Array("cosignature/v1\ntime \(time)\n\(text)".utf8))
      let clock = stride(from: 56, through: 0, by: -8).map { UInt8(time >> UInt64($0) & 0xff) }
      let blob = Base64.encode(key.id.bytes + clock + signature)
      return try SignedNote(parsing: Array("\(text)\n\u{2014} \(key.name) \(blob)\n".utf8))
    }
    let text = String(decoding: try signed().claim.textBytes, as: UTF8.self)
    let bad = Result<VerifiedNote, NoteRejection>.failure(.badSignature(key.name, key.id))
    #expect(throws: Never.self) { try note(text, time: (1 << 63) - 1).verify(with: [key]).get() }
    #expect(try note(text, time: 1 << 63).verify(with: [key]) == bad)
    #expect(try note("no checkpoint\n", time: 1).verify(with: [key]) == bad)
    #expect(try note("a\nb\nc\n", time: 1).verify(with: [key]) == bad)
  }

  @Test("consistency is between checkpoints of one log and for their sizes")
  func extends() throws {
    let hasher = try SHA256Hasher()
    let leaves = NaiveTree.leaves(8, hasher)
    var reader = MemoryReader(leaves: leaves, hasher: hasher)
    let older = try signed(size: 5, root: NaiveTree.root(leaves[..<5], hasher))
      .verify(by: policy()).get()
    let newer = try signed(size: 8, root: NaiveTree.root(leaves[...], hasher))
      .verify(by: policy()).get()
    let proof = try ConsistencyProof.make(older: 5, newer: 8, reader: &reader, with: hasher)
    #expect(newer.checkExtends(older, proof: proof, with: hasher) == .valid)
    #expect(
      older.checkExtends(newer, proof: proof, with: hasher)
        == .invalid(.otherSize(5, checkpoint: 8)))
    let shorter = ConsistencyProof(older: 5, newer: 7, hashes: proof.hashes)
    #expect(
      newer.checkExtends(older, proof: shorter, with: hasher)
        == .invalid(.otherSize(7, checkpoint: 8)))
    let forked = try signed(size: 8, root: .zero).verify(by: policy()).get()
    #expect(
      forked.checkExtends(older, proof: proof, with: hasher)
        == .invalid(.rootMismatch(computed: newer.checkpoint.root, expected: .zero)))
    let other = try #require(CheckpointOrigin("example.com/other"))
    let stranger = try log.sign(
      Checkpoint(origin: other, size: 8, root: newer.checkpoint.root)
    ).verify(by: CheckpointPolicy(origin: other, logKeys: [log.verifierKey])).get()
    #expect(stranger.checkExtends(older, proof: proof, with: hasher) == .invalid(.otherLog))
    let inclusion = try InclusionProof.make(index: 2, size: 5, reader: &reader, with: hasher)
    #expect(older.checkInclusion(of: leaves[2], proof: inclusion, with: hasher) == .valid)
    #expect(
      newer.checkInclusion(of: leaves[2], proof: inclusion, with: hasher)
        == .invalid(.otherSize(5, checkpoint: 8)))
  }
}
