import LedgerAudit
import LedgerStorage
import LedgerWriter
import Synchronization
import Testing
import TransparencyLog

/// Ledgers that were not closed, and ledgers that are being written.
@Suite struct AuditTailTests {
  /// The files before and after an append by a writer that is still open, and after its close.
  private func open(
    events: Int, frame: Int = 2 << 20
  ) throws -> (before: [String: [UInt8]], after: [String: [UInt8]]) {
    let disk = AuditMemoryDisk()
    var generator = AuditGenerator(seed: 5)
    let writer = try LedgerWriter.create(
      disk, origin: LogOrigin("acme.example/trace"),
      options: AuditFixture.options(seed: 5, frame: frame))
    for events in [2, 3] {
      _ = try writer.append(try AuditFixture.draft(events: events, payload: 50, &generator))
    }
    let before = disk.files
    _ = try writer.append(try AuditFixture.draft(events: events, payload: 50, &generator))
    let after = disk.files
    try writer.close()
    return (before, after)
  }

  @Test func crashLeavesNoFinding() throws {
    let (_, after) = try open(events: 3)
    let report = try AuditFixture.audit(AuditMemoryDisk(after))
    #expect(report.findings == [])
    #expect(report.size == 12)
    // Tree files that never reached the disk are no fault either, above what was made durable.
    var lost = after
    lost["tree/0"] = after["tree/0"].map { Array($0.prefix(32)) }
    let lagging = try AuditFixture.audit(AuditMemoryDisk(lost))
    #expect(lagging.findings == [] && lagging.notices.map(\.kind) == [.notClosed])
    lost["tree/0"] = []
    #expect(try AuditFixture.audit(AuditMemoryDisk(lost)).findings.map(\.kind) == [.treeSize])
  }

  @Test func wholeCaptureAboveCommitted() throws {
    let (before, after) = try open(events: 3)
    var files = after
    files[LedgerPaths.committed] = before[LedgerPaths.committed]
    let report = try AuditFixture.audit(AuditMemoryDisk(files))
    #expect(report.findings == [])
    #expect(report.notices.map(\.kind).contains(.entriesAboveCommitted))
    #expect(report.size == 8 && report.entryCount == 12)
    let hasher = try SHA256Hasher()
    let leaves = try AuditFixture.entries(AuditMemoryDisk(after)).map { hasher.leafHash($0) }
    #expect(report.root == AuditFixture.naiveRoot(leaves[..<8], hasher))
    // A head pinned above what the crash left of `committed` is confirmed by the entries.
    let head = PinnedHead(size: 12, root: AuditFixture.naiveRoot(leaves[...], hasher))
    #expect(try AuditFixture.audit(AuditMemoryDisk(files), pinned: [head]).findings == [])
  }

