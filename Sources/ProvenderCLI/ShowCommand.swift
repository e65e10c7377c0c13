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
        provender show 12 --raw > event.json

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

  @Flag(help: "Write the event exactly as it was received, byte for byte, and nothing else.")
  var raw = false

  func run() throws {
    let ledger = try options.open()
    if raw { return try writeRaw(ledger) }
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

  private var entryNumber: UInt64? { Ledger.entryIndex(subject)?.rawValue }

  /// Writes the bytes of an event.
  private func writeRaw(_ ledger: Ledger) throws {
    var entries: [EntryIndex] = []
    if kind != .event, let number = entryNumber {
      entries = [EntryIndex(number)]
    } else if kind != .item {
      entries = try options.withIndex(of: ledger, for: .event(id: subject)) {
        try ledger.entries(ofEvent: subject, in: $0)
      }
    }
    guard let entry = entries.first, entries.count == 1 else {
      let list = entries.map(\.description).joined(separator: ", ")
      throw Failure.data(
        entries.isEmpty
          ? "no event with the ID '\(subject)' is in the ledger; --raw takes an event or an entry"
          : "\(entries.count) entries are about '\(subject)'; name one of them: \(list)")
    }
    let record = try ledger.record(at: entry)
    guard record.entry.kind == .event else {
      throw Failure.data("entry \(entry) is a \(record.entry.kind); --raw takes an event")
    }
    guard let event = record.payload.flatMap({ EventPayload(payload: $0) }) else {
      throw Failure.data("the payload of entry \(entry) was erased")
    }
    Output.write(event.event)
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
