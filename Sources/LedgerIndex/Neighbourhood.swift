public import ProvenanceGraph
import Traceability

/// Where the links of indexed events are read.
public protocol EventSource {
  /// The links of an event entry, with who submitted it; nil if they were erased.
  func event(at entry: UInt64) throws -> LaterEvents.Stored?
}

/// Collects the events that an answer can depend on, out of an index and the events that came after
/// it, so that a ledger need not be indexed anew for a few new events.
///
/// Too many events do no harm: what is compiled out of them is right for every item that was
/// reached, since all events count that can touch it, the units and vessels around it, and what it
/// was made of or into. Which those are follows the rules of a trace, without its times.
public struct Neighbourhood {
  private let base: LedgerIndex
  private let later: LaterEvents
  private let source: any EventSource
  private let options: IndexOptions
  private let limit: Int
  private let direction: GraphDirection?

  /// What is known of an item, by its local number.
  private struct Item {
    var uri: [UInt8]
    var kind: IdentifierKind
    var base: ItemNumber?
    var done: Depth = []
    var isVessel: Bool?
  }

  /// How far an item matters.
  private struct Depth: OptionSet {
    let rawValue: UInt8
    /// Its events count.
    static let loaded = Depth(rawValue: 1)
    /// It is a unit around others: its units count, too, and where it leads.
    static let carrying = Depth(rawValue: 2)
    /// It is part of the answer.
    static let reached = Depth(rawValue: 4)
  }

  /// An event as far as the walk needs it.
  private struct Event {
    var kind: EventKind
    var mentions: [(item: Int, role: ItemRole)]
    var transformation: [UInt8]?
    var serials: [(lot: Int, serial: Int)]
  }

  private var items: [Item] = []
  private var numbers: [[UInt8]: Int] = [:]
  private var events: [UInt64: Event] = [:]
  private var stored: [UInt64: LaterEvents.Stored] = [:]
  private var entriesOfItem: [Int: [UInt64]] = [:]
  private var pending: [(item: Int, depth: Depth)] = []
  private var links = LinksBuffer()
  private let laterIndex: LedgerIndex

  /// A neighbourhood without items.
  ///
  /// - Parameters:
  ///   - direction: which way an answer goes; nil where only the items themselves are asked about.
  ///   - limit: how many events are collected at most.
  /// - Throws: `IndexError`, or what reading throws.
  public init(
    of base: LedgerIndex, and later: LaterEvents, source: any EventSource,
    direction: GraphDirection?, options: IndexOptions = IndexOptions(), limit: Int
  ) throws {
    self.base = base
    self.later = later
    self.source = source
    self.direction = direction
    self.options = options
    self.limit = limit
    laterIndex = try later.index()
  }

  /// Collects all that an answer from what a text can mean depends on.
  ///
  /// - Returns: false if that is more than the limit.
  /// - Throws: what reading throws.
  /// - Complexity: O(events of what is reached), one read each.
  public mutating func collect(_ text: String, takesAll: Bool) throws -> Bool {
    for index in [base, laterIndex] {
      for item in index.lookUp(text, limit: takesAll ? Int.max : 50).items {
        push(number(Array(index.uri(of: item).utf8), index.kind(of: item)), .reached)
      }
    }
    let seeds = pending.map(\.item)
    guard try drain() else { return false }
    guard direction != nil else { return true }
    for seed in seeds { try noteNamesakes(of: seed) }
    let reached = items.indices.filter { items[$0].done.contains(.reached) }
    for item in reached where items[item].kind == .lot { noteUnknownLots(like: item) }
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
    for index in [base, laterIndex] {
      for event in index.events(identity: identity) {
        try load(event.entry)
        if let declaration = event.declarationEntry { try load(declaration) }
      }
    }
    return true
  }

  /// The index of what was collected.
  public func index(binding: IndexBinding) throws -> LedgerIndex {
    var builder = IndexBuilder(options: options, seed: base.seed)
    for item in items where base.masterData(of: string(item.uri))?.first("vessel") != nil {
      if let record = base.masterData(of: string(item.uri)) { builder.add(record) }
    }
    for capture in later.captures {
      for record in capture.masterData {
        if let known = base.masterData(of: record.identifier.uri), !builder.knows(known) {
          builder.add(known)
        }
      }
      builder.add(capture)
    }
    var links = LinksBuffer()
    for (entry, event) in stored.sorted(by: { $0.key < $1.key }) {
      try event.links.withUnsafeBytes { try links.decode($0) }
      try builder.add(links, entry: entry, submitter: event.submitter)
    }
    for cut in base.cutEntries() { builder.add(cut) }
    builder.finish()
    return try builder.sealed(binding: binding, within: base)
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
          followContainment(event, from: item, isReached: depth.contains(.reached))
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

  private mutating func followContainment(_ event: Event, from item: Int, isReached: Bool) {
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
      push(parent, mayBeVessel(parent) ? .reached : .carrying)
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
  private mutating func mayBeVessel(_ item: Int) -> Bool {
    if let known = items[item].isVessel { return known }
    let uri = string(items[item].uri)
    let isDeclared =
      options.vessels.contains(uri) || base.masterData(of: uri)?.first("vessel") != nil
      || laterIndex.masterData(of: uri)?.first("vessel") != nil
      || items[item].base.map(base.isVessel) ?? false
    let result = items[item].kind == .individualAsset || isDeclared
    items[item].isVessel = result
    return result
  }

  // MARK: Loading

  private func string(_ uri: [UInt8]) -> String { String(decoding: uri, as: UTF8.self) }

  private mutating func number(_ uri: [UInt8], _ kind: IdentifierKind) -> Int {
    if let known = numbers[uri] { return known }
    let number = items.count
    numbers[uri] = number
    items.append(Item(uri: uri, kind: kind, base: base.item(string(uri))))
    return number
  }

  /// The entries of all events of an item, each loaded.
  private mutating func entries(of item: Int) throws -> [UInt64] {
    if let known = entriesOfItem[item] { return known }
    var entries = later.entries(of: items[item].uri)
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
    var entries = later.entries(ofTransformation: key)
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

  private mutating func load(_ entry: UInt64) throws {
    guard stored[entry] == nil,
      let event = try later.events[entry] ?? source.event(at: entry)
    else { return }
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
      transformation: IndexBuilder.transformationKey(links, event.submitter), serials: serials)
  }

  // MARK: What stands near the answer

  /// Lots with the code of a seed under another product.
  private mutating func noteNamesakes(of seed: Int) throws {
    let uri = string(items[seed].uri)
    guard items[seed].kind == .lot, let slash = uri.lastIndex(of: "/") else { return }
    let code = String(uri[uri.index(after: slash)...])
    for index in [base, laterIndex] {
      for item in index.lookUp(code, limit: 20).items {
        push(number(Array(index.uri(of: item).utf8), index.kind(of: item)), .loaded)
      }
    }
  }

  /// Unknown lots of the product of a lot.
  private mutating func noteUnknownLots(like lot: Int) {
    let productClass = String(string(items[lot].uri).prefix(36))
    for index in [base, laterIndex] {
      for item in index.unknownLots(ofClass: productClass) {
        push(number(Array(index.uri(of: item).utf8), index.kind(of: item)), .loaded)
      }
    }
  }
}
