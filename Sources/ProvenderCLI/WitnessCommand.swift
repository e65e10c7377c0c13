import ArgumentParser
import Provender
import RecallReports

/// `provender witness`: cosigns checkpoints of logs that only ever grow.
struct WitnessCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "witness",
    abstract: "Cosign the checkpoints of logs that only ever grow, and keep evidence of forks.",
    discussion: """
      Examples:
        provender key generate --name w.example -o witness.pem
        provender witness --sign-with witness.pem --name w.example --vkey
        provender witness --state w --log dairy.vkey
        provender witness --state w --sign-with witness.pem --name w.example request.txt
        provender witness --state w --sign-with witness.pem --name w.example --ledger dairy.ledger
        provender witness --state w --list
        provender witness --evidence x.fork --log dairy.vkey

      A request is the body of add-checkpoint (C2SP tlog-witness), from a file or standard input; \
      `provender checkpoint --request` writes it. The answer's body goes to standard output: \
      signature lines, or the size that was cosigned last. --ledger and --tiles read the newest \
      checkpoint of a ledger, or of a published directory, with its tree instead.

      The state directory holds the newest checkpoint cosigned of each log. It is this witness's \
      memory: never put back an older copy of it. --log names a log by its vkey, from then on.

      Exit codes: 0 cosigned (200), 1 ask again from the size given (409), 4 the log signed two \
      histories (422, or 409 for one size), 5 not signed by the log (403), 65 unknown log (404), \
      malformed (400) or wrong proof (422).
      """)

  @OptionGroup var output: OutputOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Option(help: ArgumentHelp("The witness's directory.", valueName: "dir"))
  var state: String?

  @Option(
    help: ArgumentHelp(
      "The witness's key: a PEM file. It must sign nothing else.", valueName: "pem"))
  var signWith: String?

  @Option(help: ArgumentHelp("The witness's name, such as w.example.", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "The vkey of a log that is believed, or a file that holds it; may be repeated.",
      valueName: "vkey"))
  var log: [String] = []

  @Option(
    help: ArgumentHelp(
      "The vkey of a log that is no longer believed; may be repeated.", valueName: "vkey"))
  var distrust: [String] = []

  @Option(help: ArgumentHelp("Cosign the newest checkpoint of this ledger.", valueName: "dir"))
  var ledger: String?

  @Option(help: ArgumentHelp("Cosign the checkpoint published here.", valueName: "dir"))
  var tiles: String?

  @Flag(help: "List the logs that the witness knows.")
  var list = false

  @Flag(help: "Print the witness's own vkey.")
  var vkey = false

  @Option(
    help: ArgumentHelp(
      "Check a file of fork evidence with the vkeys given by --log.", valueName: "file"))
  var evidence: String?

  @Argument(
    help: ArgumentHelp("The request (default: standard input).", valueName: "request-file"))
  var request: String?

  func validate() throws {
    let modes = [list, vkey, evidence != nil].count(where: \.self)
    let sources = [ledger, tiles, request].count { $0 != nil }
    guard modes <= 1, sources <= 1, modes == 0 || sources == 0 else {
      throw ValidationError(
        "--list, --vkey, --evidence, --ledger, --tiles and a request exclude each other")
    }
    guard (signWith == nil) == (name == nil) else {
      throw ValidationError("--sign-with and --name go together")
    }
    if vkey, signWith == nil { throw ValidationError("--vkey needs --sign-with and --name") }
    if evidence != nil {
      guard !log.isEmpty else { throw ValidationError("--evidence needs --log") }
    } else if !vkey, state == nil {
      throw ValidationError("--state names the witness's directory")
    }
    if sources == 1, signWith == nil {
      throw ValidationError("a checkpoint is cosigned with --sign-with and --name")
    }
    if modes == 0, signWith == nil, log.isEmpty, distrust.isEmpty {
      throw ValidationError("say what to do: --sign-with, --log, --distrust, --list or --vkey")
    }
  }

  func run() throws {
    if let evidence { return try check(evidence) }
    if vkey { return show(try cosigner()) }
    let witness = Witness(directory: state ?? "")
    for text in log { try witness.trust(VerifierKeyText.read(text)) }
    for text in distrust { try stopBelieving(text, witness) }
    if list || signWith == nil { return try show(witness) }
    try report(decide(witness), witness)
  }

  // MARK: Deciding

  private func decide(_ witness: Witness) throws -> WitnessDecision {
    let cosigner = try cosigner()
    if let ledger {
      return try Ledger.open(at: ledger).decide(by: witness, signingWith: cosigner)
    }
    if let tiles {
      return try PublishedLog(directory: tiles).decide(by: witness, signingWith: cosigner)
    }
    let path = request ?? "-"
    let body = try Files.read(
      path == "-" ? "/dev/stdin" : path, limit: AddCheckpointRequest.byteCountMax)
    return try witness.decide(body: body, signingWith: cosigner)
  }

  private func cosigner() throws -> Cosigner {
    guard let signWith, let name else { throw Failure.usage("give --sign-with and --name") }
    guard let keyName = KeyName(name) else {
      throw Failure.usage("'\(name)' is no name of a key: it has no space and no plus sign")
    }
    return try Cosigner(
      name: keyName, key: KeyFile.read(signWith, passphrase: passphrase.known()))
  }

  private func stopBelieving(_ text: String, _ witness: Witness) throws {
    let key = try VerifierKeyText.read(text)
    guard try witness.distrust(key).isEmpty else { return }
    Output.notice("the key \(key) was not believed before")
  }

  // MARK: Reporting

  private func report(_ decision: WitnessDecision, _ witness: Witness) throws {
    if output.json {
      Output.write(WitnessReport.json(decision))
    } else {
      Output.write(decision.reply.body)
      if decision.exitCode != 0 { Output.notice(decision.description) }
    }
    if decision.exitCode != 0 { throw ExitCode(decision.exitCode) }
  }

  private func show(_ cosigner: Cosigner) {
    let key = cosigner.verifierKey
    guard output.json else { return Output.write("\(key)\n") }
    var writer = JSONWriter()
    writer.object {
      $0.member("name", key.name.text)
      $0.member("keyID", key.id.description)
      $0.member("vkey", key.description)
    }
    Output.write(writer.bytes)
  }

  private func show(_ witness: Witness) throws {
    let logs = try witness.records().map { record in
      (record, try witness.evidenceFiles(against: record.origin))
    }
    guard output.json else { return Output.write(WitnessReport.text(logs, output.style)) }
    Output.write(WitnessReport.json(logs))
  }

  private func check(_ path: String) throws {
    let keys = try log.map(VerifierKeyText.read)
    let bytes = try Files.read(path, limit: ForkEvidence.byteCountMax)
    let evidence: ForkEvidence
    do {
      evidence = try ForkEvidence(parsing: bytes)
    } catch {
      throw Failure.data("\(path): \(error)")
    }
    switch evidence.verify(by: keys, with: try SHA256Hasher()) {
    case .failure(let rejection): throw Failure.data("\(path): \(rejection)")
    case .success:
      if output.json {
        Output.write(WitnessReport.json(evidence))
      } else {
        Output.write(TerminalText.lines(evidence.description).joined(separator: "\n") + "\n")
      }
      throw ExitCode(4)
    }
  }
}
