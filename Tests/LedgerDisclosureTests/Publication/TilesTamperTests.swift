import LedgerAudit
import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// What can be wrong with a published log is found, and placed.
@Suite struct TilesTamperTests {
  private static func published(
    _ size: Int = 600
  ) throws -> (ledger: PublishedLedger, target: SimulatedDisk) {
    let ledger = try PublishedLedger()
    let target = SimulatedDisk()
    try ledger.grow(to: size - 7)
    try ledger.publish(to: target)
    try ledger.grow(to: size)
    try ledger.publish(to: target)
    return (ledger, target)
  }

  @Test func everyFileThatIsMissingShortLongOrFlippedIsNamed() throws {
    let (ledger, target) = try Self.published()
    #expect(try ledger.audit(target).isIntact)
    let files = target.publishedFiles
    #expect(files.keys.contains { $0.hasPrefix("tile/entries/002.p/") })
    let current = Set(TileLayout(size: 600).tiles.map(\.path))
    for (path, bytes) in files where path != "checkpoint" {
      // A partial file of the earlier size is nobody's need when it is gone.
      let isNeeded = current.contains(path) || !path.contains(".p/593")
      let changes: [(String, [UInt8]?)] = [
        ("missing", nil), ("short", Array(bytes.dropLast())), ("long", bytes + [0]),
        ("empty", []), ("flipped", Self.flipped(bytes, bytes.count / 2)),
        ("first byte flipped", Self.flipped(bytes, 0)),
        ("last byte flipped", Self.flipped(bytes, bytes.count - 1)),
      ]
      for (what, changed) in changes where changed != nil || isNeeded {
        let report = try ledger.audit(target.changed { $0[path] = changed })
        if changed == nil && Self.isSuperseded(path) { continue }
        let places = report.findings.map(\.location.file)
        #expect(places.contains(path), "\(path) \(what): \(report.lines)")
        #expect((3...4).contains(report.exitCode), "\(path) \(what): \(report.exitCode)")
        #expect(report.findingCount <= 3, "\(path) \(what): \(report.lines)")
      }
    }
  }

  private static func flipped(_ bytes: [UInt8], _ place: Int) -> [UInt8] {
    var bytes = bytes
    bytes[place] ^= 0x10
    return bytes
  }

  private static func isSuperseded(_ path: String) -> Bool {
    path.contains(".p/") && path.hasSuffix("/\(593 % 256)")
  }

  @Test func oneWrongEntryIsPlaced() throws {
    let (ledger, target) = try Self.published()
    for entry in [2, 255, 256, 300, 511, 512, 599] {
      let index = UInt64(entry)
      let path = try #require(TileLayout(size: 600).entryBundle(index: index / 256)?.path)
      let report = try ledger.audit(
        target.changed { $0[path]?[(entry % 256) * 98 + 2 + 70] ^= 4 })
      #expect(report.findings.first?.kind == .entryHash, "\(report.lines)")
      #expect(report.findings.first?.location.entry == EntryIndex(index))
      #expect(report.findingCount == 1 && report.exitCode == 3, "\(report.lines)")
    }
  }

