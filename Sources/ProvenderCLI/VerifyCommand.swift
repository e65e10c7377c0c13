import ArgumentParser
import Provender
import RecallReports

/// `provender verify`: checks a ledger from its bytes alone.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every byte of the ledger, who signed it, and what was kept elsewhere.",
    discussion: """
      Examples:
        provender verify
        provender verify --since kept.checkpoint --key log.vkey
        provender verify --witness one.vkey --witness two.vkey --quorum 1 --authority tsa.pem
        provender verify --deep --ledger /mnt/copy/dairy.ledger --json
        provender verify --pin 236:58f0…64 hexadecimal digits…c1
        provender verify --tiles /srv/www/trace --key log.vkey --since kept.checkpoint

      Read access is enough; nothing is repaired; every fault is named. A hash chain alone cannot \
      see that its end was cut off or that all of it was written anew: keep a checkpoint somewhere \
      else and compare with --since; --pin takes size and root alone (as `provender stats` gives \
      them), a file of them one SIZE:ROOT a line.

      The keys that sign are named by the log itself. --key says which one you know: a checkpoint \
      must then be signed by it, or by one that took over from it. --witness demands that others \
      were shown the same. Record times are the operator's word as far as no believed witness, and \
      no authority given with --authority, saw the entries.

      --deep reads every event again from what was received and compares its links.

      --tiles checks a published log instead, a ledger's or anybody's of C2SP tlog-tiles, from its \
      files alone: every entry, every tile, the root, who signed and cosigned.

      Exit codes: 0 intact, 1 only derived files are wrong, 2 torn end, 3 corrupt, 4 disagrees with \
      a signed or pinned head, 5 a signature that was demanded is missing.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var head: HeadOptions

  @Option(
    help: ArgumentHelp("Check the log that is published in this directory.", valueName: "dir"))
  var tiles: String?

  @Option(
    help: ArgumentHelp(
      "A head that was kept elsewhere: SIZE:ROOT, or a file of such lines; may be repeated.",
      valueName: "head"))
  var pin: [String] = []

  @Option(
    help: ArgumentHelp(
      "The certificate of a time-stamping authority that is believed, in PEM; may be repeated.",
      valueName: "file"))
  var authority: [String] = []

  @Flag(help: "Read every event again from what was received, and compare its links.")
  var deep = false

  @Option(
    help: ArgumentHelp("Threads that check (default: one for each processor).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads is 1 to 256") }
    guard tiles == nil || pin.isEmpty else {
      throw ValidationError("--tiles is compared with --since, not with --pin")
    }
    guard tiles == nil || (!deep && authority.isEmpty) else {
      throw ValidationError("--deep and --authority are for ledgers, not for --tiles")
    }
  }

  func run() throws {
    if let tiles { return try VerifyTiles.run(tiles, head, options.output) }
    var audit = AuditOptions()
    audit.threadCount = threads ?? 0
    audit.pinnedHeads = try pin.flatMap(PinnedHeads.read)
    audit.pinnedCheckpoints = try head.since.map(PinnedHeads.checkpoint)
    audit.trustedKeys = try head.key.map(VerifierKeyText.log)
    audit.witnesses = try head.witness.map(VerifierKeyText.witness)
    audit.quorum = head.quorum
    audit.authorities = try authority.map(Self.authority)
    let report = try Self.verify(options.directory, audit, isDeep: deep)
    let index = Self.indexNotice(options.directory)
    if options.output.json {
      Output.write(AuditText.json(report, index: index))
    } else {
      Output.write(AuditText.text(report, index: index, options.output.style))
    }
    if !report.isComplete, Interruption.isRequested { throw ExitCode(Interruption.exitCode) }
    if !report.isIntact { throw ExitCode(max(1, report.exitCode)) }
  }

  /// Verifies with a progress bar, until it is done or interrupted.
  static func verify(
    _ directory: String, _ audit: AuditOptions, isDeep: Bool = false
  ) throws -> AuditReport {
    var audit = audit
    let bar = ProgressBar("verifying", .entries)
    let cancellation = AuditCancellation()
    Interruption.handle()
    audit.cancellation = cancellation
    audit.progress = { progress in
      bar.update(progress.entryCount, of: progress.totalEntryCount)
      if Interruption.isRequested { cancellation.cancel() }
    }
    defer { bar.end() }
    return try Ledger.verify(at: directory, options: audit, isDeep: isDeep)
  }

  private static func authority(_ path: String) throws -> TimeStampAuthority {
    let bytes = try Files.read(path, limit: 1 << 20)
    do throws(TimeStampAuthorityError) {
      return try TimeStampAuthority(pem: bytes)
    } catch {
      throw Failure.data("\(path): \(error)")
    }
  }

  /// What is to be said of the index, which is derived and no part of what is verified.
  private static func indexNotice(_ directory: String) -> String? {
    guard let ledger = try? Ledger.open(at: directory),
      let state = try? ledger.indexState(checksAll: true)
    else {
      return nil
    }
    switch state {
    case .current: return "the index belongs to this log and is sound"
    case .behind(let entries, _): return "the index is \(entries) entries behind the log"
    case .missing: return "there is no index; the next trace builds it"
    case .unusable(let reason): return "\(reason); the next trace builds it anew"
    }
  }
}
