import ProvenanceGraph
import Traceability

extension IndexBuilder {
  /// Compiles what was added and hands out the bytes of the sealed index piece by piece.
  ///
  /// The same facts give the same answers in any order of adding.
  /// - Complexity: O(n log n) in events and mentions.
  public func seal(
    binding: IndexBinding, to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let compilation = Compilation(self)
    let split = HubSplit(compilation)
    var sections = factSections(compilation, split)
    sections += timelineSections(compilation)
    sections += staySections(compilation)
    sections += graphSections(compilation, split)
    try SealedSections.write(sections, binding: binding, seed: seed, to: sink)
  }

  /// The sealed index in memory.
  public func sealed(binding: IndexBinding) throws -> LedgerIndex {
    var bytes: [UInt8] = []
    try seal(binding: binding) { bytes.append(contentsOf: $0) }
    return try LedgerIndex(ByteRegion(copying: bytes))
  }

  private func factSections(
    _ compilation: Compilation, _ split: HubSplit
  ) -> [(SectionID, [UInt8])] {
    var rows = itemRows
    for item in rows.indices {
      rows[item].firstNode = split.firstNodes[item]
      rows[item].nodeCount = split.nodeCounts[item]
      rows[item].flags = compilation.isVessel[item] ? 1 : 0
      if compilation.hadContents[item] { rows[item].flags |= 2 }
    }
    let pairs = lotNumberItems.flatMap { [$0.lotNumber, $0.item] }
    var names = CaptureLinks()
    names.masterData = masterData.values.sorted { $0.identifier < $1.identifier }
    return [
      (.itemHeap, items.heap), (.itemStarts, rawBytes(items.starts)),
      (.itemSlots, rawBytes(items.slots)), (.itemRows, rawBytes(rows)),
      (.placeHeap, places.heap), (.placeStarts, rawBytes(places.starts)),
      (.placeKinds, placeKinds), (.placeSites, rawBytes(compilation.siteOfPlace)),
      (.classHeap, classes.heap), (.classStarts, rawBytes(classes.starts)),
      (.stepHeap, steps.heap), (.stepStarts, rawBytes(steps.starts)),
      (.unitHeap, units.heap), (.unitStarts, rawBytes(units.starts)),
      (.lotNumberHeap, lotNumbers.heap), (.lotNumberStarts, rawBytes(lotNumbers.starts)),
      (.lotNumberItems, rawBytes(pairs)),
      (.events, rawBytes(events)), (.eventSlots, rawBytes(eventSlots())),
      (.mentions, rawBytes(mentions)), (.masterData, names.encoded),
    ]
  }

  /// A hash table of events by identity: number + 1 in each slot.
  private func eventSlots() -> [UInt32] {
    var capacity = 64
    while capacity < events.count * 2 { capacity *= 2 }
    var slots = [UInt32](repeating: 0, count: capacity)
    for (number, event) in events.enumerated() {
      var slot = Int(truncatingIfNeeded: event.identityKey) & (capacity - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
      slots[slot] = UInt32(number) + 1
    }
    return slots
  }

  /// The events of each item and of each place, in order of time.
  private func timelineSections(_ compilation: Compilation) -> [(SectionID, [UInt8])] {
    var byItem: [(key: UInt32, value: UInt32)] = []
    var byPlace: [(key: UInt32, value: UInt32)] = []
    byItem.reserveCapacity(mentions.count)
    var last = [UInt32](repeating: none32, count: items.count)
    for event in compilation.order {
      for mention in compilation.mentions(of: event) where last[Int(mention.item)] != event {
        last[Int(mention.item)] = event
        byItem.append((mention.item, event))
      }
      if events[Int(event)].place != none32 { byPlace.append((events[Int(event)].place, event)) }
    }
    return grouped(byItem, count: items.count, .itemTimelineStarts, .itemTimelines)
      + grouped(byPlace, count: places.count, .placeTimelineStarts, .placeTimelines)
  }

  private func staySections(_ compilation: Compilation) -> [(SectionID, [UInt8])] {
    let byChild = compilation.stays.enumerated().map { (key: $1.child, value: UInt32($0)) }
    let byUnit = compilation.stays.enumerated().map { (key: $1.unit, value: UInt32($0)) }
    return [(.stays, rawBytes(compilation.stays))]
      + grouped(byChild, count: items.count, .childStayStarts, .childStays)
      + grouped(byUnit, count: items.count, .unitStayStarts, .unitStays)
  }

  private func grouped(
    _ pairs: [(key: UInt32, value: UInt32)], count: Int, _ starts: SectionID, _ values: SectionID
  ) -> [(SectionID, [UInt8])] {
    let grouping = HubSplit.Grouping(pairs.lazy.map(\.key), count: count, total: pairs.count)
    return [
      (starts, rawBytes(grouping.starts)),
      (values, rawBytes(grouping.members.map { pairs[Int($0)].value })),
    ]
  }

  private func graphSections(
    _ compilation: Compilation, _ split: HubSplit
  ) -> [(SectionID, [UInt8])] {
    let graph = split.graph()
    let forward = graph.rows(.forward)
    let backward = graph.rows(.backward)
    var nodeItems = [UInt32](repeating: none32, count: Int(split.nodeCount))
    for (hub, item) in compilation.hubItems.enumerated() {
      let first = Int(split.firstNodes[hub])
      for node in first..<first + Int(split.nodeCounts[hub]) { nodeItems[node] = item }
    }
    let carriers = (items.count..<compilation.hubItems.count).compactMap {
      hub -> (key: UInt32, value: UInt32)? in
      let unit = compilation.hubItems[hub]
      guard unit != none32, !compilation.outputHubs.contains(UInt32(hub)) else { return nil }
      return (key: unit, value: split.firstNodes[hub])
    }
    return grouped(carriers, count: items.count, .carrierStarts, .carriers) + [
      (.nodeItems, rawBytes(nodeItems)),
      (.forwardStarts, rawBytes(forward.starts)), (.forwardEnds, rawBytes(forward.ends)),
      (.forwardEvents, rawBytes(forward.events)), (.forwardMarks, forward.marks),
      (.backwardStarts, rawBytes(backward.starts)), (.backwardEnds, rawBytes(backward.ends)),
      (.backwardEvents, rawBytes(backward.events)), (.backwardMarks, backward.marks),
    ]
  }
}
