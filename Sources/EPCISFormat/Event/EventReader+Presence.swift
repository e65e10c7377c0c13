import Traceability

extension EventReader {
  /// Whether the members are there that the kind of event needs (ISO/IEC 19987 section 7.4), and
  /// none that hold items of another kind, which a trace would miss.
  mutating func checkPresence(_ kind: EventKind) {
    if slot(0, EventField.eventTime.rawValue) < 0 {
      refuse("eventTime is missing", "say when the event happened", at: "eventTime")
    }
    let hasAction = slot(0, EventField.action.rawValue) >= 0
    if kind != .transformation, !hasAction {
      refuse("action is missing", "write ADD, OBSERVE or DELETE", at: "action")
    }
    checkForeignLists(kind)
    switch kind {
    case .object: checkObject()
    case .aggregation, .association: checkContainment(kind)
    case .transaction: checkTransaction()
    case .transformation: checkTransformation()
    }
  }

  private mutating func checkForeignLists(_ kind: EventKind) {
    let own = EventField.itemBits[Int(kind.rawValue)]
    for raw in EventField.allItemFields where slot(0, raw) >= 0 && own >> UInt32(raw) & 1 == 0 {
      guard let field = EventField(rawValue: raw), has(field) else { continue }
      let right = EventField.itemFields(of: kind).map(\.name).joined(separator: ", ")
      refuse(
        "\(kind.name) has no '\(field.name)'", "put the items into one of: \(right)",
        at: field.name)
    }
  }

  private mutating func checkObject() {
    guard !has(.epcList), !has(.quantityList), !has(.sensorElementList) else { return }
    refuse(
      "an ObjectEvent names no object",
      "fill epcList or quantityList, or give sensor data in sensorElementList", at: "epcList")
  }

  private mutating func checkContainment(_ kind: EventKind) {
    if links.action != .observe, !has(.parentID) {
      refuse(
        "\(kind.name) with \(links.action == .add ? "ADD" : "DELETE") needs a parentID",
        "name the container", at: "parentID")
    }
    if links.action != .delete, !has(.childEPCs), !has(.childQuantityList) {
      refuse(
        "\(kind.name) with \(links.action == .add ? "ADD" : "OBSERVE") needs children",
        "fill childEPCs or childQuantityList", at: "childEPCs")
    }
  }

  private mutating func checkTransaction() {
    if !has(.bizTransactionList) {
      refuse(
        "a TransactionEvent names no business transaction", "fill bizTransactionList",
        at: "bizTransactionList")
    }
  }

  private mutating func checkTransformation() {
    let lists = EventField.itemFields(of: .transformation)
    guard !lists.contains(where: { has($0) }), !has(.transformationID), !has(.sensorElementList)
    else { return }
    refuse(
      "a TransformationEvent has neither inputs nor outputs",
      "fill inputEPCList, inputQuantityList, outputEPCList or outputQuantityList",
      at: "inputEPCList")
  }
}
