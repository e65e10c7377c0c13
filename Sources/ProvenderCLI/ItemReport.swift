import Provender
import RecallReports

/// What is on record about items.
struct ItemReport: Shown {
  private let items: [ItemNumber]
  private let index: LedgerIndex
  /// The IDs of events, by number.
  private var eventIDs: [EventNumber: String] = [:]
  /// What the events say of amounts.
  private var links: [EventNumber: Links] = [:]
  private static let shownRows = 50

  init(_ items: [ItemNumber], in ledger: Ledger, _ index: LedgerIndex) throws {
    self.items = items
    self.index = index
    for item in items {
      for event in index.timeline(of: item) where eventIDs[event] == nil {
        let entry = index.event(event).entry
        links[event] = try ledger.links(at: EntryIndex(entry))
        let id = links[event]?.eventID ?? ""
        eventIDs[event] = id.isEmpty ? "entry:\(entry)" : id
      }
    }
  }

  func write(to report: inout TextReport) {
    for item in items { write(item, to: &report) }
  }

  private func write(_ item: ItemNumber, to report: inout TextReport) {
    let uri = index.uri(of: item)
    report.heading("ITEM", IdentifierText.short(uri))
    var facts = [
      (name: "identity", value: uri),
      (name: "what", value: index.isVessel(item) ? "vessel" : index.kind(of: item).label),
    ]
    if let product = index.productName(of: uri) { facts.append(("product", product)) }
    if let kind = index.classOfUnknownLot(item) { facts.append(("unknown lot of", kind)) }
    if let lot = lotCode(uri) { facts.append(("lot code", lot)) }
    report.facts(facts)
    events(of: item, &report)
    stays("IN UNITS", index.stays(of: item), \.unit, &report)
    stays("CONTENTS", index.stays(in: item), \.child, &report)
  }

  /// The lot code of a Digital Link with AI 10, as people read it.
  private func lotCode(_ uri: String) -> String? {
    let short = IdentifierText.short(uri)
    guard short != uri, let range = short.firstRange(of: "(10)") else { return nil }
    return String(short[range.upperBound...])
  }

  private func events(of item: ItemNumber, _ report: inout TextReport) {
    let events = index.timeline(of: item)
    report.heading("EVENTS", "\(events.count), first on record first")
    var table = TextTable([
      .init("time"), .init("entry", isRight: true), .init("type"), .init("step", minimum: 12),
      .init("as"), .init("quantity", isRight: true), .init("site", minimum: 14),
      .init("event ID", minimum: 20),
    ])
    for number in events {
      let event = index.event(number)
      let (mention, quantity) = mention(of: item, in: number)
      let action = event.action.label.map { " \($0)" } ?? ""
      table.row(
        [
          event.time.minute, String(event.entry), event.kind.shortName + action,
          index.bizStep(of: number), mention?.role.label ?? "in a unit",
          quantity?.text ?? "",
          siteName(event.place),
          (eventIDs[number] ?? "")
            + (event.declarationEntry == nil ? "" : " (declared in error)"),
        ], event.declarationEntry == nil ? .plain : .warning)
    }
    report.table(table, limit: Self.shownRows)
  }

  /// The first mention of an item in an event, with how much of it there was.
  private func mention(
    of item: ItemNumber, in event: EventNumber
  ) -> (mention: IndexedMention?, quantity: Quantity?) {
    let mentions = index.mentions(of: event)
    guard let place = mentions.firstIndex(where: { $0.item == item }) else { return (nil, nil) }
    return (mentions[place], links[event]?.quantity(ofMention: place))
  }

  private func siteName(_ place: PlaceNumber?) -> String {
    guard let place else { return "" }
    let uri = index.uri(of: place)
    return index.masterData(of: uri)?.displayName ?? IdentifierText.short(uri)
  }

  private func stays(
    _ title: String, _ stays: [Stay], _ other: KeyPath<Stay, ItemNumber>,
    _ report: inout TextReport
  ) {
    guard !stays.isEmpty else { return }
    report.heading(title, "\(stays.count)")
    var table = TextTable([
      .init("item"), .init("product", minimum: 12), .init("from"), .init("until"),
      .init("", minimum: 10),
    ])
    for stay in stays {
      let uri = index.uri(of: stay[keyPath: other])
      table.row([
        IdentifierText.short(uri), index.productName(of: uri) ?? "",
        (stay.isStartUnknown ? nil : time(stay.start)) ?? "unknown",
        time(stay.end) ?? "still",
        stay.isEndedByRefill ? "ended when the unit was filled again" : "",
      ])
    }
    report.table(table, limit: Self.shownRows)
  }

  private func time(_ event: EventNumber?) -> String? { event.map { index.event($0).time.minute } }

  // MARK: JSON

  func write(to json: inout JSONWriter) {
    json.member("understood", "item")
    json.member("items", each: items) { json, item in
      let uri = index.uri(of: item)
      json.member("id", uri)
      json.member("kind", index.kind(of: item).label)
      json.member("vessel", index.isVessel(item))
      json.member("product", index.productName(of: uri))
      json.member("lotCode", lotCode(uri))
      json.member("events", each: index.timeline(of: item)) { json, number in
        let event = index.event(number)
        let (mention, quantity) = mention(of: item, in: number)
        json.member("eventID", eventIDs[number])
        json.member("entry", event.entry)
        json.member("type", event.kind.name)
        json.member("action", event.action.label)
        json.member("bizStep", index.bizStep(of: number))
        json.member("time", event.time.text)
        json.member("site", event.place.map(index.uri))
        json.member("role", mention?.role.label)
        json.member("quantity", quantity)
        json.member("declaredInError", event.declarationEntry != nil)
      }
      json.member("units", each: index.stays(of: item)) { members(of: $1, $1.unit, &$0) }
      json.member("contents", each: index.stays(in: item)) { members(of: $1, $1.child, &$0) }
    }
  }

  private func members(of stay: Stay, _ other: ItemNumber, _ json: inout JSONWriter) {
    json.member("id", index.uri(of: other))
    json.member("from", stay.isStartUnknown ? nil : index.event(stay.start).time.text)
    json.member("until", stay.end.map { index.event($0).time.text })
    json.member("endedByRefill", stay.isEndedByRefill)
  }
}
