public import Traceability

/// Collects what later events are found by, from their links in order of the log.
public struct FactCollector: Sendable {
  /// The first entry that it covers.
  public let firstEntry: UInt64
  /// What its hashes are seeded with.
  public let seed: UInt64
  /// The entry after the last that was added, counted from the first.
  private var entriesEnd: UInt64 = 0
  /// How many events were added.
  public private(set) var eventCount = 0

  private let hasher: FactHasher
  private var rows: [FactRow] = []
  /// The rows that came before, in pieces.
  private var earlier: [FactPiece] = []
  private var earlierCount = 0
  /// Entries of events and captures whose links are destroyed, and of redactions.
  private(set) var cuts: [UInt32] = []
  private(set) var redactions: [UInt32] = []
  /// Items whose tail was noted: once is enough.
  private var noted: RecentHashes
  private var names: [UInt64: Names] = [:]
  // Memory that is used again for each event.
  private var links = LinksBuffer()
  private var items: [LinksScan.Item] = []

  /// The records about one identifier that count: the first, and the last of each content.
  private struct Names {
    var first: UInt32
    var last: [MasterDataRecord: UInt32] = [:]
  }

  /// Nothing yet.
  ///
  /// - Parameters:
  ///   - firstEntry: the entry that the facts begin with.
  ///   - seed: the one of the index that they follow.
  ///   - eventCount: about how many events will be added, if that is known.
  public init(from firstEntry: UInt64, seed: UInt64, eventCount: Int? = nil) {
    self.firstEntry = firstEntry
    self.seed = seed
    hasher = FactHasher(seed: seed)
    noted = RecentHashes(eventCount ?? .max)
    // An ID, three items and as many tails is what events have on average.
    if let eventCount { rows.reserveCapacity(8 * eventCount) }
  }

  /// How many bytes its rows and names take, about.
  public var byteCount: Int {
    (earlierCount + rows.count) * MemoryLayout<FactRow>.size
      + names.count * 2 * MemoryLayout<(UInt64, Names)>.stride
  }

  /// Adds what another collected of entries that come later.
  ///
  /// - Parameter entry: where the first entry of the other stands, whatever it was called.
  /// - Throws: `IndexError` beyond 2²⁰ entries.
  public mutating func append(_ other: consuming FactCollector, at entry: UInt64) throws {
    guard entry >= firstEntry, other.seed == seed else {
      throw IndexError("facts are joined in order, and with one seed")
    }
    let shift = entry - firstEntry
    guard shift + other.entriesEnd <= FactRow.entryCountMax,
      earlierCount + rows.count + other.earlierCount + other.rows.count < 1 << 31
    else { throw Self.isFull }
    let offset = UInt32(shift)
    keepApart()
    other.keepApart()
    earlierCount += other.earlierCount
    earlier += other.earlier.map { FactPiece(rows: $0.rows, shift: $0.shift + shift) }
    entriesEnd = max(entriesEnd, shift + other.entriesEnd)
    eventCount += other.eventCount
    cuts += other.cuts.map { $0 + offset }
    redactions += other.redactions.map { $0 + offset }
    for (hash, named) in other.names {
      let first = Names(first: named.first + offset)
      for (record, last) in named.last {
        names[hash, default: first].last[record] = last + offset
      }
    }
  }

  /// Puts the rows so far with those that came before.
  private mutating func keepApart() {
    guard !rows.isEmpty else { return }
    earlierCount += rows.count
    earlier.append(FactPiece(rows: rows))
    rows = []
  }

  private static let isFull = IndexError(
    "a table of facts is made of at most 2^20 entries and 2^31 rows")

