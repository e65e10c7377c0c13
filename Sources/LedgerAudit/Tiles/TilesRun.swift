import LedgerStorage
import TransparencyLog

/// One audit of a published log: checkpoint, files, tree, entries, then who signed.
internal struct TilesRun {
  let disk: any Disk
  let options: TilesOptions
  let hasher: SHA256Hasher
  let files: PublishedFiles
  var report = TilesReport()
  var findings: TilesFindings
  /// The roots at the sizes of pinned checkpoints, as far as they can be told.
  var pinnedRoots: [UInt64: Hash] = [:]

  init(_ disk: any Disk, _ options: TilesOptions) throws(LedgerError) {
    self.disk = disk
    self.options = options
    do {
      hasher = try SHA256Hasher()
    } catch {
      throw LedgerError(error)
    }
    files = PublishedFiles(disk: disk)
    findings = TilesFindings(limit: max(1, options.findingLimit))
  }

  mutating func make() throws(LedgerError) -> TilesReport {
    try checkPresence()
    readCheckpoint()
    if let checkpoint = report.checkpoint {
      let size = checkpoint.claim.size
      if size.rawValue < UInt64(Int64.max) {
        try checkFiles(checkpoint.claim)
      } else {
        add(
          .checkpointMalformed, PublishedPaths.checkpoint, "no log has so many entries",
          found: "\(size)")
      }
      checkSignatures(checkpoint)
      checkRoot(checkpoint)
      checkPins(checkpoint)
    }
    state()
    report.findings = findings.kept
    report.findingCount = findings.count
    report.worstSeverity = findings.worst
    return report
  }

  private func checkPresence() throws(LedgerError) {
    let names: [String]
    do {
      names = try disk.list("")
    } catch {
      guard error.code == .notFound else {
        throw LedgerError(error, while: "list the directory \(disk.location)")
      }
      throw absent
    }
    if names.contains(LedgerPaths.format), names.contains(LedgerPaths.log) {
      throw LedgerError(
        .notALedger, "\(disk.location) holds a ledger and is no published log",
        advice: "name it with --ledger, or the directory that it was published in")
    }
    let wanted = [PublishedPaths.checkpoint, PublishedPaths.tiles]
    guard wanted.contains(where: names.contains) else { throw absent }
  }

  private var absent: LedgerError {
    LedgerError(
      .notALedger, "there is no published log in \(disk.location): neither checkpoint nor tiles",
      advice: "check the path; `provender publish` writes one")
  }

  private mutating func readCheckpoint() {
    let path = PublishedPaths.checkpoint
    switch files.read(path, limit: SignedNote.byteCountMax) {
    case .bytes(let bytes):
      report.byteCount += UInt64(bytes.count)
      do throws(MalformedText) {
        report.checkpoint = try UnverifiedCheckpoint(parsing: bytes)
      } catch {
        add(.checkpointMalformed, path, "the checkpoint is malformed: \(error)")
      }
    case .missing:
      add(
        .checkpointMissing, path,
        "there is no checkpoint: without its size no tile can be judged")
    case .tooLong(let size):
      add(.checkpointMalformed, path, "no checkpoint is so long", found: "\(size) bytes")
    case .unreadable(let reason):
      add(.unreadable, path, "the system cannot read this: \(reason)")
    }
  }

  private mutating func checkFiles(_ claim: Checkpoint) throws(LedgerError) {
    let size = claim.size
    let census = try TilesCensus(disk, size: size, findingLimit: findings.limit)
    take(census.findings)
    let entries = PublishedEntries(files, census, hasher, limit: findings.limit)
    let tree = TilesTree(files, census, TileLayout(size: size), hasher, options, entries)
    let root = tree.root(claimed: claim.root)
    if !tree.isCancelled { entries.finish() }
    take(tree.findings)
    take(entries.findings)
    report.isComplete = !tree.isCancelled
    report.root = tree.isCancelled ? nil : root
    pinnedRoots = tree.pinnedRoots
    report.tileCount = tree.tileCount
    report.byteCount += tree.byteCount
    report.isProvender = entries.isProvender ?? false
    report.genesis = entries.genesis
    report.keys = entries.keys
    report.entryCount = entries.entryCount
    report.entriesByKind = entries.entriesByKind
    report.firstTime = entries.firstTime
    report.lastTime = entries.lastTime
    report.redactions = entries.redactions
    report.redactionCount = entries.redactionCount
    notice(census, tree)
  }

  private mutating func notice(_ census: TilesCensus, _ tree: TilesTree) {
    let beyond = census.beyondCount + tree.beyondCount
    if beyond > 0 {
      report.notices.append(
        "\(beyond) files or directories lie beyond the checkpoint's size: a publication is under "
          + "way, or one was interrupted")
    }
    if !census.foreignNames.isEmpty {
      let names = census.foreignNames.prefix(5).joined(separator: ", ")
      report.notices.append("beside the log there are: \(names); they were not looked at")
    }
  }

  private mutating func checkRoot(_ checkpoint: UnverifiedCheckpoint) {
    if let genesis = report.genesis,
      Array(genesis.origin.name.utf8) != checkpoint.claim.origin.bytes
    {
      add(
        .genesis, PublishedPaths.checkpoint, "the checkpoint is of another log than genesis says",
        expected: genesis.origin.name, found: checkpoint.claim.origin.text)
    }
    guard let root = report.root, root != checkpoint.claim.root else { return }
    let isSigned = report.signer != nil || report.ownSigner != nil
    findings.add(
      TilesFinding(
        .root, isSigned ? .tampered : .corrupt, in: PublishedPaths.checkpoint,
        "the entries and tiles have another root than the checkpoint",
        expected: checkpoint.claim.root.hex, found: root.hex))
  }

  mutating func add(
    _ kind: TilesFinding.Kind, _ path: String, _ message: String, expected: String? = nil,
    found: String? = nil
  ) {
    findings.add(
      TilesFinding(kind, in: path, message, expected: expected, found: found))
  }

  private mutating func take(_ other: TilesFindings) { findings.add(other) }
}
