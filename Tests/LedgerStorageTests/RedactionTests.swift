import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// What redacting leaves of a ledger, and what it refuses.
@Suite struct RedactionTests {
  private func ledger(captures: Int = 3, events: Int = 3) throws -> (SimulatedDisk, LedgerWriter) {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    for capture in 0..<captures { _ = try writer.append(History.draft(capture, events: events)) }
    return (disk, writer)
  }

  private func record(_ entry: EntryIndex, _ disk: any Disk) throws -> LedgerRecord {
    let reader = try LedgerReader(disk)
    let record = try reader.record(entry, in: reader.snapshot())
    #expect(try reader.links(entry, in: reader.snapshot()) == record.links)
    return record
  }

  private func holds(_ disk: SimulatedDisk, _ text: [UInt8]) -> Bool {
    disk.state.files.values.contains { $0.holds(text) }
  }

  @Test func aPayloadIsErasedAndItsLinksStay() throws {
    let (disk, writer) = try ledger()
    let payload = History.payload(0, 1)
    let before = try record(3, disk)
    #expect(before.payload == payload && holds(disk, payload))
    let redaction = try writer.redact([3], parts: .payload, reason: "gdpr-17")
    #expect(redaction.erased == [3] && redaction.erasedBefore.isEmpty)
    #expect(redaction.entry == 13)
    #expect(!holds(disk, payload) && !holds(disk, before.payloadSalt.bytes))
    let after = try record(3, disk)
    #expect(after.payload == nil && after.payloadSalt == .zero)
    #expect(after.links == before.links && after.linksSalt == before.linksSalt)
    #expect(after.entry == before.entry)
    #expect(try record(2, disk).payload == History.payload(0, 0))
    #expect(try record(4, disk).payload == History.payload(0, 2))
    try expectAnnounced(13, [3: .payload], "gdpr-17", disk)
    #expect(disk.state.files[LedgerPaths.redaction] == nil)
    try writer.close()
    #expect(try LedgerInspection(disk).problems.map(\.kind) == [.erasedPayload])
  }

