import ArgumentParser
import Provender
import RecallReports

/// `provender timestamp`: has an authority say when a checkpoint existed.
struct TimestampCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timestamp",
    abstract: "Request a time stamp (RFC 3161) for the newest checkpoint, or keep the reply.",
    discussion: """
      Examples:
        provender timestamp --request head.tsq
        curl -H 'Content-Type: application/timestamp-query' --data-binary @head.tsq \\
          https://tsa.example/ -o head.tsr
        provender timestamp --reply head.tsr --authority tsa-root.pem
        provender timestamp --list --authority tsa-root.pem

      The stamp is over the SHA-256 of the checkpoint's text: the signed note up to its blank line. \
      Request and reply are kept in the ledger's checkpoints/. --authority is a PEM file with the \
      certificate of the authority, or of who certifies it; without it the reply's signature is not \
      looked at before `provender verify` does.
      """)

  @OptionGroup var options: LedgerOptions

  @Option(
    help: ArgumentHelp(
      "Write the request to this file too (- for standard output).", valueName: "file"))
  var request: String?

  @Option(help: ArgumentHelp("The authority's reply (- for standard input).", valueName: "file"))
  var reply: String?

  @Option(
    help: ArgumentHelp("PEM certificates of who is believed about time.", valueName: "pem"))
  var authority: String?

  @Flag(help: "List the time stamps that the ledger keeps.")
  var list = false

  func validate() throws {
    guard [request != nil, reply != nil, list].count(where: \.self) <= 1 else {
      throw ValidationError("--request, --reply and --list exclude each other")
    }
    if authority != nil, reply == nil, !list {
      throw ValidationError("--authority goes with --reply or --list")
    }
    if options.output.json, request == "-" {
      throw ValidationError("--json writes to standard output; give --request a file")
    }
  }

  func run() throws {
    do {
      if let reply { return try keep(reply) }
      if list { return try showAll() }
      try ask()
    } catch let error as TimeStampFault {
      throw Failure.data("\(error)")
    } catch let error as TimeStampRejection {
      throw Failure.data("\(error)")
    } catch let error as TimeStampAuthorityError {
      throw Failure.data("\(authority ?? ""): \(error)")
    }
  }

  private func believed() throws -> TimeStampAuthority? {
    try authority.map { try TimeStampAuthority(pem: Files.read($0, limit: 1 << 20)) }
  }

  // MARK: Asking

  private func ask() throws {
    let ledger = try options.open(.writing)
    let (made, checkpoint, file) = try ledger.requestTimeStamp()
    let size = checkpoint.verified.checkpoint.size
    let behind = try ledger.snapshot().size.rawValue - size.rawValue
    try ledger.close()
    if behind > 0 {
      Output.notice(
        "the newest checkpoint does not hold the last \(behind) entries; sign a new one")
    }
    if request == "-" { return Output.write(made.encoded) }
    if let request { try Files.write(made.encoded, to: request) }
    let path = request ?? "\(options.directory)/\(file)"
    guard options.output.json else {
      var report = TextReport(options.output.style)
      report.line("a request for the checkpoint of size \(size) is in \(path)", .good)
      report.line("next: have an authority answer it, then provender timestamp --reply FILE")
      return Output.write(report.text)
    }
    var writer = JSONWriter()
    writer.object {
      $0.member("size", size.rawValue)
      $0.member("request", path)
      $0.member("keptIn", file)
      $0.member("imprint", made.imprint.hex)
    }
    Output.write(writer.bytes)
  }

  // MARK: Keeping

  private func keep(_ path: String) throws {
    let bytes = try Files.read(
      path == "-" ? "/dev/stdin" : path, limit: TimeStampReply.byteCountMax)
    let authority = try believed()
    let ledger = try options.open(.writing)
    let kept = try ledger.keepTimeStamp(reply: bytes, authority: authority)
    try ledger.close()
    if authority == nil {
      Output.notice("nobody looked at the stamp's signature; give --authority, or verify later")
    }
    show([kept])
  }

  private func showAll() throws {
    let stamps = try options.open().timeStamps(verifiedBy: believed())
    show(stamps)
    if stamps.contains(where: { $0.fault != nil }) { throw ExitCode(1) }
  }

  // MARK: Showing

  private func show(_ stamps: [KeptTimeStamp]) {
    guard options.output.json else {
      var report = TextReport(options.output.style)
      if stamps.isEmpty { report.line("no time stamp is kept") }
      for stamp in stamps {
        report.line("the checkpoint of size \(stamp.size)", stamp.fault == nil ? .good : .bad)
        report.facts(Self.facts(stamp))
      }
      return Output.write(report.text)
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("stamps", each: stamps) { json, stamp in
        json.member("size", stamp.size.rawValue)
        json.member("file", stamp.file)
        json.member("time", stamp.claim?.time.text)
        json.member("accuracyMicroseconds", stamp.claim?.accuracyMicroseconds)
        json.member("serial", stamp.claim?.serialText)
        json.member("authority", stamp.authority)
        json.member("fault", stamp.fault)
      }
    }
    Output.write(writer.bytes)
  }

  private static func facts(_ stamp: KeptTimeStamp) -> [(name: String, value: String)] {
    var facts = [(name: "file", value: stamp.file)]
    if let claim = stamp.claim {
      facts.append(("existed at", claim.time.text))
      let accuracy = claim.accuracyMicroseconds.map { "within \($0) microseconds" }
      facts.append(("accuracy", accuracy ?? "not stated"))
      facts.append(("serial", claim.serialText))
    }
    if let fault = stamp.fault {
      facts.append(("wrong", fault))
    } else {
      facts.append(("authority", stamp.authority ?? "not checked"))
    }
    return facts
  }
}
