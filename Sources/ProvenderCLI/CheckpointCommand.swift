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
        provender checkpoint --request 0 -o body

      A checkpoint is a C2SP signed note: origin, size and root, with the signatures. --cosignatures \
      takes what witnesses returned, signature lines or whole notes, and keeps what is verified with \
      the keys given. --request writes the body that is posted to a witness's add-checkpoint, with \
      the proof from the size that it cosigned last (0: none).
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

  @Option(
    help: ArgumentHelp(
      "Write the body for a witness that cosigned this size last; 0 for none.",
      valueName: "size"))
  var request: UInt64?

  func validate() throws {
    if request != nil, signing.signWith != nil || !cosignatures.isEmpty || options.output.json {
      throw ValidationError("--request stands alone, or with -o")
    }
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
    if let request { return try writeBody(from: TreeSize(request)) }
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
    let witnesses = try witness.map(VerifierKeyText.witness)
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

  private func writeBody(from size: TreeSize) throws {
    let body = try body(from: size).encoded
    guard let file else { return Output.write(body) }
    try Files.write(body, to: file)
  }

  /// What a witness is asked; the checkpoint is kept, unless another process writes.
  private func body(from size: TreeSize) throws -> AddCheckpointRequest {
    do {
      let ledger = try options.open(.writing)
      let request = try ledger.addCheckpointRequest(from: size)
      try ledger.close()
      return request
    } catch let error as LedgerError where error.kind == .locked {
      Output.notice(
        "another process writes to the ledger: cosignatures can be added only as long as it signs "
          + "no newer checkpoint")
      return try options.open().addCheckpointRequest(from: size)
    }
  }

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
