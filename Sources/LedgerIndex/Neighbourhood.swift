public import ProvenanceGraph
public import Traceability

/// Where the links of events and captures are read.
public protocol EventSource {
  /// The links of an event entry, with who submitted it; nil if they were erased, or it is no event.
  func event(at entry: UInt64) throws -> LaterEvents.Stored?

  /// The links of a capture entry; nil if they were erased, or it is no capture.
  func capture(at entry: UInt64) throws -> CaptureLinks?

  /// Reads the links of all events from an entry on, until the reader returns false.
  func scan(
    from entry: UInt64, _ body: (UInt64, UnsafeRawBufferPointer) throws -> Bool
  ) throws
}

/// Collects the events that an answer can depend on, out of an index and the events that came after
/// it, so that a ledger need not be indexed anew for what is new.
///
/// Too many events do no harm: what is compiled out of them is right for every item that was
/// reached, since all events count that can touch it, the units and vessels around it, and what it
/// was made of or into. Which those are follows the rules of a trace, without its times.
public struct Neighbourhood {
  let base: LedgerIndex
  let later: LaterEvents
  let source: any EventSource
  private let options: IndexOptions
  private let limit: Int
  private let direction: GraphDirection?

  /// What is known of an item, by its local number.
  struct Item {
    var uri: [UInt8]
    var kind: IdentifierKind
    var base: ItemNumber?
    var done: Depth = []
    var isVessel: Bool?
  }

  /// How far an item matters.
  struct Depth: OptionSet {
    let rawValue: UInt8
    /// Its events count.
    static let loaded = Depth(rawValue: 1)
    /// It is a unit around others: its units count, too, and where it leads.
    static let carrying = Depth(rawValue: 2)
    /// It is part of the answer.
    static let reached = Depth(rawValue: 4)
  }

  /// An event as far as the walk needs it.
  struct Event {
    var kind: EventKind
    var mentions: [(item: Int, role: ItemRole)]
    var transformation: [UInt8]?
    var serials: [(lot: Int, serial: Int)]
    var lotNumber: [UInt8]
  }

  private(set) var items: [Item] = []
  private(set) var numbers: [[UInt8]: Int] = [:]
  private(set) var events: [UInt64: Event] = [:]
  private var names: [String: [MasterDataRecord]] = [:]
  private var captures: [UInt64: CaptureLinks] = [:]
  private(set) var stored: [UInt64: LaterEvents.Stored] = [:]
  private var entriesOfItem: [Int: [UInt64]] = [:]
  private var pending: [(item: Int, depth: Depth)] = []
  private var links = LinksBuffer()

  /// A neighbourhood without items.
  ///
  /// - Parameters:
  ///   - direction: which way an answer goes; nil where only the items themselves are asked about.
  ///   - limit: how many events are collected at most.
  public init(
    of base: LedgerIndex, and later: LaterEvents, source: any EventSource,
    direction: GraphDirection?, options: IndexOptions = IndexOptions(), limit: Int
  ) {
    self.base = base
    self.later = later
    self.source = source
    self.direction = direction
    self.options = options
    self.limit = limit
  }

  /// Collects all that an answer from what a text can mean depends on.
  ///
  /// - Returns: false if that is more than the limit.
  /// - Throws: what reading throws.
  /// - Complexity: O(events of what is reached), one read each.
  public mutating func collect(_ text: String, takesAll: Bool) throws -> Bool {
    let seeds = try items(meantBy: text, limit: takesAll ? Int.max : 50)
    // A text that can mean several is not answered but asked about: then these alone are needed, of
    // which a lot stands for its serialised items.
    let isAmbiguous =
      direction != nil && !takesAll && seeds.count { items[$0].kind != .serialised } > 1
    for seed in seeds { push(seed, isAmbiguous ? .loaded : .reached) }
    guard try drain() else { return false }
    guard direction != nil, !isAmbiguous else { return true }
    for seed in seeds { try noteNamesakes(of: seed) }
    let reached = items.indices.filter { items[$0].done.contains(.reached) }
    for item in reached where items[item].kind == .lot { try noteUnknownLots(like: item) }
    return try drain()
  }

  /// Collects the events of what a text can mean, so that it has a number; an answer is not followed
  /// from there.
  ///
  /// - Returns: false if that is more than the limit.
  /// - Throws: what reading throws.
  public mutating func collectItems(_ text: String, takesAll: Bool) throws -> Bool {
    for item in try items(meantBy: text, limit: takesAll ? Int.max : 50) { push(item, .loaded) }
    return try drain()
  }

  /// Collects the events with an ID.
  public mutating func collect(eventID: String) throws -> Bool {
    var id = eventID
    let identity = id.withUTF8 { bytes in
      EventIdentityTable.identity(
        eventID: UnsafeRawBufferPointer(bytes), content: Digest32(words: (0, 0, 0, 0)),
        seed: base.seed)
    }
    for event in base.events(identity: identity) {
      for entry in entriesOf(event) { try load(entry) }
    }
    for entry in later.entries(ofEvent: eventID) { try load(entry) }
    return true
  }

