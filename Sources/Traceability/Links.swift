/// The kind of an EPCIS event (ISO/IEC 19987 section 7.4). Raw values are part of the encoding.
public enum EventKind: UInt8, Sendable, Hashable, CaseIterable {
  /// An ObjectEvent.
  case object = 1
  /// An AggregationEvent.
  case aggregation = 2
  /// A TransactionEvent.
  case transaction = 3
  /// A TransformationEvent.
  case transformation = 4
  /// An AssociationEvent.
  case association = 5

  /// The `type` of EPCIS documents.
  public var name: String {
    switch self {
    case .object: "ObjectEvent"
    case .aggregation: "AggregationEvent"
    case .transaction: "TransactionEvent"
    case .transformation: "TransformationEvent"
    case .association: "AssociationEvent"
    }
  }
}

/// The action of an event (ISO/IEC 19987 section 7.3.3). Raw values are part of the encoding.
public enum EventAction: UInt8, Sendable, Hashable, CaseIterable {
  /// Transformations have none.
  case none = 0
  /// ADD: created, packed, attached.
  case add = 1
  /// OBSERVE: seen, unchanged.
  case observe = 2
  /// DELETE: destroyed, unpacked, detached.
  case delete = 3
}

/// What an item is in an event. Raw values are part of the encoding.
public enum ItemRole: UInt8, Sendable, Hashable, CaseIterable {
  /// In `epcList` or `quantityList`.
  case object = 1
  /// `parentID`.
  case parent = 2
  /// In `childEPCs` or `childQuantityList`.
  case child = 3
  /// In `inputEPCList` or `inputQuantityList`.
  case input = 4
  /// In `outputEPCList` or `outputQuantityList`.
  case output = 5
}

/// A SHA-256 digest as bytes, for layers that know food and no hashing.
public struct Digest32: Sendable, Hashable {
  /// The first to the last eight bytes, each read big-endian.
  public let words: (UInt64, UInt64, UInt64, UInt64)

  /// A digest from 32 bytes; nil on another count.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 32 else { return nil }
    words = (
      UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    )
  }

  /// A digest from its four big-endian words.
  public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(32)
    for word in [words.0, words.1, words.2, words.3] {
      withUnsafeBytes(of: word.bigEndian) { result.append(contentsOf: $0) }
    }
    return result
  }

  /// Equality of all 32 bytes.
  public static func == (a: Digest32, b: Digest32) -> Bool { a.words == b.words }

  /// Hashes the first half, which is as good as random.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
  }
}

/// An item as an event mentions it.
public struct ItemMention: Sendable, Hashable {
  /// The item.
  public var item: Identifier
  /// What it is in the event.
  public var role: ItemRole
  /// Whether it stood in a quantity list (class level) rather than a list of instances.
  public var isClassLevel: Bool
  /// How much of it; nil where the event does not say.
  public var quantity: Quantity?
  /// The lot that a serialised item belongs to, where the event says so.
  public var lot: Identifier?

  /// A mention from its parts.
  public init(
    item: Identifier, role: ItemRole, isClassLevel: Bool = false, quantity: Quantity? = nil,
    lot: Identifier? = nil
  ) {
    self.item = item
    self.role = role
    self.isClassLevel = isClassLevel
    self.quantity = quantity
    self.lot = lot
  }
}

/// A source, a destination or a business transaction: an identifier with its type.
public struct TypedReference: Sendable, Hashable {
  /// The CBV type as its last component (`possessing_party`, `desadv`), or a full URI of one's own.
  public var type: String
  /// The canonical identifier.
  public var identifier: Identifier

  /// A reference from its parts.
  public init(type: String, identifier: Identifier) {
    self.type = type
    self.identifier = identifier
  }
}

/// A statement that an event was recorded in error (ISO/IEC 19987 section 7.4.1.2).
public struct ErrorDeclaration: Sendable, Hashable {
  /// When it was declared.
  public var time: EventTime
  /// The CBV reason as its last component, or a URI; empty if not given.
  public var reason: String
  /// The events that stand in its place.
  public var correctiveEventIDs: [String]

  /// A declaration from its parts.
  public init(time: EventTime, reason: String = "", correctiveEventIDs: [String] = []) {
    self.time = time
    self.reason = reason
    self.correctiveEventIDs = correctiveEventIDs
  }
}

/// Everything that a trace needs of one event, so that the index is rebuilt without a parser.
///
/// Empty strings stand for what the event does not say. The binary form is `LinksBuffer`'s.
public struct Links: Sendable, Hashable {
  /// The event's own ID; empty if it has none.
  public var eventID = ""
  /// Digest of the content: the event without `recordTime` and `errorDeclaration`.
  public var content: Digest32
  /// The kind of event.
  public var kind: EventKind
  /// Its action.
  public var action: EventAction
  /// When it happened.
  public var time: EventTime
  /// The CBV business step as its last component (`shipping`), or a full URI of one's own.
  public var bizStep = ""
  /// The disposition, spelled like the step.
  public var disposition = ""
  /// Where it was observed.
  public var readPoint: Identifier?
  /// Where the objects are afterwards.
  public var bizLocation: Identifier?
  /// The items in document order: parent, then instances, then quantities.
  public var items: [ItemMention] = []
  /// `sourceList`.
  public var sources: [TypedReference] = []
  /// `destinationList`.
  public var destinations: [TypedReference] = []
  /// `bizTransactionList`.
  public var bizTransactions: [TypedReference] = []
  /// The number that makes several events one transformation; empty if none.
  public var transformationID = ""
  /// The lot number in the ILMD; empty if none.
  public var lotNumber = ""
  /// Identifiers of items that ILMD values name: hints, not links.
  public var references: [Identifier] = []
  /// The declaration that this event was in error, if this is one.
  public var errorDeclaration: ErrorDeclaration?

  /// Links with what every event has.
  public init(content: Digest32, kind: EventKind, action: EventAction, time: EventTime) {
    self.content = content
    self.kind = kind
    self.action = action
    self.time = time
  }
}

extension Links {
  /// How much there was of the item that is mentioned at a place among all; nil where the event does
  /// not say.
  public func quantity(ofMention place: Int) -> Quantity? {
    items.indices.contains(place) ? items[place].quantity : nil
  }
}
