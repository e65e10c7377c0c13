public import Traceability

/// One event that was read: where it is, and where its bytes and links are in its batch.
public struct ParsedEvent: Sendable, Hashable {
  /// Its place in the document, from 1.
  public let number: Int
  /// Its line, from 1; known in JSON Lines only.
  public let line: Int?
  /// Bytes of the document before it.
  public let offset: Int
  /// Its bytes as received, in the batch's `bytes`.
  public let payload: Range<Int>
  /// Its links in their binary form, in the batch's `links`.
  public let links: Range<Int>
  /// Its ID in the batch's `links`; empty if it has none.
  public let eventID: Range<Int>
  /// Digest of its content: the event without record time, error declaration and context.
  public let content: Digest32
  /// Digest of its error declaration, if it has one.
  public let declaration: Digest32?
  /// What was taken though the standard asks for more.
  public let notices: EventNotices
}

/// A group of events that were read, in memory that the next group can take over.
public struct ParsedBatch: Sendable {
  /// The events that are in order.
  public internal(set) var events: [ParsedEvent] = []
  /// Binary links of all events, one after the other.
  public internal(set) var links: [UInt8] = []
  /// What is wrong with the others, in order; nothing may be captured then.
  public internal(set) var refusals: [EPCISError] = []
  /// Which events of the document these are.
  public internal(set) var batch: EventBatch?
  /// SHA-256 of the bytes of its range, made of JSON Lines if the parser was told to.
  public internal(set) var digest = Digest32(words: (0, 0, 0, 0))
  var text = PaddedText()

  /// An empty batch.
  public init() {}

  /// The document's bytes that hold the events, among others.
  public var bytes: [UInt8] { text.bytes }

  /// The bytes of an event as received.
  public func payload(_ event: ParsedEvent) -> ArraySlice<UInt8> { text.bytes[event.payload] }

  /// The ID of an event; empty if it has none.
  public func eventID(_ event: ParsedEvent) -> String {
    String(decoding: links[event.eventID], as: UTF8.self)
  }

  /// The links of an event as a value.
  public func decodedLinks(_ event: ParsedEvent) throws(LinksError) -> Links {
    try Links(decoding: links[event.links])
  }

  mutating func removeAll() {
    events.removeAll(keepingCapacity: true)
    links.removeAll(keepingCapacity: true)
    refusals.removeAll(keepingCapacity: true)
  }
}
