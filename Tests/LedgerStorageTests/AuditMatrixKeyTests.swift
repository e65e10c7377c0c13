import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// Threats to the log's keys and to what they sign, at every place of a small ledger.
@Suite struct AuditMatrixKeyTests {
  private func verifierKey(_ number: UInt8) throws -> VerifierKey {
    try AuditScribe.signer(AuditScribe.key(number)).verifierKey
  }

  /// A checkpoint of a ledger's first entries, signed by a key.
  private func checkpoint(
    _ size: Int, _ leaves: [Hash], by key: UInt8, _ hasher: SHA256Hasher,
    origin: String = AuditScribe.origin
  ) throws -> UnverifiedCheckpoint {
    let signer = try NoteSigner(
      name: #require(KeyName(origin)), key: AuditScribe.key(key))
    return try signer.sign(
      Checkpoint(
        origin: #require(CheckpointOrigin(origin)), size: TreeSize(UInt64(size)),
        root: AuditFixture.naiveRoot(leaves[..<size], hasher)))
  }

  /// Each key signs each size: it counts exactly where the key was the log's.
  @Test func keysAndSizes() throws {
    var tally = AuditTally("checkpoints of every size by every key")
    let scribe = try AuditScribe.typical()
    let files = scribe.files.filter { !$0.key.hasPrefix(LedgerPaths.checkpoint) }
    let hasher = try SHA256Hasher()
    let leaves = try AuditFixture.entries(AuditMemoryDisk(files)).map { hasher.leafHash($0) }
    // 1 was established by entry 6 and replaced by entry 17, 2 is the recovery key, 4 a stranger's.
    for key in [1, 2, 3, 4] as [UInt8] {
      for size in 1...leaves.count {
        let note = try checkpoint(size, leaves, by: key, hasher)
        var changed = files
        changed[LedgerPaths.checkpoint] = note.note.encoded
        let isRight = (key == 1 && (7...17).contains(size)) || (key == 3 && size > 17)
        let own = try AuditFixture.audit(changed)
        let kind: AuditFinding.Kind = key == 1 || key == 3 ? .checkpointKey : .checkpointSignature
        tally.expect(
          isRight ? own.isIntact : own.kinds == [kind], "\(key) \(size): \(own.kinds)")
        let given = try verifierKey(key)
        let demanded = try AuditFixture.audit(changed) { $0.trustedKeys = [given] }
        tally.expect(
          isRight ? demanded.isIntact : demanded.exitCode != 0, "\(key) \(size): \(demanded.kinds)")
        let pinned = try AuditFixture.audit(files) { $0.pin(note) }
        tally.expect(
          isRight ? pinned.isIntact : pinned.kinds == [.pinnedSignature],
          "\(key) \(size): \(pinned.kinds)")
        let other = try AuditFixture.audit(changed) { options in
          options.trustedKeys = [try? verifierKey(9)].compactMap { $0 }
        }
        tally.expect(other.exitCode == 5, "\(key) \(size): \(other.kinds)")
      }
    }
    tally.finish()
  }

  /// A thief with the log key, but not the recovery key, puts his own key in its place.
  @Test func keyTheft() throws {
    var tally = AuditTally("a thief's rotation, then the revocation")
    for position in 1..<6 {
      for replaces in [true, false] {
        let scribe = try AuditScribe()
        try scribe.establish()
        for number in 0..<position { try scribe.note([UInt8(number)]) }
        try scribe.sign()
        let above = scribe.size
        try scribe.rotate(to: AuditScribe.key(13))
        for number in 0..<3 {
          try scribe.note([UInt8(number)])
          let stolen = try scribe.sign(cosigned: 2)
          #expect(stolen.claim.size.rawValue == UInt64(scribe.size))
        }
        let thieves = scribe.checkpoints.suffix(3)
        try scribe.revoke(
          AuditScribe.key(1), above: above, replacement: replaces ? AuditScribe.key(14) : nil)
        let given = try verifierKey(1)
        let before = try AuditFixture.audit(scribe.files) { $0.trustedKeys = [given] }
        tally.expect(before.exitCode == 5, "\(position): \(before.kinds)")
        if replaces {
          try scribe.sign()
          let after = try AuditFixture.audit(scribe.files) { $0.trustedKeys = [given] }
          tally.expect(after.isIntact, "\(position): \(after.kinds)")
        }
        for thief in thieves {
          let report = try AuditFixture.audit(scribe.files) {
            $0.pin(thief)
            $0.witnesses = scribe.witnessKeys
            $0.quorum = 0
          }
          let judged = report.checkpoints.filter { $0.size == thief.claim.size }
          tally.expect(
            judged.count >= 2 && judged.allSatisfy { $0.doubt != nil && !$0.isTrusted },
            "\(position): \(judged.count) \(report.kinds)")
          tally.expect(report.notices.contains { $0.kind == .checkpointVoid }, "\(position)")
        }
      }
    }
    tally.finish()
  }

  /// Key entries that nobody with the right keys signed, or that were signed for another place.
  @Test func forgedKeyEntries() throws {
    var tally = AuditTally("key entries forged or replayed")
    for position in 0..<7 {
      for forgery in 0..<9 {
        let scribe = try AuditScribe()
        var replays: [KeyPayload] = []
        func honest(_ step: Int) throws {
          switch step {
          case 0:
            replays.append(
              try scribe.payload(
                .establish(
                  logKey: scribe.logKey.publicKey, recoveryKey: scribe.recoveryKey.publicKey),
                by: [scribe.logKey, scribe.recoveryKey]))
            try scribe.establish()
          case 2:
            let next = try AuditScribe.key(3)
            replays.append(
              try scribe.payload(
                .rotate(to: next.publicKey), by: [scribe.logKey, next]))
            try scribe.rotate(to: next)
          default: try scribe.note([UInt8(step)])
          }
        }
        for step in 0..<position { try honest(step) }
        let place = scribe.size
        guard let payload = try forged(forgery, scribe, replays) else { continue }
        try scribe.note(payload)
        for step in position..<7 { try honest(step) }
        try scribe.writer.close()
        var forge = try AuditForge(AuditMemoryDisk(scribe.files))
        forge.change(place, to: .key)
        try forge.repair(.all)
        let report = try forge.audit()
        tally.expect(
          report.kinds == [.keyEntry]
            && report.findings.first?.location.entry?.rawValue
              == UInt64(place)
            && report.keys?.keys.count == 2,
          "\(position) \(forgery): \(report.findings.prefix(2))")
      }
    }
    tally.finish()
  }

  private func forged(
    _ forgery: Int, _ scribe: AuditScribe, _ replays: [KeyPayload]
  ) throws -> [UInt8]? {
    let thief = try AuditScribe.key(13)
    switch forgery {
    case 0: return [1, 2, 3]
    case 1: return []
    case 2: return replays.first?.payload()
    case 3: return replays.count > 1 ? replays[1].payload() : nil
    case 4: return try scribe.payload(.rotate(to: thief.publicKey), by: [thief, thief]).payload()
    case 5:
      let change = KeyPayload.Change.revoke(
        scribe.logKey.publicKey, above: 1, replacement: thief.publicKey)
      return try scribe.payload(change, by: [scribe.logKey, thief]).payload()
    case 6:
      return try scribe.payload(
        .establish(logKey: thief.publicKey, recoveryKey: scribe.recoveryKey.publicKey),
        by: [thief, thief]
      ).payload()
    case 7:
      var payload = try scribe.payload(.rotate(to: thief.publicKey), by: [scribe.logKey, thief])
      payload.signatures[0][5] ^= 1
      return payload.payload()
    default:
      let other = LogID([UInt8](repeating: 7, count: 16))
      var payload = try scribe.payload(.rotate(to: thief.publicKey), by: [])
      let message = payload.message(logID: try #require(other))
      payload.signatures = [try scribe.logKey.sign(message), try thief.sign(message)]
      return payload.payload()
    }
  }

  @Test func damagedCheckpointFiles() throws {
    var tally = AuditTally("bytes of checkpoint files changed")
    let scribe = try AuditScribe.typical()
    var files = scribe.files.filter { !$0.key.hasPrefix(LedgerPaths.checkpoints) }
    let note = try #require(files[LedgerPaths.checkpoint])
    let demands = { (options: inout AuditOptions) in options.witnesses = scribe.witnessKeys }
    for byte in note.indices {
      for mask in [1, 0x10, 0x80] as [UInt8] {
        files[LedgerPaths.checkpoint] = note
        files[LedgerPaths.checkpoint]?[byte] ^= mask
        let report = try AuditFixture.audit(files, demands)
        tally.expect(report.exitCode >= 3, "byte \(byte): \(report.kinds)")
      }
      files[LedgerPaths.checkpoint] = Array(note.prefix(byte))
      let cut = try AuditFixture.audit(files, demands)
      tally.expect(cut.exitCode >= 3, "cut to \(byte): \(cut.kinds)")
    }
    // Kept under the name of another size.
    var kept = scribe.files
    kept[LedgerPaths.checkpoint(11)] = kept[LedgerPaths.checkpoint(10)]
    let renamed = try AuditFixture.audit(kept)
    tally.expect(renamed.kinds == [.checkpointMalformed], "\(renamed.kinds)")
    tally.finish()
  }

  /// The log's name or number exchanged everywhere, everything else made to fit.
  @Test func swappedIdentity() throws {
    var tally = AuditTally("identity swapped")
    let scribe = try AuditScribe.typical()
    let key = try verifierKey(1)
    let disk = AuditMemoryDisk(scribe.files)
    var forge = try AuditForge(disk)
    let payload = forge.partRanges(0, 0).payload
    forge.frames[0].bytes[payload.lowerBound + 3] = UInt8(ascii: "b")
    try forge.repair(.all)
    forge.files[LedgerPaths.format]?[19] = UInt8(ascii: "b")
    let own = try forge.audit()
    tally.expect(
      own.kinds == [.checkpointOrigin] && own.exitCode == 3, "\(own.kinds) \(own.exitCode)")
    let given = try AuditFixture.audit(forge.files) { $0.trustedKeys = [key] }
    tally.expect(
      given.exitCode == 5 && given.findings.contains { $0.severity == .tampered }, "\(given.kinds)")
    for checkpoint in scribe.checkpoints {
      let pinned = try AuditFixture.audit(forge.files) { $0.pin(checkpoint) }
      tally.expect(pinned.kinds.contains(.pinnedOrigin) && pinned.exitCode == 4, "\(pinned.kinds)")
    }
    // Signed by a key of another name, and of a log whose entries are the same.
    let hasher = try SHA256Hasher()
    let leaves = try AuditFixture.entries(disk).map { hasher.leafHash($0) }
    for size in 1...leaves.count {
      let note = try checkpoint(size, leaves, by: 3, hasher, origin: "acme.example/other")
      var files = scribe.files
      files[LedgerPaths.checkpoint] = note.note.encoded
      let report = try AuditFixture.audit(files)
      tally.expect(report.kinds == [.checkpointOrigin], "\(size): \(report.kinds)")
      let pinned = try AuditFixture.audit(scribe.files) { $0.pin(note) }
      tally.expect(pinned.kinds.contains(.pinnedOrigin) && pinned.exitCode == 4, "\(pinned.kinds)")
    }
    tally.finish()
  }

  /// A log whose own keys, present, former or recovery key, are given out as those of a witness.
  @Test func theLogAsItsOwnWitness() throws {
    var tally = AuditTally("cosignatures by the log's own keys")
    for key in [1, 2, 3, 7] as [UInt8] {
      let scribe = try AuditScribe()
      try scribe.establish()
      try scribe.note([1])
      try scribe.rotate(to: AuditScribe.key(3))
      let checkpoint = try scribe.sign()
      let cosigner = try Cosigner(
        name: #require(KeyName("w.example")), key: AuditScribe.key(key))
      let verified = try checkpoint.verify(
        by: CheckpointPolicy(origin: checkpoint.claim.origin, logKeys: [verifierKey(3)])
      ).get()
      let line = try cosigner.cosign(verified, time: 4_000_000_000)
      var files = scribe.files
      files[LedgerPaths.checkpoint] = checkpoint.adding([line]).note.encoded
      let report = try AuditFixture.audit(files) { $0.witnesses = [cosigner.verifierKey] }
      tally.expect(
        key == 7 ? report.isIntact : report.kinds == [.quorumMissed], "\(key): \(report.kinds)")
    }
    tally.finish()
  }
}
