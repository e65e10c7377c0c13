import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import Testing
import TransparencyLog

@Suite struct ProofTests {
  private static let texts = (0..<5).map { "{\"type\":\"ObjectEvent\",\"lot\":\"L\($0)\"}" }

  private static func log() throws -> HandLog {
    let log = try HandLog()
    try log.establish()
    let context = log.hasher.hash(Array("context".utf8))
    for (place, text) in texts.enumerated() {
      try log.addEvent(text, context: place.isMultiple(of: 2) ? context : nil)
    }
    return log
  }

  @Test func aProofIsAboutOneEventAndNoOther() throws {
    let log = try Self.log()
    let checkpoint = try log.sign()
    for place in Self.texts.indices {
      let index = EntryIndex(UInt64(place) + 2)
      let made = try log.proof(of: index, in: checkpoint)
      let proof = try TransparencyProof(parsing: made.encoded)
      #expect(proof == made)
      for (other, text) in Self.texts.enumerated() {
        let subject = ProofSubject.event(Array(text.utf8))
        let result = try log.policy().check(proof, for: subject, with: log.hasher)
        if other == place {
          let checked = try result.get()
          #expect(checked.shown == .event(log.openings[Int(index.rawValue)].entry))
          #expect(checked.head.standing == .valid && checked.index == index)
        } else {
          #expect(result.rejection == .otherEvent(index))
        }
      }
    }
  }

  @Test func aProofPutTogetherFromTwoIsRejected() throws {
    let log = try Self.log()
    let checkpoint = try log.sign()
    let first = try log.proof(of: 2, in: checkpoint)
    let second = try log.proof(of: 3, in: checkpoint)
    let event = ProofSubject.event(Array(Self.texts[0].utf8))
    let swapped = TransparencyProof(
      extra: first.extra, index: second.index, hashes: second.hashes, checkpoint: checkpoint)
    let result = try log.policy().check(swapped, for: event, with: log.hasher)
    #expect(result.rejection == .otherEntry(found: 2, expected: 3))
    // An entry that names the right index and commits to the event, and yet is not in the log.
    var forged = log.openings[2].entry
    forged.index = 3
    let extra = try #require(first.extra.flatMap { ProofExtra($0) })
    let claim = ProofExtra(entry: forged, parts: extra.parts, keys: extra.keys)
    let made = TransparencyProof(
      extra: try claim.encoded(), index: 3, hashes: second.hashes, checkpoint: checkpoint)
    guard
      case .inclusion(3, .rootMismatch)? = try log.policy()
        .check(made, for: event, with: log.hasher).rejection
    else {
      Issue.record("the forged entry was not rejected by the tree")
      return
    }
  }

  @Test func saysWhatWasNotCompared() throws {
    let log = try Self.log()
    let checkpoint = try log.sign()
    let proof = try log.proof(of: 2, in: checkpoint, withKeys: false)
    let alone = try log.policy().check(proof, for: .entryAlone, with: log.hasher).get()
    #expect(alone.shown == .entryAlone(log.openings[2].entry))
    #expect(alone.head.standing == .unknown && alone.head.history == nil)
    let published = try log.proof(of: 1, in: checkpoint)
    let key = try log.policy().check(published, for: .entryAlone, with: log.hasher).get()
    #expect(key.shown == .entry(log.openings[1].entry))
  }

