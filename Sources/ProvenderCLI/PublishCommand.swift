import ArgumentParser
import Provender
import RecallReports

/// `provender publish`: writes the log as files that any web server serves.
struct PublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Publish the log as static tiles: everything to check it with, nothing of any event.",
    discussion: """
      Examples:
        provender publish /srv/www/trace --sign-with log.pem
        provender publish /srv/www/trace
        provender publish /srv/www/trace --all
        provender verify --tiles /srv/www/trace --key log.vkey

      The directory is a log of C2SP tlog-tiles: checkpoint, tiles of hashes and bundles of entries; \
      beside them the payloads of genesis, key and redaction entries. It shows how many entries there \
      are, their kinds, record times and grouping, and nothing of any event. Only what is new is \
      written, the checkpoint last: until then, and after any interruption, the directory serves the \
      checkpoint before. What is published is the newest signed checkpoint; with --sign-with a new one \
      is signed first if there is something new.

      Exit codes: 0 published, 4 what is published contradicts the ledger (both notes are printed), 65 \
      another log is published there or nothing is signed, 74 the disk failed, 130 interrupted.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var signing: SigningOptions

  @Argument(help: "The directory to publish in; made if it is missing.")
  var directory: String

  @Flag(
    help: "Compare every published file and make anew what is missing or differs, not only add.")
  var all = false

  func run() throws {
    guard !directory.isEmpty else { throw Failure.usage("the directory's name is empty") }
    let key = try signing.key()
    Interruption.handle()
    let ledger = try options.open(key == nil ? .reading : .writing)
    let bar = ProgressBar("publishing", .entries)
    var publishing = PublicationOptions()
    publishing.comparesAll = all
    publishing.progress = { bar.update($0, of: $1) }
    publishing.isCancelled = { Interruption.isRequested }
    let publication: LedgerPublication
    do {
      defer { bar.end() }
      publication = try ledger.publish(to: directory, signingWith: key, options: publishing)
    } catch is CancellationError {
      throw Interrupted()
    }
    try ledger.close()
    if options.output.json {
      Output.write(json(publication))
    } else {
      Output.write(text(publication))
    }
  }

  private func text(_ publication: LedgerPublication) -> String {
    let outcome = publication.outcome
    var report = TextReport(options.output.style)
    if outcome.isUnchanged {
      report.line("NOTHING NEW: the checkpoint of size \(outcome.size) is published", .good)
    } else {
      report.line("PUBLISHED in \(directory)", .good)
    }
    report.facts(
      [
        (name: "origin", value: outcome.origin.text),
        (name: "entries", value: "\(outcome.size)"),
        (name: "before", value: outcome.previousSize.map { "\($0)" } ?? "nothing"),
        (name: "root", value: outcome.root.hex),
        (name: "written", value: written(outcome)),
        (
          name: "removed",
          value: outcome.removedFileCount == 0
            ? "" : "\(outcome.removedFileCount) superseded partial files"
        ),
      ].filter { !$0.value.isEmpty })
    for notice in notices(publication) { report.paragraph("- \(notice)", indent: 2) }
    return report.text
  }

  private func written(_ outcome: PublicationOutcome) -> String {
    outcome.isUnchanged
      ? "" : "\(outcome.writtenFileCount) files, \(ByteCount.text(outcome.writtenByteCount))"
  }

  private func notices(_ publication: LedgerPublication) -> [String] {
    var notices: [String] = []
    if publication.unpublishedCount > 0 {
      notices.append(
        "\(publication.unpublishedCount) entries are newer than the checkpoint; --sign-with signs and "
          + "publishes them")
    }
    if let failure = publication.keepingFailure {
      notices.append(
        "no copy of the checkpoint was kept in the ledger: \(failure.message); it is the ledger's "
          + "newest, which every later signature must extend")
    }
    if publication.outcome.foundTreeDamaged {
      notices.append(
        "the ledger's tree files do not lead to the published root; the log itself does, and was "
          + "read instead: `provender verify` names them")
    }
    return notices
  }

  private func json(_ publication: LedgerPublication) -> [UInt8] {
    let outcome = publication.outcome
    var writer = JSONWriter()
    writer.object { json in
      json.member("directory", directory)
      json.member("origin", outcome.origin.text)
      json.member("size", outcome.size.rawValue)
      json.member("root", outcome.root.hex)
      json.member("previousSize", outcome.previousSize?.rawValue)
      json.member("writtenFiles", outcome.writtenFileCount)
      json.member("writtenBytes", outcome.writtenByteCount)
      json.member("removedFiles", outcome.removedFileCount)
      json.member("unpublishedEntries", publication.unpublishedCount)
      json.member("notices", notices(publication))
    }
    return writer.bytes
  }
}