  /// Takes an event.
  /// - Throws: `LinksError` for bytes that are no links, `IndexError` beyond 2²⁰ entries.
  public mutating func add(
    links bytes: UnsafeRawBufferPointer, entry: UInt64, submitter: String
  ) throws {
    let offset = try offset(entry)
    let memory = items
    items = []
    guard let scan = LinksScan(bytes, keepingItems: memory) else {
      return try LinksBuffer.validate(bytes)
    }
    eventCount += 1
    let identity = EventIdentityTable.identity(
      eventID: scan.eventID, content: scan.content, seed: seed)
    append(hasher.hash(event: identity), offset)
    if !scan.lotNumber.isEmpty { append(hasher.hash(.lotNumber, scan.lotNumber), offset) }
    var isPlain = scan.kind != .transformation || scan.transformationID.isEmpty
    for item in scan.items {
      if item.kind == .productClass
        || item.kind == .serialised && item.lot.isEmpty && !scan.lotNumber.isEmpty
      {
        isPlain = false
      }
      if item.kind != .productClass { add(item: item.uri, of: bytes, offset) }
      if item.kind == .serialised, !item.lot.isEmpty { add(item: item.lot, of: bytes, offset) }
    }
    items = scan.items
    if !isPlain { try addComposed(bytes, offset, submitter) }
  }

  /// Adds what an event is found by that does not stand in its links as it is.
  private mutating func addComposed(
    _ bytes: UnsafeRawBufferPointer, _ offset: UInt32, _ submitter: String
  ) throws(LinksError) {
    try links.decode(bytes)
    for mention in links.mentions {
      if mention.item.kind == .productClass {
        append(hasher.hash(.unknownLot, links.bytes(mention.item.uri)), offset)
        IndexBuilder.itemKey(mention.item, links).withUnsafeBytes { add(item: $0, offset) }
      } else if mention.lot.isEmpty, let lot = IndexBuilder.lot(ofSerial: mention, links) {
        lot.withUnsafeBytes { add(item: $0, offset) }
      }
    }
    if let key = IndexBuilder.transformationKey(links, submitter) {
      append(hasher.hash(.transformation, key), offset)
    }
  }

  /// Takes the names that a capture's document gives.
  public mutating func add(_ capture: CaptureLinks, entry: UInt64) throws {
    let offset = try offset(entry)
    for record in capture.masterData {
      let hash = hasher.hash(.name, record.identifier.uri.utf8)
      names[hash, default: Names(first: offset)].last[record] = offset
    }
  }

  /// Takes note of an event or a capture whose links are destroyed.
  public mutating func addCut(_ entry: UInt64) throws { cuts.append(try offset(entry)) }

  /// Takes note of a redaction.
  public mutating func addRedaction(_ entry: UInt64) throws { redactions.append(try offset(entry)) }

  /// All rows, sorted.
  func sorted() -> FactRows {
    var named: [(hash: UInt64, entry: UInt32)] = []
    for (hash, entries) in names {
      for entry in Set(entries.last.values).union([entries.first]) { named.append((hash, entry)) }
    }
    guard !named.isEmpty else { return FactRows(earlier + [FactPiece(rows: rows)]) }
    // The sort keeps the order of rows with the same hash: no event's row has the hash of a name but
    // by chance, and then the order does not matter.
    named.sort { $0.entry < $1.entry }
    let last = named.map { FactRow(hash: $0.hash, entry: $0.entry) }
    return FactRows(earlier + [FactPiece(rows: rows), FactPiece(rows: last)])
  }

  private mutating func offset(_ entry: UInt64) throws(IndexError) -> UInt32 {
    guard entry >= firstEntry, entry - firstEntry < FactRow.entryCountMax,
      earlierCount + rows.count < 1 << 31
    else { throw Self.isFull }
    entriesEnd = max(entriesEnd, entry - firstEntry + 1)
    return UInt32(entry - firstEntry)
  }

  private mutating func append(_ hash: UInt64, _ entry: UInt32) {
    rows.append(FactRow(hash: hash, entry: entry))
  }

  private mutating func add(
    item uri: LinksBuffer.Run, of bytes: UnsafeRawBufferPointer, _ entry: UInt32
  ) {
    let start = Int(uri.offset)
    add(item: UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(uri.count)]), entry)
  }

  private mutating func add(item uri: UnsafeRawBufferPointer, _ entry: UInt32) {
    let hash = hasher.hash(.item, uri)
    append(hash, entry)
    if noted.insert(hash) { append(hasher.hash(.tail, Tail.of(uri)), entry) }
  }
}
