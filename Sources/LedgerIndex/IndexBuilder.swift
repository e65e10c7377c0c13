public import Traceability

/// Which cleaning steps and vessels an index is made with, beyond what the ledger itself says.
public struct IndexOptions: Sendable, Hashable {
  /// Names or URIs of business steps that clean a vessel, besides those known by their names.
  public var cleaningSteps: Set<String> = []
  /// Canonical URIs of items that are vessels, besides those that the ledger shows to be.
  public var vessels: Set<String> = []

  /// Nothing beyond what the ledger says.
  public init() {}

  /// Whether an index made so is the one that is kept with the ledger.
  public var isDefault: Bool { cleaningSteps.isEmpty && vessels.isEmpty }
}

/// Why an index cannot be built.
public struct IndexError: Error, Sendable, CustomStringConvertible {
  /// What is wrong and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Collects the facts of events from their links, in any order.
public struct IndexBuilder: Sendable {
  let options: IndexOptions
  let seed: UInt64
  /// Where scratch files are made; nil for memory alone.
  let scratch: String?
  var items: KeyTable
  var itemKinds: Column<UInt8>
  var places: KeyTable
  var placeKinds: [UInt8] = []
  var classes: KeyTable
  var steps: KeyTable
  var units: KeyTable
  var lotNumbers: KeyTable
  var transformations: KeyTable
  var events: EventColumns
  var mentions: MentionColumns
  /// Unknown lots with their product classes, in order of the lots.
  var unknownLots: [(item: UInt32, productClass: UInt32)] = []
  /// Lot and serial items with the event that links them.
  var serials: Column<SerialRow>
  /// Lot numbers in ILMD with the items that their event is about.
  var lotNumberItems: Column<UInt64>
  var masterData: [String: MasterDataRecord] = [:]
  var cuts: [CutRow] = []
  var cutReasons: KeyTable
  /// Hash of identity and content, and number + 1, of the event in each slot; a power of two.
  private var eventSlots: Column<UInt64>

  /// A lot with one of its serials, and the event that says so.
  struct SerialRow: BitwiseCopyable, Sendable {
    var lot: UInt32
    var serial: UInt32
    var event: UInt32
  }

  /// An empty builder.
  ///
  /// - Parameters:
  ///   - seed: any number; it only keeps outsiders from choosing hash collisions.
  ///   - scratch: a folder where files without a name are made for what large ledgers need beyond
  ///     their hash tables; without one all is in memory.
  public init(options: IndexOptions = IndexOptions(), seed: UInt64, scratch: String? = nil) {
    self.options = options
    self.seed = seed
    self.scratch = scratch
    items = KeyTable(seed: seed, scratch: scratch)
    itemKinds = Column(scratch: scratch)
    places = KeyTable(seed: seed)
    classes = KeyTable(seed: seed)
    steps = KeyTable(seed: seed)
    units = KeyTable(seed: seed)
    lotNumbers = KeyTable(seed: seed)
    transformations = KeyTable(seed: seed)
    cutReasons = KeyTable(seed: seed)
    events = EventColumns(scratch: scratch)
    mentions = MentionColumns(scratch: scratch)
    serials = Column(scratch: scratch)
    lotNumberItems = Column(scratch: scratch)
    eventSlots = Column(zeros: 16)
  }

  /// Takes the names that a capture's document gives. Later attributes replace earlier ones.
  public mutating func add(_ capture: CaptureLinks) {
    for record in capture.masterData { add(record) }
  }

  mutating func add(_ record: MasterDataRecord) {
    let uri = record.identifier.uri
    guard var known = masterData[uri] else {
      masterData[uri] = record
      return
    }
    for attribute in record.attributes {
      known.attributes.removeAll { $0.name == attribute.name }
      known.attributes.append(attribute)
    }
    masterData[uri] = known
  }

  /// Whether it has a record about the same identifier.
  func knows(_ record: MasterDataRecord) -> Bool { masterData[record.identifier.uri] != nil }

  /// Takes an event.
  ///
  /// The same event again, or a declaration about it, is not counted twice.
  /// - Throws: `IndexError` beyond 2³¹ mentions, items or events, or 2³² entries.
  public mutating func add(
    _ links: LinksBuffer, entry: UInt64, submitter: String
  ) throws(IndexError) {
    guard events.count < 1 << 31, mentions.count + links.mentions.count < 1 << 31,
      items.count < 1 << 31, entry < 1 << 32
    else {
      throw IndexError(
        "the index holds at most 2^31 events and mentions and 2^32 entries; start a successor ledger"
      )
    }
    links.text.withUnsafeBytes { add(links, $0, UInt32(entry), submitter) }
  }

