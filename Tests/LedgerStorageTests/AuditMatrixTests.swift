import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// The threats to the log, each at every place of a small ledger, by somebody who can write to its
/// files, knows the format, and makes everything else fit.
@Suite struct AuditMatrixTests {
  /// The files without the checkpoints that the ledger itself keeps.
  private func stripped(_ files: [String: [UInt8]]) -> [String: [UInt8]] {
    files.filter { !$0.key.hasPrefix(LedgerPaths.checkpoint) }
  }

  @Test func rewrittenHistory() throws {
    var tally = AuditTally("history rewritten from an entry on")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    let key = try AuditScribe.signer(scribe.logKey).verifierKey
    for entry in 0..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      guard !original.isErased(frame, record) else { continue }
      var forge = original
      let payload = original.partRanges(frame, record).payload
      forge.frames[frame].bytes[payload.upperBound - 1] ^= 1
      try forge.repair(.all)
      let seen = try AuditFixture.audit(forge.files)
      // Where a key entry is changed, its signature and those of its key fail first.
      let isKey = [6, 17].contains(entry)
      tally.expect(
        seen.exitCode == (isKey ? 3 : 4) && seen.kinds.contains(.checkpointRoot),
        "\(entry): \(seen.kinds)")
      let files = stripped(forge.files)
      for checkpoint in scribe.checkpoints {
        let report = try AuditFixture.audit(files) { $0.pin(checkpoint) }
        let isFound = report.kinds.contains(.pinnedRoot)
        tally.expect(
          isFound == (UInt64(entry) < checkpoint.claim.size.rawValue),
          "\(entry) since \(checkpoint.claim.size): \(report.kinds)")
        tally.expect(!isFound || report.exitCode == 4, "\(report.exitCode)")
      }
      let unsigned = try AuditFixture.audit(files) { $0.trustedKeys = [key] }
      tally.expect(unsigned.exitCode == 5, "\(entry) unsigned: \(unsigned.kinds)")
      // Without any signed head it cannot be seen, and the report says so.
      let blind = try AuditFixture.audit(files)
      tally.expect(blind.statements.contains { $0.contains("rewritten") }, "\(blind.kinds)")
    }
    tally.finish()
  }

  @Test func tailCutOff() throws {
    var tally = AuditTally("tail cut off and everything made to fit")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    for keep in 1..<original.frames.count {
      var forge = original
      forge.frames.removeLast(original.frames.count - keep)
      try forge.repair(.all)
      let size = forge.entryCount
      let seen = try AuditFixture.audit(forge.files)
      // Up to 6, and at 17, the entry is cut off too that names the key of what is missing.
      let exitCode: Int32 = size <= 6 || size == 17 ? 3 : 4
      tally.expect(
        seen.exitCode == exitCode && seen.kinds.contains(.checkpointSize),
        "\(size): \(seen.kinds)")
      let files = stripped(forge.files)
      for checkpoint in scribe.checkpoints {
        let report = try AuditFixture.audit(files) { $0.pin(checkpoint) }
        tally.expect(
          report.kinds.contains(.pinnedSize) == (size < Int(checkpoint.claim.size.rawValue)),
          "\(size) since \(checkpoint.claim.size): \(report.kinds)")
      }
      let blind = try AuditFixture.audit(files)
      tally.expect(blind.statements.contains { $0.contains("cut off") }, "\(size)")
    }
    tally.finish()
  }

  /// Older copies are honest ledgers of their own: only who kept a later head sees it.
  @Test func rolledBack() throws {
    var tally = AuditTally("older copies put back")
    let scribe = try AuditScribe.typical()
    for state in scribe.states {
      for checkpoint in scribe.checkpoints {
        let report = try AuditFixture.audit(state.files) { $0.pin(checkpoint) }
        let isOlder = state.size < Int(checkpoint.claim.size.rawValue)
        // The key that signs later is not in the older copy.
        let rotated = isOlder && state.size <= 17 && checkpoint.claim.size > 17
        let known: Set<AuditFinding.Kind> =
          state.size <= 6 || rotated ? [.pinnedSize, .pinnedSignature] : [.pinnedSize]
        tally.expect(
          isOlder ? report.exitCode == 4 && report.kinds == known : report.isIntact,
          "\(state.size) since \(checkpoint.claim.size): \(report.kinds)")
      }
    }
    tally.finish()
  }

  /// Two histories with one beginning, both signed: whoever has the head of one sees the other.
  @Test func splitView() throws {
    var tally = AuditTally("forks shown to two auditors")
    let key = try AuditScribe.signer(AuditScribe.key(1)).verifierKey
    let hasher = try SHA256Hasher()
    for common in 0..<6 {
      let branches = try (0..<2).map { branch in
        let scribe = try AuditScribe()
        try scribe.establish()
        for number in 0..<common { try scribe.note([UInt8(number)]) }
        for number in 0..<3 {
          try scribe.note([UInt8(100 + 10 * branch + number)])
          try scribe.sign()
        }
        try scribe.writer.close()
        return scribe
      }
      for (own, other) in [(0, 1), (1, 0)] {
        for checkpoint in branches[other].checkpoints {
          let report = try AuditFixture.audit(branches[own].files) { $0.pin(checkpoint) }
          tally.expect(report.exitCode == 4 && report.kinds == [.pinnedRoot], "\(report.kinds)")
          // Both notes and the proof: whoever has the key can check it without either ledger.
          let fork = try report.forks.first?.verify(by: [key], with: hasher).get()
          tally.expect(
            report.forks.count == 1
              && [fork?.older, fork?.newer].contains { $0?.checkpoint == checkpoint.claim },
            "\(report.forks.count) forks shown")
          let mine = try AuditFixture.audit(branches[other].files) { $0.pin(checkpoint) }
          tally.expect(mine.isIntact, "\(mine.kinds)")
        }
      }
    }
    tally.finish()
  }

  /// CVE-2022-36111: the chain of one history beside the tree of another.
  @Test func chainBesideAnotherTree() throws {
    var tally = AuditTally("chain and tree of different entries")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    for entry in 0..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      guard !original.isErased(frame, record) else { continue }
      for repairs: AuditForge.Repairs in [
        [.checksums, .commitments, .chain], [.checksums, .commitments, .chain, .tree],
        [.checksums, .commitments, .chain, .committed], [.tree, .committed], [.checksums, .chain],
      ] {
        var forge = original
        let payload = original.partRanges(frame, record).payload
        forge.frames[frame].bytes[payload.upperBound - 1] ^= 1
        try forge.repair(repairs)
        let report = try AuditFixture.audit(stripped(forge.files))
        tally.expect(report.exitCode != 0, "\(entry): \(report.kinds)")
      }
    }
    tally.finish()
  }

  @Test func recordTimes() throws {
    var tally = AuditTally("record times edited")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    for entry in 0..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let field = original.entryRange(frame, record).lowerBound + 16
      for byte in 0..<8 {
        var forge = original
        forge.frames[frame].bytes[field + byte] ^= 1
        forge.layOut()
        let plain = try forge.audit()
        tally.expect(
          plain.exitCode == 4 && plain.kinds.contains(.chain),
          "\(entry) \(byte): \(plain.kinds)")
        try forge.repair(.all)
        let fitted = try forge.audit()
        tally.expect(fitted.exitCode == 4, "\(entry) \(byte): \(fitted.kinds)")
      }
    }
    tally.finish()
  }

  /// A checkpoint that others saw before its entries say that they were recorded.
  @Test func recordTimesOutsideTheirBrackets() throws {
    var tally = AuditTally("record times outside their brackets")
    for entries in 1..<6 {
      for seconds in [-3_600, -86_400 * 365, -63, 0, 3_600] as [Int64] {
        let scribe = try AuditScribe()
        try scribe.establish()
        for number in 0..<entries { try scribe.note([UInt8(number)]) }
        try scribe.sign(cosigned: 1, after: seconds)
        try scribe.note([0])
        try scribe.writer.close()
        let report = try AuditFixture.audit(scribe.files) {
          $0.witnesses = scribe.witnessKeys
          $0.quorum = 1
        }
        let isOutside = seconds < -60
        tally.expect(
          isOutside
            ? report.kinds == [.recordTime] && report.exitCode == 4 : report.isIntact,
          "\(seconds): \(report.kinds)")
        guard isOutside, let first = report.findings.first?.location.entry else { continue }
        // The clock goes on by a second at each entry, so that only the last is late by so little.
        let expected = seconds == -63 ? UInt64(entries) + 1 : 0
        tally.expect(
          seconds == -63 ? first.rawValue + 4 > expected : first == 0, "\(seconds): \(first)")
      }
    }
    tally.finish()
  }

  @Test func everyKindAndFlag() throws {
    var tally = AuditTally("kinds and flags changed and everything made to fit")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    for entry in 0..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let start = original.entryRange(frame, record).lowerBound
      let own = original.frames[frame].bytes[start + 1]
      var forges: [(String, AuditForge)] = []
      for kind in 0..<8 as Range<UInt8> where kind != own {
        var forge = original
        forge.change(entry, to: EntryKind(rawValue: kind))
        forges.append(("kind \(kind)", forge))
      }
      for bit in 0..<16 {
        var forge = original
        forge.frames[frame].bytes[start + 2 + bit / 8] ^= 0x80 >> UInt8(bit % 8)
        forges.append(("flag \(bit)", forge))
      }
      for (what, forge) in forges {
        var forge = forge
        try forge.repair(.all)
        let report = try forge.audit()
        let isKey = [6, 17].contains(entry)
        tally.expect(
          report.exitCode >= (isKey ? 3 : 4), "\(entry) \(what): \(report.kinds)")
      }
    }
    tally.finish()
  }

  @Test func proofsOfOtherEvents() throws {
    var tally = AuditTally("inclusion proofs of other entries")
    let scribe = try AuditScribe.typical()
    let hasher = try SHA256Hasher()
    let disk = AuditMemoryDisk(scribe.files)
    let leaves = try AuditFixture.entries(disk).map { hasher.leafHash($0) }
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    var hashes = reader.hashes(in: snapshot, with: hasher)
    for entry in leaves.indices {
      let proof = try InclusionProof.make(
        index: LeafIndex(UInt64(entry)), size: snapshot.size, reader: &hashes, with: hasher)
      for (other, leaf) in leaves.enumerated() {
        let verdict = proof.check(leaf: leaf, root: snapshot.root, with: hasher)
        tally.expect(verdict.isValid == (other == entry), "\(entry) for \(other)")
      }
    }
    tally.finish()
  }
}
