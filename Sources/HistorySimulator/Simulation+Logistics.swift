/// Where goods move, and the events that tell of it.
extension Simulation {
  /// Goods on hand at one place at most; what exceeds it is taken as sold.
  private static var stockLimit: Int { 256 }

  /// Packs and ships lots; they arrive some hours later.
  mutating func ship(_ lots: [Stock], from: Int, to: Int) {
    if lots.isEmpty { return }
    let company = network.companies[from]
    let usesUnits = random.chance(chances.unit)
    let unitCount =
      usesUnits ? (lots.count + Delivery.lotsPerUnit - 1) / Delivery.lotsPerUnit : 0
    let hasOuterUnit = unitCount > 1 && random.below(2) == 0
    let delivery = Delivery(
      from: from, to: to, despatch: company.despatchCount &+ 1, firstUnit: company.unitCount &+ 1,
      unitCount: unitCount, hasOuterUnit: hasOuterUnit, lots: lots)
    let unitsUsed = unitCount + (hasOuterUnit ? 1 : 0)
    network.companies[from].despatchCount &+= 1
    network.companies[from].unitCount &+= UInt32(truncatingIfNeeded: unitsUsed)
    countUnits(unitsUsed)
    recordPacking(delivery)
    recordTransfer(delivery, isReceipt: false)
    depart(delivery)
  }

  /// Goods arrive: receipt, unpacking, and onto the shelf or into the tank.
  mutating func receive(_ delivery: Delivery) {
    let site = delivery.to
    let asAggregation = delivery.unitCount == 1 && random.below(3) == 0
    if asAggregation {
      recordObservedUnit(delivery)
    } else {
      recordTransfer(delivery, isReceipt: true)
    }
    if delivery.unitCount > 0, random.below(5) < 2 { recordUnpacking(delivery) }
    if network.companies[delivery.from].role == .ingredientMaker {
      if let lot = delivery.lots.first { shelve(lot, at: site) }
      return
    }
    if network.companies[site].hasTank {
      if open("AggregationEvent", at: site) { finishFilling(delivery.lots, at: site) }
    }
    if network.companies[site].role == .retailer, random.below(10) < 4 {
      if random.below(4) == 0 { recordSale(delivery.lots, at: site) }
      return
    }
    let room = max(Self.stockLimit - network.companies[site].stock.count, 0)
    network.companies[site].stock += delivery.lots.prefix(room)
    if network.companies[site].hasTank, network.companies[site].need == 1 {
      network.companies[site].need = tankNeed()
    }
    markReady(site)
  }

  mutating func commission(_ lots: [Stock], at site: Int) {
    guard let lot = lots.first, open("ObjectEvent", at: site) else { return }
    let company = network.companies[site]
    writer.lots("quantityList", lots[...], network.companies, urn: company.writesURN)
    writer.steps(action: "ADD", step: "commissioning", disposition: "active")
    writer.places(site, urn: company.writesURN, staysThere: true)
    writer.buffer.append(",\"ilmd\":{")
    if lots.count == 1 {
      writer.buffer.append("\"cbvmda:lotNumber\":\"")
      writer.code(lot, style: company.lotStyle, separator: "/")
      writer.buffer.append("\",")
    }
    writer.buffer.append("\"cbvmda:harvestEndDate\":\"")
    writer.date(now, offset: company.zone.offset(at: now))
    writer.buffer.append("\"}")
    close()
  }

  /// The rest of a transformation that is open: class-level inputs, outputs, where and why.
  mutating func finishTransformation(_ inputs: [Stock], _ outputs: [Stock], at site: Int) {
    let company = network.companies[site]
    let urn = company.writesURN
    if !inputs.isEmpty {
      writer.lots("inputQuantityList", inputs[...], network.companies, urn: urn)
    }
    writer.lots("outputQuantityList", outputs[...], network.companies, urn: urn)
    writer.steps(action: nil, step: "creating_class_instance", disposition: "active")
    writer.places(site, urn: urn, staysThere: true)
    writer.buffer.append(",\"ilmd\":{\"cbvmda:bestBeforeDate\":\"")
    writer.date(now + 21 * 86_400_000)
    writer.buffer.append("\"}")
    close()
  }

  /// A cleaning of the bulk tank ends what is carried over.
  mutating func clean(at site: Int) {
    network.companies[site].drawsSinceCleaning = 0
    guard open("ObjectEvent", at: site) else { return }
    let urn = network.companies[site].writesURN
    writer.buffer.append(",\"epcList\":[\"")
    writer.tank(site, urn: urn)
    writer.buffer.append("\"]")
    writer.steps(
      action: "OBSERVE", step: "https://ns.simulated.example/bizstep/cleaning",
      disposition: "in_progress")
    writer.places(site, urn: urn, staysThere: true)
    close()
  }

