import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

@Suite("Checkpoints that a ledger signs and keeps")
struct CheckpointStoreTests {
  private let disk = SimulatedDisk()

  private func note(_ path: String) throws -> UnverifiedCheckpoint {
    try UnverifiedCheckpoint(parsing: try #require(disk.state.files[path]))
  }

  private func reopen() throws -> LedgerWriter {
    try LedgerWriter.open(disk, options: History.options())
  }

  @Test func whatIsDurableIsSignedAndKept() throws {
    let writer = try SignedHistory.begun(disk)
    #expect(writer.newestCheckpoint == nil)
    for capture in 0..<8 {
      _ = try writer.append(History.draft(capture, events: 12))
      let signed = try SignedHistory.sign(writer)
      #expect(signed.claim.size == writer.snapshot.size)
      #expect(signed.claim.root == writer.snapshot.root)
      #expect(try note(LedgerPaths.checkpoint) == signed)
      #expect(writer.newestCheckpoint == signed)
      #expect(try SignedHistory.sign(writer) == signed, "the same state again")
    }
    #expect(try LogFiles(disk).segments.count > 1, "across the end of a segment")
    let signed = try SignedHistory.sign(writer)
    try writer.close()
    #expect(throws: LedgerError.self) { try SignedHistory.sign(writer) }
    let again = try reopen()
    #expect(again.newestCheckpoint == signed)
    _ = try again.append(History.draft(8, events: 1))
    #expect(try SignedHistory.sign(again).claim.size.rawValue == signed.claim.size.rawValue + 2)
    #expect(disk.state.files.keys.allSatisfy { !$0.hasSuffix(".new") })
    try again.close()
    #expect(try LedgerInspection(disk).isIntact)
  }

  @Test func onlyTheLogsPresentKeySigns() throws {
    let bare = SimulatedDisk()
    let writer = try LedgerWriter.create(bare, origin: History.origin(), options: History.options())
    #expect(throws: LedgerError.self) { try SignedHistory.sign(writer) }
    try writer.close()
    let keyed = try SignedHistory.begun(disk)
    #expect(throws: LedgerError.self) { try SignedHistory.sign(keyed, by: 2) }
    try SignedHistory.sign(keyed)
    try SignedHistory.change(KeyStory.rotate(2), by: [1, 2], keyed)
    #expect(throws: LedgerError.self) { try SignedHistory.sign(keyed, by: 1) }
    try SignedHistory.sign(keyed, by: 2)
    let size = keyed.snapshot.size
    try SignedHistory.change(KeyStory.revoke(2, above: size, 3), by: [100, 3], keyed)
    #expect(throws: LedgerError.self) { try SignedHistory.sign(keyed, by: 2) }
    let last = try SignedHistory.sign(keyed, by: 3)
    #expect(try note(LedgerPaths.checkpoint) == last)
  }

  @Test func aKeyEntryThatIsNotValidIsNotAppended() throws {
    let writer = try SignedHistory.begun(disk)
    let size = writer.snapshot.size
    #expect(throws: LedgerError.self) { try writer.append(.key, payload: [1, 2, 3]) }
    let logID = writer.genesis.logID
    let change = try KeyStory.rotate(2)
    let thief = try writer.keyRecords().history.next(change)
      .signed(by: [KeyStory.key(2), KeyStory.key(2)], logID: logID)
    #expect(throws: LedgerError.self) { try writer.append(thief) }
    let right = try writer.keyRecords().history.next(change)
      .signed(by: [KeyStory.key(1), KeyStory.key(2)], logID: logID)
    #expect(throws: LedgerError.self) {
      try writer.append(.key, payload: right.payload(), links: [1])
    }
    let ahead = try KeyStory.revoke(1, above: TreeSize(size.rawValue + 1))
    #expect(throws: LedgerError.self) { try SignedHistory.change(ahead, by: [100], writer) }
    #expect(writer.snapshot.size == size)
    #expect(try writer.append(.key, payload: right.payload()).firstEntry.rawValue == size.rawValue)
    #expect(throws: LedgerError.self) { try writer.append(right) }
    #expect(try writer.keyRecords().history.current?.key == (try KeyStory.vkey(2)))
  }

