import ProvenanceGraph
import Traceability

extension IndexBuilder {
  /// Compiles what was added and hands out the bytes of the sealed index piece by piece.
  ///
  /// The same facts give the same answers in any order of adding.
  /// - Parameter step: called every now and then; what it throws ends the work.
  /// - Complexity: O(n log n) in events and mentions.
  public func seal(
    binding: IndexBinding, step: () throws -> Void = {},
    to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withoutActuallyEscaping(sink) { sink in
      let writer = SectionWriter(sink)
      try write(to: writer, step: step)
      try writer.finish(binding: binding, seed: seed)
    }
  }

  private func write(to writer: SectionWriter, step: () throws -> Void) throws {
    var compilation = try Compilation(SortedFacts(self), step: step)
    try ItemSections(compilation).write(to: writer)
    try step()
    try writeNames(to: writer, sites: compilation.siteOfPlace)
    try compilation.facts.write(to: writer)
    try step()
    try compilation.facts.writeTimelines(to: writer)
    try compilation.writeStays(to: writer)
    try step()
    var split = try HubSplit(&compilation, step: step)
    try split.write(compilation, to: writer, step: step)
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

  /// Places and their sites, what documents say of sites, parties and products, in order of the bytes of
  /// their URIs, and why links were destroyed.
  private func writeNames(to writer: SectionWriter, sites: [UInt32]) throws {
    try writer.names(.placeHeap, .placeStarts, places)
    try writer.section(.placeKinds, placeKinds)
    try writer.numbers(.placeSites, sites)
    var names: [UInt8] = []
    var nameStarts: [UInt32] = [0]
    var records: [UInt8] = []
    var recordStarts: [UInt32] = [0]
    let sorted = masterData.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    for (uri, record) in sorted {
      names.append(contentsOf: uri.utf8)
      nameStarts.append(UInt32(clamping: names.count))
      var links = CaptureLinks()
      links.masterData = [record]
      records.append(contentsOf: links.encoded)
      recordStarts.append(UInt32(clamping: records.count))
    }
    guard names.count < 1 << 32, records.count < 1 << 32 else {
      throw IndexError("the index holds at most 2^32 bytes of names; start a successor ledger")
    }
    try writer.section(.nameHeap, names)
    try writer.numbers(.nameStarts, nameStarts)
    try writer.section(.nameRecordHeap, records)
    try writer.numbers(.nameRecordStarts, recordStarts)
    try writer.section(.cuts, cuts)
    try writer.names(.cutReasonHeap, .cutReasonStarts, cutReasons)
  }
}

extension SectionWriter {
  /// A hash table of the numbers below a count: see ``SlotSection``.
  func slots(_ id: SectionID, count: Int, scratch: String?, _ hash: (Int) -> UInt64) throws {
    let capacity = SlotSection.capacity(count)
    let slots = Column<UInt64>(zeros: capacity, scratch: scratch)
    for number in 0..<count {
      let hash = hash(number)
      var place = SlotSection.place(hash, capacity)
      while slots.start[place] != 0 { place = place &+ 1 == capacity ? 0 : place &+ 1 }
      slots.start[place] = (hash & 0xFFFF) << 32 | UInt64(number + 1)
    }
    try section(id, width: SlotSection.width) {
      for place in 0..<capacity {
        try put(Int(truncatingIfNeeded: slots[place]), width: SlotSection.width)
      }
    }
  }

  /// Runs of the places of a grouping by key, of which few have any: see ``RunSection``.
  func runs(
    _ grouping: Grouping, keys: Int, _ presence: SectionID, _ ranks: SectionID,
    _ starts: SectionID
  ) throws {
    var bits = [UInt64](repeating: 0, count: keys / 64 + 1)
    var rows: [UInt32] = []
    var counts = [UInt32](repeating: 0, count: keys / 64 + 1)
    for key in 0..<UInt32(keys) where grouping.count(key) > 0 {
      bits[Int(key >> 6)] |= 1 << UInt64(key & 63)
      rows.append(UInt32(grouping.range(key).lowerBound))
    }
    for word in bits.indices.dropFirst() {
      counts[word] = counts[word - 1] + UInt32(bits[word - 1].nonzeroBitCount)
    }
    rows.append(UInt32(grouping.members.count))
    try section(presence, bits)
    try section(ranks, counts)
    try numbers(starts, rows)
  }
}
