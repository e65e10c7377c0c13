import ArgumentParser
import Provender
import RecallReports

/// `provender verify`: checks a ledger from its bytes alone.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every byte of the ledger: hashes, chain, tree, commitments, times.",
    discussion: """
      Examples:
        provender verify
        provender verify --ledger /mnt/copy/dairy.ledger --json
        provender verify --pin 236:58f0…64 hexadecimal digits…c1
        provender verify --pin head.txt
        provender verify --tiles /srv/www/trace --key log.vkey --since kept.checkpoint

      Read access is enough; nothing is repaired. A hash chain alone cannot see that its end was cut \
      off or that all of it was written anew: keep size and root (as `provender stats` gives them) \
      somewhere else and compare with --pin. A pin file holds one SIZE:ROOT a line.

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
    help: ArgumentHelp("Threads that check (default: one for each processor).", valueName: "n"))
  var threads = 0

  func validate() throws {
    guard (0...256).contains(threads) else { throw ValidationError("--threads is 1 to 256") }
    guard tiles == nil || pin.isEmpty else {
      throw ValidationError("--tiles is compared with --since, not with --pin")
    }
    guard tiles != nil || head.isEmpty else {
      throw ValidationError("--key, --witness, --quorum and --since go with --tiles")
    }
  }

  func run() throws {
    if let tiles { return try VerifyTiles.run(tiles, head, options.output) }
    var audit = AuditOptions()
    audit.threadCount = threads
    audit.pinnedHeads = try pin.flatMap(PinnedHeads.read)
    let report = try Self.verify(options.directory, audit)
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
  static func verify(_ directory: String, _ audit: AuditOptions) throws -> AuditReport {
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
    return try Ledger.verify(at: directory, options: audit)
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

/// Heads as they are given on the command line.
private enum PinnedHeads {
  private static let fileLimit = 1 << 20

  /// The head `SIZE:ROOT`, or those in a file.
  static func read(_ text: String) throws -> [PinnedHead] {
    if let head = parse(text) { return [head] }
    guard System.isReadable(text) else {
      throw Failure.usage(
        "'\(text)' is neither SIZE:ROOT (a number, a colon, 64 hexadecimal digits) nor a file")
    }
    let source = try FileByteSource(path: text)
    guard source.byteCount <= fileLimit else {
      throw Failure.data(
        "\(text) has over \(fileLimit) bytes; a pin file has SIZE:ROOT on each line")
    }
    var bytes = [UInt8](repeating: 0, count: source.byteCount)
    var caught: ByteSourceError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(ByteSourceError) { try source.read(at: 0, into: buffer) } catch { caught = error }
    }
    if let caught { throw caught }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let heads = try lines.enumerated().map { number, line in
      guard let head = parse(String(line)) else {
        throw Failure.data("\(text), line \(number + 1) is not SIZE:ROOT; correct it")
      }
      return head
    }
    guard !heads.isEmpty else { throw Failure.data("\(text) has no line; write SIZE:ROOT in it") }
    return heads
  }

  private static func parse(_ text: String) -> PinnedHead? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let size = UInt64(parts[0]), let root = Hash(hex: String(parts[1]))
    else { return nil }
    return PinnedHead(size: TreeSize(size), root: root)
  }
}
