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

/// Collects the facts of events from their links, in order of the log.
public struct IndexBuilder: Sendable {
  let options: IndexOptions
  let seed: UInt64
  var items: KeyTable
  var places: KeyTable
  var classes: KeyTable
  var steps: KeyTable
  var units: KeyTable
  var lotNumbers: KeyTable
  var transformations: KeyTable
  var events: [EventRow] = []
  var mentions: [MentionRow] = []
  var itemRows: [ItemRow] = []
  var placeKinds: [UInt8] = []
  /// Lot and serial items with the event that links them.
  var serials: [(lot: UInt32, serial: UInt32, event: UInt32)] = []
  /// Lot numbers in ILMD with the items that their event is about.
  var lotNumberItems: [(lotNumber: UInt32, item: UInt32)] = []
  var masterData: [String: MasterDataRecord] = [:]
  var cuts: [CutRow] = []
  var cutReasons: KeyTable
  private var eventNumbers: [EventKey: UInt32] = [:]

  /// Tells events apart: identity and content, 128 bits of keyed hash and digest.
  private struct EventKey: Hashable {
    let identity: UInt64
    let content: UInt64
  }

  /// An empty builder.
  /// - Parameter seed: any number; it only keeps outsiders from choosing hash collisions.
  public init(options: IndexOptions = IndexOptions(), seed: UInt64) {
    self.options = options
    self.seed = seed
    items = KeyTable(seed: seed)
    places = KeyTable(seed: seed)
    classes = KeyTable(seed: seed)
    steps = KeyTable(seed: seed)
    units = KeyTable(seed: seed)
    lotNumbers = KeyTable(seed: seed)
    transformations = KeyTable(seed: seed)
    cutReasons = KeyTable(seed: seed)
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
  /// - Throws: `IndexError` beyond 2³¹ mentions, items or events.
  public mutating func add(
    _ links: LinksBuffer, entry: UInt64, submitter: String
  ) throws(IndexError) {
    let isDeclaration = links.declarationTime != nil
    let identity = Self.identityKey(links, seed: seed)
    let key = EventKey(identity: identity, content: links.content.words.1)
    if let known = eventNumbers[key] {
      merge(Int(known), entry: entry, isDeclaration: isDeclaration)
      return
    }
    guard events.count < 1 << 31, mentions.count + links.mentions.count < 1 << 31,
      items.count < 1 << 31
    else {
      throw IndexError("the index holds at most 2^31 events and mentions; start a successor ledger")
    }
    let number = UInt32(events.count)
    eventNumbers[key] = number
    let start = UInt32(mentions.count)
    for mention in links.mentions { add(mention, of: number, links) }
    addLotNumber(links, mentions[Int(start)...])
    var flags: UInt8 = links.time.precision == .day ? 1 : 0
    if links.time.offsetMinutes == nil { flags |= 2 }
    if isDeclaration { flags |= 4 }
    events.append(
      EventRow(
        entry: entry, identityKey: identity, contentKey: links.content.words.1,
        microseconds: links.time.microseconds, declarationEntry: isDeclaration ? entry : 0,
        place: place(links), bizStep: steps.number(links.bytes(links.bizStep)),
        mentionStart: start, mentionCount: UInt32(mentions.count) - start,
        transformation: transformation(links, submitter),
        offsetMinutes: links.time.offsetMinutes ?? 0, kind: links.kind.rawValue,
        action: links.action.rawValue, flags: flags))
  }

  /// Frees what only adding needs; an event that is added afterwards counts as new.
  public mutating func finish() { eventNumbers = [:] }

  /// The hash under which an event is looked up: of its ID, or of its content where it has none.
  public static func identityKey(_ links: LinksBuffer, seed: UInt64) -> UInt64 {
    links.bytes(links.eventID).withUnsafeBytes {
      EventIdentityTable.identity(eventID: $0, content: links.content, seed: seed)
    }
  }

  private mutating func merge(_ known: Int, entry: UInt64, isDeclaration: Bool) {
    if isDeclaration {
      if events[known].declarationEntry == 0 { events[known].declarationEntry = entry }
    } else if events[known].flags & 4 != 0 {
      events[known].entry = entry
      events[known].flags &= ~4
    }
  }

  private mutating func add(
    _ mention: LinksBuffer.Mention, of event: UInt32, _ links: LinksBuffer
  ) {
    let item = itemNumber(mention.item, links)
    mentions.append(
      MentionRow(
        mantissa: mention.amount?.mantissa ?? 0, item: item, event: event,
        exponent: mention.amount?.exponent ?? 0, unit: unitNumber(mention, links),
        role: mention.role.rawValue,
        flags: (mention.isClassLevel ? 1 : 0) | (mention.amount == nil ? 0 : 2)))
    if let lot = Self.lot(ofSerial: mention, links) {
      serials.append((itemNumber(lot, kind: .lot), item, event))
    }
  }

  /// The URI of the lot that an event says a serialised item belongs to: it is written with it, or
  /// commissioned with a lot number (trace rules, section 2).
  static func lot(ofSerial mention: LinksBuffer.Mention, _ links: LinksBuffer) -> [UInt8]? {
    guard mention.item.kind == .serialised else { return nil }
    if !mention.lot.isEmpty { return Array(links.bytes(mention.lot)) }
    guard links.kind == .object, links.action == .add, !links.lotNumber.isEmpty else { return nil }
    return lotURI(serial: mention.item, lot: links.lotNumber, links)
  }

  /// `…/01/{GTIN}/21/{serial}` with a lot number → `…/01/{GTIN}/10/{lot}`.
  private static func lotURI(
    serial: LinksBuffer.Name, lot: LinksBuffer.Run, _ links: LinksBuffer
  ) -> [UInt8]? {
    let prefix = Array("https://id.gs1.org/01/".utf8)
    let uri = links.bytes(serial.uri)
    guard uri.starts(with: prefix), uri.count > prefix.count + 14 else { return nil }
    var result = Array(uri.prefix(prefix.count + 14)) + Array("/10/".utf8)
    for byte in links.bytes(lot) { result.append(percentEncoding: byte) }
    return result
  }

  private mutating func unitNumber(
    _ mention: LinksBuffer.Mention, _ links: LinksBuffer
  ) -> UInt16 {
    guard !mention.unit.isEmpty else { return 0 }
    // Beyond 65,534 different units of measure, the rest are one unknown unit.
    let number = units.number(links.bytes(mention.unit))
    return UInt16(clamping: number + 1)
  }

  private mutating func itemNumber(_ name: LinksBuffer.Name, _ links: LinksBuffer) -> UInt32 {
    guard name.kind == .productClass else {
      return itemNumber(links.bytes(name.uri), kind: name.kind)
    }
    let productClass = classes.number(links.bytes(name.uri))
    let number = itemNumber(Self.itemKey(name, links), kind: .productClass)
    itemRows[Int(number)].unknownLotOf = productClass + 1
    return number
  }

  /// The URI of an item; of a class without a lot, which is an unknown lot of this one event, the
  /// class, `#` and the event.
  static func itemKey(_ name: LinksBuffer.Name, _ links: LinksBuffer) -> [UInt8] {
    var key = Array(links.bytes(name.uri))
    guard name.kind == .productClass else { return key }
    key.append(UInt8(ascii: "#"))
    if links.eventID.isEmpty {
      for byte in links.content.bytes { key.append(contentsOf: hexadecimal(byte)) }
    } else {
      key.append(contentsOf: links.bytes(links.eventID))
    }
    return key
  }

  private mutating func itemNumber(
    _ key: some Collection<UInt8>, kind: IdentifierKind
  ) -> UInt32 {
    let number = items.number(key)
    if Int(number) == itemRows.count {
      itemRows.append(
        ItemRow(firstNode: 0, nodeCount: 0, unknownLotOf: 0, kind: kind.rawValue, flags: 0))
    }
    return number
  }

  private mutating func addLotNumber(_ links: LinksBuffer, _ mentions: ArraySlice<MentionRow>) {
    guard !links.lotNumber.isEmpty else { return }
    let number = lotNumbers.number(links.bytes(links.lotNumber))
    for mention in mentions
    where mention.role == ItemRole.output.rawValue || mention.role == ItemRole.object.rawValue {
      lotNumberItems.append((number, mention.item))
    }
  }

  /// Where an event happened: its read point if that is a site, else its business location
  /// (trace rules, section 6).
  private static func placeName(_ links: LinksBuffer) -> LinksBuffer.Name {
    let isSite =
      !links.readPoint.isEmpty && !links.bytes(links.readPoint.uri).starts(with: "geo:".utf8)
    return isSite ? links.readPoint : links.bizLocation
  }

  private mutating func place(_ links: LinksBuffer) -> UInt32 {
    let name = Self.placeName(links)
    guard !name.isEmpty else { return none32 }
    let number = places.number(links.bytes(name.uri))
    if Int(number) == placeKinds.count { placeKinds.append(name.kind.rawValue) }
    return number
  }

  /// The URI of the site that a place belongs to: of a sub-location, its GLN.
  static func siteURI(_ place: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let count = "https://id.gs1.org/414/9506000123455".utf8.count
    guard place.starts(with: "https://id.gs1.org/414/".utf8), place.count > count,
      place[(place.startIndex + count)...].starts(with: "/254/".utf8)
    else { return place }
    return place.prefix(count)
  }

  private mutating func transformation(_ links: LinksBuffer, _ submitter: String) -> UInt32 {
    Self.transformationKey(links, submitter).map { transformations.number($0) } ?? none32
  }

  /// What tells transformations of several events apart; nil for an event that is one by itself.
  static func transformationKey(_ links: LinksBuffer, _ submitter: String) -> [UInt8]? {
    guard links.kind == .transformation, !links.transformationID.isEmpty else { return nil }
    var key = Array(links.bytes(links.transformationID))
    // An ID that is no URI counts per submitter and site (trace rules, section 5).
    if !key.contains(UInt8(ascii: ":")) {
      key.append(0)
      key.append(contentsOf: submitter.utf8)
      key.append(0)
      key.append(contentsOf: siteURI(links.bytes(placeName(links).uri)))
    }
    return key
  }
}

private func hexadecimal(_ byte: UInt8) -> [UInt8] {
  [byte >> 4, byte & 15].map { $0 < 10 ? 48 + $0 : 87 + $0 }
}