  @Test func tornFrameAboveCommitted() throws {
    let (before, after) = try open(events: 3)
    let log = LedgerPaths.segment(0)
    let (old, new) = (try #require(before[log]), try #require(after[log]))
    let first = try #require(zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset)
    let end = try #require(new.lastIndex { $0 != 0 }) + 1
    var torn = 0
    for kept in first..<end {
      var files = after
      files[LedgerPaths.committed] = before[LedgerPaths.committed]
      files[log] = Array(new[..<kept]) + [UInt8](repeating: 0, count: new.count - kept)
      let report = try AuditFixture.audit(AuditMemoryDisk(files))
      #expect(report.findings.allSatisfy { $0.kind == .tornFrame }, "kept to \(kept)")
      #expect(report.exitCode == (report.findings.isEmpty ? 0 : 2))
      #expect(report.size == 8)
      if !report.findings.isEmpty { torn += 1 }
    }
    #expect(torn > 200)
    print("audit: \(torn) torn ends called torn")
  }

  @Test func unfinishedCaptureAboveCommitted() throws {
    let (before, after) = try open(events: 60, frame: 2_048)
    let log = LedgerPaths.segment(0)
    var files = after
    files[LedgerPaths.committed] = before[LedgerPaths.committed]
    let walker = try LogWalker(
      AuditMemoryDisk(files), logID: try #require(LedgerIdentity(AuditMemoryDisk(files)).logID))
    var ends: [UInt64] = []
    while let step = try walker.next() {
      guard case .frame(let sighting) = step else { continue }
      ends.append(sighting.position.offset + UInt64(sighting.header.layout.paddedEnd))
    }
    #expect(ends.count > 6)
    for end in ends[3..<ends.count - 1] {
      files[log] = Array(try #require(after[log])[..<Int(end)])
      let report = try AuditFixture.audit(AuditMemoryDisk(files))
      #expect(report.findings == [])
      #expect(report.notices.map(\.kind).contains(.unfinishedCapture))
      #expect(report.exitCode == 0 && report.size == 8 && report.entryCount == 8)
    }
  }

  @Test func damageBelowASoundFrameIsNotTorn() throws {
    let (before, after) = try open(events: 60, frame: 2_048)
    var files = after
    files[LedgerPaths.committed] = before[LedgerPaths.committed]
    let forge = try AuditForge(AuditMemoryDisk(files))
    let start = forge.frames[..<4].reduce(512) { $0 + $1.bytes.count }
    files[LedgerPaths.segment(0)]?[start + 300] ^= 1
    let report = try AuditFixture.audit(AuditMemoryDisk(files))
    #expect(report.exitCode == 3)
    #expect(!report.findings.contains { $0.severity == .torn })
  }

  /// While a writer is at work, audits find nothing wrong, however often they look.
  @Test func beside() async throws {
    let disk = AuditMemoryDisk()
    let options = AuditFixture.options(seed: 8, segment: 32_768, frame: 2_048)
    let writer = try LedgerWriter.create(
      disk, origin: LogOrigin("acme.example/trace"), options: options)
    let isDone = AuditCancellation()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        var generator = AuditGenerator(seed: 8)
        var number = 0
        while !isDone.isCancelled {
          number += 1
          let draft = try AuditFixture.draft(events: number % 17, payload: 80, &generator)
          _ = try writer.append(draft)
          await Task.yield()
        }
        print("audit: \(number) captures appended beside audits")
      }
      group.addTask {
        var sizes: [TreeSize] = []
        defer { isDone.cancel() }
        for _ in 0..<40 {
          let report = try AuditFixture.audit(disk, threads: 2)
          #expect(report.findings == [])
          #expect(report.notices.map(\.kind) == [.writerAtWork])
          #expect(report.entryCount == report.size.rawValue)
          sizes.append(report.size)
          await Task.yield()
        }
        #expect(sizes == sizes.sorted())
        print("audit: \(sizes.count) audits beside a writer, no false alarm")
      }
      try await group.waitForAll()
    }
    try writer.close()
    #expect(try AuditFixture.audit(disk).isIntact)
  }

  @Test func progressAndCancellation() throws {
    let disk = try AuditFixture.closed(Array(repeating: 30, count: 12), segment: 8_192)
    let seen = Mutex<[AuditProgress]>([])
    var options = AuditOptions()
    options.threadCount = 2
    options.progress = { progress in seen.withLock { $0.append(progress) } }
    let report = try LedgerAudit.audit(disk, options: options)
    let steps = seen.withLock { $0 }
    #expect(steps.map(\.entryCount) == steps.map(\.entryCount).sorted())
    #expect(steps.last?.entryCount == report.size.rawValue)
    #expect(steps.allSatisfy { $0.totalEntryCount == report.size.rawValue })
    let cancellation = AuditCancellation()
    options.cancellation = cancellation
    options.progress = { _ in cancellation.cancel() }
    let ended = try LedgerAudit.audit(disk, options: options)
    #expect(!ended.isComplete && !ended.isIntact && ended.findings == [])
    #expect(ended.notices.map(\.kind) == [.cancelled])
    #expect(ended.entryCount < report.entryCount)
  }
}
