import ArgumentParser
import Provender
import RecallReports

/// `provender prove`: proofs that anyone can check with the log's key alone.
struct ProveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prove",
    abstract: "Prove that events are in the log, or that the log only grew.",
    discussion: """
      Examples:
        provender prove 12 -o 12.tlog-proof
        provender prove urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd
        provender prove 12 13 14 -o proofs/
        provender prove --since checkpoint-of-april -o april.consistency
        provender show 12 --raw > event.json
        provender check 12.tlog-proof event.json --key dairy.vkey

      An event is named by its ID or by the number of its log entry. Proofs lead to the newest \
      checkpoint that the ledger keeps. A proof shows nothing of the event, but whoever holds it can \
      test guesses of the event's text: give it to those who may know the event.
      """)

  @OptionGroup var options: LedgerOptions

  @Argument(help: "Events, by ID or by entry number.")
  var events: [String] = []

  @Option(
    help: ArgumentHelp(
      "Prove that the log only grew since this signed checkpoint.", valueName: "file"))
  var since: String?

  @Option(
    help: ArgumentHelp(
      "A signed checkpoint of this ledger to prove against (default: the newest).",
      valueName: "file"))
  var checkpoint: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write; of several events the folder (default: standard output).",
      valueName: "file"))
  var output: String?

  func validate() throws {
    guard (since != nil) != !events.isEmpty else {
      throw ValidationError("name events, or a checkpoint with --since")
    }
  }

  func run() throws {
    let ledger = try options.open()
    let maker = try ledger.evidence(checkpoint: checkpoint.map(EvidenceFile.checkpoint))
    if let since {
      let evidence = try maker.consistency(since: EvidenceFile.checkpoint(since))
      let bytes = try evidence.encoded()
      let summary = Summary(what: "consistency", entry: nil, path: try write(bytes), bytes: bytes)
      return try report([summary], maker.checkpoint.claim)
    }
    let entries = try entries(in: ledger)
    let isFolder = output.map { $0.hasSuffix("/") || System.isDirectory($0) } ?? false
    guard entries.count == 1 || isFolder else {
      let list = entries.map(\.description).joined(separator: ", ")
      throw Failure.usage(
        "there are \(entries.count) entries (\(list)): name a folder with -o DIR/, or one entry")
    }
    if let output, isFolder { try Files.makeFolder(output) }
    let summaries = try entries.map { entry in
      let bytes = try maker.proof(of: entry).encoded
      let name = isFolder ? "entry-\(entry).\(TransparencyProof.fileExtension)" : nil
      return Summary(
        what: "inclusion", entry: entry, path: try write(bytes, named: name), bytes: bytes)
    }
    try report(summaries, maker.checkpoint.claim)
  }

  /// The entries that are named, in order, each once.
  private func entries(in ledger: Ledger) throws -> [EntryIndex] {
    var found: Set<EntryIndex> = []
    for text in events {
      if let entry = Ledger.entryIndex(text) {
        found.insert(entry)
        continue
      }
      let entries = try options.withIndex(of: ledger, for: .event(id: text)) {
        try ledger.entries(ofEvent: text, in: $0)
      }
      guard !entries.isEmpty else {
        throw Failure.data("no event with the ID '\(text)' is in the ledger; check the ID")
      }
      found.formUnion(entries)
    }
    return found.sorted()
  }

  /// Writes a file, or to standard output where none is named; gives the file's path.
  private func write(_ bytes: [UInt8], named name: String? = nil) throws -> String? {
    guard let output else {
      if !options.output.json { Output.write(bytes) }
      return nil
    }
    let folder = output.hasSuffix("/") ? output : output + "/"
    let path = name.map { folder + $0 } ?? output
    try Files.write(bytes, to: path)
    return path
  }

  /// A proof that was made.
  private struct Summary {
    var what: String
    var entry: EntryIndex?
    var path: String?
    var bytes: [UInt8]
  }

  private func report(_ proofs: [Summary], _ claim: Checkpoint) throws {
    guard options.output.json else {
      for proof in proofs {
        guard let path = proof.path else { continue }
        let subject = proof.entry.map { "entry \($0)" } ?? "growth since \(since ?? "")"
        Output.notice("\(path): \(subject), in the checkpoint of \(claim.size) entries")
      }
      return
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("checkpoint", claim)
      json.member("proofs", each: proofs) { json, proof in
        json.member("kind", proof.what)
        json.member("entry", proof.entry?.rawValue)
        json.member("file", proof.path)
        json.member(
          "proof", proof.path == nil ? String(decoding: proof.bytes, as: UTF8.self) : nil)
      }
    }
    Output.write(writer.bytes)
  }
}

extension JSONWriter {
  /// Writes a member: what a checkpoint says.
  mutating func member(_ name: String, _ claim: Checkpoint) {
    key(name)
    object {
      $0.member("origin", claim.origin.text)
      $0.member("size", claim.size.rawValue)
      $0.member("root", claim.root.hex)
    }
  }
}
