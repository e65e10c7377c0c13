import Traceability

/// A history as it was captured: what a model and an index are built from.
struct CapturedHistory {
  /// In order of capture, with duplicates and declarations.
  var events: [Links] = []
  /// What master data declares a vessel.
  var vessels: Set<Identifier> = []
  /// Steps that clean, beside those of the text.
  var cleaningSteps: Set<String> = []
  /// Who submitted an event, where that is not everybody's one submitter.
  var submitters: [EventKey: String] = [:]
  /// Short names of URIs, for people.
  var names: [String: String] = [:]
}

/// Writes histories, one event a line.
///
/// Names of items: `milk.1` lot 1 of product milk; `milk#7` serial 7; `milk.1#7` serial 7 written with
/// its lot; `milk.*` the class without a lot; `U1` a logistic unit, `R1` a returnable asset, `V1` an
/// individual asset; `urn:x` any other URI. A quantity follows after a blank: `milk.1 5KGM`, `egg.1 30`.
/// Places are words (`farm`), sub-locations `farm/2`, or `geo:` URIs.
struct HistoryBuilder {
  var history = CapturedHistory()
  private var count: UInt64 = 0

  /// The events in order of capture.
  var events: [Links] { history.events }

  /// The identifiers of names.
  static func items(_ names: [String]) -> Set<String> { Set(names.map { item($0).uri }) }

  // MARK: Events

  /// An ObjectEvent ADD: the items come into being.
  @discardableResult
  mutating func add(
    _ items: String..., at place: String?, _ time: EventTime, lotNumber: String = ""
  ) -> EventKey {
    object(.add, items, place, time, "commissioning") { $0.lotNumber = lotNumber }
  }

  /// An ObjectEvent OBSERVE.
  @discardableResult
  mutating func see(
    _ items: String..., at place: String?, _ time: EventTime, step: String = "inspecting"
  ) -> EventKey {
    object(.observe, items, place, time, step)
  }

  /// An ObjectEvent OBSERVE with the step shipping.
  @discardableResult
  mutating func ship(_ items: String..., from place: String?, _ time: EventTime) -> EventKey {
    object(.observe, items, place, time, "shipping")
  }

  /// An ObjectEvent OBSERVE with the step receiving.
  @discardableResult
  mutating func receive(_ items: String..., at place: String?, _ time: EventTime) -> EventKey {
    object(.observe, items, place, time, "receiving")
  }

  /// An ObjectEvent DELETE.
  @discardableResult
  mutating func destroy(_ items: String..., at place: String?, _ time: EventTime) -> EventKey {
    object(.delete, items, place, time, "destroying")
  }

  /// A cleaning step of a vessel.
  @discardableResult
  mutating func clean(
    _ vessel: String, at place: String?, _ time: EventTime, step: String = "urn:example:cleaning"
  ) -> EventKey {
    object(.observe, [vessel], place, time, step)
  }

  /// An AggregationEvent ADD.
  @discardableResult
  mutating func pack(
    _ children: [String], into unit: String, at place: String?, _ time: EventTime
  ) -> EventKey {
    aggregation(.add, children, unit, place, time, "packing")
  }

  /// An AggregationEvent OBSERVE.
  @discardableResult
  mutating func observe(
    _ children: [String], in unit: String, at place: String?, _ time: EventTime
  ) -> EventKey {
    aggregation(.observe, children, unit, place, time, "receiving")
  }

  /// An AggregationEvent DELETE; without children, everything is taken out.
  @discardableResult
  mutating func unpack(
    _ children: [String] = [], from unit: String, at place: String?, _ time: EventTime
  ) -> EventKey {
    aggregation(.delete, children, unit, place, time, "unpacking")
  }

  /// A TransformationEvent.
  @discardableResult
  mutating func transform(
    _ inputs: [String], to outputs: [String], at place: String?, _ time: EventTime, id: String = ""
  ) -> EventKey {
    name(inputs + outputs)
    return event(.transformation, .none, place, time) { links in
      links.bizStep = "commissioning"
      links.transformationID = id
      links.items =
        inputs.map { Self.mention($0, .input) } + outputs.map { Self.mention($0, .output) }
    }
  }

  /// An AssociationEvent ADD: no flow.
  @discardableResult
  mutating func associate(
    _ children: [String], with parent: String, at place: String?, _ time: EventTime
  ) -> EventKey {
    name(children + [parent])
    return event(.association, .add, place, time) { links in
      links.items = [Self.mention(parent, .parent)] + children.map { Self.mention($0, .child) }
    }
  }

  /// A TransactionEvent OBSERVE: no flow.
  @discardableResult
  mutating func transact(_ items: String..., at place: String?, _ time: EventTime) -> EventKey {
    name(items)
    return event(.transaction, .observe, place, time) { links in
      links.items = items.map { Self.mention($0, .object) }
      links.bizTransactions = [
        TypedReference(type: "po", identifier: Identifier(canonical: "urn:po:1", kind: .other))
      ]
    }
  }

  /// Declares an event to be in error: the same event again, with a declaration.
  mutating func declareError(of key: EventKey) {
    guard var links = events.first(where: { EventKey($0) == key }) else { return }
    links.errorDeclaration = ErrorDeclaration(time: t(10_000), reason: "did_not_occur")
    history.events.append(links)
  }

  /// Captures an event a second time.
  mutating func again(_ key: EventKey) {
    guard let links = events.first(where: { EventKey($0) == key }) else { return }
    history.events.append(links)
  }

