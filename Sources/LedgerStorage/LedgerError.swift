public import TransparencyLog

/// Where in a ledger's files something stands.
public struct LogLocation: Hashable, Sendable, CustomStringConvertible {
  /// The file's path inside the ledger's directory.
  public var file: String
  /// The first byte concerned, counted from the file's start.
  public var offset: UInt64?
  /// The entry concerned, where one can be told.
  public var entry: EntryIndex?

  /// A place in a file.
  public init(file: String, offset: UInt64? = nil, entry: EntryIndex? = nil) {
    self.file = file
    self.offset = offset
    self.entry = entry
  }

  /// The place in words, such as `log/0.seg, byte 512, entry 3`.
  public var description: String {
    var text = file
    if let offset { text += ", byte \(offset)" }
    if let entry { text += ", entry \(entry)" }
    return text
  }
}

/// Why the ledger did not do what it was asked: what happened, where, and what to do next.
public struct LedgerError: Error, Hashable, Sendable {
  /// What a program may do about an error.
  public enum Kind: String, Sendable {
    /// A call to the file system failed; nothing more was written after it.
    case inputOutput
    /// There is no room on the disk; nothing was written, and the ledger can still be used.
    case diskFull
    /// Another process is writing to the ledger.
    case locked
    /// There is no ledger in the directory, or one that was never finished.
    case notALedger
    /// The ledger is of a version that this program does not know.
    case unsupportedVersion
    /// An end that a power cut left unfinished, where none may be.
    case torn
    /// The ledger's files disagree with themselves.
    case corrupt
    /// The ledger's files disagree with a checkpoint that was signed.
    case tampered
    /// What was asked for does not exist or was asked for wrongly.
    case invalid
    /// The writer stopped after an earlier failure and takes nothing more.
    case stopped
    /// The wall clock ran away from the monotonic clock.
    case clock
  }

  /// What a program may do about it.
  public var kind: Kind
  /// What happened.
  public var message: String
  /// Where it happened.
  public var location: LogLocation?
  /// What to do next.
  public var advice: String

  /// An error of its parts.
  public init(_ kind: Kind, _ message: String, at location: LogLocation? = nil, advice: String) {
    self.kind = kind
    self.message = message
    self.location = location
    self.advice = advice
  }

  /// The exit code of a command that ends with this error: 2 torn, 3 corrupt, 4 tampered, 64 usage, 65 data
  /// that cannot be taken, 74 input and output.
  public var exitCode: Int32 {
    switch kind {
    case .torn: 2
    case .corrupt: 3
    case .tampered: 4
    case .invalid: 65
    case .notALedger: 64
    case .unsupportedVersion: 65
    case .inputOutput, .diskFull, .locked, .stopped, .clock: 74
    }
  }
}

extension LedgerError: CustomStringConvertible {
  /// The error in a sentence, with the place and the next step.
  public var description: String {
    let place = location.map { " (\($0))" } ?? ""
    return "\(message)\(place); \(advice)"
  }
}

extension LedgerError {
  /// What was handed in cannot be stored.
  internal static func invalid(_ message: String) -> LedgerError {
    LedgerError(.invalid, message, advice: "correct it and try again")
  }

  /// The files disagree with themselves.
  package static func corrupt(_ message: String, at location: LogLocation) -> LedgerError {
    LedgerError(
      .corrupt, message, at: location,
      advice: "run `provender verify` for every finding; `provender init --continue` starts a "
        + "successor bound to what is intact")
  }

  /// The first problem that stands in the way.
  package init(_ problem: LogProblem) {
    self = .corrupt(problem.message, at: problem.location)
  }
}

extension LedgerError {
  /// A failure of the disk while doing something.
  package init(making error: DiskError, in directory: String) {
    self.init(error, while: "make a new ledger in \(directory)")
    location = nil
    guard kind == .notALedger || kind == .inputOutput else { return }
    kind = .inputOutput
    advice = "check the path and the permissions; the directory above must be there"
  }

  /// What a failed call means, in the words of the caller.
  package init(_ error: DiskError, while action: String) {
    let kind: Kind
    let advice: String
    switch error.code {
    case .noSpace:
      kind = .diskFull
      advice = "free some space on \(error.location) and try again"
    case .busy:
      kind = .locked
      advice = "wait until the other writer has ended, or end it"
    case .notFound:
      kind = .notALedger
      advice = "check the path; `provender init` starts a ledger"
    default:
      kind = .inputOutput
      advice = "check the disk and the permissions, then open the ledger again"
    }
    self.init(
      kind, "could not \(action): \(error.reason)", at: LogLocation(file: error.path),
      advice: advice)
  }
}

extension LedgerError {
  /// libcrypto refused.
  package init(_ error: CryptoError) {
    self.init(
      .inputOutput, "\(error)", advice: "check the installation of OpenSSL and try again")
  }
}
