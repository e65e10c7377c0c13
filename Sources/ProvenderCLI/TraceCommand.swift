import ArgumentParser
import Provender
import RecallReports

/// `provender trace`: what an item can have reached, or come from.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Trace an item forward to everyone who may have it, or backward to all it came from.",
    discussion: """
      Examples:
        provender trace forward '(01)09521011000106(10)T1-260420'
        provender trace backward https://id.gs1.org/01/09521011001011/10/L6112
        provender trace backward urn:epc:class:lgtin:9521011.000101.L6112 --json
        provender trace forward L6112 --all-matching
        provender trace forward SILO-4 --cleaning-step sterilising
        provender trace forward L6112 --list items --all-matching

      An item is typed as (01)…(10)…, as a Digital Link, as an EPC URN, as any other URI, or as a \
      part of a lot code that only one item has. First comes the refined answer, by item, place and \
      time, then the conservative one, whole items, and what separates the two. A doubtful link is \
      followed and marked.
      """)

  /// Which way.
  enum Direction: String, ExpressibleByArgument, CaseIterable {
    case forward
    case backward
  }

  @OptionGroup var options: LedgerOptions

  @Argument(help: "forward: whom it reached; backward: what it came from.")
  var direction: Direction

  @Argument(help: "The item.")
  var item: String

  @Flag(help: "Start from all items that the text can mean.")
  var allMatching = false

  @Option(
    help: ArgumentHelp(
      "A business step that cleans a vessel, besides those known; may be repeated.",
      valueName: "step"))
  var cleaningStep: [String] = []

  @Option(
    help: ArgumentHelp(
      "An item that is a vessel, besides those the record shows; may be repeated.",
      valueName: "uri"))
  var vessel: [String] = []

  @Option(
    help: ArgumentHelp(
      "Only list what is reached, one a line; events are not looked at.", valueName: "what"))
  var list: TraceList?

  func run() throws {
    var indexOptions = IndexOptions()
    indexOptions.cleaningSteps = Set(cleaningStep)
    indexOptions.vessels = Set(try vessel.map { try Identifier($0).uri })
    let direction: GraphDirection = direction == .forward ? .forward : .backward
    if list == .items {
      return try TraceListing(
        directory: options.directory, direction: direction, item: item, takesAll: allMatching,
        isJSON: options.output.json, indexOptions: indexOptions
      ).run()
    }
    let ledger = try options.open()
    let question = IndexQuestion.trace(direction, from: item, takesAll: allMatching)
    let report = try options.withIndex(of: ledger, for: question, options: indexOptions) { index in
      let answer = try ledger.trace(
        direction, from: item, using: index, takesAll: allMatching)
      return TraceReport(
        answer, question: item,
        source: .init(
          origin: index.binding.origin, size: index.binding.size,
          root: Hash(index.binding.root)?.hex ?? ""))
    }
    if options.output.json {
      Output.write(report.json())
    } else {
      Output.write(report.text(options.output.style))
    }
  }
}
