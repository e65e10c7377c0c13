import ArgumentParser
import HistorySimulator
import RecallReports

/// `provender simulate`: a made-up history of a food chain, as EPCIS documents.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Write a made-up but realistic history of a food chain, the same for the same seed.",
    discussion: """
      Examples:
        provender simulate --lots 1000 --seed 7 --output history.jsonl
        provender simulate --lots 1000000 --seed 7 --late 0.02 --missing 0.01 | provender capture -

      Farms, packers, processors with bulk tanks and rework, distributors and retailers; about two \
      events a lot, as JSON Lines, or as one EPCISDocument with --document. Nobody in it exists.
      """)

  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("How many lots to make.", valueName: "n"))
  var lots: Int

  @Option(help: ArgumentHelp("What the random choices begin with.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("The file to write (default: standard output).", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Share of events sent days late, 0 to 1.", valueName: "share"))
  var late = 0.0

  @Option(help: ArgumentHelp("Share of movements that nobody records, 0 to 1.", valueName: "share"))
  var missing = 0.0

  @Option(help: ArgumentHelp("Share of events that are sent twice, 0 to 1.", valueName: "share"))
  var duplicates = 0.0

  @Flag(help: "Write one EPCISDocument instead of JSON Lines.")
  var document = false

  @Option(help: .hidden)
  var ledger: String?

  private var target: String? { file == "-" ? nil : file }

  func validate() throws {
    guard (0...1_000_000_000).contains(lots) else {
      throw ValidationError("--lots is a number from 0 to 1000000000")
    }
    for (name, share) in [("late", late), ("missing", missing), ("duplicates", duplicates)]
    where !(0...1).contains(share) {
      throw ValidationError("--\(name) is a share from 0 to 1, such as 0.02")
    }
    if output.json && target == nil {
      throw ValidationError("--json goes with --output FILE: the history takes standard output")
    }
  }

  func run() throws {
    let simulator = HistorySimulator(
      .init(
        lots: lots, seed: seed, lateFraction: late, missingFraction: missing,
        duplicateFraction: duplicates, format: document ? .document : .jsonLines))
    Interruption.handle()
    let start = System.seconds
    let bar = ProgressBar("simulating", .bytes)
    let statistics: HistorySimulator.Statistics
    if let target {
      let file = try NewFile(target)
      statistics = try write(simulator, bar) { try file.write($0) }
      try file.finish()
    } else {
      statistics = try write(simulator, bar) { Output.write($0) }
    }
    report(statistics, seconds: System.seconds - start)
  }

  /// Runs the simulation, collecting its chunks to about a megabyte.
  private func write(
    _ simulator: HistorySimulator, _ bar: ProgressBar, _ sink: ([UInt8]) throws -> Void
  ) throws -> HistorySimulator.Statistics {
    defer { bar.end() }
    var buffer: [UInt8] = []
    buffer.reserveCapacity(1 << 20 + 1 << 16)
    var written: UInt64 = 0
    // The length is not known before the end; lots differ little.
    let expected = UInt64(lots) * UInt64(Self.bytesPerLot)
    let statistics = try simulator.run { (chunk: Span<UInt8>) throws in
      if Interruption.isRequested { throw Interrupted() }
      chunk.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
      guard buffer.count >= 1 << 20 else { return }
      try sink(buffer)
      written += UInt64(buffer.count)
      bar.update(written, of: max(expected, written))
      buffer.removeAll(keepingCapacity: true)
    }
    try sink(buffer)
    return statistics
  }

  private static let bytesPerLot = 1_700

  private func report(_ statistics: HistorySimulator.Statistics, seconds: Double) {
    if output.json {
      var writer = JSONWriter()
      writer.object { json in
        json.member("file", target)
        json.member("seed", seed)
        json.member("lots", statistics.lots)
        json.member("events", statistics.events)
        json.member("units", statistics.units)
        json.member("parties", statistics.parties)
        json.member("late", statistics.lateEvents)
        json.member("missing", statistics.missingEvents)
        json.member("duplicates", statistics.duplicateEvents)
        json.member("bytes", statistics.bytes)
      }
      return Output.write(writer.bytes)
    }
    Output.notice(
      "simulated \(statistics.lots) lots in \(statistics.events) events "
        + "(\(statistics.lateEvents) late, \(statistics.missingEvents) missing, "
        + "\(statistics.duplicateEvents) twice), \(ByteCount.text(UInt64(statistics.bytes))) in "
        + "\(Duration.text(seconds))" + (target.map { ": \($0)" } ?? ""))
  }
}

/// Work was stopped by Ctrl-C or `kill`.
struct Interrupted: Error {}
