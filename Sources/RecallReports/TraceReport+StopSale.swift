import RecallAnalysis
import Traceability

/// What the record says of goods at a place: in the order in which somebody must act.
enum HoldingState: Int, CaseIterable {
  case inTransit
  case onHand
  case movedOn
  case sold

  /// The word for programs.
  var name: String {
    switch self {
    case .inTransit: "in transit"
    case .onHand: "on hand"
    case .movedOn: "moved on"
    case .sold: "sold or destroyed"
    }
  }

  var title: String {
    switch self {
    case .inTransit: "In transit: left here, and no arrival is on record since"
    case .onHand: "On hand, as far as the record of the place goes"
    case .movedOn: "Moved on, packed or used up; a rest may remain"
    case .sold: "Sold or destroyed"
    }
  }

  var tint: ReportStyle.Tint {
    switch self {
    case .inTransit: .bad
    case .onHand: .warning
    case .movedOn, .sold: .plain
    }
  }

  /// How many rows a person is shown.
  var shownRows: Int {
    switch self {
    case .inTransit, .onHand: 40
    case .movedOn, .sold: 10
    }
  }

  private static let departures: Set<String> = ["shipping", "departing", "loading", "transporting"]
  private static let ends: Set<String> = [
    "retail_selling", "destroying", "decommissioning", "dispensing", "consuming",
  ]

  /// The state of an item where it was last seen.
  ///
  /// - Parameters:
  ///   - isInstance: whether it can be in one place only; a lot can be in many.
  ///   - isSeenElsewhereSince: whether it was possibly seen elsewhere afterwards.
  init(_ holding: TraceAnswer.Holding, isInstance: Bool, isSeenElsewhereSince: Bool) {
    if Self.ends.contains(holding.bizStep) || (holding.role == .object && holding.action == .delete)
    {
      self = .sold
    } else if Self.departures.contains(holding.bizStep) {
      self = isSeenElsewhereSince ? .movedOn : .inTransit
    } else if holding.role == .input || (holding.role == .child && holding.action == .add)
      || (holding.role == .parent && holding.action == .delete)
      || (isInstance && isSeenElsewhereSince)
    {
      self = .movedOn
    } else {
      self = .onHand
    }
  }
}

extension TraceReport {
  /// A reached item at a site, and what became of it there.
  struct StopSaleRow {
    let site: TraceAnswer.Site
    let holding: TraceAnswer.Holding
    let state: HoldingState
  }

  /// The rows that the refined answer keeps.
  private var refinedRows: [StopSaleRow] { stopSaleRows.filter { $0.holding.refined != nil } }

  /// All holdings: in transit first, then on hand, then the rest; within these by site, the latest
  /// first.
  var stopSaleRows: [StopSaleRow] {
    var latest: [String: [(site: String, latest: Int64)]] = [:]
    for site in answer.sites {
      for holding in site.holdings {
        latest[holding.item, default: []].append((site.id, holding.time.interval.latest))
      }
    }
    var rows: [(row: StopSaleRow, site: Int)] = []
    for (number, site) in answer.sites.enumerated() {
      for holding in site.holdings {
        let since = holding.time.interval.earliest
        let isElsewhere =
          latest[holding.item]?.contains { $0.site != site.id && $0.latest > since } ?? false
        let state = HoldingState(
          holding, isInstance: items[holding.item]?.kind.isInstance ?? false,
          isSeenElsewhereSince: isElsewhere)
        rows.append((StopSaleRow(site: site, holding: holding, state: state), number))
      }
    }
    return rows.sorted { a, b in
      if a.row.state != b.row.state { return a.row.state.rawValue < b.row.state.rawValue }
      if a.site != b.site { return a.site > b.site }
      return a.row.holding.time.microseconds > b.row.holding.time.microseconds
    }.map(\.row)
  }

  func stopSale(_ report: inout TextReport) {
    let rows = refinedRows
    let sites = Set(rows.map(\.site.id)).count
    report.heading(
      "STOP SALE", "\(counted(rows.count, "holding")) at \(counted(sites, "site"))")
    for state in HoldingState.allCases {
      let group = rows.filter { $0.state == state }
      guard !group.isEmpty else { continue }
      report.line("\(state.title) (\(group.count))", state.tint, indent: 2)
      let shown = group.prefix(state.shownRows)
      let lines = holdingTable(shown).rowLines(report.style, indent: 6)
      var site: String?
      for (row, line) in zip(shown, lines) {
        if row.site.id != site {
          let place = [row.site.name, row.site.address, IdentifierText.short(row.site.id)]
          report.line(place.compactMap { $0 }.joined(separator: ", "), .strong, indent: 4)
          site = row.site.id
        }
        report.add([line])
      }
      let more = group.count - shown.count
      if more > 0 { report.line("… and \(more) more; --json lists all", .faint, indent: 4) }
    }
  }

  private func holdingTable(_ rows: ArraySlice<StopSaleRow>) -> TextTable {
    var table = TextTable([
      .init(""), .init("", minimum: 26), .init("", isRight: true), .init("", minimum: 10),
      .init(""), .init(""),
    ])
    for row in rows {
      let holding = row.holding
      let item = items[holding.item]
      table.row([
        IdentifierText.short(holding.item), item?.product ?? item?.kind.label ?? "",
        holding.quantity?.text ?? "", holding.bizStep, holding.time.minute,
        (holding.refined ?? .assumed).label,
      ])
    }
    return table
  }
}
