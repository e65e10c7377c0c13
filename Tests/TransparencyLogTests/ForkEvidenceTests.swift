import Testing
import TransparencyLog

/// A log that shows two auditors two histories: the trunk and a branch that leaves it.
struct ForkedLog {
  let hasher: SHA256Hasher
  let log: NoteSigner
  let origin: CheckpointOrigin
  let trunk: [Hash]
  let branch: [Hash]

  /// - Parameter at: the first leaf that differs.
  init(at place: Int = 5, count: Int = 11) throws {
    hasher = try SHA256Hasher()
    log = try NoteVerificationTests.signer(CheckpointTests.origin, seed: 1)
    origin = try #require(CheckpointOrigin(CheckpointTests.origin))
    trunk = NaiveTree.leaves(count, hasher)
    branch =
      Array(trunk[..<place])
      + (place..<count).map { [hasher] in hasher.leafHash(Array("other-\($0)".utf8)) }
  }

  var policy: CheckpointPolicy { CheckpointPolicy(origin: origin, logKeys: [log.verifierKey]) }

  func head(_ leaves: [Hash], _ size: Int) throws -> VerifiedCheckpoint {
    let root = NaiveTree.root(leaves[..<size], hasher)
    let checkpoint = Checkpoint(origin: origin, size: TreeSize(UInt64(size)), root: root)
    return try log.sign(checkpoint).verify(by: policy).get()
  }

  func reader(_ leaves: [Hash]) -> MemoryReader { MemoryReader(leaves: leaves, hasher: hasher) }

  func evidence(_ olderSize: Int = 7, _ newerSize: Int = 11) throws -> ForkEvidence {
    var reader = reader(branch)
    let comparison = try HeadComparison(
      head(trunk, olderSize), head(branch, newerSize), reader: &reader, with: hasher)
    guard case .forked(let evidence) = comparison else {
      throw MissingEvidence(comparison: comparison)
    }
    return evidence
  }

  struct MissingEvidence: Error { let comparison: HeadComparison }
}

@Suite("Forks as evidence")
struct ForkEvidenceTests {
  @Test("two auditors exchange heads of a forked log: both notes and the proof are shown")
  func exchange() throws {
    let forked = try ForkedLog()
    // One auditor was shown the trunk, the other the branch; each checks only what it was shown.
    let first = try forked.head(forked.trunk, 7)
    let second = try forked.head(forked.branch, 11)
    var tree = forked.reader(forked.branch)
    guard
      case .forked(let evidence) = try HeadComparison(
        first, second, reader: &tree, with: forked.hasher)
    else {
      Issue.record("the fork was not seen")
      return
    }
    print(evidence)
    let text = evidence.description
    #expect(text.contains(first.note.text) && text.contains(second.note.text))
    for hash in evidence.branch?.proof.hashes ?? [] {
      #expect(text.contains(Base64.encode(hash.bytes)))
    }
    // Anyone else needs the file and the vkey.
    let read = try ForkEvidence(parsing: evidence.encoded)
    #expect(read == evidence)
    let fork = try read.verify(by: [forked.log.verifierKey], with: forked.hasher).get()
    #expect(fork.older == first && fork.newer == second)
  }

