import ArgumentParser
import Provender

/// `provender capture`: takes documents into the ledger.
struct CaptureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capture",
    abstract: "Capture EPCIS 2.0 JSON documents: whole or not at all, durable when it returns.",
    discussion: """
      Examples:
        provender capture delivery.jsonld
        provender capture *.jsonld history.jsonl --submitter "Dairy, gate 2"
        curl -s https://partner.example/events | provender capture -
        provender capture --from-line 12001 history.jsonl
        provender capture --sign-with log.pem history.jsonl

      EPCISDocument, EPCISQueryDocument, a bare event, an array of events, and JSON Lines are taken. \
      A document is stored whole or refused whole; JSON Lines are stored by the thousand. Events that \
      are stored already are not stored again. Each file is a capture of its own: one that is refused \
      does not keep the others out. With --sign-with, a checkpoint is signed beside the capture, at most \
      once a second, and at the end.
      """)

  @OptionGroup var options: LedgerOptions
  @OptionGroup var signing: SigningOptions

  @Argument(help: "The documents; - stands for standard input.")
  var files: [String]

  @Flag(help: "Keep events that have the ID of a stored one and other content, as conflicts.")
  var keepConflicts = false

  @Option(help: ArgumentHelp("Of one file of JSON Lines, the line to begin with.", valueName: "n"))
  var fromLine = 1

  @Option(help: "Who submits; kept with each capture.")
  var submitter = ""

  func validate() throws {
    guard fromLine >= 1 else { throw ValidationError("--from-line counts from 1") }
    guard fromLine == 1 || files.count == 1 else {
      throw ValidationError("--from-line goes with a single file")
    }
    guard files.filter({ $0 == "-" }).count <= 1 else {
      throw ValidationError("standard input can be read only once")
    }
  }

  func run() throws {
    let start = System.seconds
    // Everything that can be seen to be wrong is found before the first event is stored.
    _ = try Ledger.open(at: options.directory)
    let key = try signing.key()
    for file in files where file != "-" { _ = try FileByteSource(path: file) }
    let input = files.contains("-") ? try spool() : nil
    Interruption.handle()
    let ledger = try options.open(.writing, signingWith: key)
    var report = CaptureReport(
      json: options.output.json, style: options.output.style, ledger: options.ledger)
    do {
      for file in files {
        if Interruption.isRequested {
          report.skip(file)
        } else {
          let outcome = try capture(file, input, into: ledger)
          report.add(file, outcome)
          if let failure = outcome.failure { throw failure }
        }
      }
      try ledger.close()
      report.captureSeconds = System.seconds - start
      report.processorSeconds = System.processorSeconds
    } catch {
      // What was acknowledged stands, and is reported with the error.
      try? ledger.close()
      report.failure = Failure.explain(error)
      report.write(ledger: try? ledger.snapshot(), directory: options.directory)
      throw ExitCode(Failure.tell(error))
    }
    if !Interruption.isRequested { updateIndex(ledger, &report) }
    report.write(ledger: try ledger.snapshot(), directory: options.directory)
    if Interruption.isRequested { throw ExitCode(Interruption.exitCode) }
    if report.isRefused { throw ExitCode(65) }
  }

  /// Copies standard input to a file without a name. An interruption ends the process: nothing is
  /// stored yet.
  private func spool() throws -> FileByteSource {
    try FileByteSource(spooling: 0, in: System.temporaryDirectory)
  }

  private func capture(
    _ file: String, _ input: FileByteSource?, into ledger: Ledger
  ) throws -> CaptureOutcome {
    let bar = ProgressBar("capturing \(file == "-" ? "standard input" : file)", .bytes)
    defer { bar.end() }
    var capture = CaptureOptions()
    capture.submitter = submitter
    capture.keepsConflicts = keepConflicts
    capture.firstLine = fromLine
    capture.isCancelled = { Interruption.isRequested }
    capture.progress = { bar.update(UInt64(max(0, $0)), of: UInt64(max(0, $1))) }
    if file == "-", let input {
      capture.documentName = "standard input"
      return try ledger.capture(input, options: capture)
    }
    return try ledger.capture(file: file, options: capture)
  }

  /// The index is derived: whatever is wrong with it is no fault of the capture.
  private func updateIndex(_ ledger: Ledger, _ report: inout CaptureReport) {
    let bar = ProgressBar("compiling the index", .entries)
    let start = System.seconds
    defer {
      bar.end()
      report.indexSeconds = System.seconds - start
    }
    do {
      report.indexBehind = try ledger.updateIndex(
        progress: { bar.update($0, of: $1) }, isCancelled: { Interruption.isRequested })
    } catch {
      Output.notice("the index was not updated: \(error); the next trace builds it")
    }
    if Interruption.isRequested {
      Output.notice("interrupted; all that was captured is stored, and the index is as it was")
    }
  }
}
