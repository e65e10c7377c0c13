import Provender
import RecallReports

/// What became of captured files, gathered and then written.
struct CaptureReport {
  private let json: Bool
  private let style: ReportStyle
  private var files: [(name: String, outcome: CaptureOutcome)] = []
  private var skipped: [String] = []
  /// The ledger's directory, if it was given as an option.
  private let ledger: String?
  /// The error that ended the capture, if one did.
  var failure: (message: String, code: Int32)?
  /// How many entries the index is behind the log.
  var indexBehind: UInt64 = 0

  /// How long the capture took until all was durable and could be asked about.
  var captureSeconds = 0.0
  /// How long processors worked for it.
  var processorSeconds = 0.0
  /// How long the index took that is compiled when a capture is done.
  var indexSeconds = 0.0

  private static let shownRefusals = 20

  init(json: Bool, style: ReportStyle, ledger: String?) {
    self.json = json
    self.style = style
    self.ledger = ledger
  }

  /// Whether anything was refused.
  var isRefused: Bool { files.contains { !$0.outcome.refused.isEmpty } }

  mutating func add(_ file: String, _ outcome: CaptureOutcome) { files.append((file, outcome)) }

  /// A file that was not begun since the process was interrupted.
  mutating func skip(_ file: String) { skipped.append(file) }

  /// Writes the report to standard output, and what must not be missed to standard error.
  func write(ledger: LedgerSnapshot?, directory: String) {
    if json {
      Output.write(document(ledger))
    } else {
      Output.write(text(ledger, directory))
    }
    for file in files { advise(file.name, file.outcome) }
    if !skipped.isEmpty {
      Output.notice("interrupted; not begun: \(skipped.joined(separator: " "))")
    }
  }

  /// Says how to go on with a file that was not taken to its end.
  private func advise(_ name: String, _ outcome: CaptureOutcome) {
    let isStopped = outcome.isCancelled || outcome.failure != nil
    guard isStopped || !outcome.refused.isEmpty else { return }
    let why =
      outcome.failure == nil ? outcome.isCancelled ? "interrupted" : "refused" : "stopped"
    guard let line = outcome.resumeLine else {
      if outcome.isCancelled {
        Output.notice("\(name): \(why); nothing of it was stored; capture it again")
      }
      return
    }
    let next = isStopped ? "go on with" : "correct it and go on with"
    Output.notice(
      "\(name): \(why); everything before line \(line) is stored; \(next): "
        + "provender capture \(ledger.map { "--ledger \($0) " } ?? "")--from-line \(line) \(name)")
  }

  // MARK: Text

  private func text(_ ledger: LedgerSnapshot?, _ directory: String) -> String {
    var report = TextReport(style)
    var table = TextTable([
      .init("file", minimum: 20), .init("captured", isRight: true), .init("known", isRight: true),
      .init("refused", isRight: true), .init("entries"),
    ])
    for (name, outcome) in files {
      table.row(
        [
          name, String(outcome.captured), String(outcome.known), String(outcome.refused.count),
          entries(outcome.entries),
        ], outcome.refused.isEmpty ? .plain : .bad)
    }
    report.table(table, indent: 0)
    for (name, outcome) in files { details(name, outcome, &report) }
    if files.count > 1 {
      report.line("total: \(sum(\.captured)) captured, \(sum(\.known)) known already")
    }
    if let ledger {
      report.line("\(directory): \(ledger.size) entries, root \(ledger.root.hex)")
    }
    if indexBehind > 0 {
      report.line(
        "the index is \(indexBehind) entries behind; \(IndexState.remedy(behind: indexBehind))",
        .faint)
    }
    return report.text
  }

