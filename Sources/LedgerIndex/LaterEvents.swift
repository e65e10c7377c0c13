public import Traceability

/// The events of a log that came after what an index holds: few enough to be kept in memory.
public struct LaterEvents: Sendable {
  /// The links of an event, with who submitted it.
  public struct Stored: Sendable {
    /// The encoded links.
    public var links: [UInt8]
    /// Who submitted it.
    public var submitter: String

    /// The links of an event.
    public init(links: [UInt8], submitter: String) {
      self.links = links
      self.submitter = submitter
    }
  }

  /// Events by their entries.
  private(set) var events: [UInt64: Stored] = [:]
  private(set) var captures: [CaptureLinks] = []
  /// Entries by the URI of an item that they mention, or of the lot of a serial.
  private var entriesByItem: [[UInt8]: [UInt64]] = [:]
  private var entriesByTransformation: [[UInt8]: [UInt64]] = [:]
  private var builder: IndexBuilder
  private var scratch = LinksBuffer()

  /// No events yet, after those of an index.
  public init(after index: LedgerIndex) {
    builder = IndexBuilder(seed: index.seed)
  }

  /// How many events there are.
  public var count: Int { events.count }

  /// Takes the names that a capture's document gives.
  public mutating func add(_ capture: CaptureLinks) {
    guard !capture.masterData.isEmpty else { return }
    captures.append(capture)
    builder.add(capture)
  }

  /// Takes an event.
  ///
  /// - Throws: `LinksError` for bytes that are no links, `IndexError` beyond 2³¹ mentions.
  public mutating func add(
    links bytes: UnsafeRawBufferPointer, entry: UInt64, submitter: String
  ) throws {
    try scratch.decode(bytes)
    try builder.add(scratch, entry: entry, submitter: submitter)
    events[entry] = Stored(links: Array(bytes), submitter: submitter)
    var keys: Set<[UInt8]> = []
    for mention in scratch.mentions {
      keys.insert(IndexBuilder.itemKey(mention.item, scratch))
      if let lot = IndexBuilder.lot(ofSerial: mention, scratch) { keys.insert(lot) }
    }
    for key in keys { entriesByItem[key, default: []].append(entry) }
    if let key = IndexBuilder.transformationKey(scratch, submitter) {
      entriesByTransformation[key, default: []].append(entry)
    }
  }

  func entries(of item: [UInt8]) -> [UInt64] { entriesByItem[item] ?? [] }

  func entries(ofTransformation key: [UInt8]) -> [UInt64] { entriesByTransformation[key] ?? [] }

  /// An index of these events alone.
  func index() throws -> LedgerIndex {
    try builder.sealed(
      binding: IndexBinding(origin: "", size: 0, root: [UInt8](repeating: 0, count: 32)))
  }
}
