import ArgumentParser

/// The command `provender`.
struct ProvenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "provender",
    abstract: "Keeps the journey of every food lot in a log that nobody can rewrite unseen.",
    discussion: """
      Examples:
        provender init --origin dairy.example/trace
        provender capture deliveries.jsonld history.jsonl
        provender trace forward '(01)09521011000106(10)T1-260420'
        provender verify
        provender demo

      Every subcommand takes --ledger DIR (else $PROVENDER_LEDGER, else ./provender.ledger) and \
      --json for one JSON document on standard output.

      Exit codes: 0 fine, 1 findings, 2 torn, 3 corrupt, 4 tampered, 5 unsigned, 64 wrong usage, \
      65 refused or not found, 74 input or output failed, 130 interrupted.
      """,
    version: "provender 0.1.0",
    subcommands: [
      InitCommand.self, CaptureCommand.self, TraceCommand.self, ShowCommand.self,
      VerifyCommand.self,
      KeyCommand.self, CheckpointCommand.self,
      PublishCommand.self,
      WitnessCommand.self, TimestampCommand.self,
      RedactCommand.self,
      ProveCommand.self, DiscloseCommand.self, CheckCommand.self,
      StatsCommand.self, SimulateCommand.self, DemoCommand.self,
    ])

  /// Parses the arguments, runs the subcommand and ends the process with its exit code.
  static func start() -> Never {
    do {
      var command = try parseAsRoot()
      try command.run()
      System.exit(0)
    } catch let code as ExitCode {
      System.exit(code.rawValue)
    } catch {
      Failure.end(with: error)
    }
  }
}