  private func details(_ name: String, _ outcome: CaptureOutcome, _ report: inout TextReport) {
    if !outcome.refused.isEmpty {
      report.line("refused \(name):", .bad)
      for refusal in outcome.refused.prefix(Self.shownRefusals) {
        report.line("\(refusal.position): \(refusal.message)", indent: 2)
      }
      let more = outcome.refused.count - Self.shownRefusals
      if more > 0 { report.line("… and \(more) more; --json lists all", .faint, indent: 2) }
    }
    for conflict in outcome.conflicts.prefix(Self.shownRefusals) {
      report.line(
        "finding: \(conflict.eventID) (\(name), \(conflict.position)) has other content than "
          + "\(conflict.other); both are kept", .warning)
    }
    let more = outcome.conflicts.count - Self.shownRefusals
    if more > 0 { report.line("… and \(more) more conflicts; --json lists all", .faint) }
    for (sentence, count) in outcome.notices.sorted(by: { $0.key < $1.key }) {
      report.line("notice, \(count) \(count == 1 ? "event" : "events"): \(sentence)", .faint)
    }
  }

  private func entries(_ range: Range<UInt64>?) -> String {
    range.map { "\($0.lowerBound)–\($0.upperBound - 1)" } ?? ""
  }

  private func sum(_ count: (CaptureOutcome) -> Int) -> Int {
    files.reduce(0) { $0 + count($1.outcome) }
  }

  // MARK: JSON

  private func document(_ ledger: LedgerSnapshot?) -> [UInt8] {
    var total = CaptureOutcome()
    for (_, outcome) in files { total.add(outcome) }
    var writer = JSONWriter()
    writer.object { json in
      Self.members(of: total, &json)
      json.member("skipped", skipped)
      json.key("ledger")
      if let ledger {
        json.object {
          $0.member("origin", ledger.origin.name)
          $0.member("size", ledger.size.rawValue)
          $0.member("root", ledger.root.hex)
        }
      } else {
        json.null()
      }
      json.member("indexBehind", indexBehind)
      json.key("milliseconds")
      json.object {
        $0.member("capture", Int(captureSeconds * 1000))
        $0.member("processor", Int(processorSeconds * 1000))
        $0.member("index", Int(indexSeconds * 1000))
      }
      if let failure {
        json.key("error")
        json.object {
          $0.member("message", failure.message)
          $0.member("exitCode", Int(failure.code))
        }
      }
      json.member("files", each: files) { json, file in
        json.member("file", file.name)
        Self.members(of: file.outcome, &json)
      }
    }
    return writer.bytes
  }

  private static func members(of outcome: CaptureOutcome, _ json: inout JSONWriter) {
    json.member("captured", outcome.captured)
    json.member("known", outcome.known)
    json.member("refused", each: outcome.refused) { json, refusal in
      json.member("position", refusal.position)
      json.member("message", refusal.message)
    }
    json.member("conflicts", each: outcome.conflicts) { json, conflict in
      json.member("eventID", conflict.eventID)
      json.member("position", conflict.position)
      json.member("other", conflict.other)
    }
    json.member("notices", each: outcome.notices.sorted { $0.key < $1.key }) { json, notice in
      json.member("message", notice.key)
      json.member("count", notice.value)
    }
    json.key("entries")
    if let entries = outcome.entries {
      json.object {
        $0.member("first", entries.lowerBound)
        $0.member("last", entries.upperBound - 1)
      }
    } else {
      json.null()
    }
    json.member("resumeLine", outcome.resumeLine.map(UInt64.init))
    json.member("cancelled", outcome.isCancelled)
  }
}

extension CaptureOutcome {
  /// Adds what became of another document.
  fileprivate mutating func add(_ other: CaptureOutcome) {
    captured += other.captured
    known += other.known
    refused += other.refused
    conflicts += other.conflicts
    notices.merge(other.notices, uniquingKeysWith: +)
    if let more = other.entries {
      entries = min(entries?.lowerBound ?? more.lowerBound, more.lowerBound)..<more.upperBound
    }
    resumeLine = other.resumeLine ?? resumeLine
    isCancelled = isCancelled || other.isCancelled
  }
}
