public import ProvenanceGraph

/// A sealed index: items, events, stays, timelines and the graph, over mapped bytes.
///
/// It is derived from the ledger and disposable. Opening it reads next to nothing: each page is
/// checked when it is first read, and every number before it is used, so that damaged bytes never
/// trap. What is damaged reads as nothing: ask ``damage`` before an answer is given out.
public final class LedgerIndex: Sendable {
  /// What the index was made for.
  public let binding: IndexBinding
  /// Items, carriers and transformations with their links.
  public let graph: ProvenanceGraph
  /// What the hashes of this index are seeded with.
  public let seed: UInt64

  let checked: CheckedRegion
  let items: NameSection
  let itemSlots: CheckedColumn<UInt32>
  let itemRows: CheckedColumn<ItemRow>
  let places: NameSection
  let placeKinds: CheckedColumn<UInt8>
  let placeSites: CheckedColumn<UInt32>
  let classes: NameSection
  let classSlots: CheckedColumn<UInt32>
  let unknownLotRuns: RunSection
  /// All items in order of the hash of their tail.
  let itemsByTail: CheckedColumn<UInt32>
  let steps: NameSection
  let units: NameSection
  let lotNumbers: NameSection
  let lotNumberItems: CheckedColumn<UInt32>
  let events: CheckedColumn<EventRow>
  let eventSlots: CheckedColumn<UInt32>
  let mentions: CheckedColumn<MentionRow>
  let stays: CheckedColumn<StayRow>
  let childStays: RunSection
  let unitStays: RunSection
  let itemTimelines: RunSection
  let placeTimelines: RunSection
  let nodeItems: CheckedColumn<UInt32>
  let carrierNodes: RunSection
  let names: NameSection
  let nameRecords: NameSection
  /// The events of transformations that can have several, in order of the hash of what tells them
  /// apart.
  let transformationHashes: CheckedColumn<UInt64>
  let transformationEvents: CheckedColumn<UInt32>
  /// The index whose names count where this one has none.
  let whole: LedgerIndex?
  let cuts: CheckedColumn<CutRow>
  let cutReasons: NameSection

  /// Maps a sealed index file.
  /// - Returns: nil if there is no such file.
  /// - Throws: `IndexError` if it is no index, or its trailer is damaged.
  /// - Complexity: O(bytes / 2^20).
  public convenience init?(path: String) throws(IndexError) {
    guard let region = ByteRegion(mapping: path) else { return nil }
    try self.init(region)
  }

  /// Opens a sealed index over bytes.
  /// - Throws: `IndexError` if they are no index, or its trailer is damaged.
  public convenience init(_ region: ByteRegion) throws(IndexError) {
    try self.init(region, within: nil)
  }

  init(_ region: ByteRegion, within whole: LedgerIndex?) throws(IndexError) {
    self.whole = whole
    let map = try SectionMap(region)
    checked = map.checked
    binding = map.binding
    seed = map.seed
    items = try NameSection(map, .itemHeap, .itemStarts)
    itemSlots = try map.column(.itemSlots, of: UInt32.self)
    itemRows = try map.column(.itemRows, of: ItemRow.self)
    places = try NameSection(map, .placeHeap, .placeStarts)
    placeKinds = try map.column(.placeKinds, of: UInt8.self)
    placeSites = try map.column(.placeSites, of: UInt32.self)
    classes = try NameSection(map, .classHeap, .classStarts)
    classSlots = try map.column(.classSlots, of: UInt32.self)
    unknownLotRuns = try RunSection(map, .unknownLotStarts, .unknownLots, below: items.count)
    itemsByTail = try map.column(.itemsByTail, of: UInt32.self)
    steps = try NameSection(map, .stepHeap, .stepStarts)
    units = try NameSection(map, .unitHeap, .unitStarts)
    lotNumbers = try NameSection(map, .lotNumberHeap, .lotNumberStarts)
    lotNumberItems = try map.column(.lotNumberItems, of: UInt32.self)
    events = try map.column(.events, of: EventRow.self)
    eventSlots = try map.column(.eventSlots, of: UInt32.self)
    mentions = try map.column(.mentions, of: MentionRow.self)
    stays = try map.column(.stays, of: StayRow.self)
    childStays = try RunSection(map, .childStayStarts, .childStays, below: stays.count)
    unitStays = try RunSection(map, .unitStayStarts, .unitStays, below: stays.count)
    itemTimelines = try RunSection(
      map, .itemTimelineStarts, .itemTimelines, below: events.count)
    placeTimelines = try RunSection(
      map, .placeTimelineStarts, .placeTimelines, below: events.count)
    nodeItems = try map.column(.nodeItems, of: UInt32.self)
    graph = try Self.openGraph(map)
    carrierNodes = try RunSection(map, .carrierStarts, .carriers, below: graph.nodeCount)
    names = try NameSection(map, .nameHeap, .nameStarts)
    nameRecords = try NameSection(map, .nameRecordHeap, .nameRecordStarts)
    transformationHashes = try map.column(.transformationHashes, of: UInt64.self)
    transformationEvents = try map.column(.transformationEvents, of: UInt32.self)
    cuts = try map.column(.cuts, of: CutRow.self)
    cutReasons = try NameSection(map, .cutReasonHeap, .cutReasonStarts)
    guard transformationHashes.count == transformationEvents.count,
      itemRows.count == items.count, placeKinds.count == places.count,
      placeSites.count == places.count, childStays.count == items.count,
      unitStays.count == items.count, carrierNodes.count == items.count,
      itemTimelines.count == items.count, placeTimelines.count == places.count,
      nodeItems.count == graph.nodeCount, lotNumberItems.count % 2 == 0,
      names.count == nameRecords.count, unknownLotRuns.count == classes.count,
      itemsByTail.count == items.count, Self.isTable(classSlots, of: classes.count),
      Self.isTable(itemSlots, of: items.count),
      Self.isTable(eventSlots, of: events.count)
    else { throw IndexError("its sections do not fit each other") }
  }