  @Test("every pair of heads of two histories: evidence if and only if they contradict each other")
  func allPairs() throws {
    var forks = 0
    for place in [0, 1, 4, 5, 8] {
      let forked = try ForkedLog(at: place, count: 9)
      for older in 0...9 {
        for newer in older...9 {
          for history in [forked.trunk, forked.branch] {
            var reader = forked.reader(forked.branch)
            let first = try forked.head(history, older)
            let second = try forked.head(forked.branch, newer)
            // In either order.
            let comparison = try HeadComparison(
              second, first, reader: &reader, with: forked.hasher)
            let isFork =
              first.checkpoint.root
              != NaiveTree.root(
                forked.branch[..<older], forked.hasher)
            switch comparison {
            case .forked(let evidence):
              forks += 1
              #expect(isFork)
              let read = try ForkEvidence(parsing: evidence.encoded)
              #expect(throws: Never.self) {
                try read.verify(by: [forked.log.verifierKey], with: forked.hasher).get()
              }
            case .consistent: #expect(!isFork)
            case .otherTree, .otherLog: Issue.record("\(comparison)")
            }
          }
        }
      }
    }
    #expect(forks > 50)
    print("forks: \(forks) pairs of heads that contradict each other, all with evidence")
  }

  @Test("a proof that does not hold shows the fork by itself, but for powers of two")
  func fromProof() throws {
    let forked = try ForkedLog(at: 2, count: 11)
    for older in 1..<11 {
      var reader = forked.reader(forked.branch)
      let proof = try ConsistencyProof.make(
        older: TreeSize(UInt64(older)), newer: 11, reader: &reader, with: forked.hasher)
      let evidence = ForkEvidence(
        try forked.head(forked.trunk, older), try forked.head(forked.branch, 11), shownBy: proof,
        with: forked.hasher)
      let isPower = older.nonzeroBitCount == 1
      #expect((evidence != nil) == (older > 2 && !isPower), "\(older)")
      if let evidence {
        #expect(throws: Never.self) {
          try evidence.verify(by: [forked.log.verifierKey], with: forked.hasher).get()
        }
      }
      // Rubbish in place of a proof accuses nobody.
      let rubbish = ConsistencyProof(
        older: TreeSize(UInt64(older)), newer: 11, hashes: proof.hashes.reversed() + [.zero])
      #expect(
        ForkEvidence(
          try forked.head(forked.trunk, older), try forked.head(forked.trunk, 11),
          shownBy: rubbish, with: forked.hasher) == nil)
    }
  }

  @Test("hashes of another tree accuse nobody")
  func otherTree() throws {
    let forked = try ForkedLog(at: 5, count: 11)
    var wrong = forked.reader(forked.trunk)
    let comparison = try HeadComparison(
      forked.head(forked.trunk, 7), forked.head(forked.branch, 11), reader: &wrong,
      with: forked.hasher)
    #expect(comparison == .otherTree)
    let stranger = try NoteVerificationTests.signer("other.example/log", seed: 1)
    let origin = try #require(CheckpointOrigin("other.example/log"))
    let other = try stranger.sign(Checkpoint(origin: origin, size: 7, root: .zero)).verify(
      by: CheckpointPolicy(origin: origin, logKeys: [stranger.verifierKey])
    ).get()
    let stranges = try HeadComparison(
      forked.head(forked.trunk, 7), other, reader: &wrong, with: forked.hasher)
    #expect(stranges == .otherLog)
  }

  @Test("no flipped bit, cut or other key leaves evidence standing", arguments: [7, 11])
  func mutated(olderSize: Int) throws {
    let forked = try ForkedLog()
    let bytes = try forked.evidence(olderSize).encoded
    let key = forked.log.verifierKey
    func outcome(_ bytes: [UInt8]) throws {
      _ = try ForkEvidence(parsing: bytes).verify(by: [key], with: forked.hasher).get()
    }
    #expect(throws: Never.self) { try outcome(bytes) }
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: (any Error).self, "bit \(bit)") { try outcome(changed) }
    }
    for count in 0..<bytes.count {
      #expect(throws: (any Error).self) { try outcome(Array(bytes[..<count])) }
    }
    for more in ["\n", "AAAA\n", Base64.encode(Hash.zero.bytes) + "\n"] {
      #expect(throws: (any Error).self) { try outcome(bytes + Array(more.utf8)) }
    }
    let stranger = try NoteVerificationTests.signer(CheckpointTests.origin, seed: 2)
    let rejection = try ForkEvidence(parsing: bytes)
      .verify(by: [stranger.verifierKey], with: forked.hasher)
    #expect(rejection == .failure(.checkpoint(.note(.noKnownSignature))))
  }

  @Test("an honest pair cannot be dressed up as a fork")
  func honest() throws {
    let forked = try ForkedLog()
    let evidence = try forked.evidence()
    let lines = String(decoding: evidence.encoded, as: UTF8.self).split(separator: "\n")
    let newer = Base64.encode(try forked.head(forked.trunk, 11).note.encoded)
    let older = Base64.encode(try forked.head(forked.trunk, 7).note.encoded)
    var reader = forked.reader(forked.trunk)
    let proof = try ConsistencyProof.make(
      older: 7, newer: 11, reader: &reader, with: forked.hasher
    ).hashes.map { Base64.encode($0.bytes) }
    let root = Base64.encode(NaiveTree.root(forked.trunk[..<7], forked.hasher).bytes)
    let files: [([String], String)] = [
      (["older \(older)", "newer \(newer)"] + lines[3...].map(String.init), "another's proof"),
      (["older \(older)", "newer \(newer)", "root \(root)"] + proof, "a true root"),
      (["older \(older)", "newer \(older)"], "twice the same"),
    ]
    for (body, name) in files {
      let text = (["provender-fork@v1"] + body).joined(separator: "\n") + "\n"
      let read = try ForkEvidence(parsing: Array(text.utf8))
      #expect(throws: ForkRejection.self, "\(name)") {
        try read.verify(by: [forked.log.verifierKey], with: forked.hasher).get()
      }
    }
  }

  @Test("malformed files: what is refused and why")
  func malformed() throws {
    let forked = try ForkedLog()
    let older = Base64.encode(try forked.head(forked.trunk, 7).note.encoded)
    let newer = Base64.encode(try forked.head(forked.branch, 11).note.encoded)
    let root = Base64.encode(Hash.zero.bytes)
    let header = "provender-fork@v1"
    let cases: [(String, MalformedText.Fault)] = [
      ("", .noFinalNewline), (header, .noFinalNewline), ("provender-fork@v2\n", .badHeader),
      ("\(header)\n", .badNote), ("\(header)\nnewer \(newer)\nolder \(older)\n", .badNote),
      ("\(header)\nolder \(older)\n", .badNote),
      ("\(header)\nolder \nnewer \(newer)\n", .noBlankLine),
      ("\(header)\nolder \(newer)\nnewer \(older)\nroot \(root)\n", .unrelatedNotes),
      ("\(header)\nolder \(older)\nnewer \(newer)\n", .badRoot),
      ("\(header)\nolder \(older)\nnewer \(newer)\nroot AAAA\n", .badRoot),
      ("\(header)\nolder \(older)\nnewer \(newer)\nroot \(root)\n\n", .badHash),
      ("\(header)\nolder \(older)\nnewer \(older)\nroot \(root)\n", .badProof),
      (
        "\(header)\nolder \(older)\nnewer \(newer)\nroot \(root)\n"
          + String(repeating: "\(root)\n", count: 65), .tooManyHashes
      ),
    ]
    for (text, fault) in cases {
      let error = #expect(throws: MalformedText.self) {
        try ForkEvidence(parsing: Array(text.utf8))
      }
      #expect(error?.fault == fault, "\(text.prefix(60))")
    }
    var generator = ParserFuzzTests.Seeded(state: 12)
    let bytes = try forked.evidence().encoded
    for _ in 0..<1_000 {
      let damaged = ParserFuzzTests.damage(bytes, with: &generator)
      if let read = try? ForkEvidence(parsing: damaged) { #expect(read.encoded == damaged) }
    }
  }
}
