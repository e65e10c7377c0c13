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
    try SealedSections.write(sections(), binding: binding, seed: seed, to: sink)
  }

  private func sections() -> [SealedSection] {
    let compilation = Compilation(self)
    let split = HubSplit(compilation)
    return factSections(compilation, split) + timelineSections(compilation)
      + staySections(compilation) + graphSections(compilation, split)
  }

  /// The sealed index in memory.
  public func sealed(binding: IndexBinding) throws -> LedgerIndex {
    try sealed(binding: binding, within: nil)
  }

  /// The sealed index in memory of a part of what another index holds.
  func sealed(binding: IndexBinding, within whole: LedgerIndex?) throws -> LedgerIndex {
    var bytes: [UInt8] = []
    try seal(binding: binding) { bytes.append(contentsOf: $0) }
    return try LedgerIndex(ByteRegion(copying: bytes), within: whole)
  }

  private func factSections(
    _ compilation: Compilation, _ split: HubSplit
  ) -> [SealedSection] {
    var rows = itemRows
    for item in rows.indices {
      rows[item].firstNode = split.firstNodes[item]
      rows[item].nodeCount = split.nodeCounts[item]
      rows[item].flags = compilation.isVessel[item] ? 1 : 0
      if compilation.hadContents[item] { rows[item].flags |= 2 }
    }
    return [
      SealedSection(.itemHeap, items.heap), SealedSection(.itemStarts, items.starts),
      SealedSection(.itemSlots, items.slots),
      SealedSection(.itemRows, rows),
      SealedSection(.placeHeap, places.heap),
      SealedSection(.placeStarts, places.starts),
      SealedSection(.placeKinds, placeKinds),
      SealedSection(.placeSites, compilation.siteOfPlace),
      SealedSection(.classHeap, classes.heap),
      SealedSection(.classStarts, classes.starts),
      SealedSection(.stepHeap, steps.heap), SealedSection(.stepStarts, steps.starts),
      SealedSection(.unitHeap, units.heap), SealedSection(.unitStarts, units.starts),
      SealedSection(.lotNumberHeap, lotNumbers.heap),
      SealedSection(.lotNumberStarts, lotNumbers.starts),
      SealedSection(.events, events), SealedSection(.eventSlots, eventSlots()),
      SealedSection(.mentions, mentions),
    ] + nameSections() + lookupSections()
  }

  /// What people look items up by: unknown lots by class, tails and lot numbers by their hashes.
  private func lookupSections() -> [SealedSection] {
    let unknown = itemRows.indices.compactMap { item in
      let number = itemRows[item].unknownLotOf
      return number == 0 ? nil : (key: number - 1, value: UInt32(item))
    }
    let tails = items.heap.withUnsafeBytes { heap in
      itemRows.indices.map { item in
        let uri = heap[Int(items.starts[item])..<Int(items.starts[item + 1])]
        return (
          hash: Tail.hash(Tail.of(UnsafeRawBufferPointer(rebasing: uri)), seed: seed),
          item: UInt32(item)
        )
      }
    }.sorted { ($0.hash, $0.item) < ($1.hash, $1.item) }
    let numbers = lotNumberItems.map { pair in
      (hash: Tail.hash(lotNumbers.bytes(pair.lotNumber), seed: seed), pair: pair)
    }.sorted {
      ($0.hash, $0.pair.lotNumber, $0.pair.item) < ($1.hash, $1.pair.lotNumber, $1.pair.item)
    }
    let transformed = events.indices.compactMap { event in
      let number = events[event].transformation
      return number == none32
        ? nil
        : (hash: ByteHash.hash(transformations.bytes(number), seed: seed), event: UInt32(event))
    }.sorted { ($0.hash, $0.event) < ($1.hash, $1.event) }
    return grouped(unknown, count: classes.count, .unknownLotStarts, .unknownLots) + [
      SealedSection(.transformationHashes, transformed.map(\.hash)),
      SealedSection(.transformationEvents, transformed.map(\.event)),
      SealedSection(.classSlots, classes.slots),
      SealedSection(.itemsByTail, tails.map(\.item)),
      SealedSection(.lotNumberItems, numbers.flatMap { [$0.pair.lotNumber, $0.pair.item] }),
    ]
  }

  /// What documents say of sites, parties and products, in order of the bytes of their URIs; and why
  /// links were destroyed.
  private func nameSections() -> [SealedSection] {
    var names: [UInt8] = []
    var nameStarts: [UInt64] = [0]
    var records: [UInt8] = []
    var recordStarts: [UInt64] = [0]
    let sorted = masterData.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (uri, record) in sorted {
      names.append(contentsOf: uri.utf8)
      nameStarts.append(UInt64(names.count))
      var links = CaptureLinks()
      links.masterData = [record]
      records.append(contentsOf: links.encoded)
      recordStarts.append(UInt64(records.count))
    }
    return [
      SealedSection(.cuts, cuts), SealedSection(.cutReasonHeap, cutReasons.heap),
      SealedSection(.cutReasonStarts, cutReasons.starts),
      SealedSection(.nameHeap, names), SealedSection(.nameStarts, nameStarts),
      SealedSection(.nameRecordHeap, records), SealedSection(.nameRecordStarts, recordStarts),
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
  private func timelineSections(_ compilation: Compilation) -> [SealedSection] {
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

  private func staySections(_ compilation: Compilation) -> [SealedSection] {
    let byChild = compilation.stays.enumerated().map { (key: $1.child, value: UInt32($0)) }
    let byUnit = compilation.stays.enumerated().map { (key: $1.unit, value: UInt32($0)) }
    return [SealedSection(.stays, compilation.stays)]
      + grouped(byChild, count: items.count, .childStayStarts, .childStays)
      + grouped(byUnit, count: items.count, .unitStayStarts, .unitStays)
  }

  private func grouped(
    _ pairs: [(key: UInt32, value: UInt32)], count: Int, _ starts: SectionID, _ values: SectionID
  ) -> [SealedSection] {
    let grouping = HubSplit.Grouping(pairs.lazy.map(\.key), count: count, total: pairs.count)
    return [
      SealedSection(starts, grouping.starts),
      SealedSection(values, grouping.members.map { pairs[Int($0)].value }),
    ]
  }

  private func graphSections(
    _ compilation: Compilation, _ split: HubSplit
  ) -> [SealedSection] {
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
      SealedSection(.nodeItems, nodeItems),
      SealedSection(.forwardPresence, forward.presence),
      SealedSection(.forwardRanks, forward.ranks),
      SealedSection(.forwardStarts, forward.starts),
      SealedSection(.forwardEnds, forward.ends),
      SealedSection(.forwardEvents, PackedNumbers.bytes(forward.events)),
      SealedSection(.forwardDoubts, forward.doubts),
      SealedSection(.forwardMarks, forward.marks),
      SealedSection(.backwardPresence, backward.presence),
      SealedSection(.backwardRanks, backward.ranks),
      SealedSection(.backwardStarts, backward.starts),
      SealedSection(.backwardEnds, backward.ends),
      SealedSection(.backwardEvents, PackedNumbers.bytes(backward.events)),
      SealedSection(.backwardDoubts, backward.doubts),
      SealedSection(.backwardMarks, backward.marks),
    ]
  }
}
