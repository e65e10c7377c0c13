import ProvenanceGraph
import Traceability

/// The events of a sealed index, in order of time, in columns.
struct EventSections: Sendable {
  /// The first time in microseconds, and how many make one step.
  private let clock: CheckedColumn<Int64>
  /// The time of each event, in steps since the first.
  private let times: PackedColumn
  private let entries: PackedColumn
  /// The place of each event + 1, or 0.
  private let places: PackedColumn
  private let profileNumbers: PackedColumn
  private let profiles: CheckedColumn<EventProfile>
  /// Where the mentions of each event begin; one more at the end.
  private let mentionStarts: PackedColumn
  private let declaredEvents: PackedColumn
  /// The entry of each declaration times 2; odd where the event itself is not on record.
  private let declarations: PackedColumn
  private let mentionCount: Int

  init(_ map: SectionMap, mentionCount: Int) throws(IndexError) {
    clock = try map.column(.eventClock, of: Int64.self)
    times = try map.numbers(.eventTimes)
    entries = try map.numbers(.eventEntries)
    places = try map.numbers(.eventPlaces)
    profileNumbers = try map.numbers(.eventProfiles)
    profiles = try map.column(.profiles, of: EventProfile.self)
    mentionStarts = try map.numbers(.eventMentions)
    declaredEvents = try map.numbers(.declaredEvents)
    declarations = try map.numbers(.declarations)
    self.mentionCount = mentionCount
    let count = times.count
    guard clock.count == 2, entries.count == count, places.count == count,
      profileNumbers.count == count, mentionStarts.count == count + 1,
      declarations.count == declaredEvents.count
    else { throw IndexError("its columns of events do not fit each other") }
  }

  var count: Int { times.count }

  /// Microseconds since 1970.
  func microseconds(_ event: Int) -> Int64 {
    let time = clock[0] &+ Int64(times[event]) &* clock[1]
    // No event lies so far from 1970; sums with it must not overflow.
    guard time.magnitude < 1 << 60 else {
      clock.refuse(0)
      return 0
    }
    return time
  }

  func entry(_ event: Int) -> UInt64 { UInt64(entries[event]) }

  /// The place of an event; nil if it names none.
  func place(_ event: Int) -> PlaceNumber? {
    let place = places[event]
    return place == 0 ? nil : PlaceNumber(UInt32(truncatingIfNeeded: place &- 1))
  }

  func profile(_ event: Int) -> EventProfile { profiles[profileNumbers[event]] }

  func time(_ event: Int) -> EventTime { profile(event).time(microseconds(event)) }

  func span(_ event: Int) -> TimeSpan { profile(event).span(microseconds(event)) }

  /// The mentions of an event.
  func mentions(_ event: Int) -> Range<Int> {
    let lower = mentionStarts[event]
    let upper = mentionStarts[event &+ 1]
    guard lower <= upper, upper <= mentionCount else {
      mentionStarts.refuse(event)
      return 0..<0
    }
    return lower..<upper
  }

  /// The entry that declares an event of a profile to be in error, and whether the event itself is on
  /// record.
  func declaration(
    _ event: Int, _ profile: EventProfile
  ) -> (entry: UInt64, isOnlyDeclared: Bool)? {
    guard profile.flags & EventProfile.declared != 0 else { return nil }
    let row = LedgerIndex.firstRow(declaredEvents.count) { declaredEvents[$0] >= event }
    guard row < declaredEvents.count, declaredEvents[row] == event else {
      profileNumbers.refuse(event)
      return nil
    }
    return (UInt64(declarations[row] >> 1), declarations[row] & 1 != 0)
  }
}

/// The stays of a sealed index in columns; those in one unit follow each other.
struct StaySections: Sendable {
  private let units: NumberSection
  private let children: NumberSection
  private let openings: NumberSection
  private let entries: NumberSection
  /// The event that ended each + 1, or 0.
  private let exits: NumberSection
  private let flags: CheckedColumn<UInt8>
  /// Stays that began at an unknown time, with the first possible instant.
  private let lateStays: NumberSection
  private let lateStayTimes: CheckedColumn<Int64>

  init(_ map: SectionMap) throws(IndexError) {
    units = try NumberSection(map, .stayUnits)
    children = try NumberSection(map, .stayChildren)
    openings = try NumberSection(map, .stayOpenings)
    entries = try NumberSection(map, .stayEntries)
    exits = try NumberSection(map, .stayExits)
    flags = try map.column(.stayFlags, of: UInt8.self)
    lateStays = try NumberSection(map, .lateStays)
    lateStayTimes = try map.column(.lateStayTimes, of: Int64.self)
    let count = units.count
    guard children.count == count, openings.count == count, entries.count == count,
      exits.count == count, flags.count == count, lateStays.count == lateStayTimes.count
    else { throw IndexError("its columns of stays do not fit each other") }
  }

  var count: Int { units.count }

  func stay(_ number: Int, _ events: EventSections) -> Stay {
    let flags = UInt32(flags[number])
    let start = EventNumber(entries[number])
    let exit = exits[number]
    let isStartUnknown = flags & StayRow.startUnknown != 0
    return Stay(
      unit: ItemNumber(units[number]), child: ItemNumber(children[number]),
      opening: openings[number], start: start, isStartUnknown: isStartUnknown,
      end: exit == 0 ? nil : EventNumber(exit &- 1),
      span: TimeSpan(
        earliest: isStartUnknown ? lateStart(number) : events.span(Int(start.raw)).earliest,
        latest: exit == 0 ? Int64.max : events.span(Int(exit) - 1).latest),
      isEndedByRefill: flags & StayRow.refilled != 0)
  }

  /// The first instant at which a stay of unknown beginning can have begun.
  private func lateStart(_ number: Int) -> Int64 {
    let row = LedgerIndex.firstRow(lateStays.count) { Int(lateStays[$0]) >= number }
    guard row < lateStays.count, Int(lateStays[row]) == number else {
      flags.refuse(number)
      return 0
    }
    return lateStayTimes[row]
  }
}
