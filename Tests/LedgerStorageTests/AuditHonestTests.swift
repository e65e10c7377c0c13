import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// Honest ledgers with all that signing and redacting leave in them: no false alarm.
@Suite struct AuditHonestTests {
  /// Verifies with everything that an auditor may have in hand.
  private func verifyAllWays(_ scribe: AuditScribe, _ tally: inout AuditTally) throws {
    let files = scribe.files
    func check(_ what: String, _ change: (inout AuditOptions) -> Void) throws {
      let report = try AuditFixture.audit(files, change)
      tally.expect(
        report.isIntact && report.exitCode == 0, "\(what): \(report.findings.prefix(3))")
    }
    try check("plain") { _ in }
    for threads in 2...3 { try check("\(threads) threads") { $0.threadCount = threads } }
    for limit in 2...6 { try check("\(limit) redactions at once") { $0.redactionLimit = limit } }
    for key in try [AuditScribe.key(1), scribe.logKey] {
      let key = try AuditScribe.signer(key).verifierKey
      try check("key \(key)") { $0.trustedKeys = [key] }
    }
    try check("witnesses") { $0.witnesses = scribe.witnessKeys }
    try check("a quorum") {
      $0.witnesses = scribe.witnessKeys
      $0.quorum = 1
    }
    for checkpoint in scribe.checkpoints {
      try check("since \(checkpoint.claim.size)") { $0.pin(checkpoint) }
      try check("all since \(checkpoint.claim.size)") {
        $0.pin(checkpoint)
        $0.witnesses = scribe.witnessKeys
        $0.trustedKeys = [(try? AuditScribe.signer(scribe.logKey))?.verifierKey].compactMap { $0 }
      }
    }
  }

  @Test func noFalseAlarm() throws {
    var tally = AuditTally("honest ledgers")
    for seed in 1...3 as ClosedRange<UInt64> {
      let scribe = try AuditScribe.typical(seed: seed)
      try verifyAllWays(scribe, &tally)
      for state in scribe.states {
        let report = try AuditFixture.audit(state.files)
        tally.expect(report.isIntact, "at \(state.size): \(report.findings.prefix(3))")
      }
    }
    tally.finish()
  }

  @Test func noFalseAlarmAfterATheft() throws {
    var tally = AuditTally("honest ledgers after a theft")
    for above in [8, 9, 11, 12] {
      for replaces in [true, false] {
        let scribe = try AuditScribe()
        try scribe.capture(3, receipt: true)
        try scribe.establish()
        try scribe.note([1])
        try scribe.sign(cosigned: 2, after: 0)
        try scribe.capture(2)
        try scribe.sign(cosigned: 2, after: 0)
        try scribe.note([1])
        try scribe.revoke(
          AuditScribe.key(1), above: above, replacement: replaces ? AuditScribe.key(3) : nil)
        if replaces {
          try scribe.capture(1)
          try scribe.sign(cosigned: 2, after: 0)
        }
        try scribe.writer.close()
        for state in scribe.states {
          let report = try AuditFixture.audit(state.files)
          tally.expect(report.isIntact, "above \(above): \(report.findings.prefix(3))")
        }
        let report = try AuditFixture.audit(scribe.files) { $0.witnesses = scribe.witnessKeys }
        tally.expect(report.isIntact, "above \(above): \(report.findings.prefix(3))")
        // Those above are void, those below count since they were cosigned before.
        let standing = report.checkpoints.filter { $0.name.hasPrefix("checkpoints/") }
        let isRight = standing.allSatisfy {
          ($0.doubt == nil) == ($0.size.rawValue <= UInt64(above) || $0.size > 14) && $0.agrees
        }
        tally.expect(isRight, "\(standing)")
        // Without the witnesses nobody shows that it was signed before the theft.
        let alone = try AuditFixture.audit(scribe.files)
        let old = alone.checkpoints.filter { $0.size <= 13 }
        tally.expect(old.allSatisfy { $0.doubt != nil } && !old.isEmpty, "\(old)")
      }
    }
    tally.finish()
  }

  @Test func successorsOfDamagedLedgers() throws {
    let old = try AuditScribe.typical()
    let bound = try LedgerWriter.predecessor(of: AuditMemoryDisk(old.files), reason: "test")
    let disk = AuditMemoryDisk()
    let writer = try LedgerWriter.create(
      disk, origin: LogOrigin(AuditScribe.origin), predecessor: bound,
      options: AuditFixture.options(seed: 9))
    _ = try writer.append(.note, payload: [1])
    try writer.close()
    let report = try AuditFixture.audit(disk.files)
    #expect(report.isIntact && report.predecessor?.size.rawValue == UInt64(old.size))
  }

  @Test func reportSaysWhatThereIs() throws {
    let scribe = try AuditScribe.typical()
    let report = try AuditFixture.audit(scribe.files) {
      $0.witnesses = scribe.witnessKeys
      $0.trustedKeys = [(try? AuditScribe.signer(scribe.logKey))?.verifierKey].compactMap { $0 }
    }
    #expect(report.redactions.map(\.entry) == [15, 16, 21])
    #expect(report.redactions.map(\.reason) == ["gdpr-17", "gdpr-17", "gdpr-17"])
    #expect(report.redactions[1].targets.map(\.entry) == [5, 8, 10])
    #expect(report.erasedPayloadCount == 5 && report.erasedLinksCount == 5)
    #expect(report.keys?.keys.count == 2)
    #expect(report.checkpoints.map(\.size) == [23, 10, 17, 20, 23])
    #expect(report.checkpoints.allSatisfy { $0.isTrusted && !$0.isPinned })
    #expect(report.checkpoints.map(\.cosignatures.count) == [2, 2, 2, 1, 2])
    #expect(report.timeBounds.count == 9)
    #expect(report.statements.contains { $0.contains("cosigned by witness.example/one") })
    #expect(report.statements.contains { $0.contains("No checkpoint was pinned") })
    #expect(!report.statements.contains { $0.contains("operator's word alone") })
  }
}