  /// What is wrong with the bytes that were read so far; nil while all of them are sound. Answers
  /// from a damaged index are worth nothing.
  public var damage: IndexError? {
    if let damage = whole?.damage { return damage }
    return checked.damage.map {
      IndexError("the page at byte \($0) does not match its checksum")
    }
  }

  /// Reads and checks every byte.
  /// - Throws: `IndexError` if any is damaged.
  /// - Complexity: O(bytes).
  public func checkAll() throws(IndexError) {
    checked.checkAll()
    if let damage { throw damage }
  }

  private static func openGraph(_ map: SectionMap) throws(IndexError) -> ProvenanceGraph {
    let forward = ProvenanceGraph.Layout(
      presence: try map.range(.forwardPresence), ranks: try map.range(.forwardRanks),
      starts: try map.range(.forwardStarts), ends: try map.range(.forwardEnds),
      events: try map.range(.forwardEvents), doubts: try map.range(.forwardDoubts),
      marks: try map.range(.forwardMarks))
    let backward = ProvenanceGraph.Layout(
      presence: try map.range(.backwardPresence), ranks: try map.range(.backwardRanks),
      starts: try map.range(.backwardStarts), ends: try map.range(.backwardEnds),
      events: try map.range(.backwardEvents), doubts: try map.range(.backwardDoubts),
      marks: try map.range(.backwardMarks))
    guard let graph = ProvenanceGraph(region: map.checked, forward: forward, backward: backward)
    else { throw IndexError("its graph's columns do not fit each other") }
    return graph
  }

  /// Whether a hash table is a power of two with room.
  private static func isTable(_ slots: CheckedColumn<UInt32>, of count: Int) -> Bool {
    slots.count > count && slots.count & (slots.count - 1) == 0
  }
}

/// Numbered byte strings in a sealed index.
struct NameSection: Sendable {
  let heap: CheckedColumn<UInt8>
  let starts: CheckedColumn<UInt64>

  init(_ map: SectionMap, _ heap: SectionID, _ starts: SectionID) throws(IndexError) {
    self.heap = try map.column(heap, of: UInt8.self)
    self.starts = try map.column(starts, of: UInt64.self)
    guard self.starts.count > 0 else { throw IndexError("section \(starts.rawValue) is empty") }
  }

  var count: Int { starts.count - 1 }

  func range(_ number: Int) -> Range<Int> {
    let lower = Int(clamping: starts[number])
    let upper = Int(clamping: starts[number + 1])
    guard lower <= upper, upper <= heap.count else {
      starts.refuse(number)
      return 0..<0
    }
    return lower..<upper
  }

  /// Lends the bytes of a string.
  func bytes(_ number: Int) -> UnsafeRawBufferPointer { heap.bytes(range(number)) }

  func string(_ number: Int) -> String { String(decoding: bytes(number), as: UTF8.self) }
}

/// Runs of numbers by key in a sealed index.
struct RunSection: Sendable {
  private let starts: CheckedColumn<UInt32>
  private let values: CheckedColumn<UInt32>
  private let limit: Int

  init(
    _ map: SectionMap, _ starts: SectionID, _ values: SectionID, below limit: Int
  ) throws(IndexError) {
    self.starts = try map.column(starts, of: UInt32.self)
    self.values = try map.column(values, of: UInt32.self)
    self.limit = limit
    guard self.starts.count > 0 else { throw IndexError("section \(starts.rawValue) is empty") }
  }

  var count: Int { starts.count - 1 }

  /// The numbers of a key; none where they are out of bounds.
  subscript(key: Int) -> [UInt32] {
    let range = range(key)
    var result: [UInt32] = []
    result.reserveCapacity(range.count)
    for position in range {
      let value = values[position]
      guard value < limit else {
        values.refuse(position)
        return []
      }
      result.append(value)
    }
    return result
  }

  func range(_ key: Int) -> Range<Int> {
    let lower = Int(starts[key])
    let upper = Int(starts[key + 1])
    guard lower <= upper, upper <= values.count else {
      starts.refuse(key)
      return 0..<0
    }
    return lower..<upper
  }

  /// A number by its position; 0 where it is out of bounds.
  func value(at position: Int) -> UInt32 {
    let value = values[position]
    if value < limit { return value }
    values.refuse(position)
    return 0
  }
}
