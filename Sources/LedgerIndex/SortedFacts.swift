import Traceability

/// The facts of a builder with its events numbered in order of time, ties broken by content, so that
/// nothing depends on the order of capture.
struct SortedFacts {
  let builder: IndexBuilder
  let count: Int
  let times: Column<Int64>
  let profileNumbers: Column<UInt32>
  let places: Column<UInt32>
  let entries: Column<UInt32>
  let identities: Column<UInt64>
  private let mentionStarts: Column<UInt32>
  private let mentionCounts: Column<UInt32>
  let profiles: [EventProfile]
  /// Events of transformations that have a number, in order of event.
  let transformations: [EventColumns.TransformationRow]
  let declarations: [UInt32: EventColumns.Declaration]
  let serials: [IndexBuilder.SerialRow]
  /// The builder's number of each event; nil where it is the same.
  private let order: Column<UInt32>?

  init(_ builder: IndexBuilder) {
    self.builder = builder
    var events = builder.events
    count = events.count
    for event in events.declarations.keys {
      var profile = events.profiles[Int(events.profileNumbers[Int(event)])]
      profile.flags |= EventProfile.declared
      events.profileNumbers[Int(event)] = events.number(of: profile)
    }
    profiles = events.profiles
    guard let order = Self.timeOrder(events) else {
      times = events.times
      profileNumbers = events.profileNumbers
      places = events.places
      entries = events.entries
      identities = events.identities
      mentionStarts = events.mentionStarts
      mentionCounts = events.mentionCounts
      declarations = events.declarations
      transformations = events.transformations.indices.map { events.transformations[$0] }
      serials = builder.serials.indices.map { builder.serials[$0] }
      order = nil
      return
    }
    times = Self.column(events.times, in: order)
    profileNumbers = Self.column(events.profileNumbers, in: order)
    places = Self.column(events.places, in: order)
    entries = Self.column(events.entries, in: order)
    identities = Self.column(events.identities, in: order)
    mentionStarts = Self.column(events.mentionStarts, in: order)
    mentionCounts = Self.column(events.mentionCounts, in: order)
    let ranks = Column<UInt32>(zeros: order.count, scratch: builder.scratch)
    for place in order.indices { ranks.start[Int(order[place])] = UInt32(place) }
    declarations = Dictionary(
      uniqueKeysWithValues: events.declarations.map { (ranks[Int($0)], $1) })
    transformations = events.transformations.indices.map { place in
      var row = events.transformations[place]
      row.event = ranks[Int(row.event)]
      return row
    }.sorted { $0.event < $1.event }
    serials = builder.serials.indices.map { place in
      var row = builder.serials[place]
      row.event = ranks[Int(row.event)]
      return row
    }
    self.order = order
  }

  private static func column<Value>(
    _ column: Column<Value>, in order: Column<UInt32>
  ) -> Column<Value> {
    var result = Column<Value>(scratch: column.scratch)
    result.resize(order.count)
    for place in order.indices { result.start[place] = column[Int(order[place])] }
    return result
  }

  /// The events in order of time; nil if they stand so.
  private static func timeOrder(_ events: EventColumns) -> Column<UInt32>? {
    func isBefore(_ a: Int, _ b: Int) -> Bool {
      if events.times[a] != events.times[b] { return events.times[a] < events.times[b] }
      if events.contents[a] != events.contents[b] { return events.contents[a] < events.contents[b] }
      return events.identities[a] < events.identities[b]
    }
    var first = Int64.max
    var isSorted = true
    for event in 0..<events.count {
      first = min(first, events.times[event])
      if event > 0, isBefore(event, event - 1) { isSorted = false }
    }
    guard !isSorted else { return nil }
    var keys = Column<UInt64>(scratch: events.times.scratch)
    for event in 0..<events.count {
      keys.append(UInt64(bitPattern: events.times[event] &- first))
    }
    var order = RadixSort.order(of: keys)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, keys[Int(order[end])] == keys[Int(order[start])] { end += 1 }
      if end - start > 1 {
        let ties = (start..<end).map { order[$0] }.sorted { isBefore(Int($0), Int($1)) }
        for (place, event) in ties.enumerated() { order[start + place] = event }
      }
      start = end
    }
    return order
  }

  // MARK: Events

  @inline(__always)
  func profile(_ event: UInt32) -> EventProfile { profiles[Int(profileNumbers[Int(event)])] }

  @inline(__always)
  func kind(_ event: UInt32) -> EventKind? { EventKind(rawValue: profile(event).kind) }

  @inline(__always)
  func action(_ event: UInt32) -> EventAction? { EventAction(rawValue: profile(event).action) }

  @inline(__always)
  func span(_ event: UInt32) -> TimeSpan { profile(event).span(times[Int(event)]) }

  func isDeclaredInError(_ event: UInt32) -> Bool {
    profile(event).flags & EventProfile.declared != 0
  }

  /// Orders events by content alone.
  func isBeforeByContent(_ a: UInt32, _ b: UInt32) -> Bool {
    let (x, y) = order.map { (Int($0[Int(a)]), Int($0[Int(b)])) } ?? (Int(a), Int(b))
    let events = builder.events
    if events.contents[x] != events.contents[y] { return events.contents[x] < events.contents[y] }
    return events.identities[x] < events.identities[y]
  }

  /// The number of the transformation that an event is part of; nil for one by itself.
  func transformation(_ event: UInt32) -> UInt32? {
    let row = transformations.partitioningIndex { $0.event >= event }
    guard row < transformations.count, transformations[row].event == event else { return nil }
    return transformations[row].transformation
  }

  // MARK: Mentions

  /// The numbers of an event's mentions, in document order.
  @inline(__always)
  func mentions(_ event: UInt32) -> Range<Int> {
    let start = Int(mentionStarts[Int(event)])
    return Range(uncheckedBounds: (start, start &+ Int(mentionCounts[Int(event)])))
  }

  @inline(__always)
  func item(_ mention: Int) -> UInt32 { builder.mentions.items[mention] }

  @inline(__always)
  func role(_ mention: Int) -> ItemRole? { builder.mentions.role(mention) }

  @inline(__always)
  func itemKind(_ item: UInt32) -> IdentifierKind? {
    IdentifierKind(rawValue: builder.itemKinds[Int(item)])
  }

  /// The parent that an aggregation names.
  func parent(_ event: UInt32) -> UInt32? {
    guard kind(event) == .aggregation else { return nil }
    for mention in mentions(event) where role(mention) == .parent { return item(mention) }
    return nil
  }
}
