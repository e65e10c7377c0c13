/// The links of one event over a reused byte buffer: what the parser fills and the index reads,
/// without a string per field. `Links` is the same as a value.
///
/// The binary encoding (version 1) is injective: one event has one encoding, and no two events
/// share one. It is specified in the documentation page *Links*.
public struct LinksBuffer: Sendable {
  /// A run of bytes in `text`; empty for what the event does not say.
  public struct Run: Sendable, Hashable {
    /// Where it starts.
    public var offset: UInt32
    /// How many bytes it has.
    public var count: UInt32

    /// A run from its parts.
    public init(offset: UInt32 = 0, count: UInt32 = 0) {
      self.offset = offset
      self.count = count
    }

    /// Whether nothing is there.
    public var isEmpty: Bool { count == 0 }
  }

  /// An identifier with its kind.
  public struct Name: Sendable, Hashable {
    /// The canonical URI.
    public var uri = Run()
    /// What it names.
    public var kind = IdentifierKind.other

    /// A name from its parts.
    public init(uri: Run = Run(), kind: IdentifierKind = .other) {
      self.uri = uri
      self.kind = kind
    }

    /// Whether nothing is named.
    public var isEmpty: Bool { uri.isEmpty }
  }

  /// An item as the event mentions it; see `ItemMention`.
  public struct Mention: Sendable, Hashable {
    /// The item.
    public var item: Name
    /// What it is in the event.
    public var role: ItemRole
    /// Whether it stood in a quantity list.
    public var isClassLevel: Bool
    /// The amount, if given.
    public var amount: DecimalNumber?
    /// The unit, if given.
    public var unit = Run()
    /// The lot of a serialised item, if given: always of kind `lot`.
    public var lot = Run()

    /// A mention from its parts.
    public init(item: Name, role: ItemRole, isClassLevel: Bool) {
      self.item = item
      self.role = role
      self.isClassLevel = isClassLevel
    }
  }

  /// A source, destination or business transaction; see `TypedReference`.
  public struct Reference: Sendable, Hashable {
    /// The type.
    public var type: Run
    /// What it refers to.
    public var name: Name

    /// A reference from its parts.
    public init(type: Run, name: Name) {
      self.type = type
      self.name = name
    }
  }

  /// The bytes that runs refer to.
  public var text: [UInt8] = []
  /// The event's own ID.
  public var eventID = Run()
  /// Digest of the content.
  public var content = Digest32(words: (0, 0, 0, 0))
  /// The kind of event.
  public var kind = EventKind.object
  /// Its action.
  public var action = EventAction.none
  /// When it happened.
  public var time = EventTime(microseconds: 0, offsetMinutes: nil, precision: .instant)
  /// The business step.
  public var bizStep = Run()
  /// The disposition.
  public var disposition = Run()
  /// Where it was observed.
  public var readPoint = Name()
  /// Where the objects are afterwards.
  public var bizLocation = Name()
  /// The items.
  public var mentions: [Mention] = []
  /// `sourceList`.
  public var sources: [Reference] = []
  /// `destinationList`.
  public var destinations: [Reference] = []
  /// `bizTransactionList`.
  public var bizTransactions: [Reference] = []
  /// The transformation number.
  public var transformationID = Run()
  /// The lot number in the ILMD.
  public var lotNumber = Run()
  /// Identifiers of items that ILMD values name.
  public var references: [Name] = []
  /// When the event was declared to be in error; nil if this is no declaration.
  public var declarationTime: EventTime?
  /// The reason of the declaration.
  public var declarationReason = Run()
  /// The events that stand in its place.
  public var correctiveEventIDs: [Run] = []

  /// An empty buffer.
  public init() {
    text.reserveCapacity(1024)
    mentions.reserveCapacity(16)
  }

  /// Empties it, keeping its memory.
  public mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    eventID = Run()
    bizStep = Run()
    disposition = Run()
    readPoint = Name()
    bizLocation = Name()
    mentions.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    destinations.removeAll(keepingCapacity: true)
    bizTransactions.removeAll(keepingCapacity: true)
    transformationID = Run()
    lotNumber = Run()
    references.removeAll(keepingCapacity: true)
    declarationTime = nil
    declarationReason = Run()
    correctiveEventIDs.removeAll(keepingCapacity: true)
  }

  /// Copies bytes into `text`.
  public mutating func run(_ bytes: some Collection<UInt8>) -> Run {
    let offset = UInt32(text.count)
    text.append(contentsOf: bytes)
    return Run(offset: offset, count: UInt32(text.count) - offset)
  }

  /// The bytes of a run.
  public func bytes(_ run: Run) -> ArraySlice<UInt8> {
    text[Int(run.offset)..<Int(run.offset) + Int(run.count)]
  }

  /// A run as a string.
  public func string(_ run: Run) -> String { String(decoding: bytes(run), as: UTF8.self) }
}
