import Provender
import RecallReports

/// An event, with everything that was recorded under its ID: the event itself, declarations about
/// it, and conflicting contents that were kept.
struct EventReport: Shown {
  private let id: String
  private let entries: [EntryReport]

  init(_ id: String, _ entries: [EntryIndex], in ledger: Ledger) throws {
    self.id = id
    self.entries = try entries.map {
      try EntryReport($0.rawValue, in: ledger, note: "an entry of the event")
    }
  }

  func write(to report: inout TextReport) {
    report.heading("EVENT", id)
    report.line(
      entries.count == 1
        ? "understood as the ID of an event; one entry holds it"
        : "understood as the ID of an event; \(entries.count) entries are about it", .faint,
      indent: 2)
    for entry in entries { entry.write(to: &report) }
  }

  func write(to json: inout JSONWriter) {
    json.member("understood", "event")
    json.member("eventID", id)
    json.member("entries", each: entries) { $1.members(&$0) }
  }

  // MARK: Text

  /// Adds the fields of an event.
  static func write(_ links: Links, to report: inout TextReport) {
    report.heading("EVENT FIELDS", links.eventID.isEmpty ? "the event has no ID" : "")
    var facts = [
      (name: "type", value: links.kind.name + (links.action.label.map { ", \($0)" } ?? "")),
      (name: "time", value: links.time.text),
    ]
    let texts = [
      ("ID", links.eventID), ("step", links.bizStep), ("disposition", links.disposition),
      ("transformation", links.transformationID), ("lot number", links.lotNumber),
    ]
    facts += texts.filter { !$0.1.isEmpty }.map { (name: $0.0, value: $0.1) }
    let places = [("read point", links.readPoint), ("business location", links.bizLocation)]
    facts += places.compactMap { name, place in
      place.map { (name: name, value: IdentifierText.short($0.uri)) }
    }
    let lists = [
      ("source", links.sources), ("destination", links.destinations),
      ("transaction", links.bizTransactions),
    ]
    for (name, list) in lists {
      facts += list.map {
        (name: name, value: "\($0.type)  \(IdentifierText.short($0.identifier.uri))")
      }
    }
    report.facts(facts)
    var table = TextTable([.init("as"), .init("item"), .init("quantity", isRight: true)])
    for mention in links.items {
      table.row([
        mention.role.label, IdentifierText.short(mention.item.uri), mention.quantity?.text ?? "",
      ])
    }
    report.table(table)
    if let declaration = links.errorDeclaration {
      report.line("declared in error on \(declaration.time.text)", .warning, indent: 2)
      report.facts(
        [("reason", declaration.reason.isEmpty ? "not given" : declaration.reason)]
          + declaration.correctiveEventIDs.map { ("corrected by", $0) }, indent: 4)
    }
  }

  /// Adds the event as it was received.
  static func write(payload: EventPayload, to report: inout TextReport) {
    report.heading("AS RECEIVED", "\(payload.event.count) bytes")
    for line in TerminalText.lines(String(decoding: payload.event, as: UTF8.self)) {
      report.line(line, indent: 2)
    }
  }

  // MARK: JSON

  /// Adds the fields of an event as a member.
  static func write(_ links: Links, to json: inout JSONWriter) {
    json.key("event")
    json.object { json in
      json.member("eventID", links.eventID.isEmpty ? nil : links.eventID)
      json.member("type", links.kind.name)
      json.member("action", links.action.label)
      json.member("time", links.time.text)
      json.member("bizStep", links.bizStep.isEmpty ? nil : links.bizStep)
      json.member("disposition", links.disposition.isEmpty ? nil : links.disposition)
      json.member("readPoint", links.readPoint?.uri)
      json.member("bizLocation", links.bizLocation?.uri)
      json.member(
        "transformationID", links.transformationID.isEmpty ? nil : links.transformationID)
      json.member("lotNumber", links.lotNumber.isEmpty ? nil : links.lotNumber)
      json.member("items", each: links.items) { json, mention in
        json.member("id", mention.item.uri)
        json.member("role", mention.role.label)
        json.member("quantity", mention.quantity)
      }
      let lists = [
        ("sources", links.sources), ("destinations", links.destinations),
        ("transactions", links.bizTransactions),
      ]
      for (name, list) in lists {
        json.member(name, each: list) { json, reference in
          json.member("type", reference.type)
          json.member("id", reference.identifier.uri)
        }
      }
      json.key("errorDeclaration")
      guard let declaration = links.errorDeclaration else { return json.null() }
      json.object {
        $0.member("time", declaration.time.text)
        $0.member("reason", declaration.reason.isEmpty ? nil : declaration.reason)
        $0.member("correctiveEventIDs", declaration.correctiveEventIDs)
      }
    }
  }
}
