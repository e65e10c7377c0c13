import ArgumentParser
import Provender
import RecallReports

/// `provender key`: the keys that a log signs with.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make, name, replace and revoke the keys that sign the log's checkpoints.",
    discussion: """
      Examples:
        provender key generate --ledger dairy.ledger -o log.pem --recovery recovery.pem
        provender key generate --name witness.example/w1 --cosigner -o witness.pem
        provender key rotate --sign-with log.pem -o log-2.pem
        provender key revoke --recovery recovery.pem --above 12000 --replacement log-2.pem
        provender key list
        provender key show log.pem

      Key files are PKCS#8 PEM, which `openssl pkey` reads. A vkey (C2SP signed-note) is what others \
      check signatures with.
      """,
    subcommands: [
      KeyGenerateCommand.self, KeyRotateCommand.self, KeyRevokeCommand.self, KeyListCommand.self,
      KeyShowCommand.self,
    ])
}

/// `provender key show`: the vkey of a key file.
struct KeyShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Print the vkey of a key file.",
    discussion: """
      Examples:
        provender key show log.pem
        provender key show recovery.pem --name dairy.example/trace
        provender key show witness.pem --name witness.example/w1 --cosigner

      A key file holds no name: it is that of --name, or the ledger's origin.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Argument(help: ArgumentHelp("The key file.", valueName: "pem"))
  var file: String

  @Option(help: "The name under which the key signs (default: the ledger's origin).")
  var name: String?

  @Flag(help: "The key is a witness's: its signatures are cosignature/v1.")
  var cosigner = false

  func run() throws {
    let key = try KeyFile.read(file, passphrase: passphrase.known())
    let name = try name ?? Ledger.open(at: options.directory).snapshot().origin.name
    let vkey = try KeyText.vkey(key.publicKey, name: name, isCosigner: cosigner)
    guard options.output.json else { return Output.write("\(vkey)\n") }
    var writer = JSONWriter()
    writer.object { KeyText.members(&$0, vkey) }
    Output.write(writer.bytes)
  }
}

/// `provender key list`: the log's keys.
struct KeyListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the log's keys, past and present, as its key entries say.",
    discussion: """
      Examples:
        provender key list
        provender key list --ledger /srv/dairy.ledger --json
      """)

  @OptionGroup var options: LedgerOptions

  func run() throws {
    let ledger = try options.open()
    let records = try ledger.keyRecords()
    let snapshot = try ledger.snapshot()
    guard options.output.json else {
      return Output.write(KeyText.list(records, snapshot, options.output.style))
    }
    var writer = JSONWriter()
    writer.object { KeyText.json(&$0, records, snapshot) }
    Output.write(writer.bytes)
  }
}
