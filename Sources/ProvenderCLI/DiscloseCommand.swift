import ArgumentParser
import Provender
import RecallReports

/// `provender disclose`: events, each proven to be in the log, in one file.
struct DiscloseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disclose",
    abstract: "Disclose events with their proofs in one file, and nothing of any other.",
    discussion: """
      Examples:
        provender disclose --trace forward '(01)09521011000106(10)T1-260420' -o recall.bundle
        provender disclose --trace backward L6113 --links -o shape.bundle
        provender disclose 12 urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd -o two.bundle
        provender disclose '(01)09521011001011(10)L6112' --no-context -o lot.bundle
        provender check recall.bundle --key dairy.vkey

      A subject is the number of a log entry, the ID of an event, or an item with all events that \
      mention it. With the event as received comes the rest of its document without events, such as \
      its header with master data; --no-context leaves that out. With --links only what a trace \
      needs is shown: type, time, step, items, quantities, places, parties.
      """)

  /// Which way.
  enum Direction: String, ExpressibleByArgument, CaseIterable {
    case forward
    case backward
  }

  @OptionGroup var options: LedgerOptions

  @Argument(help: "Events or items; with --trace items.")
  var subjects: [String]

  @Option(help: "Disclose all events of the trace of the items, forward or backward.")
  var trace: Direction?

  @Flag(help: "Show only what a trace needs, not the events as they were received.")
  var links = false

  @Flag(name: .customLong("no-context"), help: "Leave out what the events' documents held besides.")
  var leavesOutContext = false

  @Flag(help: "Take all items that a text can mean.")
  var allMatching = false

  @Option(
    help: ArgumentHelp(
      "A signed checkpoint of this ledger to prove against (default: the newest).",
      valueName: "file"))
  var checkpoint: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  func run() throws {
    let ledger = try options.open()
    let maker = try ledger.evidence(checkpoint: checkpoint.map(EvidenceFile.checkpoint))
    let found = try entries(in: ledger)
    let size = maker.checkpoint.claim.size.rawValue
    let ahead = found.filter { $0.rawValue >= size }
    guard ahead.isEmpty else {
      throw Failure.data(
        "\(ahead.count) of the \(found.count) events are not in the checkpoint of "
          + "\(size) entries; sign a new one with `provender checkpoint`")
    }
    let scope: EvidenceMaker.Scope =
      links ? .links : leavesOutContext ? .eventsWithoutContext : .events
    // What is written before the end is taken away then: it holds events.
    Interruption.handle()
    let file = try NewFile(output)
    let writer = BufferedFile(file)
    let count = try maker.bundle(of: found, scope: scope) { try writer.write($0) }
    try writer.finish()
    report(found.count, count, maker.checkpoint.claim)
  }

  private func entries(in ledger: Ledger) throws -> Set<EntryIndex> {
    var found: Set<EntryIndex> = []
    for subject in subjects {
      if trace != nil {
        found.formUnion(try traced(subject, in: ledger))
      } else if let entry = Ledger.entryIndex(subject) {
        found.insert(entry)
      } else {
        found.formUnion(try named(subject, in: ledger))
      }
    }
    return found
  }

  private func traced(_ subject: String, in ledger: Ledger) throws -> Set<EntryIndex> {
    let direction: GraphDirection = trace == .forward ? .forward : .backward
    let question = IndexQuestion.trace(direction, from: subject, takesAll: allMatching)
    return try options.withIndex(of: ledger, for: question) { index in
      let seeds = try ledger.items(matching: subject, in: index, takesAll: allMatching)
      return ledger.entries(of: Tracer(index).trace(direction, from: seeds), in: index)
    }
  }

  /// The entries of the event with an ID, else of the events of an item.
  private func named(_ subject: String, in ledger: Ledger) throws -> Set<EntryIndex> {
    let entries = try options.withIndex(of: ledger, for: .event(id: subject)) { index in
      try ledger.entries(ofEvent: subject, in: index)
    }
    guard entries.isEmpty else { return Set(entries) }
    let question = IndexQuestion.item(subject, takesAll: allMatching)
    return try options.withIndex(of: ledger, for: question) { index in
      try ledger.entries(ofItems: subject, in: index, takesAll: allMatching)
    }
  }

  private func report(_ events: Int, _ entries: Int, _ claim: Checkpoint) {
    guard options.output.json else {
      return Output.notice(
        "\(output): \(events) \(events == 1 ? "event" : "events") of \(claim.origin), in the "
          + "checkpoint of \(claim.size) entries")
    }
    var writer = JSONWriter()
    writer.object { json in
      json.member("file", output)
      json.member("events", events)
      json.member("entries", entries)
      json.member("linksOnly", links)
      json.member("checkpoint", claim)
    }
    Output.write(writer.bytes)
  }
}

/// Writes a file in large pieces.
private final class BufferedFile {
  private let file: NewFile
  private var buffer: [UInt8] = []
  private static let pieceByteCount = 1 << 20

  init(_ file: NewFile) { self.file = file }

  func write(_ bytes: [UInt8]) throws {
    if Interruption.isRequested { throw Interrupted() }
    buffer += bytes
    guard buffer.count >= Self.pieceByteCount else { return }
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  func finish() throws {
    if Interruption.isRequested { throw Interrupted() }
    try file.write(buffer)
    try file.finish()
  }
}
