import ArgumentParser
import Provender
import RecallReports

/// An error of the command itself: what happened, what to do, and the exit code.
struct Failure: Error {
  let message: String
  let code: Int32

  /// The command was called wrongly.
  static func usage(_ message: String) -> Failure { Failure(message: message, code: 64) }

  /// What was given cannot be taken.
  static func data(_ message: String) -> Failure { Failure(message: message, code: 65) }

  /// A call to the system failed.
  static func system(_ action: String) -> Failure {
    Failure(
      message:
        "cannot \(action): \(System.lastError); check the path, the permissions and the disk",
      code: 74)
  }

  /// Ends the process: help and version on standard output, everything else on standard error, and
  /// with `--json` also as a JSON document on standard output.
  static func end(with error: any Error) -> Never {
    if error is Interrupted { interrupted() }
    let (message, code) = explain(error)
    guard code != 0 else {
      Output.write(message + "\n")
      System.exit(0)
    }
    _ = tell(error)
    if System.arguments.contains("--json") {
      var writer = JSONWriter()
      writer.object { json in
        json.key("error")
        json.object {
          $0.member("message", message)
          $0.member("exitCode", Int(code))
          $0.member("candidates", (error as? ItemNotFound)?.candidates ?? [])
        }
      }
      Output.write(writer.bytes)
    }
    System.exit(code)
  }

  /// Says on standard error what went wrong; gives the exit code.
  static func tell(_ error: any Error) -> Int32 {
    let (message, code) = explain(error)
    let isStyled = System.style(of: 2).usesColour
    let name = isStyled ? ReportStyle(usesColour: true).tinted("provender:", .bad) : "provender:"
    Output.error("\(name) \(TerminalText.lines(message).joined(separator: "\n"))")
    return code
  }

  private static func interrupted() -> Never {
    Output.error("provender: interrupted; nothing was left half written")
    System.exit(Interruption.exitCode)
  }

  /// What went wrong, in words, and the exit code.
  static func explain(_ error: any Error) -> (message: String, code: Int32) {
    switch error {
    case let error as Failure: (error.message, error.code)
    case let error as LedgerError: (error.description, error.exitCode)
    case let error as PublicationConflict: (error.description, error.exitCode)
    case let error as ItemNotFound: (error.description, 65)
    case let error as ByteSourceError: (error.description, 74)
    case let error as EPCISRefusal: (error.description, 65)
    case let error as IdentifierError: (error.description, 64)
    case let error as LinksError:
      ("stored links cannot be read: \(error); run `provender verify`", 3)
    case let error as MalformedText: (error.description, 65)
    case let error as MalformedEvidence: (error.description, 65)
    case let error as EvidenceRejection: (error.description, error.exitCode)
    case let error as ForkedCheckpoint: (error.description, 4)
    case let error as IndexError: ("\(error)", 74)
    case let error as CryptoError: ("\(error)", 74)
    default: parserMessage(error)
    }
  }

  /// ArgumentParser's own messages, without its prefix.
  private static func parserMessage(_ error: any Error) -> (message: String, code: Int32) {
    let code = ProvenderCommand.exitCode(for: error).rawValue
    var text = ProvenderCommand.fullMessage(for: error)
    if text.hasPrefix("Error: ") { text.removeFirst("Error: ".count) }
    return (text, code)
  }
}
