import ArgumentParser
import Provender
import RecallReports

/// `provender show`: all that is known of an item, an event or an entry.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an item, an event or a log entry with all that is on record about it.",
    discussion: """
      Examples:
        provender show '(01)09521011001011(10)L6112'
        provender show L6113
        provender show urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd
        provender show 12
        provender show --as item 260420

      Digits alone are the number of a log entry; the ID of a stored event is that event; everything \
      else is an item. With --as, it is what you say.
      """)

  /// What the text names.
  enum Subject: String, ExpressibleByArgument, CaseIterable {
    case item
    case event
    case entry
  }

  @OptionGroup var options: LedgerOptions

  @Argument(help: "An item, the ID of an event, or the number of a log entry.")
  var subject: String

  @Option(name: .customLong("as"), help: "What it is, where its form would say otherwise.")
  var kind: Subject?

  @Flag(help: "Show all items that the text can mean.")
  var allMatching = false

  func run() throws {
    let ledger = try options.open()
    if let number = entryNumber, kind == nil || kind == .entry {
      return Output.write(
        rendered(try EntryReport(number, in: ledger, note: "the number of an entry")))
    }
    guard kind != .entry else {
      throw Failure.usage("'\(subject)' is no entry number; an entry is named by digits alone")
    }
    if kind != .item {
      let entries = try options.withIndex(of: ledger, for: .event(id: subject)) { index in
        try ledger.entries(ofEvent: subject, in: index)
      }
      if !entries.isEmpty {
        return Output.write(rendered(try EventReport(subject, entries, in: ledger)))
      }
      if kind == .event {
        throw Failure.data("no event with the ID '\(subject)' is in the ledger; check the ID")
      }
    }
    let report = try options.withIndex(of: ledger, for: .item(subject, takesAll: allMatching)) {
      index in
      let items = try ledger.items(matching: subject, in: index, takesAll: allMatching)
      return rendered(try ItemReport(items, in: ledger, index))
    }
    Output.write(report)
  }

  /// The entry that digits, or `entry:` and digits, name.
  private var entryNumber: UInt64? {
    let digits = subject.hasPrefix("entry:") ? String(subject.dropFirst(6)) : subject
    return digits.utf8.allSatisfy({ (48...57).contains($0) }) ? UInt64(digits) : nil
  }

  private func rendered(_ subject: some Shown) -> [UInt8] {
    if options.output.json {
      var writer = JSONWriter()
      writer.object { subject.write(to: &$0) }
      return writer.bytes
    }
    var report = TextReport(options.output.style)
    subject.write(to: &report)
    return Array(report.text.utf8)
  }
}

/// Something that `show` shows, as text and as JSON.
protocol Shown {
  /// Adds the text.
  func write(to report: inout TextReport)
  /// Adds the members of the document.
  func write(to json: inout JSONWriter)
}
