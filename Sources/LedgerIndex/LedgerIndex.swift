public import ProvenanceGraph
public import Traceability

/// A sealed index: items, events, stays, timelines and the graph, over mapped bytes.
///
/// It is derived from the ledger and disposable. Every number in it is checked once on opening, so
/// that damaged bytes are refused and never trap later.
public struct LedgerIndex: Sendable {
  /// What the index was made for.
  public let binding: IndexBinding
  /// Items, carriers and transformations with their links.
  public let graph: ProvenanceGraph
  /// What documents say of sites, parties and products, by canonical URI.
  public let masterData: [String: MasterDataRecord]

  /// What the hashes of this index are seeded with.
  public let seed: UInt64
  let region: ByteRegion
  let items: NameSection
  let itemSlots: Column<UInt32>
  let itemRows: Column<ItemRow>
  let places: NameSection
  let placeKinds: Column<UInt8>
  let placeSites: Column<UInt32>
  let classes: NameSection
  let steps: NameSection
  let units: NameSection
  let lotNumbers: NameSection
  let lotNumberItems: Column<UInt32>
  let events: Column<EventRow>
  let eventSlots: Column<UInt32>
  let mentions: Column<MentionRow>
  let stays: Column<StayRow>
  let childStays: RunSection
  let unitStays: RunSection
  let itemTimelines: RunSection
  let placeTimelines: RunSection
  let nodeItems: Column<UInt32>
  let carrierNodes: RunSection

  /// Maps a sealed index file.
  /// - Returns: nil if there is no such file.
  /// - Throws: `IndexError` if it is damaged.
  /// - Complexity: O(bytes): every section is checked.
  public init?(path: String) throws(IndexError) {
    guard let region = ByteRegion(mapping: path) else { return nil }
    try self.init(region)
  }

  /// Opens a sealed index over bytes.
  /// - Throws: `IndexError` if they are damaged.
  public init(_ region: ByteRegion) throws(IndexError) {
    let map = try SectionMap(region)
    self.region = region
    binding = map.binding
    seed = map.seed
    items = try NameSection(map, .itemHeap, .itemStarts)
    itemSlots = try map.column(.itemSlots, of: UInt32.self)
    itemRows = try map.column(.itemRows, of: ItemRow.self)
    places = try NameSection(map, .placeHeap, .placeStarts)
    placeKinds = try map.column(.placeKinds, of: UInt8.self)
    placeSites = try map.column(.placeSites, of: UInt32.self)
    classes = try NameSection(map, .classHeap, .classStarts)
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
    masterData = try Self.readMasterData(map)
    try validate()
  }

  private static func openGraph(_ map: SectionMap) throws(IndexError) -> ProvenanceGraph {
    let forward = ProvenanceGraph.Layout(
      starts: try map.range(.forwardStarts), ends: try map.range(.forwardEnds),
      events: try map.range(.forwardEvents), marks: try map.range(.forwardMarks))
    let backward = ProvenanceGraph.Layout(
      starts: try map.range(.backwardStarts), ends: try map.range(.backwardEnds),
      events: try map.range(.backwardEvents), marks: try map.range(.backwardMarks))
    guard let graph = ProvenanceGraph(region: map.region, forward: forward, backward: backward)
    else { throw IndexError("its graph has numbers out of bounds") }
    return graph
  }

  private static func readMasterData(
    _ map: SectionMap
  ) throws(IndexError) -> [String: MasterDataRecord] {
    let bytes = UnsafeRawBufferPointer(rebasing: map.region.bytes[try map.range(.masterData)])
    do throws(LinksError) {
      let records = try CaptureLinks(decoding: bytes).masterData
      return Dictionary(records.map { ($0.identifier.uri, $0) }) { first, _ in first }
    } catch {
      throw IndexError("its master data is damaged: \(error)")
    }
  }

  /// Checks every number that refers to another section.
  private func validate() throws(IndexError) {
    var isSound =
      itemRows.count == items.count && placeKinds.count == places.count
      && placeSites.count == places.count && childStays.count == items.count
      && unitStays.count == items.count && carrierNodes.count == items.count
      && itemTimelines.count == items.count
      && placeTimelines.count == places.count && nodeItems.count == graph.nodeCount
      && lotNumberItems.count % 2 == 0 && Self.isTable(itemSlots, of: items.count)
      && Self.isTable(eventSlots, of: events.count)
    for item in 0..<itemRows.count where isSound {
      let row = itemRows[item]
      isSound =
        UInt64(row.firstNode) + UInt64(row.nodeCount) <= UInt64(graph.nodeCount)
        && row.unknownLotOf <= UInt32(clamping: classes.count)
        && IdentifierKind(rawValue: row.kind) != nil
    }
    for place in 0..<placeSites.count where isSound {
      isSound = Int(placeSites[place]) < places.count
    }
    for node in 0..<nodeItems.count where isSound {
      isSound = nodeItems[node] == none32 || Int(nodeItems[node]) < items.count
    }
    for row in 0..<lotNumberItems.count where isSound {
      isSound = Int(lotNumberItems[row]) < (row % 2 == 0 ? lotNumbers.count : items.count)
    }
    for node in 0..<UInt32(graph.nodeCount) where isSound {
      for slot in graph.slots(of: node, .forward) where isSound {
        let event = graph.edge(in: slot, of: node, .forward).event
        isSound = event == GraphEdge.noEvent || Int(event) < events.count
      }
      for slot in graph.slots(of: node, .backward) where isSound {
        let event = graph.edge(in: slot, of: node, .backward).event
        isSound = event == GraphEdge.noEvent || Int(event) < events.count
      }
    }
    guard isSound, areEventsSound(), areStaysSound() else {
      throw IndexError("it has numbers out of bounds")
    }
  }