  /// Whoever rewrites everything consistently is caught by the signature, by a pin, or by the chain.
  @Test func rewrittenHistoryDisagreesWithTheSignedHead() throws {
    let (ledger, target) = try Self.published(300)
    let (other, _) = (try PublishedLedger(), 0)
    try other.grow(to: 299)
    _ = try other.writer.append(.note, payload: [9])
    let forged = SimulatedDisk()
    try other.publish(to: forged)
    let pin = try UnverifiedCheckpoint(parsing: #require(target.publishedFiles["checkpoint"]))
    // The old, signed checkpoint over rewritten entries.
    let swapped = forged.changed { $0["checkpoint"] = pin.note.encoded }
    let report = try ledger.audit(swapped)
    #expect(report.kinds == [.root] && report.exitCode == 4, "\(report.lines)")
    // A new checkpoint by the same key: only a pin can tell, and gives the evidence.
    let signed = try ledger.audit(forged) { $0.pins = [.init(name: "kept", checkpoint: pin)] }
    #expect(signed.kinds == [.pinnedRoot] && signed.exitCode == 4, "\(signed.lines)")
    let evidence = try #require(signed.contradictions.first)
    #expect(evidence.pinned == pin && evidence.rootThere != pin.claim.root)
    #expect(evidence.proof != nil)
    // A tail that was cut off, with an older checkpoint.
    let cut = SimulatedDisk()
    let small = try PublishedLedger()
    try small.grow(to: 200)
    try small.publish(to: cut)
    let short = try ledger.audit(cut) { $0.pins = [.init(name: "kept", checkpoint: pin)] }
    #expect(short.kinds == [.pinnedSize] && short.exitCode == 4, "\(short.lines)")
  }

  @Test func signaturesAreJudged() throws {
    let (ledger, target) = try Self.published(300)
    let checkpoint = try #require(target.publishedFiles["checkpoint"])
    let text = String(decoding: checkpoint, as: UTF8.self)
    let other = try NoteSigner(
      name: ledger.signer.verifierKey.name,
      key: Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32)))
    let unsigned = try other.sign(UnverifiedCheckpoint(parsing: checkpoint).claim)
    let foreign = target.changed { $0["checkpoint"] = unsigned.note.encoded }
    #expect(try ledger.audit(foreign).kinds == [.keyMissing])
    #expect(try ledger.audit(foreign).exitCode == 5)
    // The log's own entries name another key than the one that signed.
    #expect(try TilesAudit.audit(foreign).exitCode == 3)
    #expect(try ledger.audit(foreign) { $0.logKeys = [other.verifierKey] }.kinds == [.keyStatus])
    let bent = target.changed {
      $0["checkpoint"] = Array(text.replacing("300\n", with: "299\n").utf8)
    }
    let report = try ledger.audit(bent)
    #expect(report.kinds.contains(.checkpointSignature) && report.exitCode == 4)
    let silent = try TilesAudit.audit(target)
    #expect(silent.isIntact && silent.signer == nil)
    #expect(silent.ownSigner == ledger.signer.verifierKey)
    #expect(silent.statements.contains { $0.contains("the log's own word") })
  }

  @Test func aKeyIsFollowedThroughRotationAndRefusedAfterRevocation() throws {
    let ledger = try PublishedLedger()
    let keys = try (11...13).map { try Ed25519PrivateKey(seed: .init(repeating: $0, count: 32)) }
    let name = ledger.signer.verifierKey.name
    try ledger.grow(to: 20)
    try ledger.append(.rotate(to: keys[0].publicKey), by: [ledger.logKey, keys[0]])
    let rotated = try NoteSigner(name: name, key: keys[0])
    let target = SimulatedDisk()
    try ledger.publish(to: target, checkpoint: try ledger.writer.sign(with: rotated))
    let report = try ledger.audit(target)
    #expect(report.isIntact && report.signer == rotated.verifierKey, "\(report.lines)")
    // The old key signs no more.
    let stale = try ledger.signer.sign(#require(report.checkpoint).claim)
    let old = target.changed { $0["checkpoint"] = stale.note.encoded }
    #expect(try ledger.audit(old).kinds == [.keyStatus])
    // Signed by both, it counts by the new one, whichever stands first.
    let both = stale.adding(try #require(report.checkpoint).note.signatures)
    let twice = try ledger.audit(target.changed { $0["checkpoint"] = both.note.encoded })
    #expect(twice.isIntact && twice.signer == rotated.verifierKey, "\(twice.lines)")

    let size = ledger.writer.snapshot.size
    try ledger.append(
      .revoke(keys[0].publicKey, above: size, replacement: keys[1].publicKey),
      by: [ledger.recoveryKey, keys[1]])
    let replaced = try NoteSigner(name: name, key: keys[1])
    try ledger.publish(to: target, checkpoint: try ledger.writer.sign(with: replaced))
    #expect(try ledger.audit(target).isIntact)
    // A key that was not the first signed what led to it, the recovery key included: what the recovery
    // key names afterwards is followed from it, too. From a later key, none before it is.
    #expect(try ledger.audit(target) { $0.logKeys = [rotated.verifierKey] }.isIntact)
    let stale2 = target.changed { $0["checkpoint"] = stale.note.encoded }
    #expect(
      try !ledger.audit(stale2) { $0.logKeys = [replaced.verifierKey] }.isIntact)
    let thief = try rotated.sign(#require(try ledger.audit(target).checkpoint).claim)
    let stolen = target.changed { $0["checkpoint"] = thief.note.encoded }
    #expect(try ledger.audit(stolen).kinds == [.keyStatus])
  }

  /// What a witness had seen cannot have been recorded later.
  @Test func recordTimesAfterAWitnessSawThem() throws {
    let (ledger, target) = try Self.published(20)
    let checkpoint = try UnverifiedCheckpoint(
      parsing: #require(target.publishedFiles["checkpoint"]))
    let verified = try checkpoint.verify(
      by: CheckpointPolicy(
        origin: checkpoint.claim.origin, logKeys: [ledger.signer.verifierKey])
    ).get()
    let last = try #require(try ledger.audit(target).lastTime).rawValue / 1_000_000
    let cosigner = try Cosigner(
      name: #require(KeyName("w.example")),
      key: Ed25519PrivateKey(seed: [UInt8](repeating: 77, count: 32)))
    for (time, isLate) in [(last - 62, true), (last - 60, false), (last + 9, false)] {
      let line = try cosigner.cosign(verified, time: UInt64(time))
      let changed = target.changed { $0["checkpoint"] = checkpoint.adding([line]).note.encoded }
      let report = try ledger.audit(changed) { $0.witnesses = [cosigner.verifierKey] }
      #expect(report.findings.map(\.kind.rawValue) == (isLate ? ["record-time"] : []), "\(time)")
      #expect(report.exitCode == (isLate ? 4 : 0))
    }
    for time in [UInt64(Int64.max), 9_223_372_036_854] {
      let line = try cosigner.cosign(verified, time: time)
      let changed = target.changed { $0["checkpoint"] = checkpoint.adding([line]).note.encoded }
      #expect(try ledger.audit(changed) { $0.witnesses = [cosigner.verifierKey] }.isIntact)
    }
  }

  @Test func straysAndForeignFilesAreToldApart() throws {
    let (ledger, target) = try Self.published(300)
    let strays = [
      "tile/0/1", "tile/0/x000/000", "tile/0/000.tmp", "tile/8/000", "tile/x/000",
      "tile/entries/abc", "tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/044",
      "payload/005", "payload/nonsense",
    ]
    for path in strays {
      let report = try ledger.audit(target.changed { $0[path] = [1] })
      #expect(report.exitCode == 1 && report.findingCount == 1, "\(path): \(report.lines)")
      let place = try #require(report.findings.first).location.file
      #expect(path.hasPrefix(place), "\(path): \(place)")
    }
    for path in [
      "tile/0/001", "tile/1/000.p/2", "tile/0/004", "tile/entries/x001/000", "tile/2/000.p/1",
    ] {
      let report = try ledger.audit(target.changed { $0[path] = [1] })
      #expect(report.isIntact && report.notices.count == 1, "\(path): \(report.lines)")
    }
    let beside = try ledger.audit(target.changed { $0["index.html"] = [1] })
    #expect(beside.isIntact && beside.notices.count == 1)
    // Since partial files may go when the full one is there, either serves.
    let grown = target.changed { files in
      files["tile/0/001"] =
        (files["tile/0/001.p/44"] ?? []) + [UInt8](repeating: 7, count: 212 * 32)
      files["tile/0/001.p/44"] = nil
    }
    let fuller = try ledger.audit(grown)
    #expect(fuller.isIntact, "\(fuller.lines)")
  }

  @Test func aCheckpointOfAnySizeCostsNoMoreThanTheFilesThere() throws {
    let (ledger, target) = try Self.published(300)
    let bytes = try #require(target.publishedFiles["checkpoint"])
    let claim = try UnverifiedCheckpoint(parsing: bytes).claim
    let sizes: [UInt64] = [0, 1, 256, 65_536, 1 << 40, UInt64(Int64.max) - 1, .max]
    for size in sizes {
      let note = try ledger.signer.sign(
        Checkpoint(origin: claim.origin, size: TreeSize(size), root: claim.root))
      let report = try TilesAudit.audit(target.changed { $0["checkpoint"] = note.note.encoded })
      #expect(!report.isIntact, "\(size)")
      #expect(report.findingCount < 40, "\(report.lines)")
    }
    #expect(throws: LedgerError.self) { try TilesAudit.audit(SimulatedDisk()) }
    let none = try TilesAudit.audit(target.changed { $0["checkpoint"] = nil })
    #expect(none.kinds == [.checkpointMissing] && none.exitCode == 3)
  }

  @Test func severalFaultsAreAllNamed() throws {
    let (ledger, target) = try Self.published(1_100)
    let wrong = ["tile/0/000", "tile/0/002", "tile/entries/001", "tile/entries/003", "payload/000"]
    let report = try ledger.audit(
      target.changed { files in for path in wrong { files[path]?[10] ^= 1 } })
    #expect(Set(report.findings.map(\.location.file)).isSuperset(of: wrong), "\(report.lines)")
    let gone = try ledger.audit(
      target.changed { files in
        for path in files.keys where path.hasPrefix("tile/entries") { files[path] = nil }
      })
    #expect(gone.kinds.contains(.bundleMissing))
    #expect(gone.root == gone.checkpoint?.claim.root && gone.entryCount == 0, "\(gone.lines)")
  }
}
