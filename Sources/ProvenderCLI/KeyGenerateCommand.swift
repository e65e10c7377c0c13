import ArgumentParser
import Provender
import RecallReports

/// `provender key generate`: makes a key, or the first keys of a ledger.
struct KeyGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Make a key file and print its vkey; with --ledger, the first keys of a ledger.",
    discussion: """
      Examples:
        provender key generate --ledger dairy.ledger -o log.pem --recovery recovery.pem
        provender key generate --name dairy.example/trace -o log-2.pem --encrypt
        provender key generate --name witness.example/w1 --cosigner -o witness.pem

      Key files are new, readable by their owner alone, and durable when the command returns. With \
      --ledger, the log key and the recovery key are entered in the log and a checkpoint is signed; \
      if that fails, no key files are left behind. Standard output is the vkey on one line.
      """)

  @OptionGroup var output: OutputOptions
  @OptionGroup var options: NewKeyOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The key file to write.", valueName: "pem"))
  var file: String

  @Option(help: ArgumentHelp("The ledger whose first keys these are to be.", valueName: "dir"))
  var ledger: String?

  @OptionGroup var recovery: RecoveryKeyOptions

  @Option(help: "Without --ledger, the name under which the key signs.")
  var name: String?

  @Flag(help: "The key is a witness's: its signatures are cosignature/v1.")
  var cosigner = false

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase for the key (as --new-passphrase-file).",
      valueName: "file"))
  var passphraseFile: String?

  func validate() throws {
    if passphraseFile != nil && options.newPassphraseFile != nil {
      throw ValidationError("--passphrase-file and --new-passphrase-file mean the same here")
    }
    if ledger != nil {
      guard recovery.recovery != nil else { throw ValidationError("--ledger goes with --recovery") }
      guard name == nil, !cosigner else {
        throw ValidationError("--ledger takes neither --name nor --cosigner")
      }
    } else {
      guard name != nil else { throw ValidationError("give --name, or --ledger") }
      guard recovery.recovery == nil else { throw ValidationError("--recovery goes with --ledger") }
    }
  }

  func run() throws {
    var options = options
    options.newPassphraseFile = options.newPassphraseFile ?? passphraseFile
    if let ledger, let recoveryFile = recovery.recovery {
      let keys = try FirstKeys(
        logFile: file, recoveryFile: recoveryFile, options: options, recovery: recovery)
      try establish(keys, ledger)
    } else {
      try single(options)
    }
  }

  private func single(_ options: NewKeyOptions) throws {
    try KeyFile.checkFree(file)
    let key = try Ed25519PrivateKey.generate()
    let vkey = try KeyText.vkey(key.publicKey, name: name ?? "", isCosigner: cosigner)
    try KeyFile.write(key, to: file, passphrase: try options.passphrase(for: "the key"))
    guard output.json else { return Output.write("\(vkey)\n") }
    var writer = JSONWriter()
    writer.object {
      KeyText.members(&$0, vkey)
      $0.member("file", file)
    }
    Output.write(writer.bytes)
  }

  private func establish(_ keys: FirstKeys, _ directory: String) throws {
    let ledger = try Ledger.open(at: directory, for: .writing)
    if let notice = ledger.recoveryNotice { Output.notice(notice) }
    let made = try keys.establish(in: ledger)
    try ledger.close()
    guard output.json else {
      Output.write("\(made.vkey)\n")
      return keys.advise(made, directory: directory)
    }
    let snapshot = try ledger.snapshot()
    var writer = JSONWriter()
    writer.object {
      keys.members(&$0, made)
      $0.member("ledger", snapshot)
    }
    Output.write(writer.bytes)
  }
}

extension FirstKeys {
  /// What was made, as members in JSON.
  func members(_ json: inout JSONWriter, _ made: Made) {
    KeyText.members(&json, made.vkey)
    json.member("file", logFile)
    json.member("recoveryFile", recoveryFile)
    json.member("recoveryKey", made.recoveryKey.hex)
    json.member("entry", made.entry.rawValue)
  }
}