  private func areEventsSound() -> Bool {
    for number in 0..<events.count {
      let row = events[number]
      guard UInt64(row.mentionStart) + UInt64(row.mentionCount) <= UInt64(mentions.count),
        row.place == none32 || Int(row.place) < places.count, Int(row.bizStep) < steps.count,
        EventKind(rawValue: row.kind) != nil, EventAction(rawValue: row.action) != nil,
        row.microseconds.magnitude < 1 << 60
      else { return false }
    }
    for number in 0..<mentions.count {
      let row = mentions[number]
      guard Int(row.item) < items.count, Int(row.event) < events.count,
        ItemRole(rawValue: row.role) != nil, row.exponent.magnitude <= 1024,
        row.unit == UInt16.max || Int(row.unit) <= units.count
      else { return false }
    }
    return true
  }

  private func areStaysSound() -> Bool {
    for number in 0..<stays.count {
      let row = stays[number]
      guard Int(row.unit) < items.count, Int(row.child) < items.count,
        Int(row.startEvent) < events.count,
        row.endEvent == none32 || Int(row.endEvent) < events.count
      else { return false }
    }
    return true
  }

  /// Whether a hash table is a power of two with room, and holds numbers below the count.
  private static func isTable(_ slots: Column<UInt32>, of count: Int) -> Bool {
    guard slots.count > count, slots.count & (slots.count - 1) == 0 else { return false }
    var used = 0
    for slot in 0..<slots.count where slots[slot] != 0 {
      used += 1
      guard Int(slots[slot]) <= count else { return false }
    }
    return used < slots.count
  }
}

/// Numbered byte strings in a sealed index.
struct NameSection: Sendable {
  let heap: Column<UInt8>
  let starts: Column<UInt64>

  init(_ map: SectionMap, _ heap: SectionID, _ starts: SectionID) throws(IndexError) {
    self.heap = try map.column(heap, of: UInt8.self)
    self.starts = try map.column(starts, of: UInt64.self)
    guard self.starts.count > 0, self.starts[0] == 0,
      self.starts[self.starts.count - 1] == UInt64(self.heap.count)
    else { throw IndexError("section \(starts.rawValue) does not fit its heap") }
    for row in 1..<max(1, self.starts.count) where self.starts[row] < self.starts[row - 1] {
      throw IndexError("section \(starts.rawValue) is not in order")
    }
  }

  var count: Int { starts.count - 1 }

  func range(_ number: Int) -> Range<Int> {
    Int(starts[number])..<Int(starts[number + 1])
  }

  func string(_ number: Int) -> String {
    var bytes: [UInt8] = []
    for index in range(number) { bytes.append(heap[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Runs of numbers by key in a sealed index.
struct RunSection: Sendable {
  private let starts: Column<UInt32>
  private let values: Column<UInt32>

  init(
    _ map: SectionMap, _ starts: SectionID, _ values: SectionID, below limit: Int
  ) throws(IndexError) {
    self.starts = try map.column(starts, of: UInt32.self)
    self.values = try map.column(values, of: UInt32.self)
    guard self.starts.count > 0, self.starts[0] == 0,
      Int(self.starts[self.starts.count - 1]) == self.values.count
    else { throw IndexError("section \(starts.rawValue) does not fit its values") }
    for row in 1..<max(1, self.starts.count) where self.starts[row] < self.starts[row - 1] {
      throw IndexError("section \(starts.rawValue) is not in order")
    }
    for row in 0..<self.values.count where Int(self.values[row]) >= limit {
      throw IndexError("section \(values.rawValue) has numbers out of bounds")
    }
  }

  var count: Int { starts.count - 1 }

  subscript(key: Int) -> [UInt32] { range(key).map { values[$0] } }

  func range(_ key: Int) -> Range<Int> { Int(starts[key])..<Int(starts[key + 1]) }

  func value(at position: Int) -> UInt32 { values[position] }
}
