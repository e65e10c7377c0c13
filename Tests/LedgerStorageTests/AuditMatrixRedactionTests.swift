import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// What may go wrong, or be done wrong, with erasure, at every place of a small ledger.
@Suite struct AuditMatrixRedactionTests {
  private static let scopes = [(true, false), (false, true), (true, true)]

  @Test func erasedWithoutEntry() throws {
    var tally = AuditTally("erased, and no entry announces it")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    for entry in 1..<original.entryCount {
      let (frame, record) = original.place(of: entry)
      guard !original.isErased(frame, record) else { continue }
      // What key and redaction entries say is missing then, which is found too.
      let isPublic = [6, 15, 16, 17, 21].contains(entry)
      for (payload, links) in Self.scopes {
        var forge = original
        forge.erase(entry, payload: payload, links: links)
        // Links that are public and empty are zeros already.
        guard forge.isErased(frame, record) else { continue }
        for limit in [2, 1 << 18] {
          let report = try AuditFixture.audit(forge.files) { $0.redactionLimit = limit }
          var kinds: Set<AuditFinding.Kind> = payload ? [.payloadErased] : []
          if links && !original.partRanges(frame, record).links.isEmpty {
            kinds.insert(.linksErased)
          }
          tally.expect(
            report.kinds.isSuperset(of: kinds) && report.exitCode == 3
              && (isPublic
                || report.findings.allSatisfy { $0.location.entry?.rawValue == UInt64(entry) }),
            "\(entry) \(payload) \(links): \(report.findings.prefix(3))")
        }
      }
    }
    tally.finish()
  }

  /// Bytes that were erased are put back, as from a backup.
  @Test func restored() throws {
    var tally = AuditTally("erased bytes put back")
    let scribe = try AuditScribe.typical()
    let original = try AuditForge(AuditMemoryDisk(scribe.files))
    for (step, state) in scribe.states.enumerated() where state.size > 6 {
      let older = try AuditForge(AuditMemoryDisk(state.files))
      for entry in 0..<older.entryCount {
        let (frame, record) = original.place(of: entry)
        guard original.isErased(frame, record) else { continue }
        guard older.frames[frame].bytes != original.frames[frame].bytes else { continue }
        var forge = original
        let parts = original.partRanges(frame, record)
        for place in Array(parts.payload) + parts.links + parts.salts {
          forge.frames[frame].bytes[place] = older.frames[frame].bytes[place]
        }
        guard forge.frames[frame].bytes != original.frames[frame].bytes else { continue }
        forge.layOut()
        for limit in [2, 1 << 18] {
          let report = try AuditFixture.audit(forge.files) { $0.redactionLimit = limit }
          tally.expect(
            report.kinds == [.redactionUndone] && report.exitCode == 3,
            "\(entry) of step \(step): \(report.findings.prefix(3))")
        }
      }
    }
    tally.finish()
  }

  /// Redaction entries that no honest writer makes.
  @Test func forgedEntries() throws {
    var tally = AuditTally("redaction entries forged")
    let size = 12
    for target in 0..<size + 3 {
      for all in [true, false] {
        let scribe = try AuditScribe()
        try scribe.capture(2, receipt: true)
        try scribe.establish()
        try scribe.note([1])
        try scribe.redact([2], .payload)
        let place = scribe.size
        let scope: RedactionPayload.Scope = all ? .payloadAndLinks : .payload(digest: .zero)
        let payload = try RedactionPayload(
          reason: "forged", targets: [.init(entry: EntryIndex(UInt64(target)), scope: scope)])
        try scribe.note(try payload.payload())
        try scribe.capture(1)
        try scribe.note([3])
        try scribe.writer.close()
        var forge = try AuditForge(AuditMemoryDisk(scribe.files))
        forge.change(place, to: .redaction)
        try forge.repair(.all)
        let report = try forge.audit()
        // Genesis, the key entry, the redaction entry, itself and what comes after it.
        let isForbidden = [0, 5, 7].contains(target) || target >= place
        let expected: AuditFinding.Kind =
          isForbidden ? .redaction : !all && target == 2 ? .redactionDigest : .redactionUndone
        tally.expect(
          report.kinds == [expected] && report.exitCode == 3,
          "\(target) \(all): \(report.findings.prefix(3))")
        guard !isForbidden, target != 2 else { continue }
        // Erased by the forger himself: with a digest that is not the payload's, links do not fit.
        forge.erase(target, payload: true, links: all)
        let erased = try forge.audit()
        tally.expect(
          all ? erased.isIntact : erased.kinds == [.redactionDigest],
          "\(target) erased: \(erased.findings.prefix(3))")
        var both = forge
        both.erase(target, payload: true, links: true)
        let (frame, record) = both.place(of: target)
        if !all && !both.partRanges(frame, record).links.isEmpty {
          let report = try both.audit()
          tally.expect(report.kinds == [.linksErased], "\(target): \(report.kinds)")
        }
      }
    }
    tally.finish()
  }

