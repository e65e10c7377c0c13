import ArgumentParser
import Provender
import RecallReports

/// `provender key rotate`: puts another log key in the place of the present one.
struct KeyRotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate",
    abstract: "Put another log key in the place of the present one; both sign.",
    discussion: """
      Examples:
        provender key rotate --sign-with log.pem -o log-2.pem
        provender key rotate --sign-with log.pem --to log-2.pem

      The new key is made and written to -o, or read from --to. From the key entry on it alone signs: \
      it signs a checkpoint at once. Keep the old key's vkey: with it, others follow the rotation. \
      Standard output is the new vkey on one line.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var signing: SigningOptions
  @OptionGroup var encryption: NewKeyOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file for the new key.", valueName: "pem"))
  var file: String?

  @Option(help: ArgumentHelp("The new key, if it exists already.", valueName: "pem"))
  var to: String?

  func validate() throws {
    guard signing.signWith != nil else { throw ValidationError("--sign-with names the old key") }
    guard (file == nil) != (to == nil) else { throw ValidationError("give either -o or --to") }
  }

  func run() throws {
    guard let old = try signing.key() else { return }
    let new: Ed25519PrivateKey
    if let to {
      new = try KeyFile.read(to, passphrase: signing.passphrase.known())
    } else {
      new = try Ed25519PrivateKey.generate()
    }
    let ledger = try options.open(.writing)
    if let file { try write(new, to: file) }
    let entry: EntryIndex
    do {
      entry = try ledger.rotateKey(from: old, to: new)
    } catch {
      guard let file else { throw error }
      try KeyFile.takeBack([file], after: error)
    }
    let checkpoint = try ledger.signCheckpoint(with: new)
    try ledger.close()
    try KeyChangeReport(entry: entry, vkey: checkpoint.verified.logKey).write(ledger, options)
  }

  private func write(_ key: Ed25519PrivateKey, to file: String) throws {
    try KeyFile.checkFree(file)
    let new = try encryption.passphrase(for: "the new log key")
    try KeyFile.write(key, to: file, passphrase: new)
    guard new == nil, let old = signing.signWith, try KeyFile.isEncrypted(old) else { return }
    Output.notice(
      "\(file) is not encrypted, though \(old) is: --encrypt or --new-passphrase-file does it; "
        + "`openssl pkcs8 -topk8 -v2 aes-256-cbc -in \(file) -out FILE` does it now")
  }
}

/// `provender key revoke`: declares a log key void.
struct KeyRevokeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Declare a log key void above a size; signed by the recovery key.",
    discussion: """
      Examples:
        provender key generate --name dairy.example/trace -o log-2.pem
        provender key revoke --recovery recovery.pem --above 12000 --replacement log-2.pem
        provender key revoke --recovery recovery.pem --above 12000 --key 'dairy.example/trace+…'

      Above --above, nothing that the key signed counts, nor any key that it handed over to. At that \
      size and below, a checkpoint counts only if it was pinned, cosigned or stamped before. Without \
      --replacement nothing can be signed until one is named by a further revocation.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var passphrase: PassphraseOptions

  @Option(help: ArgumentHelp("The recovery key.", valueName: "pem"))
  var recovery: String

  @Option(
    help: ArgumentHelp(
      "The size of the last tree that the key is known to have signed rightly.", valueName: "size"))
  var above: UInt64

  @Option(
    help: ArgumentHelp(
      "The key to revoke: a vkey, or a file that holds one (default: the log's only key).",
      valueName: "vkey"))
  var key: String?

  @Option(help: ArgumentHelp("The log's next key.", valueName: "pem"))
  var replacement: String?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase of the replacement (else as the recovery key's).",
      valueName: "file"))
  var replacementPassphraseFile: String?

  func run() throws {
    let recoveryKey = try KeyFile.read(recovery, passphrase: passphrase.known())
    let next = try replacement.map { file in
      try KeyFile.read(
        file,
        passphrase: try replacementPassphraseFile.map(Passphrase.inFile) ?? passphrase.known())
    }
    let ledger = try options.open(.writing)
    let revoked = try key.map(VerifierKeyText.read) ?? onlyKey(ledger)
    let entry = try ledger.revokeKey(
      revoked.publicKey, above: TreeSize(above), recoveryKey: recoveryKey, replacement: next)
    let checkpoint = try next.map { try ledger.signCheckpoint(with: $0) }
    try ledger.close()
    if next == nil {
      Output.notice("the log has no key now; name one with a further --replacement")
    }
    try KeyChangeReport(entry: entry, vkey: checkpoint?.verified.logKey).write(ledger, options)
  }

  /// The key that is meant where only one can be.
  private func onlyKey(_ ledger: Ledger) throws -> VerifierKey {
    let keys = try ledger.keyRecords().history.keys
    guard let only = keys.first, keys.count == 1 else {
      throw Failure.usage(
        "name the key with --key; the log has had \(keys.count): "
          + keys.map(\.key.description).joined(separator: ", "))
    }
    return only.key
  }
}

/// What a change of the log's keys came to.
struct KeyChangeReport {
  let entry: EntryIndex
  /// The key that signs from now on.
  let vkey: VerifierKey?

  func write(_ ledger: Ledger, _ options: LedgerOptions) throws {
    guard options.output.json else {
      if let vkey { Output.write("\(vkey)\n") }
      Output.notice("the change is entry \(entry) of \(options.directory)")
      return
    }
    let snapshot = try ledger.snapshot()
    var writer = JSONWriter()
    writer.object {
      $0.member("entry", entry.rawValue)
      $0.member("current", vkey?.description)
      $0.member("ledger", snapshot)
    }
    Output.write(writer.bytes)
  }
}
