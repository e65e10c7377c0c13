import ArgumentParser
import Provender
import RecallReports

/// What every subcommand takes.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Write one JSON document to standard output, notices to standard error.")
  var json = false

  /// How text looks on standard output.
  var style: ReportStyle { System.style(of: 1) }
}

/// Which ledger a subcommand is about.
struct LedgerOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The ledger's directory (default: $PROVENDER_LEDGER, else ./provender.ledger).",
      valueName: "dir"))
  var ledger: String?

  @OptionGroup var output: OutputOptions

  /// The ledger's directory.
  var directory: String { Self.directory(ledger) }

  /// The directory of the ledger that is named, else of the one that the environment names.
  static func directory(_ ledger: String?) -> String {
    if let ledger { return ledger }
    if let named = System.environment("PROVENDER_LEDGER"), !named.isEmpty { return named }
    return "provender.ledger"
  }

  /// Opens the ledger, and says what opening put right.
  func open(
    _ access: Ledger.Access = .reading, signingWith key: Ed25519PrivateKey? = nil
  ) throws -> Ledger {
    let ledger = try Ledger.open(at: directory, for: access, signingWith: key)
    if let notice = ledger.recoveryNotice { Output.notice(notice) }
    return ledger
  }

  /// Does something with an index of a ledger for a question, with a progress bar while it is built.
  func withIndex<Value>(
    of ledger: Ledger, for question: IndexQuestion? = nil, options: IndexOptions = IndexOptions(),
    _ body: (LedgerIndex) throws -> Value
  ) throws -> Value {
    try Self.withIndex(of: ledger, for: question, options: options, body)
  }

  /// The same, for who has no parsed options.
  static func withIndex<Value>(
    of ledger: Ledger, for question: IndexQuestion?, options: IndexOptions,
    _ body: (LedgerIndex) throws -> Value
  ) throws -> Value {
    let bar = ProgressBar("building the index", .entries)
    defer { bar.end() }
    let progress = { (done: UInt64, total: UInt64) in bar.update(done, of: total) }
    return try ledger.withIndex(
      for: question, options: options, progress: progress, notice: { Output.notice($0) }, body)
  }
}

extension JSONWriter {
  /// Writes a member: the state of a ledger.
  mutating func member(_ name: String, _ snapshot: LedgerSnapshot) {
    key(name)
    object {
      $0.member("origin", snapshot.origin.name)
      $0.member("size", snapshot.size.rawValue)
      $0.member("root", snapshot.root.hex)
    }
  }
}
