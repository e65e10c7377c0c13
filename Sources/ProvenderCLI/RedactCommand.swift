import ArgumentParser
import Provender
import RecallReports

/// `provender redact`: destroys what an event said.
struct RedactCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract:
      "Destroy the text of an event for good; an entry in the log says which, when and why.",
    discussion: """
      Examples:
        provender redact urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd --reason gdpr-17
        provender redact --entry 12 --entry 15 --reason gdpr-17 --yes
        provender redact urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd --reason court-order --all

      Destroys all entries of the event's ID (declarations of error and kept conflicts too) and the \
      receipts of their captures. The links stay, so that traces hold: items, times, places, parties, \
      the event's ID, and a digest that tells whether somebody's copy is this event. With --all they \
      are destroyed too, and traces say that they are cut there.

      Gone from the files of this ledger; not from backups, nor from what was disclosed or exported \
      before, nor from copies that a file system or a drive keeps below. What the capture says of the \
      whole document (its name, who submitted it, what stands around the events, names of places and \
      products) is the capture's first entry: redact that by its number.

      Asks before it does anything; without a terminal to ask on, --yes is needed.
      """)

  @OptionGroup var options: LedgerOptions

  @Argument(help: "The ID of an event.")
  var event: String?

  @Option(
    help: ArgumentHelp(
      "The number of an entry to redact (event, capture, receipt, note); may be repeated.",
      valueName: "n"))
  var entry: [UInt64] = []

  @Option(
    help: ArgumentHelp(
      "Why: a code of letters, digits, '.', '_' and '-'. It is published: no names.",
      valueName: "code"))
  var reason: String

  @Flag(help: "Destroy the links too; traces are cut there.")
  var all = false

  @Flag(help: "Do not ask.")
  var yes = false

  func validate() throws {
    guard (event == nil) != entry.isEmpty else {
      throw ValidationError("name the ID of an event, or entries with --entry, not both")
    }
    guard RedactionPayload.isReason(reason) else {
      throw ValidationError(
        "the reason is a code of 1 to 64 letters, digits, '.', '_' and '-', such as gdpr-17")
    }
  }

  func run() throws {
    // Asked before the writer's lock is taken: nobody waits for a person.
    let agreed = yes ? nil : try ask()
    let ledger = try options.open(.writing)
    let parts: RedactedParts = all ? .payloadAndLinks : .payload
    let entries = try self.entries(ledger)
    guard agreed == nil || agreed == entries else {
      throw Failure.data("more was captured of the event meanwhile; ask for it again")
    }
    let redaction = try ledger.redact(entries: entries, parts: parts, reason: reason)
    try ledger.close()
    do {
      _ = try ledger.updateIndex()
    } catch {
      Output.notice("the index was not built anew: \(error); the next trace builds it")
    }
    let snapshot = try ledger.snapshot()
    if options.output.json {
      var writer = JSONWriter()
      writer.object { json(&$0, redaction, snapshot) }
      Output.write(writer.bytes)
    } else {
      Output.write(text(redaction, snapshot))
    }
  }

  private func entries(_ ledger: Ledger) throws -> [EntryIndex] {
    guard let event else { return try ledger.entries(redactedWith: entry.map { EntryIndex($0) }) }
    // What a trace calls an event that has no ID.
    if event.hasPrefix("entry:"), let number = UInt64(event.dropFirst("entry:".count)) {
      return try ledger.entries(redactedWith: [EntryIndex(number)])
    }
    return try ledger.entries(redactedWithEvent: event)
  }

  /// Goes on only if a person at a terminal says so: gives the entries that were shown.
  private func ask() throws -> [EntryIndex] {
    guard System.isTerminal(0), System.isTerminal(2) else {
      throw Failure.usage("nobody can be asked here; with --yes, nobody is")
    }
    let ledger = try options.open()
    let entries = try self.entries(ledger)
    let kinds = try entries.map { "\($0) (\(try ledger.record(at: $0).entry.kind))" }
    let what = all ? "payload and links" : "payload"
    Output.notice("This destroys the \(what) of \(counted(kinds)) for good:")
    Output.notice("  " + kinds.joined(separator: ", "))
    Output.notice("Type 'yes' to go on:")
    guard System.readAnswer() == "yes" else { throw Failure.usage("nothing was redacted") }
    return entries
  }

  private func counted(_ list: [some Any]) -> String {
    list.count == 1 ? "1 entry" : "\(list.count) entries"
  }

  private func text(_ redaction: Redaction, _ snapshot: LedgerSnapshot) -> String {
    var report = TextReport(options.output.style)
    guard let entry = redaction.entry else {
      report.line("redacted already; nothing was changed", .warning)
      report.facts([("entries", list(redaction.erasedBefore))])
      return report.text
    }
    report.line("redacted \(counted(redaction.erased))", .good)
    var facts = [
      (name: "entries", value: list(redaction.erased)),
      (name: "destroyed", value: (all ? RedactedParts.payloadAndLinks : .payload).words),
      (name: "reason", value: reason),
      (name: "announced by", value: "entry \(entry), \(redaction.time?.text ?? "")"),
    ]
    if !redaction.erasedBefore.isEmpty {
      facts.append(("redacted before", list(redaction.erasedBefore)))
    }
    report.facts(facts)
    report.paragraph(
      "Gone from the files of this ledger. Not gone from backups, from what was disclosed or exported "
        + "before, nor from copies that a file system or a drive keeps below.")
    report.line("\(options.directory): \(snapshot.size) entries, root \(snapshot.root.hex)")
    return report.text
  }

  private func list(_ entries: [EntryIndex]) -> String {
    entries.map(\.description).joined(separator: " ")
  }

  private func json(
    _ json: inout JSONWriter, _ redaction: Redaction, _ snapshot: LedgerSnapshot
  ) {
    json.member("entry", redaction.entry?.rawValue)
    json.member("recordTime", redaction.time?.text)
    json.member("reason", reason)
    json.member("links", all)
    json.key("redacted")
    json.array { array in for entry in redaction.erased { array.value(entry.rawValue) } }
    json.key("redactedBefore")
    json.array { array in for entry in redaction.erasedBefore { array.value(entry.rawValue) } }
    json.member("ledger", snapshot)
  }
}
