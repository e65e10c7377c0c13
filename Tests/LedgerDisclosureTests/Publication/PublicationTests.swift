import LedgerAudit
import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

@Suite struct PublicationTests {
  @Test(arguments: [2, 3, 255, 256, 257, 511, 512, 700])
  func whatIsPublishedVerifies(size: Int) throws {
    let ledger = try PublishedLedger()
    try ledger.grow(to: size)
    let target = SimulatedDisk()
    let outcome = try ledger.publish(to: target)
    #expect(outcome.size.rawValue == UInt64(size) && outcome.previousSize == nil)
    let report = try ledger.audit(target)
    #expect(report.isIntact, "\(report.lines)")
    #expect(report.isProvender && report.entryCount == UInt64(size))
    #expect(report.signer == ledger.signer.verifierKey)
    #expect(report.genesis == ledger.writer.genesis)
    #expect(report.keys?.keys.count == 1)
    #expect(report.notices.isEmpty, "\(report.notices)")
    var expected: Set<String> = ["checkpoint", "payload/000", "payload/001"]
    let layout = TileLayout(size: outcome.size)
    for tile in layout.tiles {
      expected.insert(tile.path)
      if tile.level == 0, let bundle = layout.entryBundle(index: tile.index) {
        expected.insert(bundle.path)
      }
    }
    #expect(Set(target.publishedFiles.keys) == expected)
  }

  @Test func growsByWhatIsNewAndRemovesWhatIsSuperseded() throws {
    let ledger = try PublishedLedger()
    let target = SimulatedDisk()
    var older: SimulatedDisk?
    for size in [2, 40, 250, 255, 256, 257, 300, 600, 601, 1_100] {
      try ledger.grow(to: size)
      let before = target.publishedFiles
      let outcome = try ledger.publish(to: target)
      let after = target.publishedFiles
      #expect(outcome.writtenFileCount == after.count { before[$0.key] != $0.value })
      let gone = before.keys.filter { after[$0] == nil }
      #expect(outcome.removedFileCount == gone.count)
      for path in gone {
        let full = path.split(separator: ".p/")
        #expect(full.count == 2 && after[String(full[0])] != nil, "\(path) was not superseded")
      }
      let report = try ledger.audit(target)
      #expect(report.isIntact && report.notices.isEmpty, "\(report.lines) \(report.notices)")
      // A second run writes nothing.
      let again = try ledger.publish(to: target)
      #expect(again.isUnchanged && again.removedFileCount == 0)
      #expect(target.publishedFiles == after)
      // Whoever kept the checkpoint of the visit before can show that the log extends it.
      if let older {
        let pin = try UnverifiedCheckpoint(parsing: #require(older.publishedFiles["checkpoint"]))
        let pinned = try ledger.audit(target) {
          $0.pins = [TilesOptions.Pin(name: "older", checkpoint: pin)]
        }
        #expect(pinned.isIntact, "\(pinned.lines)")
      }
      older = target.changed { _ in }
    }
  }

  @Test func treeFilesAreNotBelieved() throws {
    let ledger = try PublishedLedger()
    try ledger.grow(to: 600)
    let target = SimulatedDisk()
    try ledger.publish(to: target)
    try ledger.grow(to: 900)
    let checkpoint = try ledger.writer.sign(with: ledger.signer)
    for damage in [[UInt8](repeating: 9, count: 64), []] {
      let damaged = SimulatedDisk(
        SimulatedState(files: ledger.disk.state.files.merging(["tree/1": damage]) { $1 }))
      let copy = target.changed { _ in }
      let reader = try LedgerReader(damaged)
      let outcome = try Publication.publish(
        reader, at: try reader.snapshot(), checkpoint: checkpoint, to: copy)
      #expect(outcome.foundTreeDamaged)
      #expect(try ledger.audit(copy).isIntact)
    }
    #expect(try !ledger.publish(to: target, checkpoint: checkpoint).foundTreeDamaged)
  }

  @Test func mendsEverythingWhenAskedTo() throws {
    let ledger = try PublishedLedger()
    try ledger.grow(to: 600)
    let target = SimulatedDisk()
    try ledger.publish(to: target)
    let whole = target.publishedFiles
    let damaged = target.changed { files in
      files["tile/0/000"] = nil
      files["tile/entries/001"]?[77] ^= 1
      files["payload/001"] = []
    }
    #expect(try ledger.publish(to: damaged).isUnchanged)
    var options = PublicationOptions()
    options.comparesAll = true
    #expect(try ledger.publish(to: damaged, options: options).writtenFileCount == 3)
    #expect(damaged.publishedFiles == whole)
  }

  @Test func refusesAnotherLogAndALedger() throws {
    let ledger = try PublishedLedger()
    try ledger.grow(to: 20)
    let others = [
      try PublishedLedger(origin: "other.example/trace", seed: 8),
      try PublishedLedger(origin: "dairy.example/trace", seed: 9),
    ]
    for other in others {
      let target = SimulatedDisk()
      try other.publish(to: target)
      let before = target.publishedFiles
      let conflict = #expect(throws: PublicationConflict.self) { try ledger.publish(to: target) }
      guard case .otherLog = conflict?.reason else {
        Issue.record("\(String(describing: conflict))")
        continue
      }
      #expect(conflict?.exitCode == 65)
      #expect(target.publishedFiles == before)
    }
    let conflict = #expect(throws: PublicationConflict.self) {
      try ledger.publish(to: ledger.disk)
    }
    #expect(conflict?.reason == .notForPublishing(found: "a ledger"))
  }