  /// The index of what was collected.
  /// - Throws: `IndexError`, or what reading throws.
  public mutating func index(binding: IndexBinding) throws -> LedgerIndex {
    var builder = IndexBuilder(options: options, seed: base.seed)
    for uri in try namedURIs() {
      let isVessel =
        numbers[Array(uri.utf8)] != nil && base.masterData(of: uri)?.first("vessel") != nil
      let known = try laterNames(of: uri)
      guard isVessel || !known.isEmpty else { continue }
      if let record = base.masterData(of: uri) { builder.add(record) }
      for record in known { builder.add(record) }
    }
    for (entry, event) in stored.sorted(by: { $0.key < $1.key }) {
      try event.links.withUnsafeBytes { try links.decode($0) }
      try builder.add(links, entry: entry, submitter: event.submitter)
    }
    for cut in base.cutEntries() + later.cuts { builder.add(cut) }
    builder.finish()
    return try builder.sealed(binding: binding, within: base)
  }

  /// Everything in the answer that documents can give a name to.
  private mutating func namedURIs() throws -> Set<String> {
    var uris: Set<String> = []
    for item in items {
      let uri = string(item.uri)
      uris.insert(uri)
      uris.insert(LedgerIndex.productClass(of: uri))
    }
    for event in stored.values {
      try event.links.withUnsafeBytes { try links.decode($0) }
      for name in [links.readPoint, links.bizLocation] where !name.isEmpty {
        uris.insert(links.string(name.uri))
        uris.insert(
          String(decoding: IndexBuilder.siteURI(links.bytes(name.uri)), as: UTF8.self))
      }
      for reference in links.sources + links.destinations + links.bizTransactions {
        uris.insert(links.string(reference.name.uri))
      }
    }
    return uris
  }

  /// What later documents say of something, in order of the log.
  private mutating func laterNames(of uri: String) throws -> [MasterDataRecord] {
    if let known = names[uri] { return known }
    var records: [MasterDataRecord] = []
    for entry in later.entries(.name, Array(uri.utf8)) {
      if captures[entry] == nil { captures[entry] = try source.capture(at: entry) }
      records += captures[entry]?.masterData.filter { $0.identifier.uri == uri } ?? []
    }
    names[uri] = records
    return records
  }

  // MARK: Walking

  private mutating func drain() throws -> Bool {
    while let (item, depth) = pending.popLast() {
      guard stored.count <= limit else { return false }
      let new = depth.subtracting(items[item].done)
      guard !new.isEmpty else { continue }
      items[item].done.formUnion(depth)
      let entries = try entries(of: item)
      if depth == .loaded { continue }
      for entry in entries {
        guard let event = events[entry] else { continue }
        if event.kind == .transformation, direction != nil {
          try follow(event, from: item, isReached: depth.contains(.reached))
        } else if event.kind == .aggregation {
          try followContainment(event, from: item, isReached: depth.contains(.reached))
        }
        if depth.contains(.reached) { followSerials(event, from: item) }
      }
    }
    return stored.count <= limit
  }

  /// Inputs → outputs of all events of the transformation, or back.
  private mutating func follow(_ event: Event, from item: Int, isReached: Bool) throws {
    let isForward = direction == .forward
    let near: ItemRole = isForward ? .input : .output
    let far: ItemRole = isForward ? .output : .input
    // A unit that is an output leads back to the transformation for what is inside, too.
    if !isReached, !isForward,
      event.mentions.contains(where: { $0.item == item && $0.role == .output })
    {
      push(item, .reached)
    }
    guard event.mentions.contains(where: { $0.item == item && $0.role == near }) else { return }
    var group = [event]
    if let key = event.transformation {
      group += try entries(ofTransformation: key).compactMap { events[$0] }
    }
    for part in group {
      for mention in part.mentions where mention.role == far { push(mention.item, .reached) }
    }
  }

  private mutating func followContainment(
    _ event: Event, from item: Int, isReached: Bool
  ) throws {
    guard let parent = event.mentions.first(where: { $0.role == .parent })?.item else { return }
    let children = event.mentions.filter { $0.role == .child }.map(\.item)
    if parent == item {
      for child in children {
        if isReached {
          push(child, .reached)
        } else if items[child].kind.isInstance {
          push(child, .loaded)
        }
      }
    }
    if children.contains(item) {
      push(parent, try mayBeVessel(parent) ? .reached : .carrying)
    }
  }

  private mutating func followSerials(_ event: Event, from item: Int) {
    for (lot, serial) in event.serials {
      if direction == .forward, lot == item { push(serial, .reached) }
      if direction == .backward, serial == item { push(lot, .reached) }
    }
  }