  @Test func whereKeyEntriesStandIsNotedDownAndBelievedOnlyIfItFits() throws {
    let writer = try SignedHistory.begun(disk)
    for capture in 0..<4 { _ = try writer.append(History.draft(capture, events: 9)) }
    try SignedHistory.change(KeyStory.rotate(2), by: [1, 2], writer)
    try writer.close()
    let files = disk.state.files
    let notes = try #require(files["index/keys"])
    let expected = try writer.keyRecords().history
    var variants: [[UInt8]?] = [nil, [], Array("provender keys 1\n".utf8)]
    for count in stride(from: 0, to: notes.count, by: 3) { variants.append(Array(notes[..<count])) }
    for place in notes.indices {
      var changed = notes
      changed[place] ^= 0x11
      variants.append(changed)
    }
    let lines = notes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.indices {
      variants.append(Array((lines[..<line] + lines[(line + 1)...]).joined(separator: [10])))
    }
    for variant in variants {
      var changed = files
      changed["index/keys"] = variant
      let other = SimulatedDisk(SimulatedState(files: changed))
      let reader = try LedgerReader(other)
      let found = try reader.keyRecords(in: reader.snapshot())
      #expect(found.history == expected)
      #expect(found.records.count == 2)
    }
    // The notes of another ledger with more key entries.
    let second = SimulatedDisk()
    var options = History.options()
    options.random = .seeded(8)
    let stranger = try SignedHistory.begun(second, options: options)
    for key in 2..<9 as Range<UInt8> {
      try SignedHistory.change(KeyStory.rotate(key), by: [key - 1, key], stranger)
    }
    try stranger.close()
    var mixed = files
    mixed["index/keys"] = second.state.files["index/keys"]
    let reader = try LedgerReader(SimulatedDisk(SimulatedState(files: mixed)))
    #expect(try reader.keyRecords(in: reader.snapshot()).history == expected)
  }