  /// The redaction entry says what was asked for, and its digests join with the links to what the
  /// entries committed to.
  private func expectAnnounced(
    _ entry: EntryIndex, _ parts: [EntryIndex: RedactedParts], _ reason: String,
    _ disk: SimulatedDisk
  ) throws {
    let payload = try #require(try record(entry, disk).payload)
    let redaction = try #require(RedactionPayload(payload: payload))
    #expect(redaction.reason == reason)
    #expect(
      redaction.targets.map(\.entry) == parts.keys.sorted()
        && redaction.targets.allSatisfy { $0.scope.parts == parts[$0.entry] })
    let hasher = try SHA256Hasher()
    for target in redaction.targets {
      guard case .payload(let digest) = target.scope else { continue }
      let record = try record(target.entry, disk)
      let links = try #require(record.links)
      let other = links.withUnsafeBytes {
        Commitment.linksDigest($0, salt: record.linksSalt, with: hasher)
      }
      #expect(Commitment.join(digest, other, with: hasher) == record.entry.commitment)
    }
  }

  @Test func linksAreErasedToo() throws {
    let (disk, writer) = try ledger()
    let redaction = try writer.redact([7, 3], parts: .payloadAndLinks, reason: "x")
    #expect(redaction.erased == [3, 7])
    for entry in [3, 7] as [EntryIndex] {
      let after = try record(entry, disk)
      #expect(after.payload == nil && after.links == nil)
      #expect(after.payloadSalt == .zero && after.linksSalt == .zero)
    }
    #expect(!holds(disk, History.payload(0, 1)) && !holds(disk, History.links(0, 1)))
    #expect(holds(disk, History.links(0, 0)))
    try expectAnnounced(13, [3: .payloadAndLinks, 7: .payloadAndLinks], "x", disk)
  }

  @Test func whatIsErasedIsNotErasedAgainButMoreOfItMayBe() throws {
    let (disk, writer) = try ledger()
    _ = try writer.redact([3], parts: .payload, reason: "x")
    let before = disk.state.files
    let again = try writer.redact([3], parts: .payload, reason: "y")
    #expect(again.entry == nil && again.erased.isEmpty && again.erasedBefore == [3])
    #expect(disk.state.files == before)
    let more = try writer.redact([3, 4], parts: .payloadAndLinks, reason: "y")
    #expect(more.erased == [3, 4] && more.entry == 14)
    #expect(try record(3, disk).links == nil)
    let last = try writer.redact([3, 4], parts: .payload, reason: "y")
    #expect(last.entry == nil && last.erasedBefore == [3, 4])
  }

  /// A key entry that names two new keys, signed by both.
  private func establishing(_ logID: LogID) throws -> [UInt8] {
    let (key, recovery) = (try Ed25519PrivateKey.generate(), try Ed25519PrivateKey.generate())
    var payload = KeyPayload(
      sequence: 0,
      change: .establish(logKey: key.publicKey, recoveryKey: recovery.publicKey))
    let message = payload.message(logID: logID)
    payload.signatures = [try key.sign(message), try recovery.sign(message)]
    return payload.payload()
  }

  @Test func otherKindsAndBadReasonsAreRefusedAndChangeNothing() throws {
    let (disk, writer) = try ledger()
    _ = try writer.append(.note, payload: Array("a note".utf8))
    _ = try writer.append(.key, payload: try establishing(writer.genesis.logID))
    _ = try writer.redact([13], parts: .payload, reason: "a")
    let before = disk.state.files
    for entries in [[0], [3, 14], [15], [16], [3, 99]] as [[EntryIndex]] {
      let error = #expect(throws: LedgerError.self) {
        try writer.redact(entries, parts: .payload, reason: "a")
      }
      #expect(error?.kind == .invalid)
    }
    for reason in ["", "two words", "é", String(repeating: "a", count: 65)] {
      #expect(throws: LedgerError.self) {
        try writer.redact([3], parts: .payload, reason: reason)
      }
    }
    #expect(disk.state.files == before)
    // The writer goes on.
    _ = try writer.append(History.draft(9, events: 1))
  }

  @Test func eitherSlotOfCommittedReachesBeyondWhatIsErased() throws {
    let (disk, writer) = try ledger()
    _ = try writer.redact([3], parts: .payloadAndLinks, reason: "why-not")
    let files = disk.killProcess().state.files
    for slot in 0..<Committed.slotCount {
      var damaged = files
      damaged[LedgerPaths.committed]?[slot * Committed.slotByteCount + 40] ^= 1
      let disk = SimulatedDisk(SimulatedState(files: damaged))
      let writer = try LedgerWriter.open(disk, options: History.options())
      #expect(writer.recovery.cause == nil && writer.recovery.cuts.isEmpty)
      #expect(writer.snapshot.size == 14)
      // Nor is the redaction entry taken for an unfinished end, when it is damaged as well.
      let path = try #require(files.keys.filter { $0.hasPrefix("log/") }.max())
      let reason = try #require(damaged[path]?.firstRange(of: Array("why-not".utf8)))
      damaged[path]?[reason.lowerBound] ^= 1
      let other = SimulatedDisk(SimulatedState(files: damaged))
      let reopened = try LedgerWriter.open(other, options: History.options())
      #expect(reopened.recovery.cause == nil && reopened.snapshot.size == 14)
    }
  }

  @Test func aMarkerThatCannotBeReadHasAllRedactionsFinished() throws {
    let (disk, writer) = try ledger()
    let payloads = try [2, 3, 7].map { try #require(try record($0, disk).payload) }
    _ = try writer.redact([2], parts: .payload, reason: "x")
    let whole = disk.state.files
    _ = try writer.redact([3, 7], parts: .payload, reason: "y")
    try writer.close()
    // The log as it ends now, with the bytes of a segment as they were before the last redaction.
    var files = disk.state.files
    for (path, bytes) in files where path.hasPrefix("log/") {
      guard let old = whole[path] else { continue }
      for payload in payloads.dropFirst() {
        guard let range = old.firstRange(of: payload), range.upperBound <= bytes.count else {
          continue
        }
        files[path]?.replaceSubrange(range, with: payload)
      }
    }
    for (text, count) in [("nonsense", 2), ("", 2), (nil, 0)] as [(String?, Int)] {
      files[LedgerPaths.redaction] = text.map { Array($0.utf8) }
      let disk = SimulatedDisk(SimulatedState(files: files))
      let writer = try LedgerWriter.open(disk, options: History.options())
      #expect(writer.recovery.finishedRedactions.count == count)
      for payload in payloads.dropFirst() { #expect(holds(disk, payload) == (count == 0)) }
      #expect(disk.state.files[LedgerPaths.redaction] == nil)
      try writer.close()
    }
  }

  @Test func anEndThatWasTornIsCutAfterARedactionToo() throws {
    let (disk, writer) = try ledger()
    _ = try writer.redact([3, 12], parts: .payload, reason: "x")
    let size = writer.snapshot.size
    _ = try writer.append(History.draft(8, events: 4))
    var files = disk.killProcess().state.files
    let path = try #require(files.keys.filter { $0.hasPrefix("log/") }.max())
    // The last frame loses a sector, and committed does not know of it yet.
    var slots = try #require(files[LedgerPaths.committed])
    let newest = slots.withUnsafeBytes { bytes in
      (0..<2).compactMap { slot in
        Committed(
          UnsafeRawBufferPointer(rebasing: bytes[slot * 512..<slot * 512 + 512]))
      }.max { $0.sequence < $1.sequence }
    }
    let last = try #require(newest)
    #expect(last.lastFrame.file == path && last.size > size)
    files[path]?.replaceSubrange(
      Int(last.lastFrame.offset) + 512..<Int(last.end.offset),
      with: [UInt8](repeating: 0, count: Int(last.end.offset - last.lastFrame.offset) - 512))
    slots.replaceSubrange(
      Int(last.sequence & 1) * 512..<Int(last.sequence & 1) * 512 + 512,
      with: [UInt8](repeating: 0, count: 512))
    files[LedgerPaths.committed] = slots
    let again = SimulatedDisk(SimulatedState(files: files))
    let opened = try LedgerWriter.open(again, options: History.options())
    #expect(opened.snapshot.size == size)
    if case .tornFrame = opened.recovery.cause {} else { Issue.record("\(opened.recovery)") }
    #expect(try record(3, again).payload == nil && record(12, again).payload == nil)
  }

  @Test func largePartsInSealedSegmentsAreErased() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    // One capture over many frames and segments, with a payload larger than what is zeroed at once.
    let stream = try writer.begin(capture: Array("0 60".utf8))
    let large = [UInt8](repeating: 0xA5, count: 700_001)
    for event in 0..<60 {
      try stream.addEvent(
        payload: event == 30 ? large : History.payload(0, event), links: History.links(0, event))
    }
    _ = try stream.commit()
    let segments = disk.state.files.keys.filter { $0.hasPrefix("log/") }
    #expect(segments.count >= 3)
    let before = disk.state.files
    let entries = (1...61).filter { $0 % 3 == 2 }.map { EntryIndex(UInt64($0)) }
    let redaction = try writer.redact(entries, parts: .payload, reason: "r")
    #expect(redaction.erased == entries && entries.contains(32))
    for entry in 1...61 {
      let index = EntryIndex(UInt64(entry))
      let record = try record(index, disk)
      #expect((record.payload == nil) == entries.contains(index) && record.links != nil)
    }
    // Nothing but what was to be erased has changed in the segments that were there.
    for path in segments {
      let (old, new) = (try #require(before[path]), try #require(disk.state.files[path]))
      let changed = zip(old, new).filter { $0 != $1 }
      if path != segments.max() {
        #expect(old.count == new.count && changed.allSatisfy { $0.1 == 0 })
      }
    }
    #expect(!holds(disk, Array(large.prefix(64))))
    try writer.close()
    let problems = try LedgerInspection(disk).problems
    #expect(problems.count == entries.count && problems.allSatisfy { $0.kind == .erasedPayload })
  }
}