  private mutating func push(_ item: Int, _ depth: Depth) {
    // Whatever is reached carries, too: it may be a unit.
    let depth: Depth = depth == .reached ? [.loaded, .carrying, .reached] : depth.union(.loaded)
    if !depth.isSubset(of: items[item].done) { pending.append((item, depth)) }
  }

  /// An individual asset, or what anyone declares a vessel.
  private mutating func mayBeVessel(_ item: Int) throws -> Bool {
    if let known = items[item].isVessel { return known }
    let uri = string(items[item].uri)
    let isDeclaredLater = try laterNames(of: uri).contains { $0.first("vessel") != nil }
    let isDeclared =
      isDeclaredLater || options.vessels.contains(uri)
      || base.masterData(of: uri)?.first("vessel") != nil
      || items[item].base.map(base.isVessel) ?? false
    let result = items[item].kind == .individualAsset || isDeclared
    items[item].isVessel = result
    return result
  }

  // MARK: Loading

  func string(_ uri: [UInt8]) -> String { String(decoding: uri, as: UTF8.self) }

  mutating func number(_ uri: [UInt8], _ kind: IdentifierKind) -> Int {
    if let known = numbers[uri] { return known }
    let number = items.count
    numbers[uri] = number
    items.append(Item(uri: uri, kind: kind, base: base.item(string(uri))))
    return number
  }

  /// The entries of all events of an item, each loaded.
  private mutating func entries(of item: Int) throws -> [UInt64] {
    if let known = entriesOfItem[item] { return known }
    var entries = later.entries(.item, items[item].uri)
    if let number = items[item].base {
      var numbers = base.timeline(of: number)
      // What links a lot to its serials need not mention it.
      for node in base.nodes(of: number) {
        for slot in base.graph.slots(of: node, .forward) {
          let edge = base.graph.edge(in: slot, of: node, .forward)
          if edge.event != GraphEdge.noEvent,
            base.item(ofNode: edge.to).map({ base.kind(of: $0) == .serialised }) ?? false
          {
            numbers.append(EventNumber(edge.event))
          }
        }
      }
      for number in numbers { entries += entriesOf(base.event(number)) }
    }
    for entry in entries where stored.count <= limit { try load(entry) }
    entriesOfItem[item] = entries
    return entries
  }

  private func entriesOf(_ event: IndexedEvent) -> [UInt64] {
    [event.entry] + (event.declarationEntry.map { [$0] } ?? [])
  }

  private mutating func entries(ofTransformation key: [UInt8]) throws -> [UInt64] {
    let hash = ByteHash.hash(key, seed: base.seed)
    var entries = later.entries(.transformation, key)
    var row = LedgerIndex.firstRow(base.transformationHashes.count) {
      base.transformationHashes[$0] >= hash
    }
    while row < base.transformationHashes.count, base.transformationHashes[row] == hash {
      entries += entriesOf(base.event(EventNumber(base.transformationEvents[row])))
      row += 1
    }
    for entry in entries where stored.count <= limit { try load(entry) }
    return entries
  }

  mutating func load(_ entry: UInt64) throws {
    guard stored[entry] == nil, let event = try source.event(at: entry) else { return }
    stored[entry] = event
    try event.links.withUnsafeBytes { try links.decode($0) }
    var mentions: [(item: Int, role: ItemRole)] = []
    var serials: [(lot: Int, serial: Int)] = []
    for mention in links.mentions {
      let item = number(IndexBuilder.itemKey(mention.item, links), mention.item.kind)
      mentions.append((item, mention.role))
      if let lot = IndexBuilder.lot(ofSerial: mention, links) {
        serials.append((number(lot, .lot), item))
      }
    }
    events[entry] = Event(
      kind: links.kind, mentions: mentions,
      transformation: IndexBuilder.transformationKey(links, event.submitter), serials: serials,
      lotNumber: Array(links.bytes(links.lotNumber)))
  }

  // MARK: What stands near the answer

  /// Lots with the code of a seed under another product.
  private mutating func noteNamesakes(of seed: Int) throws {
    let uri = string(items[seed].uri)
    guard items[seed].kind == .lot, let slash = uri.lastIndex(of: "/") else { return }
    let code = String(uri[uri.index(after: slash)...])
    for item in try items(withCode: Array(code.utf8).map(ByteHash.lowered), limit: 20) {
      push(item, .loaded)
    }
  }

  /// Unknown lots of the product of a lot.
  private mutating func noteUnknownLots(like lot: Int) throws {
    let productClass = String(string(items[lot].uri).prefix(36))
    for item in base.unknownLots(ofClass: productClass) {
      push(number(Array(base.uri(of: item).utf8), base.kind(of: item)), .loaded)
    }
    for entry in later.entries(.unknownLot, Array(productClass.utf8)) {
      try load(entry)
      for mention in events[entry]?.mentions ?? [] where items[mention.item].kind == .productClass {
        push(mention.item, .loaded)
      }
    }
  }
}
