import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// Damage to whole pieces of a closed ledger.
@Suite struct AuditDamageTests {
  private func ledger() throws -> AuditMemoryDisk {
    try AuditFixture.closed([4, 6, 1, 0, 5, 2], segment: 4_096, frame: 2_048)
  }

  @Test func everyTruncation() throws {
    let disk = try AuditFixture.closed([2, 1, 0], segment: 2_048)
    let files = disk.files
    var count = 0
    for (path, bytes) in files where path != LedgerPaths.lock {
      for length in 0..<bytes.count {
        var cut = files
        cut[path] = Array(bytes[..<length])
        let report = try AuditFixture.audit(AuditMemoryDisk(cut))
        #expect(report.exitCode != 0 && !report.isIntact)
        #expect(!report.findings.contains { $0.severity == .torn })
        let isPlaced = report.findings.contains {
          $0.location.file == path && ($0.location.offset ?? 0) <= UInt64(length)
        }
        if !isPlaced { Issue.record("\(path) cut to \(length): \(report.findings)") }
        count += 1
      }
      var without = files
      without[path] = nil
      let report = try AuditFixture.audit(AuditMemoryDisk(without))
      #expect(report.findings.contains { $0.location.file == path }, "\(path) removed")
      #expect(report.exitCode != 0)
    }
    print("audit: \(count) truncations, all found and placed, none called torn")
  }

  @Test func segmentsRemovedSwappedAndDoubled() throws {
    let files = try ledger().files
    let segments = files.keys.filter { $0.hasPrefix("log/") }.sorted()
    #expect(segments.count >= 4)
    for segment in segments {
      var changed = files
      changed[segment] = nil
      let report = try AuditFixture.audit(AuditMemoryDisk(changed))
      #expect(report.exitCode == 3, "\(segment) removed: \(report.findings)")
      #expect(report.root == nil)
      #expect(report.findings.contains { $0.kind == .entriesMissing })
      var doubled = files
      doubled["log/99999999999999999999.seg"] = files[segment]
      doubled["log/00000000000000000777.seg"] = files[segment]
      #expect(try AuditFixture.audit(AuditMemoryDisk(doubled)).exitCode == 3)
      for other in segments where other != segment {
        var swapped = files
        swapped[segment] = files[other]
        swapped[other] = files[segment]
        let report = try AuditFixture.audit(AuditMemoryDisk(swapped))
        #expect(report.exitCode == 3)
        #expect(report.findings.contains { $0.location.file == segment })
        #expect(report.findings.contains { $0.location.file == other })
      }
    }
  }

  @Test func framesRemovedSwappedAndDoubled() throws {
    let original = try AuditForge(ledger())
    var count = 0
    for frame in original.frames.indices {
      var removed = original
      removed.frames.remove(at: frame)
      removed.layOut()
      let path = original.frames[frame].segment
      if !removed.frames.contains(where: { $0.segment == path }) {
        removed.files[path] = removed.files[path].map { Array($0.prefix(512)) }
      }
      var report = try removed.audit()
      #expect(report.exitCode == 3 && !report.findings.isEmpty)
      #expect(!report.findings.contains { $0.severity == .torn })
      var doubled = original
      doubled.frames.insert(original.frames[frame], at: frame)
      doubled.layOut()
      report = try doubled.audit()
      #expect(report.exitCode == 3)
      count += 2
      for other in original.frames.indices where other > frame {
        var swapped = original
        swapped.frames.swapAt(frame, other)
        swapped.frames[frame].segment = original.frames[frame].segment
        swapped.frames[other].segment = original.frames[other].segment
        swapped.layOut()
        report = try swapped.audit()
        #expect(report.exitCode == 3)
        #expect(report.findings.contains { $0.location.file == original.frames[frame].segment })
        count += 1
      }
    }
    print("audit: \(count) frames removed, doubled and swapped, all found")
  }

