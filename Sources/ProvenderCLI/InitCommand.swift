import ArgumentParser
import Provender
import RecallReports

/// `provender init`: starts a ledger.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Start a ledger in an empty or missing directory.",
    discussion: """
      Examples:
        provender init
        provender init --origin dairy.example/trace --ledger /srv/dairy.ledger
        provender init --origin dairy.example/trace --generate-key log.pem --recovery recovery.pem
        provender init --continue damaged.ledger --reason "disk failure" --ledger next.ledger

      The origin is the name under which others will know the log; it can never be changed. With \
      --continue, the new ledger is bound to all that is intact in the old one, which is not changed. \
      With --generate-key, its first keys are made too, as `provender key generate --ledger` does.
      """)

  @OptionGroup var options: LedgerOptions

  @Option(
    help: ArgumentHelp(
      "The log's name, such as dairy.example/trace (default: localhost/ and the directory's name).",
      valueName: "name"))
  var origin: String?

  @Option(
    name: .customLong("continue"),
    help: ArgumentHelp("A ledger that the new one continues.", valueName: "old-dir"))
  var predecessor: String?

  @Option(help: "Why it is continued; kept in the first entry.")
  var reason: String?

  @Option(
    help: ArgumentHelp("Make the log key too, and write it to this file.", valueName: "pem"))
  var generateKey: String?

  @OptionGroup var recovery: RecoveryKeyOptions
  @OptionGroup var encryption: NewKeyOptions

  func validate() throws {
    guard (generateKey == nil) == (recovery.recovery == nil) else {
      throw ValidationError("--generate-key and --recovery go together")
    }
    if reason != nil && predecessor == nil {
      throw ValidationError("--reason goes with --continue")
    }
  }

  func run() throws {
    let directory = options.directory
    let keys = try firstKeys()
    let continuing = predecessor.map { ($0, reason ?? "continued by provender init") }
    let ledger = try Ledger.create(
      at: directory, origin: origin ?? Self.defaultOrigin(directory), continuing: continuing)
    let made = try keys?.establish(in: ledger)
    try ledger.close()
    let snapshot = try ledger.snapshot()
    if options.output.json {
      var writer = JSONWriter()
      writer.object {
        json(&$0, snapshot)
        if let keys, let made {
          $0.key("key")
          $0.object { keys.members(&$0, made) }
        }
      }
      return Output.write(writer.bytes)
    }
    var report = TextReport(options.output.style)
    report.line("started a ledger in \(directory)", .good)
    report.facts(facts(snapshot) + (made.map { [("vkey", $0.vkey.description)] } ?? []))
    report.line("next: provender capture FILE…\(directoryHint(directory))")
    Output.write(report.text)
    if let keys, let made { keys.advise(made, directory: directory) }
  }

  private func firstKeys() throws -> FirstKeys? {
    guard let generateKey, let recoveryFile = recovery.recovery else { return nil }
    return try FirstKeys(
      logFile: generateKey, recoveryFile: recoveryFile, options: encryption, recovery: recovery)
  }

  private func json(_ json: inout JSONWriter, _ snapshot: LedgerSnapshot) {
    json.member("directory", options.directory)
    json.member("logID", snapshot.genesis.logID.description)
    json.member("ledger", snapshot)
    json.key("predecessor")
    guard let old = snapshot.genesis.predecessor else { return json.null() }
    json.object {
      $0.member("origin", old.origin.name)
      $0.member("size", old.size.rawValue)
      $0.member("root", old.root.hex)
      $0.member("reason", old.reason)
    }
  }

  private func facts(_ snapshot: LedgerSnapshot) -> [(name: String, value: String)] {
    var facts = [
      (name: "origin", value: snapshot.origin.name),
      (name: "log id", value: snapshot.genesis.logID.description),
      (name: "root", value: snapshot.root.hex),
    ]
    if let old = snapshot.genesis.predecessor {
      facts.append(("continues", "\(old.origin), \(old.size) entries, root \(old.root.hex)"))
      facts.append(("reason", old.reason))
    }
    return facts
  }

  private func directoryHint(_ directory: String) -> String {
    directory == "provender.ledger" ? "" : " --ledger \(directory)"
  }

  /// `localhost/` and what of the directory's name may stand in an origin.
  static func defaultOrigin(_ directory: String) -> String {
    var name = directory.split(separator: "/").last.map(String.init) ?? ""
    if name.isEmpty || name == "." || name == ".." {
      name = System.resolved(directory)?.split(separator: "/").last.map(String.init) ?? ""
    }
    if name.hasSuffix(".ledger") { name.removeLast(".ledger".count) }
    let allowed = name.prefix(100).map { character -> Character in
      let isPlain = character.isASCII && (character.isLetter || character.isNumber)
      return isPlain || "-_.".contains(character) ? character : "-"
    }
    return "localhost/" + (allowed.isEmpty ? "ledger" : String(allowed))
  }
}
