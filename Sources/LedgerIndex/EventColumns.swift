import Traceability

/// What many events share: their kind, action, business step and the form of their time.
struct EventProfile: BitwiseCopyable, Hashable, Sendable {
  /// Number of the business step.
  var bizStep: UInt32
  /// Minutes east of UTC; 0 where the zone is unknown.
  var offsetMinutes: Int16
  var kind: UInt8
  var action: UInt8
  /// Bit 0 a whole day, bit 1 zone unknown, bit 2 a declaration of error is on record.
  var flags: UInt32

  static let day: UInt32 = 1
  static let zoneless: UInt32 = 2
  static let declared: UInt32 = 4

  init(bizStep: UInt32, kind: EventKind, action: EventAction, time: EventTime) {
    self.bizStep = bizStep
    self.kind = kind.rawValue
    self.action = action.rawValue
    offsetMinutes = time.offsetMinutes ?? 0
    flags = time.precision == .day ? Self.day : 0
    if time.offsetMinutes == nil { flags |= Self.zoneless }
  }

  func time(_ microseconds: Int64) -> EventTime {
    EventTime(
      microseconds: microseconds, offsetMinutes: flags & Self.zoneless == 0 ? offsetMinutes : nil,
      precision: flags & Self.day == 0 ? .instant : .day)
  }

  /// When an event of this profile can have happened.
  @inline(__always)
  func span(_ microseconds: Int64) -> TimeSpan {
    flags & (Self.day | Self.zoneless) == 0
      ? TimeSpan(earliest: microseconds, latest: microseconds) : time(microseconds).interval
  }
}

/// The events of a builder in columns, in the order in which they were added.
struct EventColumns: Sendable {
  /// The log entry that holds each.
  var entries: Column<UInt32>
  /// Hash of each ID, or of the content where there is none.
  var identities: Column<UInt64>
  /// Part of each content digest.
  var contents: Column<UInt64>
  /// Microseconds since 1970.
  var times: Column<Int64>
  /// Numbers of profiles.
  var profileNumbers: Column<UInt32>
  /// Numbers of places; none32 for none.
  var places: Column<UInt32>
  var mentionStarts: Column<UInt32>
  var mentionCounts: Column<UInt32>
  /// The profiles, in order of first use.
  var profiles: [EventProfile] = []
  /// The events that are part of a transformation that has a number, in order of adding.
  var transformations: Column<TransformationRow>
  /// Events that were declared to be in error.
  var declarations: [UInt32: Declaration] = [:]
  private var numbersOfProfiles: [EventProfile: UInt32] = [:]

  /// An event with the transformation that it is part of.
  struct TransformationRow: BitwiseCopyable, Sendable {
    var event: UInt32
    var transformation: UInt32
  }

  /// The first declaration that an event was in error.
  struct Declaration: Sendable {
    /// The entry of the declaration.
    var entry: UInt32
    /// Whether the event itself is not on record.
    var isOnlyDeclared: Bool
  }

  init(scratch: String?) {
    entries = Column(scratch: scratch)
    identities = Column(scratch: scratch)
    contents = Column(scratch: scratch)
    times = Column(scratch: scratch)
    profileNumbers = Column(scratch: scratch)
    places = Column(scratch: scratch)
    mentionStarts = Column(scratch: scratch)
    mentionCounts = Column(scratch: scratch)
    transformations = Column(scratch: scratch)
  }

  var count: Int { entries.count }

  mutating func append(
    entry: UInt32, identity: UInt64, content: UInt64, _ microseconds: Int64,
    _ profile: EventProfile, place: UInt32, mentionStart: UInt32, mentionCount: UInt32
  ) {
    entries.append(entry)
    identities.append(identity)
    contents.append(content)
    times.append(microseconds)
    profileNumbers.append(number(of: profile))
    places.append(place)
    mentionStarts.append(mentionStart)
    mentionCounts.append(mentionCount)
  }

  /// The number of a profile, new or known.
  mutating func number(of profile: EventProfile) -> UInt32 {
    if let known = numbersOfProfiles[profile] { return known }
    let number = UInt32(profiles.count)
    profiles.append(profile)
    numbersOfProfiles[profile] = number
    return number
  }

  /// Notes the first declaration about an event.
  mutating func declare(_ event: UInt32, entry: UInt32, isOnlyDeclared: Bool) {
    guard declarations[event] == nil else { return }
    declarations[event] = Declaration(entry: entry, isOnlyDeclared: isOnlyDeclared)
  }

  /// Takes a known event again.
  mutating func merge(_ event: UInt32, entry: UInt32, isDeclaration: Bool) {
    if isDeclaration {
      declare(event, entry: entry, isOnlyDeclared: false)
    } else if declarations[event]?.isOnlyDeclared ?? false {
      entries[Int(event)] = entry
      declarations[event]?.isOnlyDeclared = false
    }
  }
}

/// The mentions of a builder in columns, those of an event together.
struct MentionColumns: Sendable {
  var items: Column<UInt32>
  /// The role; the top bit is set for items of a quantity list.
  var roles: Column<UInt8>
  /// Amounts of what is packed or unpacked, in order of mention.
  var amounts: Column<AmountRow>

  static let classLevel: UInt8 = 0x80

  /// How much of an item was packed or unpacked.
  struct AmountRow: BitwiseCopyable, Sendable {
    var value: Double
    var mention: UInt32
    /// Number of the unit of measure + 1; 0 for none.
    var unit: UInt16
  }

  init(scratch: String?) {
    items = Column(scratch: scratch)
    roles = Column(scratch: scratch)
    amounts = Column(scratch: scratch)
  }

  var count: Int { items.count }

  mutating func append(_ item: UInt32, _ mention: LinksBuffer.Mention) {
    items.append(item)
    roles.append(mention.role.rawValue | (mention.isClassLevel ? Self.classLevel : 0))
  }

  /// Notes the amount of the last mention.
  mutating func append(_ amount: DecimalNumber, unit: UInt16) {
    amounts.append(
      AmountRow(value: amount.approximate, mention: UInt32(items.count - 1), unit: unit))
  }

  @inline(__always)
  func role(_ mention: Int) -> ItemRole? {
    ItemRole(rawValue: roles[mention] & ~Self.classLevel)
  }

  /// The amount of a mention; nil if none is given.
  func amount(_ mention: Int) -> DecimalSum? {
    var lower = 0
    var upper = amounts.count
    while lower < upper {
      let middle = (lower + upper) / 2
      if Int(amounts[middle].mention) < mention { lower = middle + 1 } else { upper = middle }
    }
    guard lower < amounts.count, Int(amounts[lower].mention) == mention else { return nil }
    return DecimalSum(value: amounts[lower].value, unit: amounts[lower].unit)
  }
}