  @Test func damageIsReportedInManyPlacesAtOnce() throws {
    let files = try ledger().files
    var changed = files
    for path in files.keys where path.hasPrefix("log/") {
      for place in stride(from: 600, to: changed[path]?.count ?? 0, by: 512) {
        changed[path]?[place] ^= 0xff
      }
    }
    let report = try AuditFixture.audit(AuditMemoryDisk(changed), threads: 2)
    let damaged = Set(report.findings.map(\.location.file))
    #expect(damaged.isSuperset(of: files.keys.filter { $0.hasPrefix("log/") }))
    var options = AuditOptions()
    options.findingLimit = 3
    let short = try LedgerAudit.audit(AuditMemoryDisk(changed), options: options)
    #expect(short.findings == Array(report.findings.prefix(3)))
    #expect(short.findingCount == report.findingCount && short.exitCode == report.exitCode)
  }

  @Test func garbage() throws {
    let files = try ledger().files
    var generator = AuditGenerator(seed: 99)
    var count = 0
    for round in 0..<150 {
      var changed = files
      for path in files.keys.sorted() where path != LedgerPaths.lock {
        guard round == 0 || Int.random(in: 0..<3, using: &generator) == 0 else { continue }
        let bytes = files[path] ?? []
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: changed[path] = generator.bytes(Int.random(in: 0...6_000, using: &generator))
        case 1: changed[path] = nil
        case 2:
          let start = Int.random(in: 0...bytes.count, using: &generator)
          changed[path] = Array(bytes[start...] + bytes[..<start]) + [1]
        default:
          changed[path] = bytes
          for _ in 0..<20 where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            changed[path]?[place] = UInt8(truncatingIfNeeded: generator.next())
          }
        }
      }
      do {
        let report = try AuditFixture.audit(AuditMemoryDisk(changed), threads: 1 + round % 3)
        #expect(changed == files || !report.isIntact)
      } catch let error as LedgerError {
        #expect(error.kind == .notALedger || error.kind == .unsupportedVersion)
      }
      count += 1
    }
    print("audit: \(count) ledgers of garbage, none taken for intact")
  }

  /// Lengths and counts as large as they get, under right checksums.
  @Test func extremeHeaders() throws {
    let original = try AuditForge(ledger())
    for frame in original.frames.indices {
      for change in 0..<6 {
        var forge = original
        switch change {
        case 0: forge.frames[frame].header.entryCount = FrameHeader.maximumEntryCount
        case 1: forge.frames[frame].header.payloadsByteCount = 40 << 20
        case 2: forge.frames[frame].header.linksByteCount += 1
        case 3: forge.frames[frame].header.number = UInt64(Int64.max) - 1
        case 4: forge.frames[frame].header.firstEntry = EntryIndex(UInt64(Int64.max) - 70_000)
        default: forge.frames[frame].header.payloadsByteCount = 0
        }
        forge.changeHeader(frame) { _ in }
        let report = try forge.audit()
        #expect(report.exitCode == 3, "frame \(frame) change \(change)")
        let isPlaced = report.findings.contains {
          $0.location.file == original.frames[frame].segment
        }
        #expect(isPlaced)
      }
    }
  }

  @Test func strangers() throws {
    var files = try ledger().files
    files["notes.txt"] = [1]
    files["log/readme"] = [2]
    files["set-aside/00000000000000000000-00000000000000000512-0"] = [3]
    let report = try AuditFixture.audit(AuditMemoryDisk(files))
    #expect(report.isIntact)
    #expect(report.notices.map(\.kind) == [.unknownFile, .unknownFile, .setAside])
    files["tree/x"] = [1]
    let derived = try AuditFixture.audit(AuditMemoryDisk(files))
    #expect(derived.findings.map(\.kind) == [.treeStray] && derived.exitCode == 1)
    files["tree/x"] = nil
    files["tree/0"]?.append(0)
    let longer = try AuditFixture.audit(AuditMemoryDisk(files))
    #expect(longer.findings.map(\.kind) == [.treeSize] && longer.exitCode == 1)
    files["tree/0"] = nil
    files["tree/1"] = [1, 2]
    let missing = try AuditFixture.audit(AuditMemoryDisk(files))
    #expect(missing.findings.map(\.kind) == [.treeSize, .treeSize] && missing.exitCode == 1)
  }

  @Test func whatIsNoLedger() {
    #expect(throws: LedgerError.self) { try AuditFixture.audit(AuditMemoryDisk()) }
    #expect(throws: LedgerError.self) {
      try AuditFixture.audit(AuditMemoryDisk(["FORMAT": Array("provender 2\n".utf8)]))
    }
  }
}