  @Test func refusesAForkWithBothNotes() throws {
    let (one, other) = (try PublishedLedger(), try PublishedLedger())
    try one.grow(to: 300)
    try other.grow(to: 299)
    _ = try other.writer.append(.note, payload: [1])
    let target = SimulatedDisk()
    try other.publish(to: target)
    try one.grow(to: 350)
    let conflict = #expect(throws: PublicationConflict.self) { try one.publish(to: target) }
    let rootThere = try #require(conflict).reason
    guard case .forked(let root) = rootThere else {
      Issue.record("\(rootThere)")
      return
    }
    #expect(conflict?.published?.claim.size == 300 && conflict?.candidate?.claim.size == 350)
    #expect(root != conflict?.published?.claim.root)
    #expect(conflict?.isPublishedSigned == true && conflict?.exitCode == 4)
    let text = try #require(conflict).description
    #expect(text.contains(root.hex) && text.split(separator: "\u{2014} ").count == 3)
  }

  @Test func refusesWhatIsAheadOfTheLedger() throws {
    let (one, other) = (try PublishedLedger(), try PublishedLedger())
    try one.grow(to: 300)
    try other.grow(to: 400)
    let target = SimulatedDisk()
    try other.publish(to: target)
    let cutOff = #expect(throws: PublicationConflict.self) { try one.publish(to: target) }
    #expect(cutOff?.reason == .ahead(rootThere: nil) && cutOff?.exitCode == 4)
    // A ledger that has the entries and only an older checkpoint has nothing to hide.
    let older = try one.writer.sign(with: one.signer)
    try one.grow(to: 450)
    let newer = SimulatedDisk()
    try one.publish(to: newer)
    let behind = #expect(throws: PublicationConflict.self) {
      try one.publish(to: newer, checkpoint: older)
    }
    #expect(behind?.exitCode == 65 && behind?.isContradiction == false)
    let malformed = target.changed { $0["checkpoint"] = Array("nonsense\n".utf8) }
    let refused = #expect(throws: PublicationConflict.self) { try one.publish(to: malformed) }
    guard case .malformed = refused?.reason else {
      Issue.record("\(String(describing: refused))")
      return
    }
  }

  @Test func keepsCosignaturesThatWereAddedWhereItIsPublished() throws {
    let ledger = try PublishedLedger()
    try ledger.grow(to: 30)
    let target = SimulatedDisk()
    let checkpoint = try ledger.writer.sign(with: ledger.signer)
    try ledger.publish(to: target, checkpoint: checkpoint)
    let key = try Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32))
    let witness = try Cosigner(name: #require(KeyName("witness.example")), key: key)
    let cosigned = checkpoint.verified.unverified.adding([
      try witness.cosign(checkpoint.verified, time: 1_800_000_000)
    ])
    let copy = target.changed { $0["checkpoint"] = cosigned.note.encoded }
    #expect(try ledger.publish(to: copy, checkpoint: checkpoint).isUnchanged)
    #expect(copy.publishedFiles["checkpoint"] == cosigned.note.encoded)
    let report = try ledger.audit(copy) {
      $0.witnesses = [witness.verifierKey]
      $0.quorum = 1
    }
    #expect(report.isIntact && report.cosignatures.count == 1, "\(report.lines)")
    let missed = try ledger.audit(target) {
      $0.witnesses = [witness.verifierKey]
      $0.quorum = 1
    }
    #expect(missed.kinds == [.quorumMissed] && missed.exitCode == 5)
  }

  @Test func servesOtherCheckpointsThatSomebodyHolds() throws {
    let ledger = try PublishedLedger()
    try ledger.grow(to: 700)
    let target = SimulatedDisk()
    var options = PublicationOptions()
    options.alsoServes = [1, 300, 513, 600, 700, 900]
    try ledger.publish(to: target, options: options)
    let files = target.publishedFiles
    for width in [1, 88, 188] {
      #expect(files["tile/0/002.p/\(width)"]?.count == width * 32)
      #expect(files["tile/entries/002.p/\(width)"]?.count == width * 98)
    }
    #expect(files.keys.count { $0.contains(".p/") } == 8)
    #expect(try ledger.audit(target).isIntact)
  }
}
