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
  private let map: SectionMap
  let items: NameSection
  let itemSlots: SlotSection
  /// The kind of each item; bit 4 a vessel, bit 5 a unit that had contents.
  let itemKinds: CheckedColumn<UInt8>
  /// The first node of each item; one more at the end.
  let itemNodes: NumberSection
  let places: NameSection
  let placeKinds: CheckedColumn<UInt8>
  let placeSites: NumberSection
  let classes: NameSection
  let classSlots: SlotSection
  /// Unknown lots in ascending order, with their classes.
  let unknownLotItems: NumberSection
  let unknownLotClasses: NumberSection
  let unknownLotRuns: RunSection
  /// All items in order of the hash of their tail.
  let itemsByTail: NumberSection
  let steps: NameSection
  let lotNumbers: NameSection
  let lotNumberItems: CheckedColumn<UInt32>
  let events: EventSections
  let eventSlots: SlotSection
  let mentionItems: NumberSection
  /// The role of each mention; the top bit is set for items of a quantity list.
  let mentionRoles: CheckedColumn<UInt8>
  let stays: StaySections
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

  /// What bytes of an index are for.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    /// The URIs of items.
    case keys
    /// What else is kept of items: look-up, stays in units, and numbers.
    case items
    /// Events, their look-up, and the timelines of places.
    case events
    /// Mentions of items in events, and the timelines of items.
    case mentions
    /// The links that a trace follows.
    case graph
    /// Sites, names and addresses, and redactions.
    case names
    /// Checksums and the table of sections.
    case checksums
  }

  /// Opens a sealed index file, whose pages are read as they are asked for.
  /// - Returns: nil if there is no such file.
  /// - Throws: `IndexError` if it is no index, or its trailer is damaged.
  /// - Complexity: O(bytes / 2^20).
  public convenience init?(path: String) throws(IndexError) {
    guard let region = ByteRegion(paging: path) else { return nil }
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
    self.map = map
    items = try NameSection(map, .itemHeap, .itemStarts)
    itemSlots = try SlotSection(map, .itemSlots)
    itemKinds = try map.column(.itemKinds, of: UInt8.self)
    itemNodes = try NumberSection(map, .itemNodes)
    places = try NameSection(map, .placeHeap, .placeStarts)
    placeKinds = try map.column(.placeKinds, of: UInt8.self)
    placeSites = try NumberSection(map, .placeSites)
    classes = try NameSection(map, .classHeap, .classStarts)
    classSlots = try SlotSection(map, .classSlots)
    unknownLotItems = try NumberSection(map, .unknownLotItems)
    unknownLotClasses = try NumberSection(map, .unknownLotClasses)
    unknownLotRuns = try RunSection(map, .unknownLotStarts, .unknownLots, below: items.count)
    itemsByTail = try NumberSection(map, .itemsByTail)
    steps = try NameSection(map, .stepHeap, .stepStarts)
    lotNumbers = try NameSection(map, .lotNumberHeap, .lotNumberStarts)
    lotNumberItems = try map.column(.lotNumberItems, of: UInt32.self)
    mentionItems = try NumberSection(map, .mentionItems)
    mentionRoles = try map.column(.mentionRoles, of: UInt8.self)
    events = try EventSections(map, mentionCount: mentionItems.count)
    eventSlots = try SlotSection(map, .eventSlots)
    stays = try StaySections(map)
    childStays = try RunSection(
      map, .childStayPresence, .childStayRanks, .childStayStarts, .childStays, keys: items.count,
      below: stays.count)
    unitStays = try RunSection(
      map, .unitStayPresence, .unitStayRanks, .unitStayStarts, nil, keys: items.count,
      below: stays.count)
    itemTimelines = try RunSection(
      map, .itemTimelineStarts, .itemTimelines, below: events.count)
    placeTimelines = try RunSection(
      map, .placeTimelineStarts, .placeTimelines, below: events.count)
    nodeItems = try map.column(.nodeItems, of: UInt32.self)
    graph = try Self.openGraph(map)
    carrierNodes = try RunSection(
      map, .carrierPresence, .carrierRanks, .carrierStarts, .carriers, keys: items.count,
      below: graph.nodeCount)
    names = try NameSection(map, .nameHeap, .nameStarts)
    nameRecords = try NameSection(map, .nameRecordHeap, .nameRecordStarts)
    transformationHashes = try map.column(.transformationHashes, of: UInt64.self)
    transformationEvents = try map.column(.transformationEvents, of: UInt32.self)
    cuts = try map.column(.cuts, of: CutRow.self)
    cutReasons = try NameSection(map, .cutReasonHeap, .cutReasonStarts)
    guard transformationHashes.count == transformationEvents.count,
      itemKinds.count == items.count, itemNodes.count == items.count + 1,
      placeKinds.count == places.count, placeSites.count == places.count,
      mentionRoles.count == mentionItems.count, itemTimelines.count == items.count,
      placeTimelines.count == places.count, nodeItems.count == graph.nodeCount,
      lotNumberItems.count % 2 == 0, names.count == nameRecords.count,
      unknownLotRuns.count == classes.count, unknownLotItems.count == unknownLotClasses.count,
      itemsByTail.count == items.count, classSlots.holds(classes.count),
      itemSlots.holds(items.count), eventSlots.holds(events.count)
    else { throw IndexError("its sections do not fit each other") }
  }

  /// Bytes of the sections by what they hold.
  public var byteCounts: [Part: Int] {
    var counts: [Part: Int] = [:]
    var rest = checked.region.bytes.count
    for id in SectionID.allCases where map.rows[Int(id.rawValue)].start >= 0 {
      counts[id.part, default: 0] += map.rows[Int(id.rawValue)].byteCount
      rest -= map.rows[Int(id.rawValue)].byteCount
    }
    counts[.checksums] = rest
    return counts
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
      events: try map.range(.forwardEvents), eventWidth: map.width(.forwardEvents),
      doubts: try map.range(.forwardDoubts), marks: try map.range(.forwardMarks))
    let backward = ProvenanceGraph.Layout(
      presence: try map.range(.backwardPresence), ranks: try map.range(.backwardRanks),
      starts: try map.range(.backwardStarts), ends: try map.range(.backwardEnds),
      events: try map.range(.backwardEvents), eventWidth: map.width(.backwardEvents),
      doubts: try map.range(.backwardDoubts), marks: try map.range(.backwardMarks))
    guard let graph = ProvenanceGraph(region: map.checked, forward: forward, backward: backward)
    else { throw IndexError("its graph's columns do not fit each other") }
    return graph
  }
}
