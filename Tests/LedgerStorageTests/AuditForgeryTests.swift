import LedgerAudit
import LedgerStorage
import Testing
import TransparencyLog

/// Forgeries of somebody who can write to the files and computes checksums and hashes anew.
@Suite struct AuditForgeryTests {
  private func ledger() throws -> AuditMemoryDisk {
    try AuditFixture.closed([4, 6, 1, 0, 5], segment: 4_096, frame: 2_048)
  }

  private func head(_ disk: AuditMemoryDisk) throws -> PinnedHead {
    let report = try AuditFixture.audit(disk)
    return PinnedHead(
      origin: report.origin, size: report.size, root: try #require(report.root))
  }

  @Test func forgingNothingChangesNothing() throws {
    let disk = try ledger()
    var forge = try AuditForge(disk)
    try forge.repair(.all)
    #expect(forge.files == disk.files)
  }

  @Test func changedPartsWithRightChecksums() throws {
    let disk = try ledger()
    let original = try AuditForge(disk)
    var count = 0
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let parts = original.partRanges(frame, record)
      for range in [parts.payload, parts.links, parts.salts] where !range.isEmpty {
        var forge = original
        forge.frames[frame].bytes[range.lowerBound] ^= 0x10
        try forge.repair(.checksums)
        let report = try forge.audit()
        #expect(report.findings.map(\.kind) == [.commitment])
        #expect(report.findings.first?.location.entry == EntryIndex(UInt64(entry)))
        #expect(report.findings.first?.location.file == original.frames[frame].segment)
        #expect(report.exitCode == 3)
        count += 1
      }
    }
    print("audit: \(count) payloads, links and salts changed under right checksums, all found")
  }

  @Test func swappedEntries() throws {
    let original = try AuditForge(ledger())
    var count = 0
    for entry in 0..<original.entryCount - 1 {
      let (frame, record) = original.place(of: entry)
      guard original.place(of: entry + 1).frame == frame else { continue }
      for repairs: AuditForge.Repairs in [.checksums, [.checksums, .chain, .tree, .committed]] {
        var forge = original
        let (first, second) = (
          original.entryRange(frame, record), original.entryRange(frame, record + 1)
        )
        let bytes = forge.frames[frame].bytes
        forge.frames[frame].bytes.replaceSubrange(first, with: bytes[second])
        forge.frames[frame].bytes.replaceSubrange(second, with: bytes[first])
        try forge.repair(repairs)
        let report = try forge.audit()
        let kinds = Set(report.findings.map(\.kind))
        #expect(kinds.isSuperset(of: [.entryIndex, .commitment]))
        #expect(repairs.contains(.chain) || kinds.contains(.chain))
        #expect(report.findings.contains { $0.location.entry == EntryIndex(UInt64(entry)) })
        #expect(report.exitCode == 3)
        count += 1
      }
    }
    print("audit: \(count) swaps of two entries, all found")
  }

