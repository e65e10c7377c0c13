import ArgumentParser
import Provender

/// How new key files are encrypted.
struct NewKeyOptions: ParsableArguments {
  @Flag(help: "Encrypt new key files; the terminal asks for the passphrases that are not given.")
  var encrypt = false

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase for the new log key (else $PROVENDER_PASSPHRASE).",
      valueName: "file"))
  var newPassphraseFile: String?

  /// The passphrase for a new key; nil if it is not to be encrypted.
  ///
  /// - Parameter file: where the passphrase is, if not where this option says.
  func passphrase(for purpose: String, file: String? = nil) throws -> [UInt8]? {
    if let file = file ?? newPassphraseFile { return try Passphrase.inFile(file) }
    if let text = System.environment("PROVENDER_PASSPHRASE"), !text.isEmpty {
      return Array(text.utf8)
    }
    return encrypt ? try Passphrase.askTwice(purpose) : nil
  }
}

/// Where a new recovery key goes.
struct RecoveryKeyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The file for the ledger's recovery key.", valueName: "pem"))
  var recovery: String?

  @Option(
    help: ArgumentHelp(
      "A file whose first line is the passphrase for it (else as for the log key).",
      valueName: "file"))
  var recoveryPassphraseFile: String?
}

/// The first keys of a ledger: made, written, and then entered in the log.
struct FirstKeys {
  let logFile: String
  let recoveryFile: String
  private let logPassphrase: [UInt8]?
  private let recoveryPassphrase: [UInt8]?

  /// What was made.
  struct Made {
    let vkey: VerifierKey
    let recoveryKey: Ed25519PublicKey
    let entry: EntryIndex
    let checkpoint: TrustedCheckpoint
  }

  /// Sees to everything that can be seen before anything is written.
  init(
    logFile: String, recoveryFile: String, options: NewKeyOptions, recovery: RecoveryKeyOptions
  ) throws {
    guard logFile != recoveryFile else {
      throw Failure.usage("the log key and the recovery key go to different files")
    }
    for file in [logFile, recoveryFile] { try KeyFile.checkFree(file) }
    self.logFile = logFile
    self.recoveryFile = recoveryFile
    logPassphrase = try options.passphrase(for: "the log key")
    recoveryPassphrase = try options.passphrase(
      for: "the recovery key", file: recovery.recoveryPassphraseFile)
  }

  /// Makes the keys. Their files are durable before the log names them: a crash leaves files that
  /// nobody needs, never a log whose keys nobody has.
  func establish(in ledger: Ledger) throws -> Made {
    guard try ledger.keyRecords().history.keys.isEmpty else {
      throw Failure.data(
        "the ledger has keys already: `provender key list` shows them, `provender key rotate` "
          + "replaces the log key")
    }
    let logKey = try Ed25519PrivateKey.generate()
    let recoveryKey = try Ed25519PrivateKey.generate()
    try KeyFile.write(logKey, to: logFile, passphrase: logPassphrase)
    do {
      try KeyFile.write(recoveryKey, to: recoveryFile, passphrase: recoveryPassphrase)
    } catch {
      KeyFile.remove(logFile)
      throw error
    }
    let entry: EntryIndex
    do {
      entry = try ledger.establishKeys(logKey: logKey, recoveryKey: recoveryKey)
    } catch {
      try KeyFile.takeBack([logFile, recoveryFile], after: error)
    }
    let checkpoint = try ledger.signCheckpoint(with: logKey)
    return Made(
      vkey: checkpoint.verified.logKey, recoveryKey: recoveryKey.publicKey, entry: entry,
      checkpoint: checkpoint)
  }

  /// Where to keep which, on standard error.
  func advise(_ made: Made, directory: String) {
    Output.notice(
      """
      entry \(made.entry) of \(directory) names the key and its recovery key; the checkpoint of size \
      \(made.checkpoint.verified.checkpoint.size) is signed.
      \(logFile): the log key; keep it with the program that signs, readable by it alone.
      \(recoveryFile): the recovery key; copy it to two places offline, try a copy with `provender \
      key show`, and remove it from this machine. It alone can revoke a stolen log key.
      Give the vkey to everybody who is to check the log; `provender key show \
      \(logFile) --name \(made.vkey.name)` prints it alone.
      """)
  }
}

extension KeyFile {
  /// Removes key files that no log names, after entering them failed. Where the disk failed on the
  /// way, the entry may be in the log all the same: then the files stay.
  static func takeBack(_ files: [String], after error: any Error) throws -> Never {
    let isUncertain = (error as? LedgerError).map { $0.kind == .inputOutput } ?? true
    guard isUncertain else {
      files.forEach(remove)
      throw error
    }
    let (message, code) = Failure.explain(error)
    throw Failure(
      message: message + "\nwhether the log names the new keys is not known: keep "
        + files.joined(separator: " and ") + " until `provender key list` shows that it does not",
      code: code)
  }
}
