import Testing
import TransparencyLog

@Suite(".tlog-proof files")
struct TransparencyProofTests {
  let hasher: SHA256Hasher
  let leaves: [Hash]
  let policy: CheckpointPolicy
  let proof: TransparencyProof

  init() throws {
    hasher = try SHA256Hasher()
    leaves = NaiveTree.leaves(7, hasher)
    let origin = try #require(CheckpointOrigin("example.com/log"))
    let log = try NoteVerificationTests.signer("example.com/log", seed: 1)
    policy = CheckpointPolicy(origin: origin, logKeys: [log.verifierKey])
    let checkpoint = try log.sign(
      Checkpoint(origin: origin, size: 7, root: NaiveTree.root(leaves[...], hasher)))
    var reader = MemoryReader(leaves: leaves, hasher: hasher)
    let inclusion = try InclusionProof.make(index: 4, size: 7, reader: &reader, with: hasher)
    proof = TransparencyProof(index: 4, hashes: inclusion.hashes, checkpoint: checkpoint)
  }

  @Test("written as the specification shows, read back, verified")
  func roundTrip() throws {
    let hashes = proof.hashes.map { Base64.encode($0.bytes) + "\n" }.joined()
    let note = String(decoding: proof.checkpoint.note.encoded, as: UTF8.self)
    let text = "c2sp.org/tlog-proof@v1\nindex 4\n\(hashes)\n\(note)"
    #expect(proof.encoded == Array(text.utf8))
    #expect(try TransparencyProof(parsing: proof.encoded) == proof)
    #expect(throws: Never.self) {
      try proof.verify(leaf: leaves[4], by: policy, with: hasher).get()
    }
    let extra = TransparencyProof(
      extra: [1, 2, 3], index: 4, hashes: proof.hashes, checkpoint: proof.checkpoint)
    let extraText = "c2sp.org/tlog-proof@v1\nextra AQID\nindex 4\n\(hashes)\n\(note)"
    #expect(extra.encoded == Array(extraText.utf8))
    #expect(try TransparencyProof(parsing: extra.encoded) == extra)
    let none = TransparencyProof(
      extra: [], index: 4, hashes: proof.hashes, checkpoint: proof.checkpoint)
    #expect(none == proof)
  }

  @Test("a valid proof of another leaf is rejected")
  func otherLeaf() throws {
    for (index, leaf) in leaves.enumerated() where index != 4 {
      let outcome = proof.verify(leaf: leaf, by: policy, with: hasher)
      #expect(throws: TransparencyProofRejection.self) { try outcome.get() }
    }
    let stranger = try NoteVerificationTests.signer("example.com/log", seed: 2)
    let other = CheckpointPolicy(origin: policy.origin, logKeys: [stranger.verifierKey])
    #expect(
      proof.verify(leaf: leaves[4], by: other, with: hasher)
        == .failure(.checkpoint(.note(.noKnownSignature))))
  }

  @Test("no flipped bit and no cut goes unnoticed")
  func flippedBits() {
    let bytes = proof.encoded
    func outcome(_ bytes: [UInt8]) throws {
      _ = try TransparencyProof(parsing: bytes).verify(leaf: leaves[4], by: policy, with: hasher)
        .get()
    }
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: (any Error).self, "bit \(bit)") { try outcome(changed) }
    }
    for count in 0..<bytes.count {
      #expect(throws: (any Error).self) { try outcome(Array(bytes[..<count])) }
    }
    #expect(throws: (any Error).self) { try outcome(bytes + [10]) }
  }

  @Test("malformed files: what is refused and why")
  func malformed() {
    let note = String(decoding: proof.checkpoint.note.encoded, as: UTF8.self)
    let header = "c2sp.org/tlog-proof@v1\n"
    let hash = Base64.encode(Hash.zero.bytes)
    let many = String(repeating: hash + "\n", count: 65)
    let cases: [(String, MalformedText.Fault)] = [
      ("", .badHeader), ("c2sp.org/tlog-proof@v1", .badHeader),
      ("c2sp.org/tlog-proof@v2\nindex 4\n\n\(note)", .badHeader),
      (" \(header)index 4\n\n\(note)", .badHeader),
      ("c2sp.org/tlog-proof@v1\r\nindex 4\n\n\(note)", .badHeader),
      (header, .badLeafIndex), ("\(header)\nindex 4\n\n\(note)", .badLeafIndex),
      ("\(header)index\n\n\(note)", .badLeafIndex), ("\(header)index 04\n\n\(note)", .badLeafIndex),
      ("\(header)index -4\n\n\(note)", .badLeafIndex),
      ("\(header)index  4\n\n\(note)", .badLeafIndex),
      ("\(header)index 4 \n\n\(note)", .badLeafIndex),
      ("\(header)index 18446744073709551616\n\n\(note)", .badLeafIndex),
      ("\(header)Index 4\n\n\(note)", .badLeafIndex),
      ("\(header)extra \nindex 4\n\n\(note)", .badExtra),
      ("\(header)extra AB==\nindex 4\n\n\(note)", .badExtra),
      ("\(header)extra A\nindex 4\n\n\(note)", .badExtra),
      ("\(header)extra\nindex 4\n\n\(note)", .badLeafIndex),
      ("\(header)index 4\nextra AQID\n\n\(note)", .badHash),
      ("\(header)extra AQID\nextra AQID\nindex 4\n\n\(note)", .badLeafIndex),
      ("\(header)index 4\nAAAA\n\n\(note)", .badHash),
      ("\(header)index 4\n\(hash) \n\n\(note)", .badHash),
      ("\(header)index 4\n\(hash)\(note)", .badHash),
      ("\(header)index 4\n\(many)\n\(note)", .tooManyHashes),
      ("\(header)index 4\n\(hash)", .noBlankLine), ("\(header)index 4\n\n", .noBlankLine),
      ("\(header)index 4\n\n\n\(note)", .badOrigin),
    ]
    for (text, fault) in cases {
      let error = #expect(throws: MalformedText.self) {
        try TransparencyProof(parsing: Array(text.utf8))
      }
      #expect(error?.fault == fault, "\(text)")
    }
    let huge = [UInt8](repeating: 65, count: TransparencyProof.byteCountMax + 1)
    #expect(throws: MalformedText.self) { try TransparencyProof(parsing: huge) }
  }

  @Test("a proof of a single leaf has no hashes")
  func singleLeaf() throws {
    let log = try NoteVerificationTests.signer("example.com/log", seed: 1)
    let checkpoint = try log.sign(
      Checkpoint(origin: policy.origin, size: 1, root: leaves[0]))
    let proof = TransparencyProof(index: 0, hashes: [], checkpoint: checkpoint)
    let read = try TransparencyProof(parsing: proof.encoded)
    #expect(throws: Never.self) {
      try read.verify(leaf: leaves[0], by: policy, with: hasher).get()
    }
  }
}