  @Test func rewrittenHistoryIsSeenByAPinOnly() throws {
    let disk = try ledger()
    let pinned = try head(disk)
    let original = try AuditForge(disk)
    let hasher = try SHA256Hasher()
    let leaves = try AuditFixture.entries(disk).map { hasher.leafHash($0) }
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      var forge = original
      let part = original.partRanges(frame, record).payload
      forge.frames[frame].bytes[part.lowerBound] ^= 1
      try forge.repair(.all)
      let blind = try forge.audit()
      #expect(blind.isIntact)
      #expect(blind.statements.contains { $0.contains("rewritten") })
      #expect(blind.root != pinned.root)
      let seeing = try forge.audit(pinned: [pinned])
      #expect(seeing.findings.map(\.kind) == [.pinnedRoot])
      #expect(seeing.exitCode == 4)
      // A head from before the change still holds; one that has the entry does not.
      let before = PinnedHead(
        size: TreeSize(UInt64(entry)), root: AuditFixture.naiveRoot(leaves[..<entry], hasher))
      #expect(try forge.audit(pinned: [before]).isIntact)
      let after = PinnedHead(
        size: TreeSize(UInt64(entry) + 1),
        root: AuditFixture.naiveRoot(leaves[...entry], hasher))
      #expect(try forge.audit(pinned: [after]).exitCode == 4)
    }
    print("audit: history rewritten from each of \(original.entryCount - 1) entries on")
  }

  @Test func cutOffTailIsSeenByAPinOnly() throws {
    let disk = try ledger()
    let pinned = try head(disk)
    let original = try AuditForge(disk)
    var count = 0
    for keep in 1..<original.frames.count {
      var forge = original
      forge.frames.removeLast(original.frames.count - keep)
      guard forge.frames.last?.header.continues == false else { continue }
      let kept = Set(forge.frames.map(\.segment))
      for path in forge.files.keys where path.hasPrefix("log/") && !kept.contains(path) {
        forge.files[path] = nil
      }
      try forge.repair(.all)
      let blind = try forge.audit()
      #expect(blind.findings == [])
      #expect(blind.statements.contains { $0.contains("cut off") })
      let seeing = try forge.audit(pinned: [pinned])
      #expect(seeing.findings.map(\.kind) == [.pinnedSize])
      #expect(seeing.exitCode == 4)
      count += 1
    }
    print("audit: \(count) ends cut off and everything else made to fit")
  }

  /// CVE-2022-36111: a chain that verifies beside a tree that verifies, of different entries.
  @Test func chainAndTreeOfDifferentEntries() throws {
    let original = try AuditForge(ledger())
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let part = original.partRanges(frame, record).payload
      var log = original
      log.frames[frame].bytes[part.lowerBound] ^= 1
      try log.repair([.checksums, .commitments, .chain])
      let kinds = Set(try log.audit().findings.map(\.kind))
      #expect(kinds.isSuperset(of: [.committedRoot, .committedMismatch, .treeHash]))
      var tree = original
      tree.frames[frame].bytes[part.lowerBound] ^= 1
      try tree.repair(.all)
      tree.frames = original.frames
      tree.layOut()
      for path in original.files.keys where path.hasPrefix("log/") {
        tree.files[path] = original.files[path]
      }
      let report = try tree.audit()
      #expect(Set(report.findings.map(\.kind)).isSuperset(of: [.committedRoot, .treeHash]))
      #expect(report.exitCode == 3)
    }
  }

  @Test func everyFieldOfEveryEntry() throws {
    let original = try AuditForge(ledger())
    // What is found when a field is changed and everything else is made to fit.
    let fields: [(offset: Int, mask: UInt8, kinds: Set<AuditFinding.Kind>)] = [
      (0, 1, [.entryMalformed]), (2, 0x80, [.entryMalformed]), (3, 4, [.entryMalformed]),
      (3, 1, [.captureGrouping]), (3, 2, [.clockHeld]), (4, 1, [.entryMalformed]),
      (7, 0x80, [.entryMalformed]), (15, 1, [.entryIndex]), (16, 0x80, [.entryTime]),
      (17, 0x40, [.entryTime]), (31, 1, [.captureGrouping]), (24, 0x10, [.captureGrouping]),
    ]
    var count = 0
    for entry in 0..<original.entryCount {
      for field in fields {
        let (frame, record) = original.place(of: entry)
        let range = original.entryRange(frame, record)
        var forge = original
        forge.frames[frame].bytes[range.lowerBound + field.offset] ^= field.mask
        try forge.repair(.all)
        let report = try forge.audit()
        // A clock may be said to be held where the time is that of the entry before, and a time
        // ahead is no fault where no entry follows.
        let isAllowed =
          (field.kinds == [.clockHeld] && record > 0)
          || (field.offset == 17 && entry == original.entryCount - 1)
          || (field.offset == 16 && entry == 0)
        let kinds = Set(report.findings.map(\.kind))
        #expect(isAllowed || !kinds.isDisjoint(with: field.kinds), "\(entry) \(field) \(kinds)")
        #expect(isAllowed || report.exitCode == 3)
        count += 1
      }
    }
    print("audit: \(count) fields of entries changed and everything else made to fit")
  }

  @Test func erasedParts() throws {
    let original = try AuditForge(ledger())
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let parts = original.partRanges(frame, record)
      let middle = parts.salts.lowerBound + 16
      var forge = original
      for place in Array(parts.salts.lowerBound..<middle) + parts.payload {
        forge.frames[frame].bytes[place] = 0
      }
      forge.layOut()
      #expect(try forge.audit().findings.map(\.kind) == [.payloadErased])
      guard !parts.links.isEmpty else { continue }
      for place in Array(middle..<parts.salts.upperBound) + parts.links {
        forge.frames[frame].bytes[place] = 0
      }
      forge.layOut()
      #expect(try forge.audit().findings.map(\.kind) == [.payloadErased, .linksErased])
    }
  }

  @Test func anotherOrigin() throws {
    let disk = try ledger()
    let pinned = try head(disk)
    var forge = try AuditForge(disk)
    let payload = forge.partRanges(0, 0).payload
    // The origin follows a version and its own length.
    forge.frames[0].bytes[payload.lowerBound + 3] = UInt8(ascii: "b")
    try forge.repair(.all)
    #expect(try forge.audit().findings.map(\.kind) == [.formatMismatch])
    forge.files[LedgerPaths.format]?[19] = UInt8(ascii: "b")
    #expect(try forge.audit().findings == [])
    let report = try forge.audit(pinned: [pinned])
    #expect(report.findings.map(\.kind) == [.pinnedOrigin, .pinnedRoot])
    #expect(report.exitCode == 4)
  }
}
