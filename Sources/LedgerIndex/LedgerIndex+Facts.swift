import ProvenanceGraph
public import Traceability

/// An event as the index keeps it.
public struct IndexedEvent: Sendable, Hashable {
  /// The log entry that holds it.
  public let entry: UInt64
  /// The entry that declares it to be in error, if any.
  public let declarationEntry: UInt64?
  /// The kind of event.
  public let kind: EventKind
  /// Its action.
  public let action: EventAction
  /// When it happened.
  public let time: EventTime
  /// Where it happened, if it says so.
  public let place: PlaceNumber?
  /// Whether only declarations about it are on record, not the event itself.
  public let isOnlyDeclared: Bool
}

/// An item in an event as the index keeps it. How much of it there was is said by the event's links in
/// the log, which have the mentions in the same order.
public struct IndexedMention: Sendable, Hashable {
  /// The item.
  public let item: ItemNumber
  /// What it is in the event.
  public let role: ItemRole
  /// Whether it stood in a quantity list.
  public let isClassLevel: Bool
}

/// A child's stay in a unit.
public struct Stay: Sendable, Hashable {
  /// The unit.
  public let unit: ItemNumber
  /// What was inside.
  public let child: ItemNumber
  /// The unit's opening, counted over all units.
  public let opening: UInt32
  /// The event that put it in, or that says that it was inside.
  public let start: EventNumber
  /// Whether it was put in at an unknown time before.
  public let isStartUnknown: Bool
  /// The event that took it out; nil if it is still inside.
  public let end: EventNumber?
  /// The first and last instants at which it can have been inside.
  public let span: TimeSpan
  /// Whether it was taken as gone because the unit was filled again at another site.
  public let isEndedByRefill: Bool
}

extension LedgerIndex {
  /// How many items there are.
  public var itemCount: Int { items.count }
  /// How many events there are.
  public var eventCount: Int { events.count }
  /// How many places there are.
  public var placeCount: Int { places.count }
  /// How many mentions of items in events there are.
  public var mentionCount: Int { mentionItems.count }
  /// How many bytes the sealed index has.
  public var byteCount: Int { checked.region.bytes.count }

  /// The number of an item by its canonical URI, byte for byte.
  /// - Complexity: O(1) expected.
  public func item(_ uri: String) -> ItemNumber? {
    number(of: uri, in: items, itemSlots).map { ItemNumber($0) }
  }

  /// The number of a string in a table of names.
  private func number(of key: String, in names: NameSection, _ slots: SlotSection) -> UInt32? {
    var key = key
    return key.withUTF8 { key in
      let key = UnsafeRawBufferPointer(key)
      return slots.first(ByteHash.hash(key, seed: seed)) { number in
        names.bytes(Int(number)).elementsEqual(key)
      }
    }
  }

  /// The canonical URI of an item; of an unknown lot, its class, `#` and its event.
  public func uri(of item: ItemNumber) -> String { items.string(Int(item.raw)) }

  /// Whether the URI of an item stands before that of another, in order of bytes.
  public func precedes(_ a: ItemNumber, _ b: ItemNumber) -> Bool {
    items.bytes(Int(a.raw)).lexicographicallyPrecedes(items.bytes(Int(b.raw)))
  }

  /// What an item is.
  public func kind(of item: ItemNumber) -> IdentifierKind {
    IdentifierKind(rawValue: itemKinds[Int(item.raw)] & 15) ?? .other
  }

  /// Whether an item is a vessel.
  public func isVessel(_ item: ItemNumber) -> Bool { itemKinds[Int(item.raw)] & 16 != 0 }

  /// Whether anything was ever inside an item.
  public func hadContents(_ item: ItemNumber) -> Bool { itemKinds[Int(item.raw)] & 32 != 0 }

  /// The class URI of an unknown lot; nil for every other item.
  /// - Complexity: O(log n) in unknown lots.
  public func classOfUnknownLot(_ item: ItemNumber) -> String? {
    guard kind(of: item) == .productClass else { return nil }
    let row = Self.firstRow(unknownLotItems.count) { unknownLotItems[$0] >= item.raw }
    guard row < unknownLotItems.count, unknownLotItems[row] == item.raw else { return nil }
    return classes.string(Int(unknownLotClasses[row]))
  }

  /// The unknown lots of a product class, by its URI.
  /// - Complexity: O(1) expected, and the lots.
  public func unknownLots(ofClass uri: String) -> [ItemNumber] {
    guard let number = number(of: uri, in: classes, classSlots) else { return [] }
    return unknownLotRuns[Int(number)].map(ItemNumber.init)
  }

  /// The graph's nodes of an item itself (its carriers are nodes of their own).
  public func nodes(of item: ItemNumber) -> Range<UInt32> {
    let first = itemNodes[Int(item.raw)]
    let end = itemNodes[Int(item.raw) + 1]
    guard first <= end, end <= graph.nodeCount else {
      itemNodes.refuse(Int(item.raw))
      return 0..<0
    }
    return first..<end
  }

  /// The graph's nodes that carry what was inside a unit, one for each opening and window of time.
  public func carriers(of unit: ItemNumber) -> [UInt32] { carrierNodes[Int(unit.raw)] }

  /// The item that a node stands for: itself or, of a carrier, the unit; nil for transformations.
  public func item(ofNode node: UInt32) -> ItemNumber? {
    let number = nodeItems[Int(node)]
    if number == none32 { return nil }
    guard number < items.count else {
      nodeItems.refuse(Int(node))
      return nil
    }
    return ItemNumber(number)
  }

