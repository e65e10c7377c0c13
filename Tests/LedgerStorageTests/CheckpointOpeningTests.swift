import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

@Suite("A ledger is opened only if it holds what was signed")
struct CheckpointOpeningTests {
  @Test func anHonestLedgerOpens() throws {
    let (files, signed) = try SignedHistory.files()
    #expect(SignedHistory.refusal(files) == nil)
    // An older checkpoint than the newest is no contradiction.
    var older = files
    older[LedgerPaths.checkpoint] = signed[0].note.encoded
    #expect(SignedHistory.refusal(older) == nil)
    // Without it, the kept one is the newest.
    older[LedgerPaths.checkpoint] = nil
    older[LedgerPaths.checkpoint(signed[0].claim.size)] = signed[0].note.encoded
    let writer = try LedgerWriter.open(
      SimulatedDisk(SimulatedState(files: older)), options: History.options())
    #expect(writer.newestCheckpoint == signed[0])
  }

  @Test func anOlderCopyIsRefused() throws {
    let disk = SimulatedDisk()
    var writer = try SignedHistory.begun(disk)
    var copies: [[String: [UInt8]]] = []
    for capture in 0..<5 {
      _ = try writer.append(History.draft(capture, events: 2))
      try writer.close()
      copies.append(disk.state.files)
      writer = try LedgerWriter.open(disk, options: History.options())
    }
    let signed = try SignedHistory.sign(writer)
    try writer.keep(signed)
    try writer.close()
    for (place, copy) in copies.enumerated() {
      for path in [LedgerPaths.checkpoint, LedgerPaths.checkpoint(signed.claim.size)] {
        var files = copy
        files[path] = signed.note.encoded
        let error = SignedHistory.refusal(files)
        #expect(error?.kind == (place == 4 ? nil : .tampered), "copy \(place)")
        #expect(error?.location?.file == (place == 4 ? nil : path))
      }
    }
  }

  @Test func anotherRootOriginOrFormIsRefused() throws {
    let (files, signed) = try SignedHistory.files()
    let right = try #require(signed.last?.claim)
    let origin = try #require(CheckpointOrigin("acme.example/tracE"))
    let claims = [
      Checkpoint(origin: right.origin, size: right.size, root: signed[0].claim.root),
      Checkpoint(origin: right.origin, size: signed[0].claim.size, root: right.root),
      Checkpoint(origin: right.origin, size: 1, root: right.root),
      Checkpoint(origin: right.origin, size: 0, root: right.root),
      Checkpoint(origin: origin, size: right.size, root: right.root),
    ]
    for claim in claims {
      var changed = files
      changed[LedgerPaths.checkpoint] = try KeyStory.signer(1).sign(claim).note.encoded
      #expect(SignedHistory.refusal(changed)?.kind == .tampered)
    }
    for text in ["", "acme.example/trace\n7\n", "\n\n— x y\n"] {
      var changed = files
      changed[LedgerPaths.checkpoint] = Array(text.utf8)
      #expect(SignedHistory.refusal(changed)?.kind == .corrupt)
    }
    #expect(SignedHistory.refusal(files)?.kind == nil)
  }

  @Test func whatWasSignedIsNeverTakenForTorn() throws {
    let disk = SimulatedDisk()
    let writer = try SignedHistory.begun(disk)
    let lagging = disk.state.files[LedgerPaths.committed]
    for capture in 0..<3 { _ = try writer.append(History.draft(capture, events: 2)) }
    let start = writer.snapshot.committed.lastFrame
    let signed = try SignedHistory.sign(writer)
    var files = disk.killProcess().state.files
    files[LedgerPaths.committed] = lagging
    #expect(SignedHistory.refusal(files) == nil, "committed may lag behind the checkpoint")
    files[start.file]?[Int(start.offset) + 700] ^= 0x10
    var unsigned = files
    unsigned[LedgerPaths.checkpoint] = nil
    #expect(SignedHistory.refusal(unsigned) == nil, "torn, as far as anybody can tell")
    let damaged = SimulatedDisk(SimulatedState(files: files))
    let error = #expect(throws: LedgerError.self) { try LedgerWriter.open(damaged) }
    #expect(error?.kind == .tampered)
    #expect(error?.message.contains("\(signed.claim.size) entries") == true)
    let left = damaged.state.files
    #expect(left[start.file] == files[start.file], "nothing is cut off")
    #expect(!left.keys.contains { $0.hasPrefix("set-aside") })
  }

  @Test func treeFilesThatAreWrongInsideAreWrittenAnew() throws {
    let (files, signed) = try SignedHistory.files(captures: 6, events: 50)
    #expect(signed[0].claim.size.rawValue < 256 && signed[1].claim.size.rawValue > 256)
    var changed = files
    changed[LedgerPaths.checkpoint] = signed[0].note.encoded
    // The proof from the older size needs hashes that no later entry does.
    let leaf = Int(signed[0].claim.size.rawValue) - 1
    changed[LedgerPaths.treeLevel(0)]?[leaf * Hash.byteCount] ^= 1
    let disk = SimulatedDisk(SimulatedState(files: changed))
    let writer = try LedgerWriter.open(disk, options: History.options())
    #expect(writer.recovery.didRebuildTree)
    try writer.close()
    #expect(disk.state.files[LedgerPaths.treeLevel(0)] == files[LedgerPaths.treeLevel(0)])
  }
}
