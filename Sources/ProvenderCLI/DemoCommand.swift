import ArgumentParser
import RecallReports

/// `provender demo`: one cup of yoghurt, from the feed of the cows to the shops.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Capture a yoghurt's whole history, trace it both ways, and catch a flipped bit.",
    discussion: """
      Examples:
        provender demo
        provender demo --keep yoghurt-demo
        provender demo --fixtures ~/provender/Fixtures/yoghurt

      The documents are those of Fixtures/yoghurt: invented companies, people and places. They are \
      looked for from the current directory upwards, then from the program upwards. The exit code is \
      0 only if every answer is the expected one and the flipped bit is found at its place.
      """)

  @OptionGroup var output: OutputOptions

  @Option(
    name: [.customLong("keep"), .customLong("ledger")],
    help: ArgumentHelp(
      "A new or empty directory in which the ledgers stay (default: they are removed).",
      valueName: "dir"))
  var keep: String?

  @Option(help: ArgumentHelp("Where the documents are.", valueName: "dir"))
  var fixtures: String?

  func run() throws {
    let fixtures = try Self.findFixtures(fixtures)
    let folder: String
    if let keep {
      try Files.makeFolder(keep)
      guard Files.names(in: keep).isEmpty else {
        throw Failure.usage("\(keep) is not empty; name a new directory")
      }
      folder = keep
    } else {
      folder = try Files.makeTemporaryFolder()
    }
    defer { if keep == nil { Files.remove(folder) } }
    Interruption.handle()
    var demo = Demonstration(
      fixtures: fixtures, folder: folder, json: output.json, style: output.style)
    try demo.run()
    if keep != nil, !output.json {
      Output.write("The ledgers are in \(folder).\n")
    }
    if !demo.isExpected { throw ExitCode(1) }
  }

  /// The folder of the documents: as given, else from the current directory upwards, else from the
  /// program upwards.
  private static func findFixtures(_ given: String?) throws -> String {
    if let given {
      guard System.isReadable(given + "/expected.json") else {
        throw Failure.usage("\(given) has no expected.json; name the folder Fixtures/yoghurt")
      }
      return given
    }
    let starts = [System.resolved("."), System.executable.flatMap(System.resolved)]
    for start in starts.compactMap({ $0 }) {
      var folder = start[...]
      while true {
        let candidate = folder + "/Fixtures/yoghurt"
        if System.isReadable(candidate + "/expected.json") { return String(candidate) }
        guard let slash = folder.lastIndex(of: "/") else { break }
        folder = folder[..<slash]
      }
    }
    throw Failure(
      message: "cannot find Fixtures/yoghurt above the current directory or the program; run it in "
        + "a clone of Provender, or name the folder with --fixtures",
      code: 74)
  }
}