  @Test func whatOthersRelyOnIsKeptWithItsSignatures() throws {
    let writer = try SignedHistory.begun(disk)
    let first = try SignedHistory.sign(writer)
    _ = try writer.append(History.draft(0, events: 4))
    let second = try SignedHistory.sign(writer)
    let cosigned = try SignedHistory.cosigned(first)
    try writer.keep(cosigned)
    let path = LedgerPaths.checkpoint(first.claim.size)
    #expect(try note(path) == cosigned)
    #expect(try note(LedgerPaths.checkpoint) == second, "the newest stays")
    try writer.keep(try SignedHistory.cosigned(first, by: 201))
    #expect(try note(path).note.signatures.count == 3)
    try writer.keep(first)
    #expect(try note(path).note.signatures.count == 3, "nothing is lost")
    try writer.keep(try SignedHistory.cosigned(second))
    #expect(try note(LedgerPaths.checkpoint).note.signatures.count == 2)
    #expect(writer.newestCheckpoint?.note.signatures.count == 2)
    #expect(try SignedHistory.sign(writer).note.signatures.count == 1)
    #expect(try note(LedgerPaths.checkpoint).note.signatures.count == 2, "signed once more")
    let stamps = try (0..<3).map { try writer.keep(timeStamp: [UInt8($0 / 2), 7], of: second) }
    #expect(stamps == [0, 0, 1].map { LedgerPaths.timeStamp(second.claim.size, number: $0) })
    #expect(throws: LedgerError.self) {
      try writer.keep(
        timeStamp: [UInt8](repeating: 0, count: KeptCheckpoints.timeStampByteCountMax + 1),
        of: second)
    }
    let kept = try disk.keptCheckpoints()
    #expect(kept.sizes == [first.claim.size, second.claim.size])
    #expect(kept.timeStamps == [second.claim.size: [0, 1]])
    #expect(kept.strays.isEmpty)
    #expect(try disk.timeStamp(of: second.claim.size, number: 1) == [1, 7])
  }

  @Test func whatContradictsTheLogIsNotKept() throws {
    let writer = try SignedHistory.begun(disk)
    _ = try writer.append(History.draft(0, events: 4))
    let signed = try SignedHistory.sign(writer)
    _ = try writer.append(History.draft(1, events: 4))
    let origin = signed.claim.origin
    let wrong = [
      Checkpoint(origin: origin, size: signed.claim.size, root: writer.snapshot.root),
      Checkpoint(origin: origin, size: 3, root: signed.claim.root),
      Checkpoint(origin: origin, size: 0, root: signed.claim.root),
      Checkpoint(
        origin: origin, size: TreeSize(writer.snapshot.size.rawValue + 1),
        root: writer.snapshot.root),
      Checkpoint(
        origin: try #require(CheckpointOrigin("acme.example/other")), size: signed.claim.size,
        root: signed.claim.root),
    ]
    for claim in wrong {
      let checkpoint = try KeyStory.signer(1).sign(claim)
      let error = #expect(throws: LedgerError.self) { try writer.keep(checkpoint) }
      #expect(error?.kind == .tampered)
    }
    #expect(disk.state.files.keys.allSatisfy { !$0.hasPrefix("checkpoints/") })
    try writer.keep(signed)
    try writer.close()
    // One that was kept, small enough not to be looked at when the ledger is opened.
    let claim = Checkpoint(origin: origin, size: 2, root: signed.claim.root)
    var files = disk.state.files
    files[LedgerPaths.checkpoint(2)] = try KeyStory.signer(1).sign(claim).note.encoded
    let other = try LedgerWriter.open(
      SimulatedDisk(SimulatedState(files: files)), options: History.options())
    let error = #expect(throws: LedgerError.self) { try SignedHistory.sign(other) }
    #expect(error?.kind == .tampered)
    #expect(error?.location?.file == LedgerPaths.checkpoint(2))
  }

  @Test func whatTheDiskDoesNotHoldIsNotSigned() throws {
    let writer = try SignedHistory.begun(disk)
    let signed = try SignedHistory.sign(writer)
    let start = writer.snapshot.committed.end
    _ = try writer.append(History.draft(0, events: 4))
    let place = start.offset + UInt64(FrameHeader.byteCount) + 70
    let file = try disk.open(start.file, .update)
    var byte = try file.bytes(at: place, count: 1)
    byte[0] ^= 1
    try file.writeFully(byte, at: place)
    let error = #expect(throws: LedgerError.self) { try SignedHistory.sign(writer) }
    #expect(error?.kind == .corrupt)
    let stopped = #expect(throws: LedgerError.self) {
      try writer.append(History.draft(1, events: 1))
    }
    #expect(stopped?.kind == .stopped)
    #expect(try note(LedgerPaths.checkpoint) == signed)
  }

  @Test func whatTheDiskHoldsInsteadIsNotSigned() throws {
    let writer = try SignedHistory.begun(disk)
    let start = writer.snapshot.committed.end
    _ = try writer.append(History.draft(0, events: 1))
    // The last entry commits to something else, with every checksum right.
    let file = try disk.open(start.file, .update)
    let table = FrameHeader.byteCount..<FrameHeader.byteCount + 2 * (Entry.byteCount + 16)
    var frame = try file.bytes(at: start.offset, count: table.upperBound)
    frame[FrameHeader.byteCount + 2 * Entry.byteCount - 1] ^= 1
    for (offset, range) in [(88, table), (92, 0..<92)] {
      let checksum = CRC32C.checksum(of: Array(frame[range]))
      for place in 0..<4 {
        frame[offset + place] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * place))
      }
    }
    try file.writeFully(frame, at: start.offset)
    let error = #expect(throws: LedgerError.self) { try SignedHistory.sign(writer) }
    #expect(error?.message.contains("root") == true, "\(error as Any)")
    #expect(throws: LedgerError.self) { try writer.append(History.draft(1, events: 1)) }
  }

  @Test func whatAnInterruptedWriteLeftIsRemoved() throws {
    var (files, signed) = try SignedHistory.files()
    files["checkpoint.new"] = [1, 2]
    files["checkpoints/00000000000000000007.new"] = [3]
    files["checkpoints/00000000000000000007.0.tsr.new"] = []
    let other = SimulatedDisk(SimulatedState(files: files))
    let writer = try LedgerWriter.open(other, options: History.options())
    #expect(other.state.files.keys.allSatisfy { !$0.hasSuffix(".new") })
    #expect(writer.newestCheckpoint == signed.last)
  }
}
