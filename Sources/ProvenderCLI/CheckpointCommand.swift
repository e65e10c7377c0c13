import ArgumentParser
import Provender
import RecallReports

/// `provender checkpoint`: the newest signed checkpoint.
struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Print the newest signed checkpoint, sign a new one, or add cosignatures to one.",
    discussion: """
      Examples:
        provender checkpoint
        provender checkpoint --sign-with log.pem -o checkpoint
        provender checkpoint --cosignatures reply.txt --witness witness.vkey

      A checkpoint is a C2SP signed note: origin, size and root, with the signatures. --cosignatures \
      takes what witnesses returned, signature lines or whole notes, and keeps what is verified with \
      the keys given.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var signing: SigningOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"))
  var file: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Files of cosignatures; - stands for standard input.", valueName: "file"))
  var cosignatures: [String] = []

  @Option(
    help: ArgumentHelp(
      "The vkey of a witness, or a file that holds it; may be repeated.", valueName: "vkey"))
  var witness: [String] = []

  func validate() throws {
    guard cosignatures.isEmpty == witness.isEmpty else {
      throw ValidationError("--cosignatures and --witness go together")
    }
    if signing.signWith != nil && !cosignatures.isEmpty {
      throw ValidationError("sign first, then have the checkpoint cosigned")
    }
    if options.output.json && file != nil {
      throw ValidationError("--json writes to standard output; leave -o out")
    }
  }

  func run() throws {
    if signing.signWith != nil { return try sign() }
    if !cosignatures.isEmpty { return try merge() }
    let ledger = try options.open()
    guard let newest = try ledger.newestCheckpoint() else {
      throw Failure.data(
        "the ledger has no signed checkpoint; sign one with `provender checkpoint --sign-with`")
    }
    try write(newest, ledger)
  }

  private func sign() throws {
    let key = try signing.key()
    let ledger = try options.open(.writing)
    let signed = try ledger.signCheckpoint(with: key)
    try ledger.close()
    try write(signed.verified.unverified, ledger)
  }

  private func merge() throws {
    let witnesses = try witness.map(VerifierKeyText.read)
    let texts = try cosignatures.map { path in
      try Files.read(path == "-" ? "/dev/stdin" : path, limit: SignedNote.byteCountMax)
    }
    let ledger = try options.open(.writing)
    var newest: UnverifiedCheckpoint?
    for text in texts {
      newest = try ledger.addCosignatures(text, witnesses: witnesses).verified.unverified
    }
    try ledger.close()
    if let newest { try write(newest, ledger) }
  }

  // MARK: Writing

  private func write(_ checkpoint: UnverifiedCheckpoint, _ ledger: Ledger) throws {
    let verdict = try ledger.keyRecords().history.verify(checkpoint, isPinned: true)
    if case .failure(let refusal) = verdict { Output.notice("do not rely on it: \(refusal)") }
    guard options.output.json else {
      guard let file else { return Output.write(checkpoint.note.encoded) }
      return try Files.write(checkpoint.note.encoded, to: file)
    }
    var writer = JSONWriter()
    writer.object { members(&$0, checkpoint, verdict) }
    Output.write(writer.bytes)
  }

  private func members(
    _ json: inout JSONWriter, _ checkpoint: UnverifiedCheckpoint,
    _ verdict: Result<TrustedCheckpoint, CheckpointRefusal>
  ) {
    json.member("origin", checkpoint.claim.origin.text)
    json.member("size", checkpoint.claim.size.rawValue)
    json.member("root", checkpoint.claim.root.hex)
    switch verdict {
    case .success(let trusted):
      json.member("key", trusted.verified.logKey.description)
      json.member("refused", nil as String?)
    case .failure(let refusal):
      json.member("key", nil as String?)
      json.member("refused", refusal.description)
    }
    json.key("signatures")
    json.array { list in
      for signature in checkpoint.note.signatures {
        list.object {
          $0.member("name", signature.name.text)
          $0.member("keyID", signature.id.description)
        }
      }
    }
    json.member("note", String(decoding: checkpoint.note.encoded, as: UTF8.self))
  }
}