  /// An event.
  public func event(_ number: EventNumber) -> IndexedEvent {
    let event = Int(number.raw)
    let profile = events.profile(event)
    let declaration = events.declaration(event, profile)
    return IndexedEvent(
      entry: events.entry(event), declarationEntry: declaration?.entry,
      kind: EventKind(rawValue: profile.kind) ?? .object,
      action: EventAction(rawValue: profile.action) ?? .none,
      time: profile.time(events.microseconds(event)), place: events.place(event),
      isOnlyDeclared: declaration?.isOnlyDeclared ?? false)
  }

  /// The business step of an event.
  public func bizStep(of number: EventNumber) -> String {
    steps.string(Int(events.profile(Int(number.raw)).bizStep))
  }

  /// When an event can have happened.
  public func span(of number: EventNumber) -> TimeSpan { events.span(Int(number.raw)) }

  /// The items of an event, in document order.
  public func mentions(of number: EventNumber) -> [IndexedMention] {
    events.mentions(Int(number.raw)).map { mention in
      let role = mentionRoles[mention]
      return IndexedMention(
        item: ItemNumber(mentionItems[mention]),
        role: ItemRole(rawValue: role & ~MentionColumns.classLevel) ?? .object,
        isClassLevel: role & MentionColumns.classLevel != 0)
    }
  }

  /// The events of an item, in order of time.
  public func timeline(of item: ItemNumber) -> [EventNumber] {
    itemTimelines[Int(item.raw)].map(EventNumber.init)
  }

  /// The events of an item that can have happened within a span, in order of time.
  /// - Complexity: O(log n) and the events of the span with three days around it.
  public func timeline(of item: ItemNumber, within span: TimeSpan) -> [EventNumber] {
    // The written time of an event lies less than two days from either end of its own span.
    let margin: Int64 = 2 * 86_400_000_000
    let first = span.earliest.subtractingReportingOverflow(margin)
    let last = span.latest.addingReportingOverflow(margin)
    let range = itemTimelines.range(Int(item.raw))
    var position = range.lowerBound
    if !first.overflow {
      var end = range.upperBound
      while position < end {
        let middle = (position + end) / 2
        if microseconds(at: middle) < first.partialValue {
          position = middle + 1
        } else {
          end = middle
        }
      }
    }
    var result: [EventNumber] = []
    while position < range.upperBound,
      last.overflow || microseconds(at: position) <= last.partialValue
    {
      let event = EventNumber(itemTimelines.value(at: position))
      let time = self.span(of: event)
      if time.earliest <= span.latest, span.earliest <= time.latest { result.append(event) }
      position += 1
    }
    return result
  }

  private func microseconds(at position: Int) -> Int64 {
    events.microseconds(Int(itemTimelines.value(at: position)))
  }

  /// The events at a place, in order of time.
  public func timeline(of place: PlaceNumber) -> [EventNumber] {
    placeTimelines[Int(place.raw)].map(EventNumber.init)
  }

  /// The stays of an item in units.
  public func stays(of child: ItemNumber) -> [Stay] { childStays[Int(child.raw)].map(stay) }

  /// The stays of items in a unit.
  public func stays(in unit: ItemNumber) -> [Stay] { unitStays[Int(unit.raw)].map(stay) }

  private func stay(_ number: UInt32) -> Stay { stays.stay(Int(number), events) }

  /// The URI of a place.
  public func uri(of place: PlaceNumber) -> String { places.string(Int(place.raw)) }

  /// The site that a place belongs to: of a sub-location, its GLN's, else the place itself.
  public func site(of place: PlaceNumber) -> PlaceNumber {
    PlaceNumber(placeSites[Int(place.raw)])
  }

  /// The events that may have an identity. The index keeps a part of its hash, so that others can be
  /// among them: their links in the log tell.
  /// - Complexity: O(1) expected.
  public func events(identity key: UInt64) -> [IndexedEvent] {
    var result: [IndexedEvent] = []
    _ = eventSlots.first(key) { number in
      result.append(event(EventNumber(number)))
      return false
    }
    return result
  }

  /// What documents say of a site, a party or a product; nil where none says anything.
  /// - Complexity: O(log n) in the identifiers that documents speak of.
  public func masterData(of uri: String) -> MasterDataRecord? {
    var text = uri
    var lower = 0
    var upper = names.count
    let own: MasterDataRecord? = text.withUTF8 { key in
      while lower < upper {
        let middle = (lower + upper) / 2
        let name = names.bytes(middle)
        if name.elementsEqual(key) { return record(middle) }
        if name.lexicographicallyPrecedes(key) { lower = middle + 1 } else { upper = middle }
      }
      return nil
    }
    return own ?? whole?.masterData(of: uri)
  }

  /// The product that a URI may name a lot of: GDST names a lot `…:product:lot:class:{product}.{lot}`
  /// beside the class `…:product:class:{product}`; of a GS1 key, the first 36 characters; else the
  /// URI itself.
  public static func productClass(of uri: String) -> String {
    let prefix = "https://id.gs1.org/01/"
    if uri.hasPrefix(prefix), uri.utf8.count >= prefix.utf8.count + 14 {
      return String(uri.prefix(prefix.count + 14))
    }
    guard let range = uri.firstRange(of: ":lot:class:") else { return uri }
    let product = uri[range.upperBound...]
    guard let dot = product.lastIndex(of: ".") else { return uri }
    return uri[..<range.lowerBound] + ":class:" + product[..<dot]
  }

  private func record(_ number: Int) -> MasterDataRecord? {
    do throws(LinksError) {
      return try CaptureLinks(decoding: nameRecords.bytes(number)).masterData.first
    } catch {
      nameRecords.starts.refuse(number)
      return nil
    }
  }
}
