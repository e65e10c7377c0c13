import Testing
import TransparencyLog

@Suite("What logs and witnesses exchange")
struct WitnessProtocolTests {
  let hasher: SHA256Hasher
  let log: NoteSigner
  let origin: CheckpointOrigin
  let leaves: [Hash]

  init() throws {
    hasher = try SHA256Hasher()
    log = try NoteVerificationTests.signer(CheckpointTests.origin, seed: 1)
    origin = try #require(CheckpointOrigin(CheckpointTests.origin))
    leaves = NaiveTree.leaves(9, hasher)
  }

  func head(_ size: Int) throws -> UnverifiedCheckpoint {
    let root = NaiveTree.root(leaves[..<size], hasher)
    return try log.sign(Checkpoint(origin: origin, size: TreeSize(UInt64(size)), root: root))
  }

  @Test("a request is written as the specification shows, and read back")
  func request() throws {
    var reader = MemoryReader(leaves: leaves, hasher: hasher)
    let head = try head(9)
    let request = try AddCheckpointRequest.make(from: 5, to: head, reader: &reader, with: hasher)
    let lines = NaiveTree.subproof(5, leaves[...], true, hasher)
      .map { Base64.encode($0.bytes) + "\n" }.joined()
    let note = String(decoding: head.note.encoded, as: UTF8.self)
    #expect(request.encoded == Array("old 5\n\(lines)\n\(note)".utf8))
    #expect(try AddCheckpointRequest(parsing: request.encoded) == request)
    #expect(request.proof.older == 5 && request.proof.newer == 9)
    let first = try AddCheckpointRequest.make(from: 0, to: head, reader: &reader, with: hasher)
    #expect(first.encoded == Array("old 0\n\n\(note)".utf8))
    let again = try AddCheckpointRequest.make(from: 9, to: head, reader: &reader, with: hasher)
    #expect(again.encoded == Array("old 9\n\n\(note)".utf8))
    #expect(throws: ProofRequestError.self) {
      try AddCheckpointRequest.make(from: 10, to: head, reader: &reader, with: hasher)
    }
  }

  /// The body that the specification gives as its example.
  @Test("the specification's own example is read")
  func example() throws {
    let text = """
      old 20852014
      PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
      jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
      5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
      /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

      example.com/behind-the-sofa
      20852163
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      \u{2014} example.com/behind-the-sofa \
      Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

      """
    let request = try AddCheckpointRequest(parsing: Array(text.utf8))
    #expect(request.olderSize == 20_852_014)
    #expect(request.hashes.count == 4)
    #expect(request.checkpoint.claim.size == 20_852_163)
    #expect(request.encoded == Array(text.utf8))
  }

  @Test("malformed requests: what is refused and why")
  func malformed() throws {
    let note = String(decoding: try head(9).note.encoded, as: UTF8.self)
    let hash = Base64.encode(Hash.zero.bytes)
    let most = String(repeating: hash + "\n", count: 63)
    #expect(throws: Never.self) {
      try AddCheckpointRequest(parsing: Array("old 3\n\(most)\n\(note)".utf8))
    }
    let cases: [(String, MalformedText.Fault)] = [
      ("", .badOldSize), ("old 3", .badOldSize), ("old  3\n\n\(note)", .badOldSize),
      ("old\n\n\(note)", .badOldSize), ("old \n\n\(note)", .badOldSize),
      ("old 03\n\n\(note)", .badOldSize), ("old -3\n\n\(note)", .badOldSize),
      ("old 3 \n\n\(note)", .badOldSize), ("old 3\r\n\n\(note)", .badOldSize),
      ("Old 3\n\n\(note)", .badOldSize), ("older 3\n\n\(note)", .badOldSize),
      ("old 18446744073709551616\n\n\(note)", .badOldSize), ("\nold 3\n\n\(note)", .badOldSize),
      ("old 3\n", .noBlankLine), ("old 3\n\(hash)\n", .noBlankLine),
      ("old 3\n\(note)", .badHash), ("old 3\nAAAA\n\n\(note)", .badHash),
      ("old 3\n\(hash) \n\n\(note)", .badHash),
      ("old 3\n\(most)\(hash)\n\n\(note)", .tooManyProofLines),
      ("old 3\n\n", .noBlankLine), ("old 3\n\n\n\(note)", .badOrigin),
      ("old 3\n\n\(note)\n", .noSignature),
    ]
    for (text, fault) in cases {
      let error = #expect(throws: MalformedText.self) {
        try AddCheckpointRequest(parsing: Array(text.utf8))
      }
      #expect(error?.fault == fault, "\(text)")
    }
    let huge = [UInt8](repeating: 65, count: AddCheckpointRequest.byteCountMax + 1)
    #expect(throws: MalformedText.self) { try AddCheckpointRequest(parsing: huge) }
    let head = try head(9)
    #expect(throws: MalformedText.self) {
      try AddCheckpointRequest(
        olderSize: 3, hashes: [Hash](repeating: .zero, count: 64), checkpoint: head)
    }
  }

  @Test("every answer has its status and body, and is read back")
  func replies() throws {
    let policy = CheckpointPolicy(origin: origin, logKeys: [log.verifierKey])
    let verified = try head(9).verify(by: policy).get()
    let line = try CheckpointTests.witness("w.example", seed: 7).cosign(verified, time: 5)
    let replies: [(WitnessReply, Int)] = [
      (.cosigned([line, line]), 200), (.badRequest, 400), (.forbidden, 403), (.notFound, 404),
      (.conflict(0), 409), (.conflict(TreeSize(.max)), 409), (.unprocessable, 422),
    ]
    for (reply, status) in replies {
      #expect(reply.status == status)
      #expect(try WitnessReply(status: status, body: reply.body) == reply)
      let isSize = reply.contentType == "text/x.tlog.size"
      #expect(isSize == (status == 409))
    }
    #expect(WitnessReply.conflict(1_234).body == Array("1234\n".utf8))
    let bad: [(Int, String)] = [
      (200, ""), (200, "\n"), (200, "12\n"), (409, ""), (409, "12"), (409, "012\n"),
      (409, "12\n\n"),
      (409, "x\n"), (500, ""), (201, ""),
    ]
    for (status, body) in bad {
      #expect(throws: MalformedText.self, "\(status) \(body)") {
        try WitnessReply(status: status, body: Array(body.utf8))
      }
    }
    let cut = Array(WitnessReply.cosigned([line]).body.dropLast())
    #expect(throws: MalformedText.self) { try WitnessReply.signatures(cut) }
    let many = WitnessReply.cosigned(Array(repeating: line, count: 101)).body
    #expect(throws: MalformedText.self) { try WitnessReply.signatures(many) }
  }

  @Test("only cosignatures of known witnesses that hold are collected, the newest of each")
  func collecting() throws {
    let policy = CheckpointPolicy(origin: origin, logKeys: [log.verifierKey])
    let head = try head(9)
    let verified = try head.verify(by: policy).get()
    let other = try self.head(8).verify(by: policy).get()
    let known = try (1...3).map {
      try CheckpointTests.witness("w\($0).example", seed: UInt8($0 + 20))
    }
    let stranger = try CheckpointTests.witness("x.example", seed: 30)
    let lines = [
      try known[0].cosign(verified, time: 5), try known[1].cosign(other, time: 6),
      try stranger.cosign(verified, time: 7), try known[2].cosign(verified, time: 8),
      try known[0].cosign(verified, time: 9),
    ]
    let keys = known.map(\.verifierKey) + [log.verifierKey]
    let collection = try head.collecting(lines, by: keys)
    #expect(collection.added.map(\.witness) == [known[2].verifierKey, known[0].verifierKey])
    #expect(collection.added.map(\.time) == [8, 9])
    #expect(collection.unknown == [lines[2]])
    #expect(collection.wrong == [lines[1]])
    #expect(collection.checkpoint.note.signatures.count == 3)
    let quorum = CheckpointPolicy(
      origin: origin, logKeys: [log.verifierKey], witnesses: known.map(\.verifierKey), quorum: 2)
    #expect(throws: Never.self) { try collection.checkpoint.verify(by: quorum).get() }
    // A later round replaces what the same witness said before.
    let later = try collection.checkpoint.collecting(
      [known[2].cosign(verified, time: 20)], by: keys)
    #expect(later.checkpoint.note.signatures.count == 3)
    #expect(try later.checkpoint.verify(by: quorum).get().cosignatures.map(\.time).max() == 20)
  }

  @Test("damaged requests and answers: no trap, and nothing is read in two spellings")
  func damaged() throws {
    var generator = ParserFuzzTests.Seeded(state: 11)
    var reader = MemoryReader(leaves: leaves, hasher: hasher)
    let request = try AddCheckpointRequest.make(
      from: 5, to: head(9), reader: &reader, with: hasher
    ).encoded
    let policy = CheckpointPolicy(origin: origin, logKeys: [log.verifierKey])
    let line = try CheckpointTests.witness("w.example", seed: 7)
      .cosign(head(9).verify(by: policy).get(), time: 5)
    let reply = WitnessReply.cosigned([line, line]).body
    var accepted = 0
    for _ in 0..<1_500 {
      let damaged = ParserFuzzTests.damage(request, with: &generator)
      if let read = try? AddCheckpointRequest(parsing: damaged) {
        #expect(read.encoded == damaged)
        accepted += 1
      }
      let answer = ParserFuzzTests.damage(reply, with: &generator)
      if let read = try? WitnessReply(status: 200, body: answer) {
        #expect(read.body == answer)
        accepted += 1
      }
    }
    #expect(accepted > 20)
  }
}
