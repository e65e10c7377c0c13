import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// Ledgers that are signed and redacted while they are audited, and ends that were signed.
@Suite struct AuditBesideTests {
  /// While a writer captures, signs and redacts, audits find nothing wrong, however often they look.
  @Test func besideARedactingWriter() async throws {
    let scribe = try AuditScribe(seed: 12)
    try scribe.capture(20)
    try scribe.establish()
    try scribe.sign(cosigned: 1)
    let (disk, writer) = (scribe.disk, scribe.writer)
    let signer = try AuditScribe.signer(scribe.logKey)
    let witness = try #require(scribe.witnessKeys.first)
    let isDone = AuditCancellation()
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        var generator = AuditGenerator(seed: 12)
        var redacted = 0
        while !isDone.isCancelled && redacted < 60 {
          let draft = try AuditFixture.draft(events: 3, payload: 300, &generator)
          let first = try writer.append(draft).firstEntry.rawValue
          let parts: RedactedParts = redacted % 2 == 0 ? .payload : .payloadAndLinks
          let entry = UInt64.random(in: first..<first + 3, using: &generator)
          _ = try writer.redact([EntryIndex(entry)], parts: parts, reason: "test")
          redacted += 1
          if redacted % 3 == 0 { _ = try writer.sign(with: signer) }
          await Task.yield()
        }
        return redacted
      }
      group.addTask {
        defer { isDone.cancel() }
        for round in 0..<20 {
          var options = AuditOptions()
          options.threadCount = 2
          options.redactionLimit = round % 2 == 0 ? 16 : 1 << 18
          options.witnesses = [witness]
          let report = try LedgerAudit.audit(disk, options: options)
          #expect(report.findings == [])
          #expect(report.isComplete)
          await Task.yield()
        }
        return 20
      }
      for try await count in group {
        print("audit: \(count) redactions beside audits, or audits beside them")
      }
    }
    try writer.close()
    let report = try AuditFixture.audit(disk.files)
    #expect(report.isIntact && report.erasedPayloadCount > 0)
  }

  /// What was signed was durable: where it is damaged, no power cut tore it.
  @Test func signedEndsAreNotTorn() throws {
    let scribe = try AuditScribe()
    try scribe.establish()
    try scribe.note([1])
    let before = scribe.files
    try scribe.note([2])
    let unsigned = scribe.files
    try scribe.sign()
    let signed = scribe.files
    for (files, isSigned) in [(unsigned, false), (signed, true)] {
      var files = files
      files[LedgerPaths.committed] = before[LedgerPaths.committed]
      let end = try AuditForge(AuditMemoryDisk(before)).frames.reduce(512) { $0 + $1.bytes.count }
      files[LedgerPaths.segment(0)]?[end + 200] ^= 1
      let report = try AuditFixture.audit(files)
      #expect(report.exitCode == (isSigned ? 4 : 2), "\(report.findings)")
      #expect(report.kinds.contains(.tornFrame) != isSigned)
      #expect(report.kinds.contains(.checkpointSize) == isSigned)
    }
  }
}
