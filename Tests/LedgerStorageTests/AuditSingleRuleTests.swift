import LedgerAudit
import LedgerStorage
import Testing
import TransparencyLog

/// One rule broken at a time, everything else made to fit: only that rule's check can see it.
@Suite struct AuditSingleRuleTests {
  private func forge() throws -> AuditForge {
    try AuditForge(AuditFixture.closed([4, 6, 1, 40, 5], segment: 4_096, frame: 2_048))
  }

  @Test func everyLinkOfTheChain() throws {
    let original = try forge()
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      var forge = original
      forge.frames[frame].bytes[original.entryRange(frame, record).lowerBound + 40] ^= 1
      try forge.repair(.all, butLinkOf: entry)
      let report = try forge.audit()
      #expect(report.findings.map(\.kind) == [.chain])
      #expect(report.findings.first?.location.entry == EntryIndex(UInt64(entry)))
    }
    print("audit: \(original.entryCount - 1) links of the chain, each broken alone, all found")
  }

  @Test func headersOfFrames() throws {
    let original = try forge()
    for frame in original.frames.indices {
      var forge = original
      forge.changeHeader(frame) { $0.tableChecksum ^= 1 }
      // A ledger whose first frame is damaged does not know its genesis either.
      let kinds = try forge.audit().findings.map(\.kind).filter { $0 != .genesis }
      #expect(kinds == [.frameTable])
      forge = original
      forge.changeHeader(frame) { $0.continues.toggle() }
      #expect(try forge.audit().findings.contains { $0.kind == .frameFlag })
      forge = original
      forge.changeHeader(frame) { $0.lastLeaf = .zero }
      #expect(try forge.audit().findings.contains { $0.kind == .chain })
    }
  }

  @Test func checksumsOfParts() throws {
    let original = try forge()
    for entry in 0..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let layout = original.frames[frame].header.layout
      let line = layout.directory + record * FrameLayout.directoryByteCount
      let cases: [(Int, AuditFinding.Kind)] = [(8, .payloadChecksum), (12, .linksChecksum)]
      for (field, kind) in cases {
        var forge = original
        forge.frames[frame].bytes[line + field] ^= 1
        let table = Array(forge.frames[frame].bytes[layout.entries..<layout.salts])
        forge.changeHeader(frame) { $0.tableChecksum = CRC32C.checksum(of: table) }
        let findings = try forge.audit().findings.filter { $0.kind != .genesis }
        #expect(findings.map(\.kind) == [kind])
        #expect(findings.first?.location.entry == EntryIndex(UInt64(entry)))
      }
    }
  }

  @Test func saltOfGenesis() throws {
    var forge = try forge()
    forge.frames[0].bytes[forge.partRanges(0, 0).salts.lowerBound] = 1
    try forge.repair(.all)
    #expect(try forge.audit().findings.map(\.kind) == [.publicSalt])
  }

  @Test func linksWithoutMeaning() throws {
    let original = try forge()
    var count = 0
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      let links = original.partRanges(frame, record).links
      guard !links.isEmpty else { continue }
      var forge = original
      forge.frames[frame].bytes[links.lowerBound] = 0xff
      try forge.repair(.all)
      let report = try forge.audit()
      #expect(report.findings.map(\.kind) == [.linksMalformed])
      #expect(report.findings.first?.location.entry == EntryIndex(UInt64(entry)))
      #expect(report.exitCode == 1)
      var options = AuditOptions()
      options.decodesLinks = false
      #expect(try LedgerAudit.audit(AuditMemoryDisk(forge.files), options: options).isIntact)
      count += 1
    }
    #expect(count > 50)
  }

  @Test func captureWithoutEnd() throws {
    var forge = try forge()
    let last = forge.frames.count - 1
    let range = forge.entryRange(last, forge.frames[last].header.entryCount - 1)
    forge.frames[last].bytes[range.lowerBound + 3] ^= 1
    forge.frames[last].header.continues = true
    try forge.repair(.all)
    let report = try forge.audit()
    #expect(report.findings.contains { $0.kind == .captureUnfinished })
    #expect(report.findings.contains { $0.message == "committed ends within a capture" })
    #expect(report.exitCode == 3)
  }

  @Test func higherLevelsOfTheTree() throws {
    let files = try AuditFixture.closed([300, 300, 300]).files
    #expect(files["tree/1"]?.count == 96)
    for place in 0..<96 {
      var changed = files
      changed["tree/1"]?[place] ^= 4
      let report = try AuditFixture.audit(AuditMemoryDisk(changed))
      #expect(report.findings.map(\.kind) == [.treeHash])
      #expect(report.findings.first?.location.file == "tree/1")
      #expect(report.findings.first?.location.offset == UInt64(place / 32 * 32))
      #expect(report.exitCode == 1)
    }
  }
}