  /// Takes the ID from the last event: its digest is its key.
  mutating func withoutID() -> EventKey {
    history.events[events.count - 1].eventID = ""
    return EventKey(events[events.count - 1])
  }

  /// Says who submitted the last event.
  mutating func submitted(by submitter: String) {
    history.submitters[EventKey(history.events[events.count - 1])] = submitter
  }

  /// Gives the last event the ID of another: same ID, other content.
  mutating func withID(of key: EventKey) -> EventKey {
    history.events[events.count - 1].eventID = key.id
    return EventKey(events[events.count - 1])
  }

  /// An ObjectEvent OBSERVE of several items with some step.
  @discardableResult
  mutating func observe(
    _ items: [String], at place: String?, _ time: EventTime, step: String
  ) -> EventKey {
    object(.observe, items, place, time, step)
  }

  /// Gives the last event a business transaction.
  mutating func paper(_ type: String, _ number: String) {
    history.events[events.count - 1].bizTransactions.append(
      TypedReference(
        type: type, identifier: Identifier(canonical: "urn:\(type):\(number)", kind: .other)))
  }

  /// Says where the goods of the last event go: a place, or the party of its GLN.
  mutating func destination(_ place: String, isParty: Bool = false) {
    history.events[events.count - 1].destinations.append(Self.reference(place, isParty))
  }

  /// Says where the goods of the last event come from.
  mutating func source(_ place: String, isParty: Bool = false) {
    history.events[events.count - 1].sources.append(Self.reference(place, isParty))
  }

  private static func reference(_ name: String, _ isParty: Bool) -> TypedReference {
    let place = place(name)
    guard isParty else { return TypedReference(type: "location", identifier: place) }
    let gln = place.uri.dropFirst("https://id.gs1.org/414/".count).prefix { $0 != "/" }
    return TypedReference(
      type: "owning_party",
      identifier: Identifier(canonical: "https://id.gs1.org/417/\(gln)", kind: .party))
  }

  // MARK: Making events

  private mutating func object(
    _ action: EventAction, _ items: [String], _ place: String?, _ time: EventTime, _ step: String,
    _ change: (inout Links) -> Void = { _ in }
  ) -> EventKey {
    name(items)
    return event(.object, action, place, time) { links in
      links.bizStep = step
      links.items = items.map { Self.mention($0, .object) }
      change(&links)
    }
  }

  private mutating func aggregation(
    _ action: EventAction, _ children: [String], _ unit: String, _ place: String?,
    _ time: EventTime, _ step: String
  ) -> EventKey {
    name(children + [unit])
    return event(.aggregation, action, place, time) { links in
      links.bizStep = step
      links.items = [Self.mention(unit, .parent)] + children.map { Self.mention($0, .child) }
    }
  }

  private mutating func name(_ items: [String]) {
    for text in items {
      let name = String(text.prefix { $0 != " " })
      let item = Self.item(name)
      let mention = Self.mention(name, .object)
      history.names[item.uri] = mention.lot == nil ? name : history.names[item.uri] ?? name
      if let lot = mention.lot { history.names[lot.uri] = String(name.prefix { $0 != "#" }) }
    }
  }

  /// IDs and digests count up together, so that both give one order to events of one instant.
  private mutating func event(
    _ kind: EventKind, _ action: EventAction, _ place: String?, _ time: EventTime,
    _ change: (inout Links) -> Void
  ) -> EventKey {
    count += 1
    var links = Links(
      content: Digest32(words: (count, count, count, count)), kind: kind, action: action,
      time: time)
    links.eventID = "urn:event:\(String(count + 1000).dropFirst())"
    if let place { links.readPoint = Self.place(place) }
    if let place, let uri = links.readPoint?.uri { history.names[uri] = place }
    change(&links)
    history.events.append(links)
    return EventKey(links)
  }

  private static func mention(_ text: String, _ role: ItemRole) -> ItemMention {
    let parts = text.split(separator: " ")
    let name = String(parts[0])
    let item = item(name)
    var mention = ItemMention(item: item, role: role)
    mention.isClassLevel = !item.kind.isInstance
    if let hash = name.firstIndex(of: "#"), name[..<hash].contains(".") {
      mention.lot = Self.item(String(name[..<hash]))
    }
    if parts.count > 1 {
      let digits = parts[1].prefix { $0.isNumber }
      let unit = parts[1].dropFirst(digits.count)
      mention.quantity = Quantity(
        value: DecimalNumber(mantissa: Int64(digits) ?? 0, exponent: 0),
        unit: unit.isEmpty ? nil : String(unit))
    }
    return mention
  }
}

// MARK: Times

private let start: Int64 = 1_767_225_600_000_000  // 2026-01-01T00:00:00Z

/// So many hours, and minutes, after the start of 2026-01-01, UTC.
func t(_ hours: Int, _ minutes: Int = 0) -> EventTime {
  EventTime(
    microseconds: start + Int64(hours * 60 + minutes) * 60_000_000, offsetMinutes: 0,
    precision: .instant)
}

/// A whole day, counted from 2026-01-01, in a zone of so many hours east of UTC.
func day(_ number: Int, zone: Int = 0) -> EventTime {
  EventTime(
    microseconds: start + Int64(number * 24 - zone) * 3_600_000_000,
    offsetMinutes: Int16(zone * 60), precision: .day)
}

/// A clock time whose zone is unknown: −14 to +12 hours.
func zoneless(_ hours: Int) -> EventTime {
  EventTime(
    microseconds: start + Int64(hours) * 3_600_000_000, offsetMinutes: nil, precision: .instant)
}
