import Foundation
import LedgerAudit
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// What others say of a ledger's checkpoints: time stamps beside them.
@Suite(.enabled(if: TestAuthority.isPossible, "\(TestAuthority.absence)"))
struct AuditTimeStampTests {
  private static func believed(_ authority: TestAuthority) throws -> TimeStampAuthority {
    try TimeStampAuthority(
      pem: [UInt8](try Data(contentsOf: URL(fileURLWithPath: authority.rootPath))))
  }

  private static func stamp(
    _ checkpoint: UnverifiedCheckpoint, _ authority: TestAuthority
  ) throws -> [UInt8] {
    try authority.reply(to: TimeStampRequest.make(over: checkpoint.note.textBytes).encoded)
  }

  @Test func stampsBracketRecordTimes() throws {
    let authority = try TestAuthority()
    let scribe = try AuditScribe()
    try scribe.establish()
    try scribe.note([1])
    let first = try scribe.sign(cosigned: 1)
    try scribe.note([2])
    let second = try scribe.sign(cosigned: 1)
    let stamp = try Self.stamp(first, authority)
    _ = try scribe.writer.keep(timeStamp: stamp, of: first)
    try scribe.writer.close()
    let files = scribe.files
    let believed = try Self.believed(authority)

    let report = try AuditFixture.audit(files) { $0.authorities = [believed] }
    #expect(report.isIntact && report.notices.isEmpty)
    #expect(report.timeBounds.map(\.size) == [first.claim.size])
    #expect(report.statements.contains { $0.contains("/O=Test/CN=Test Time Stamps (good)") })
    let unknown = try AuditFixture.audit(files)
    #expect(unknown.isIntact && unknown.notices.map(\.kind) == [.timestampUnverified])
    #expect(unknown.timeBounds.isEmpty)

    func finding(_ change: (inout [String: [UInt8]]) -> Void) throws -> AuditReport {
      var files = files
      change(&files)
      return try AuditFixture.audit(files) { $0.authorities = [believed] }
    }
    let moved = try finding {
      $0[LedgerPaths.timeStamp(second.claim.size, number: 0)] = stamp
    }
    #expect(moved.kinds == [.timestamp] && moved.exitCode == 3)
    let alone = try finding { $0[LedgerPaths.checkpoint(first.claim.size)] = nil }
    #expect(alone.kinds == [.timestamp])
    let place = LedgerPaths.timeStamp(first.claim.size, number: 0)
    #expect(try finding { $0[place] = [1, 2] }.kinds == [.timestamp])
    #expect(try finding { $0[place] = [] }.kinds == [.timestamp])
    // Changed bytes are a fault of the stamp, or leave it unbelieved; none of them is believed.
    for byte in stride(from: 0, to: stamp.count, by: 61) {
      let report = try finding { $0[place]?[byte] ^= 1 }
      #expect(report.timeBounds.isEmpty, "byte \(byte)")
      #expect(report.kinds == [.timestamp] || report.notices.count == 1, "byte \(byte)")
    }
  }

  /// The log's clock is ahead: it says of entries that they were recorded after they were stamped.
  @Test func stampsBeforeTheRecordTimes() throws {
    let authority = try TestAuthority()
    let scribe = try AuditScribe(start: 4_000_000_000_000_000)
    try scribe.establish()
    try scribe.note([1])
    let checkpoint = try scribe.sign()
    _ = try scribe.writer.keep(timeStamp: Self.stamp(checkpoint, authority), of: checkpoint)
    try scribe.revoke(AuditScribe.key(1), above: scribe.size, replacement: nil)
    try scribe.writer.close()
    let believed = try Self.believed(authority)
    let report = try AuditFixture.audit(scribe.files) { $0.authorities = [believed] }
    #expect(report.kinds == [.recordTime] && report.exitCode == 4)
    #expect(report.findings.first?.location.entry == 0)
    // Stamped before its key was revoked, the checkpoint counts.
    let kept = report.checkpoints.first { $0.name.hasPrefix("checkpoints/") }
    #expect(kept?.isTrusted == true && kept?.stamps.count == 1)
    #expect(try AuditFixture.audit(scribe.files).checkpoints.allSatisfy { !$0.isTrusted })
  }
}
