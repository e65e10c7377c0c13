import ProvenanceGraph
import Traceability

extension Compilation {
  /// Writes the stays, those in one unit together, and where those of each item are.
  func writeStays(to writer: SectionWriter) throws {
    let scratch = facts.builder.scratch
    var units = Column<UInt32>(scratch: scratch)
    for stay in stays.indices { units.append(stays[stay].unit) }
    let byUnit = Grouping(units, below: itemCount)
    func row(_ place: Int) -> StayRow { stays[Int(byUnit.members[place])] }
    let places = byUnit.members.indices
    try writer.numbers(.stayUnits, places, upTo: itemCount) { Int(row($0).unit) }
    try writer.numbers(.stayChildren, places, upTo: itemCount) { Int(row($0).child) }
    try writer.numbers(.stayOpenings, places, upTo: openingUnits.count) { Int(row($0).opening) }
    try writer.numbers(.stayEntries, places, upTo: facts.count) { Int(row($0).startEvent) }
    try writer.numbers(.stayExits, places, upTo: facts.count) { Int(row($0).endEvent &+ 1) }
    try writer.section(.stayFlags) {
      for place in places { try writer.put(Int(row(place).flags), width: 1) }
    }
    let late = places.filter { row($0).flags & StayRow.startUnknown != 0 }
    try writer.numbers(.lateStays, late.map { UInt32($0) })
    try writer.section(.lateStayTimes, late.map { row($0).earliestStart })
    try writer.runs(byUnit, keys: itemCount, .unitStayPresence, .unitStayRanks, .unitStayStarts)
    var children = Column<UInt32>(scratch: scratch)
    for place in places { children.append(row(place).child) }
    let byChild = Grouping(children, below: itemCount)
    try writer.runs(
      byChild, keys: itemCount, .childStayPresence, .childStayRanks, .childStayStarts)
    try writer.numbers(.childStays, byChild.members)
  }
}

extension HubSplit {
  /// Writes the nodes of items, the items of nodes, and the graph.
  mutating func write(
    _ compilation: Compilation, to writer: SectionWriter, step: () throws -> Void
  ) throws {
    let items = compilation.itemCount
    try writer.numbers(.itemNodes, 0..<items + 1, upTo: Int(nodeCount)) { Int(firstNodes[$0]) }
    var carriers = Column<UInt32>()
    for hub in items..<compilation.hubCount {
      let isCarrier = !compilation.outputHubs.contains(UInt32(hub))
      carriers.append(isCarrier ? compilation.item(ofHub: UInt32(hub)) : none32)
    }
    let byUnit = Grouping(carriers, below: items)
    try writer.runs(byUnit, keys: items, .carrierPresence, .carrierRanks, .carrierStarts)
    try writer.numbers(.carriers, byUnit.members.indices, upTo: Int(nodeCount)) {
      Int(firstNodes[items + Int(byUnit.members[$0])])
    }
    try writer.section(.nodeItems) {
      for hub in 0..<compilation.hubCount {
        let item = Int(compilation.item(ofHub: UInt32(hub)))
        for _ in firstNodes[hub]..<firstNodes[hub + 1] { try writer.put(item, width: 4) }
      }
    }
    try links.withGraph(nodeCount: Int(nodeCount)) { graph in
      try Self.write(graph.rows(.forward), forward: true, to: writer)
      try step()
      try Self.write(graph.rows(.backward), forward: false, to: writer)
    }
  }

  private static func write(
    _ rows: GraphBuilder.Rows, forward: Bool, to writer: SectionWriter
  ) throws {
    try writer.section(forward ? .forwardPresence : .backwardPresence, rows.presence)
    try writer.section(forward ? .forwardRanks : .backwardRanks, rows.ranks)
    try writer.section(forward ? .forwardStarts : .backwardStarts, rows.starts)
    try writer.section(forward ? .forwardEnds : .backwardEnds, rows.ends)
    try writer.numbers(forward ? .forwardEvents : .backwardEvents, rows.events)
    try writer.section(forward ? .forwardDoubts : .backwardDoubts, rows.doubts)
    try writer.section(forward ? .forwardMarks : .backwardMarks, rows.marks)
  }
}