  @Test func erasedPayloadsAreComparedWithNothing() throws {
    let log = try Self.log()
    let parts = try #require(log.openings[2].parts)
    let checkpoint = try log.sign()
    let left: [(payload: ProofExtra.Payload, links: OpenedPart)?] = [
      (.erased(digest: parts.payloadDigest(with: log.hasher)), parts.links), nil,
    ]
    for parts in left {
      let extra = ProofExtra(entry: log.openings[2].entry, parts: parts)
      #expect(ProofExtra(try extra.encoded()) == extra)
      let proof = TransparencyProof(
        extra: try extra.encoded(), index: 2, hashes: try log.path(2, log.size),
        checkpoint: checkpoint)
      let event = ProofSubject.event(Array(Self.texts[0].utf8))
      let policy = log.policy()
      #expect(
        try policy.check(proof, for: event, with: log.hasher).rejection == .payloadErased(2))
      #expect(try policy.check(proof, for: .entryAlone, with: log.hasher).rejection == nil)
    }
    let wrong = ProofExtra(
      entry: log.openings[2].entry, parts: (.erased(digest: .zero), parts.links))
    let proof = TransparencyProof(
      extra: try wrong.encoded(), index: 2, hashes: try log.path(2, log.size),
      checkpoint: checkpoint)
    let result = try log.policy().check(proof, for: .entryAlone, with: log.hasher)
    #expect(result.rejection == .commitment(2))
  }

  @Test func anyonesProofHoldsForTheLeafData() throws {
    let log = try Self.log()
    let proof = TransparencyProof(
      extra: Array("of another kind".utf8), index: 3, hashes: try log.path(3, log.size),
      checkpoint: try log.sign())
    let policy = log.policy()
    let leaf = ProofSubject.leaf(log.openings[3].entry.bytes)
    #expect(try policy.check(proof, for: leaf, with: log.hasher).get().shown == .leaf)
    let other = ProofSubject.leaf(log.openings[4].entry.bytes)
    #expect(try policy.check(proof, for: other, with: log.hasher).rejection != nil)
    #expect(throws: MalformedEvidence.self) {
      try policy.check(proof, for: .entryAlone, with: log.hasher)
    }
  }

  /// Whatever single byte is changed, or wherever the file is cut off: nothing else is accepted.
  @Test func noChangedByteIsAccepted() throws {
    let log = try Self.log()
    let event = Array(Self.texts[2].utf8)
    let file = try log.proof(of: 4, in: log.sign()).encoded
    var random = SeededGenerator(seed: 5)
    var count = 0
    for place in file.indices {
      for change in Set([1, UInt8(truncatingIfNeeded: random.next() | 2)]) {
        var bytes = file
        bytes[place] ^= change
        #expect(!Self.isAccepted(bytes, event, log), "byte \(place) ^ \(change)")
        count += 1
      }
      #expect(!Self.isAccepted(Array(file[..<place]), event, log), "cut at \(place)")
    }
    #expect(count > file.count)
    #expect(Self.isAccepted(file, event, log))
  }

  private static func isAccepted(_ bytes: [UInt8], _ event: [UInt8], _ log: HandLog) -> Bool {
    guard let proof = try? TransparencyProof(parsing: bytes),
      let result = try? log.policy().check(proof, for: .event(event), with: log.hasher)
    else { return false }
    return result.rejection == nil
  }

  @Test func extraDataOfAnyBytesAreReadOrRefused() throws {
    let log = try Self.log()
    let extra = try #require(try log.proof(of: 2, in: log.sign()).extra)
    var random = SeededGenerator(seed: 6)
    for place in extra.indices {
      #expect(ProofExtra(Array(extra[..<place])) == nil)
      var bytes = extra
      bytes[place] = UInt8(truncatingIfNeeded: random.next())
      if let read = ProofExtra(bytes) { #expect(try read.encoded() == bytes) }
    }
    #expect(ProofExtra(extra + [0]) == nil)
  }

  /// What another kind of entry commits to is no event, even if its bytes read as one.
  @Test func onlyAnEventIsComparedWithAnEvent() throws {
    let log = try HandLog()
    try log.establish()
    var payload: [UInt8] = []
    Array("forged".utf8).withUnsafeBytes {
      EventPayload.append(contextDigest: nil, event: $0, to: &payload)
    }
    for kind in [EntryKind.capture, .receipt, .note, .event] {
      let index = try log.add(kind, payload: payload, links: [])
      let parts = try #require(log.openings[Int(index.rawValue)].parts)
      guard case .shown(let salt, let bytes) = parts.payload else { continue }
      for opened in [
        ProofExtra.Payload.event(salt: salt, contextDigest: nil),
        .shown(salt: salt, bytes: bytes),
      ] {
        let extra = ProofExtra(
          entry: log.openings[Int(index.rawValue)].entry,
          parts: (opened, .digest(parts.linksDigest(with: log.hasher))),
          keys: try log.keyEvidence(log.size))
        let proof = TransparencyProof(
          extra: try extra.encoded(), index: index, hashes: try log.path(index, log.size),
          checkpoint: try log.sign())
        let checked = try log.policy().check(
          proof, for: .event(Array("forged".utf8)), with: log.hasher)
        #expect(checked.rejection == (kind == .event ? nil : .otherEvent(index)), "\(kind)")
      }
    }
  }
}

extension Result {
  /// Why it failed, if it did.
  var rejection: Failure? {
    if case .failure(let failure) = self { return failure }
    return nil
  }
}
