import ArgumentParser
import Provender

/// Whom `provender verify` believes, and what it compares the log with.
struct HeadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The log's vkey, or a file that holds it: a checkpoint must be signed by it, or by a key that "
        + "took over from it.",
      valueName: "vkey"))
  var key: [String] = []

  @Option(
    help: ArgumentHelp(
      "The vkey of a witness that is believed, or a file that holds it; may be repeated.",
      valueName: "vkey"))
  var witness: [String] = []

  @Option(
    help: ArgumentHelp(
      "How many of the witnesses must have cosigned (default: all of them).", valueName: "n"))
  var quorum: Int?

  @Option(
    help: ArgumentHelp(
      "A signed checkpoint that was kept elsewhere; may be repeated.", valueName: "file"))
  var since: [String] = []

  func validate() throws {
    guard let quorum else { return }
    guard quorum >= 0, quorum <= witness.count else {
      throw ValidationError("--quorum is at most the number of witnesses given with --witness")
    }
  }

  /// Whether nothing of it was given.
  var isEmpty: Bool { key.isEmpty && witness.isEmpty && quorum == nil && since.isEmpty }
}