  @Test func malformedEntries() throws {
    var tally = AuditTally("redaction entries malformed")
    let whole = try RedactionPayload(
      reason: "r", targets: [.init(entry: 1, scope: .payload(digest: .zero))]
    ).payload()
    var payloads = whole.indices.map { Array(whole.prefix($0)) } + [whole + [0]]
    for byte in [0, 1, 2, 4, 5] { payloads.append(whole.enumerated().map { $0 == byte ? 9 : $1 }) }
    for payload in payloads {
      let scribe = try AuditScribe()
      try scribe.note([1])
      try scribe.note(payload)
      try scribe.writer.close()
      var forge = try AuditForge(AuditMemoryDisk(scribe.files))
      forge.change(2, to: .redaction)
      try forge.repair(.all)
      let report = try forge.audit()
      tally.expect(report.kinds == [.redaction] && report.exitCode == 3, "\(report.kinds)")
    }
    tally.finish()
  }

  /// A redaction that a crash interrupted, at every byte that it writes.
  @Test func interrupted() throws {
    var tally = AuditTally("redactions interrupted")
    let scribe = try AuditScribe()
    try scribe.capture(2, receipt: true)
    try scribe.note([1])
    let before = try AuditForge(AuditMemoryDisk(scribe.files))
    try scribe.redact([3], .payloadAndLinks)
    try scribe.redact([2, 4], .payload)
    let after = try AuditForge(AuditMemoryDisk(scribe.files))
    let marker = RedactionMarker(logID: after.logID, entry: 7)
    let (frame, _) = after.place(of: 2)
    let places = after.frames[frame].bytes.indices.filter {
      after.frames[frame].bytes[$0] != before.frames[frame].bytes[$0]
    }
    for count in 0...places.count {
      var forge = after
      for place in places.dropFirst(count) {
        forge.frames[frame].bytes[place] = before.frames[frame].bytes[place]
      }
      // What the first redaction erased stays erased.
      let record = forge.place(of: 3).record
      for place in forge.partRanges(frame, record).payload
        .lowerBound..<forge.partRanges(
          frame, record
        ).payload.upperBound
      {
        forge.frames[frame].bytes[place] = 0
      }
      for range in [
        forge.partRanges(frame, record).links, forge.partRanges(frame, record).salts,
      ] {
        for place in range { forge.frames[frame].bytes[place] = 0 }
      }
      forge.layOut()
      let unmarked = try forge.audit()
      forge.files[LedgerPaths.redaction] = Array(marker.text.utf8)
      let marked = try forge.audit()
      let isDone = forge.frames[frame].bytes == after.frames[frame].bytes
      tally.expect(marked.isIntact, "\(count): \(marked.findings.prefix(2))")
      tally.expect(
        isDone == !marked.notices.contains { $0.kind == .redactionPending }, "\(count)")
      tally.expect(isDone ? unmarked.isIntact : unmarked.exitCode == 3, "\(count)")
    }
    tally.finish()
  }

  @Test func damagedMarker() throws {
    let scribe = try AuditScribe.typical()
    var files = scribe.files
    files[LedgerPaths.redaction] = [1, 2]
    let report = try AuditFixture.audit(files)
    #expect(report.kinds == [.redaction] && report.exitCode == 3)
  }
}
