import RecallAnalysis
import Traceability

/// What the refined answer says beside the stop-sale rows.
extension TraceReport {
  /// What separates the two answers, in a few words.
  var separation: String {
    let separated = answer.items.filter { $0.refined == nil }
    guard !separated.isEmpty else { return "nothing separates the two" }
    var reasons: [String] = []
    for reason in ScopeReason.allCases {
      let count = separated.filter { $0.separatedBy.contains(reason) }.count
      if count > 0 { reasons.append("\(count) \(reason.rawValue)") }
    }
    return "\(separated.count) left out: " + reasons.joined(separator: ", ")
  }

  /// The items that only the conservative answer holds, with what separates the two.
  func separated(_ report: inout TextReport) {
    let separated = answer.items.filter { $0.refined == nil }
    guard !separated.isEmpty else { return }
    report.heading(
      "IN THE CONSERVATIVE ANSWER ALONE",
      "\(counted(separated.count, "item")) that the refined answer leaves out")
    let reasons = ScopeReason.allCases.filter { reason in
      separated.contains { $0.separatedBy.contains(reason) }
    }
    for reason in reasons {
      report.paragraph("\(reason.rawValue): \(reason.explanation)", indent: 2)
    }
    var table = TextTable([
      .init("item"), .init("what", minimum: 9), .init("product", minimum: 12),
      .init("what separates", minimum: 14),
    ])
    for item in separated {
      table.row([
        IdentifierText.short(item.id), item.isVessel ? "vessel" : item.kind.label,
        item.product ?? "", item.separatedBy.map(\.rawValue).joined(separator: ", "),
      ])
    }
    report.table(table, limit: Self.shortLimit)
  }

  /// Departures that no arrival on record answers to.
  func shipments(_ report: inout TextReport) {
    let sent = answer.openShipments.filter { $0.destination != nil }
    if !sent.isEmpty {
      report.heading(
        "PRESUMED AT DESTINATION",
        "no arrival on record for \(counted(sent.count, "shipment"))")
      var table = TextTable([
        .init("item"), .init("left"), .init("from", minimum: 12), .init("to", minimum: 12),
      ])
      for shipment in sent {
        let destination = IdentifierText.short(shipment.destination ?? "")
        table.row(
          [
            IdentifierText.short(shipment.item), shipment.time.minute,
            shipment.site.map(siteName) ?? "",
            shipment.destinationName.map { "\($0), \(destination)" } ?? destination,
          ], .warning)
      }
      report.table(table, limit: Self.shortLimit)
    }
  }

  private func siteName(_ id: String) -> String {
    answer.sites.first { $0.id == id }?.name ?? IdentifierText.short(id)
  }

  /// Shipments that nothing says the destination of, and items that no path event places anywhere.
  func placeless(_ report: inout TextReport) {
    let lost = answer.openShipments.filter { $0.destination == nil }
    let placed = Set(answer.sites.flatMap { $0.holdings.map(\.item) })
    let unplaced = answer.items.filter { !placed.contains($0.id) }
    guard !lost.isEmpty || !unplaced.isEmpty else { return }
    report.heading("WHEREABOUTS UNKNOWN")
    if !lost.isEmpty {
      report.paragraph("left, and nothing says where to:", indent: 2)
      var table = TextTable([.init("item"), .init("left"), .init("from", minimum: 12)])
      for shipment in lost {
        table.row(
          [
            IdentifierText.short(shipment.item), shipment.time.minute,
            shipment.site.map(siteName) ?? "",
          ], .warning)
      }
      report.table(table, limit: Self.shortLimit)
    }
    if !unplaced.isEmpty {
      report.paragraph("no place on record for \(counted(unplaced.count, "item")):", indent: 2)
      report.table(itemTable(unplaced), limit: Self.shortLimit)
    }
  }
}