  private mutating func add(
    _ links: LinksBuffer, _ text: UnsafeRawBufferPointer, _ entry: UInt32, _ submitter: String
  ) {
    let isDeclaration = links.declarationTime != nil
    let identity = EventIdentityTable.identity(
      eventID: text.run(links.eventID), content: links.content, seed: seed)
    let (number, isNew) = number(ofEvent: identity, content: links.content.words.1)
    guard isNew else {
      events.merge(number, entry: entry, isDeclaration: isDeclaration)
      return
    }
    let start = mentions.count
    let isAggregation = links.kind == .aggregation
    for mention in links.mentions {
      let item = itemNumber(mention.item, links, text)
      mentions.append(item, mention)
      if isAggregation, mention.role == .child, let amount = mention.amount {
        mentions.append(amount, unit: unitNumber(text.run(mention.unit)))
      }
      if let lot = Self.lot(ofSerial: mention, links) {
        let lot = lot.withUnsafeBytes { itemNumber($0, .lot) }
        serials.append(SerialRow(lot: lot, serial: item, event: number))
      }
    }
    if !links.lotNumber.isEmpty { addLotNumber(text.run(links.lotNumber), start) }
    if let key = Self.transformationKey(links, submitter) {
      events.transformations.append(
        .init(event: number, transformation: transformations.number(key)))
    }
    let profile = EventProfile(
      bizStep: steps.number(text.run(links.bizStep)).number, kind: links.kind,
      action: links.action, time: links.time)
    events.append(
      entry: entry, identity: identity, content: links.content.words.1, links.time.microseconds,
      profile, place: place(links, text), mentionStart: UInt32(start),
      mentionCount: UInt32(mentions.count - start))
    if isDeclaration { events.declare(number, entry: entry, isOnlyDeclared: true) }
  }

  /// The number of an event, new or known.
  private mutating func number(
    ofEvent identity: UInt64, content: UInt64
  ) -> (number: UInt32, isNew: Bool) {
    if (events.count + 1) * 4 > eventSlots.count * 3 { growEventSlots() }
    let tag = ByteHash.mix(identity ^ content) >> 32
    let mask = eventSlots.count - 1
    var slot = Int(truncatingIfNeeded: tag) & mask
    while eventSlots[slot] != 0 {
      let number = UInt32(truncatingIfNeeded: eventSlots[slot]) &- 1
      if eventSlots[slot] >> 32 == tag, events.identities[Int(number)] == identity,
        events.contents[Int(number)] == content
      {
        return (number, false)
      }
      slot = (slot + 1) & mask
    }
    let number = UInt32(events.count)
    eventSlots[slot] = tag << 32 | UInt64(number + 1)
    return (number, true)
  }

  private mutating func growEventSlots() {
    let old = eventSlots
    var larger = Column<UInt64>(zeros: old.count * 2)
    for place in old.indices where old[place] != 0 {
      var slot = Int(truncatingIfNeeded: old[place] >> 32) & (larger.count - 1)
      while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
      larger[slot] = old[place]
    }
    eventSlots = larger
  }

  /// Frees what only adding needs; an event that is added afterwards counts as new.
  public mutating func finish() { eventSlots = Column(zeros: 16) }

  /// The hash under which an event is looked up: of its ID, or of its content where it has none.
  public static func identityKey(_ links: LinksBuffer, seed: UInt64) -> UInt64 {
    links.text.withUnsafeBytes {
      EventIdentityTable.identity(
        eventID: $0.run(links.eventID), content: links.content, seed: seed)
    }
  }

  private mutating func unitNumber(_ unit: UnsafeRawBufferPointer) -> UInt16 {
    guard !unit.isEmpty else { return 0 }
    // Beyond 65,534 different units of measure, the rest are one unknown unit.
    return UInt16(clamping: units.number(unit).number + 1)
  }

  private mutating func itemNumber(
    _ name: LinksBuffer.Name, _ links: LinksBuffer, _ text: UnsafeRawBufferPointer
  ) -> UInt32 {
    guard name.kind == .productClass else { return itemNumber(text.run(name.uri), name.kind) }
    let productClass = classes.number(text.run(name.uri)).number
    let count = items.count
    let number = Self.itemKey(name, links).withUnsafeBytes { itemNumber($0, .productClass) }
    if Int(number) == count { unknownLots.append((number, productClass)) }
    return number
  }

  private mutating func itemNumber(
    _ key: UnsafeRawBufferPointer, _ kind: IdentifierKind
  ) -> UInt32 {
    let (number, isNew) = items.number(key)
    if isNew { itemKinds.append(kind.rawValue) }
    return number
  }

  private mutating func addLotNumber(_ text: UnsafeRawBufferPointer, _ start: Int) {
    let number = lotNumbers.number(text).number
    for mention in start..<mentions.count {
      let role = mentions.role(mention)
      if role == .output || role == .object {
        lotNumberItems.append(UInt64(number) << 32 | UInt64(mentions.items[mention]))
      }
    }
  }

  private mutating func place(_ links: LinksBuffer, _ text: UnsafeRawBufferPointer) -> UInt32 {
    let name = Self.placeName(links)
    guard !name.isEmpty else { return none32 }
    let (number, isNew) = places.number(text.run(name.uri))
    if isNew { placeKinds.append(name.kind.rawValue) }
    return number
  }
}

extension UnsafeRawBufferPointer {
  /// The bytes of a run in the text of links.
  fileprivate func run(_ run: LinksBuffer.Run) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      rebasing: self[Int(run.offset)..<Int(run.offset) + Int(run.count)])
  }
}
