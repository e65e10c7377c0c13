import Provender
import RecallReports

/// The steps of `provender demo`, each with what it showed and how long it took.
struct Demonstration {
  /// What a step showed.
  private struct Step {
    var name: String
    var isExpected: Bool
    var seconds: Double
    var lines: [String]
  }

  private let work: DemoWork
  private let isJSON: Bool
  private let style: ReportStyle
  private var steps: [Step] = []
  private let start = System.seconds

  init(fixtures: String, folder: String, json: Bool, style: ReportStyle) {
    work = DemoWork(fixtures: fixtures, folder: folder)
    isJSON = json
    self.style = style
  }

  /// Whether every step came out as it must.
  var isExpected: Bool { !steps.isEmpty && steps.allSatisfy(\.isExpected) }

  mutating func run() throws {
    let work = work
    let expected = try ExpectedAnswers(path: work.fixtures + "/expected.json")
    if !isJSON { title() }
    try step("capture") { try (work.capture(&$0), ()) }
    let ledger = try Ledger.open(at: work.directory)
    let index = try step("index") { lines in
      let index = try ledger.index()
      lines.append(
        "\(index.itemCount) items, \(index.eventCount) events, \(index.placeCount) places")
      return (true, index)
    }
    try step("trace one milk tanker forward") {
      try (work.trace(.forward, expected.forward, ledger, index, &$0), ())
    }
    try step("trace one cup back") {
      try (work.trace(.backward, expected.backward, ledger, index, &$0), ())
    }
    try step("verify") { try (work.verify(&$0), ()) }
    try step("flip one bit in a copy") {
      try (work.flip(expected.backward, ledger, index, &$0), ())
    }
    finish()
  }

  @discardableResult
  private mutating func step<Value>(
    _ name: String, _ body: (inout [String]) throws -> (Bool, Value)
  ) throws -> Value {
    if Interruption.isRequested { throw Interrupted() }
    let begin = System.seconds
    var lines: [String] = []
    let (isExpected, value) = try body(&lines)
    let step = Step(
      name: name, isExpected: isExpected, seconds: System.seconds - begin, lines: lines)
    steps.append(step)
    if !isJSON { tell(step) }
    return value
  }

  private func title() {
    var report = TextReport(style)
    report.heading("ONE CUP OF YOGHURT", "every company, person and place in it is invented")
    Output.write(report.text)
  }

  private func tell(_ step: Step) {
    var report = TextReport(style)
    report.line()
    let mark = step.isExpected ? style.tinted("ok", .good) : style.tinted("FAILED", .bad)
    report.add([
      "\(mark)  " + style.tinted(step.name, .strong) + "  \(Duration.text(step.seconds))"
    ])
    for line in step.lines { report.paragraph(line, indent: 4) }
    Output.write(report.text)
  }

  private func finish() {
    let seconds = System.seconds - start
    if isJSON {
      var writer = JSONWriter()
      writer.object { json in
        json.member("expected", isExpected)
        json.member("milliseconds", Int(seconds * 1000))
        json.member("steps", each: steps) { json, step in
          json.member("step", step.name)
          json.member("expected", step.isExpected)
          json.member("milliseconds", Int(step.seconds * 1000))
          json.member("lines", step.lines)
        }
      }
      return Output.write(writer.bytes)
    }
    var report = TextReport(style)
    report.line()
    report.line(
      isExpected
        ? "Everything as expected, in \(Duration.text(seconds))."
        : "NOT as expected: see the steps that failed.", isExpected ? .good : .bad)
    Output.write(report.text)
  }
}
