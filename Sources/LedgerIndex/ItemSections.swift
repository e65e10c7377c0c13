import Traceability

/// What a sealed index keeps of items, and what people look them up by.
struct ItemSections {
  private let builder: IndexBuilder
  private let compilation: Compilation

  init(_ compilation: Compilation) {
    self.compilation = compilation
    builder = compilation.facts.builder
  }

  func write(to writer: SectionWriter) throws {
    let items = builder.items
    try writer.names(.itemHeap, .itemStarts, items)
    try writer.slots(.itemSlots, count: items.count, scratch: builder.scratch) { item in
      items.withKey(UInt32(item)) { ByteHash.hash($0, seed: builder.seed) }
    }
    try writer.section(.itemKinds) {
      for item in 0..<items.count {
        let flags = compilation.flags(of: UInt32(item))
        try writer.put(Int(builder.itemKinds[item] | flags << 4), width: 1)
      }
    }
    try writeTails(to: writer)
    try writeUnknownLots(to: writer)
    try writeLotNumbers(to: writer)
    try writeTransformations(to: writer)
  }

  private func writeTails(to writer: SectionWriter) throws {
    var hashes = Column<UInt64>(scratch: builder.scratch)
    for item in 0..<UInt32(builder.items.count) {
      hashes.append(
        builder.items.withKey(item) { Tail.hash(Tail.of($0), seed: builder.seed) })
    }
    try writer.numbers(.itemsByTail, RadixSort.order(of: hashes))
  }

  private func writeUnknownLots(to writer: SectionWriter) throws {
    let lots = builder.unknownLots
    try writer.numbers(.unknownLotItems, lots.map(\.item))
    try writer.numbers(.unknownLotClasses, lots.map(\.productClass))
    var classes = Column<UInt32>()
    for lot in lots { classes.append(lot.productClass) }
    let byClass = Grouping(classes, below: builder.classes.count)
    try writer.numbers(.unknownLotStarts, byClass.starts)
    try writer.numbers(
      .unknownLots, byClass.members.indices.map { lots[Int(byClass.members[$0])].item })
    try writer.names(.classHeap, .classStarts, builder.classes)
    try writer.slots(.classSlots, count: builder.classes.count, scratch: nil) { number in
      builder.classes.withKey(UInt32(number)) { ByteHash.hash($0, seed: builder.seed) }
    }
  }

  /// Lot numbers with their items, in order of the hash of the number, then of both.
  private func writeLotNumbers(to writer: SectionWriter) throws {
    try writer.names(.lotNumberHeap, .lotNumberStarts, builder.lotNumbers)
    let hashes = (0..<UInt32(builder.lotNumbers.count)).map { number in
      builder.lotNumbers.withKey(number) { Tail.hash($0, seed: builder.seed) }
    }
    let pairs = builder.lotNumberItems
    let order = RadixSort.order(of: pairs)
    var keys = Column<UInt64>(scratch: builder.scratch)
    for place in order.indices { keys.append(hashes[Int(pairs[Int(order[place])] >> 32)]) }
    let byHash = RadixSort.order(of: keys)
    try writer.section(.lotNumberItems) {
      for place in byHash.indices {
        let pair = pairs[Int(order[Int(byHash[place])])]
        try writer.put(Int(pair >> 32), width: 4)
        try writer.put(Int(truncatingIfNeeded: pair & 0xFFFF_FFFF), width: 4)
      }
    }
  }

  private func writeTransformations(to writer: SectionWriter) throws {
    let rows = compilation.facts.transformations.map { row in
      let hash = builder.transformations.withKey(row.transformation) {
        ByteHash.hash($0, seed: builder.seed)
      }
      return (hash: hash, event: row.event)
    }.sorted { ($0.hash, $0.event) < ($1.hash, $1.event) }
    try writer.section(.transformationHashes, rows.map(\.hash))
    try writer.section(.transformationEvents, rows.map(\.event))
  }
}