  private mutating func finishFilling(_ lots: [Stock], at site: Int) {
    let urn = network.companies[site].writesURN
    writer.buffer.append(",\"parentID\":\"")
    writer.tank(site, urn: urn)
    writer.buffer.append("\"")
    writer.lots("childQuantityList", lots[...], network.companies, urn: urn)
    writer.steps(action: "ADD", step: "storing", disposition: "in_progress")
    writer.places(site, urn: urn, staysThere: false)
    close()
  }

  // MARK: Units

  private mutating func recordPacking(_ delivery: Delivery) {
    let urn = network.companies[delivery.from].writesURN
    for position in 0..<delivery.unitCount {
      guard open("AggregationEvent", at: delivery.from) else { continue }
      parent(delivery.firstUnit &+ UInt32(truncatingIfNeeded: position), of: delivery, urn: urn)
      writer.lots(
        "childQuantityList", delivery.contents(position), network.companies, urn: urn)
      finishPacking(at: delivery.from, urn: urn)
    }
    guard delivery.hasOuterUnit, open("AggregationEvent", at: delivery.from) else { return }
    parent(delivery.handledUnits.lowerBound, of: delivery, urn: urn)
    units("childEPCs", delivery.firstUnit..<delivery.handledUnits.lowerBound, delivery, urn: urn)
    finishPacking(at: delivery.from, urn: urn)
  }

  private mutating func finishPacking(at site: Int, urn: Bool) {
    writer.steps(action: "ADD", step: "packing", disposition: "in_progress")
    writer.places(site, urn: urn, staysThere: false)
    close()
  }

  /// A shipment or a receipt, of units where there are any, else of lots.
  private mutating func recordTransfer(_ delivery: Delivery, isReceipt: Bool) {
    let site = isReceipt ? delivery.to : delivery.from
    guard open("ObjectEvent", at: site, losable: true) else { return }
    let urn = network.companies[site].writesURN
    if delivery.unitCount > 0 {
      units("epcList", delivery.handledUnits, delivery, urn: urn)
    } else {
      writer.lots("quantityList", delivery.lots[...], network.companies, urn: urn)
    }
    writer.steps(
      action: "OBSERVE", step: isReceipt ? "receiving" : "shipping",
      disposition: isReceipt ? "in_progress" : "in_transit")
    writer.places(site, urn: urn, staysThere: isReceipt)
    writer.route(delivery, isReceipt: isReceipt, urn: urn)
    close()
  }

  /// A receipt by looking at what is in the unit.
  private mutating func recordObservedUnit(_ delivery: Delivery) {
    guard open("AggregationEvent", at: delivery.to, losable: true) else { return }
    let urn = network.companies[delivery.to].writesURN
    parent(delivery.firstUnit, of: delivery, urn: urn)
    writer.lots("childQuantityList", delivery.contents(0), network.companies, urn: urn)
    writer.steps(action: "OBSERVE", step: "receiving", disposition: "in_progress")
    writer.places(delivery.to, urn: urn, staysThere: true)
    writer.route(delivery, isReceipt: true, urn: urn)
    close()
  }

  private mutating func recordUnpacking(_ delivery: Delivery) {
    for unit in delivery.handledUnits {
      guard open("AggregationEvent", at: delivery.to, losable: true) else { continue }
      let urn = network.companies[delivery.to].writesURN
      parent(unit, of: delivery, urn: urn)
      writer.steps(action: "DELETE", step: "unpacking", disposition: "in_progress")
      writer.places(delivery.to, urn: urn, staysThere: false)
      close()
    }
  }

  private mutating func recordSale(_ lots: [Stock], at site: Int) {
    guard open("ObjectEvent", at: site) else { return }
    let urn = network.companies[site].writesURN
    writer.lots("quantityList", lots.prefix(4), network.companies, urn: urn)
    writer.steps(action: "DELETE", step: "retail_selling", disposition: "retail_sold")
    writer.places(site, urn: urn, staysThere: true)
    close()
  }

  private mutating func parent(_ serial: UInt32, of delivery: Delivery, urn: Bool) {
    writer.buffer.append(",\"parentID\":\"")
    writer.unit(delivery.from, serial: serial, urn: urn)
    writer.buffer.append("\"")
  }

  private mutating func units(
    _ key: StaticString, _ serials: Range<UInt32>, _ delivery: Delivery, urn: Bool
  ) {
    writer.buffer.append(",\"")
    writer.buffer.append(key)
    writer.buffer.append("\":[\"")
    for serial in serials {
      if serial != serials.lowerBound { writer.buffer.append("\",\"") }
      writer.unit(delivery.from, serial: serial, urn: urn)
    }
    writer.buffer.append("\"]")
  }
}
