public import Traceability

/// The forms in which events are given (ISO/IEC 19987 section 9; JSON Lines beside it).
public enum DocumentForm: String, Sendable, Hashable {
  /// An `EPCISDocument`.
  case document
  /// An `EPCISQueryDocument`.
  case queryDocument
  /// One event by itself.
  case event
  /// A JSON array of events.
  case array
  /// One event on each line.
  case lines
}

/// A group of events that is parsed at once.
public struct EventBatch: Sendable, Hashable {
  /// The document's bytes from the first event's first to the last event's last.
  public let range: Range<Int>
  /// The first event's place in the document, from 1.
  public let firstEvent: Int
  /// How many events there are.
  public let count: Int
  /// The line of the first event, from 1; known in JSON Lines only.
  public let firstLine: Int?
  /// The line behind the last event's, from which a capture of JSON Lines goes on; known there only.
  public let nextLine: Int?
}

/// What the first pass over a document finds: its form, what surrounds the events, and where they
/// are. The events themselves have not been read.
public struct DocumentOutline: Sendable {
  /// The form.
  public let form: DocumentForm
  /// All bytes of an EPCIS document but those between its event list's brackets, exactly; empty in
  /// the other forms.
  public let envelope: [UInt8]
  /// The groups of events, in order.
  public let batches: [EventBatch]
  /// What the header says of sites, parties and products.
  public let masterData: [MasterDataRecord]
  /// Bytes of the document.
  public let byteCount: Int

  let namespaces: NamespaceTable
  /// Containers that are open around an event.
  let depth: Int

  /// How many events the document has.
  public var eventCount: Int { batches.reduce(0) { $0 + $1.count } }
}
