public import Traceability

/// Collects what later events are found by, from their links in order of the log.
public struct FactCollector: Sendable {
  /// The first entry that it covers.
  public let firstEntry: UInt64
  /// What its hashes are seeded with.
  public let seed: UInt64
  /// How many events were added.
  public private(set) var eventCount = 0

  private let hasher: FactHasher
  private(set) var rows: [FactRow] = []
  /// Entries of events and captures whose links are destroyed, and of redactions.
  private(set) var cuts: [UInt32] = []
  private(set) var redactions: [UInt32] = []
  /// Items whose tail was noted: once is enough.
  private var items = RecentHashes()
  private var names: [UInt64: Names] = [:]
  private var links = LinksBuffer()
  private var key: [UInt8] = []

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
  public init(from firstEntry: UInt64, seed: UInt64) {
    self.firstEntry = firstEntry
    self.seed = seed
    hasher = FactHasher(seed: seed)
  }

  /// Takes an event.
  /// - Throws: `LinksError` for bytes that are no links, `IndexError` beyond 2³² entries.
  public mutating func add(
    links bytes: UnsafeRawBufferPointer, entry: UInt64, submitter: String
  ) throws {
    let offset = try offset(entry)
    try links.decode(bytes)
    eventCount += 1
    append(hasher.hash(event: IndexBuilder.identityKey(links, seed: seed)), offset)
    for mention in links.mentions {
      add(mention.item, offset)
      if let lot = IndexBuilder.lot(ofSerial: mention, links) {
        lot.withUnsafeBytes { add(item: $0, offset) }
      }
    }
    if !links.lotNumber.isEmpty {
      append(hasher.hash(.lotNumber, links.bytes(links.lotNumber)), offset)
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
    var named: [FactRow] = []
    for (hash, entries) in names {
      for entry in Set(entries.last.values).union([entries.first]) {
        named.append(FactRow(hash: hash, entry: entry))
      }
    }
    guard !named.isEmpty else { return FactRows(rows) }
    // The sort keeps the order of rows with the same hash: no event's row has the hash of a name but
    // by chance, and then the order does not matter.
    return FactRows(rows + named.sorted { $0.entry < $1.entry })
  }

  private func offset(_ entry: UInt64) throws(IndexError) -> UInt32 {
    guard entry >= firstEntry, let offset = UInt32(exactly: entry - firstEntry),
      rows.count < 1 << 31
    else { throw IndexError("a table of facts holds at most 2^32 entries and 2^31 rows") }
    return offset
  }

  private mutating func append(_ hash: UInt64, _ entry: UInt32) {
    rows.append(FactRow(hash: hash, entry: entry))
  }

  private mutating func add(_ item: LinksBuffer.Name, _ entry: UInt32) {
    guard item.kind == .productClass else {
      let text = links.text
      text.withUnsafeBytes { text in
        let start = Int(item.uri.offset)
        add(
          item: UnsafeRawBufferPointer(rebasing: text[start..<start + Int(item.uri.count)]), entry)
      }
      return
    }
    append(hasher.hash(.unknownLot, links.bytes(item.uri)), entry)
    IndexBuilder.itemKey(item, links).withUnsafeBytes { add(item: $0, entry) }
  }

  private mutating func add(item uri: UnsafeRawBufferPointer, _ entry: UInt32) {
    let hash = hasher.hash(.item, uri)
    append(hash, entry)
    if items.insert(hash) { append(hasher.hash(.tail, Tail.of(uri)), entry) }
  }
}
