public import TransparencyLog

/// The key entries of a ledger up to a size, and what follows from them.
public struct KeyRecords: Sendable {
  /// A key entry.
  public struct Record: Hashable, Sendable {
    /// The entry.
    public let entry: Entry
    /// Its payload.
    public let payload: [UInt8]
    /// Why it counts for nothing; `nil` when it is valid.
    public let fault: KeyFault?
  }

  /// The key entries, in the order of the log.
  public private(set) var records: [Record] = []
  /// The keys as the valid ones leave them.
  public private(set) var history: KeyHistory
  /// All entries below this size were looked at.
  public private(set) var size: TreeSize = 0

  /// No entries yet.
  internal init(_ genesis: Genesis) {
    history = KeyHistory(origin: genesis.origin, logID: genesis.logID)
  }

  /// Takes in the key entries up to the end of a snapshot.
  ///
  /// - Throws: ``LedgerError/Kind/corrupt`` for damage on the way, or a key entry whose payload was
  ///   erased, which is never in order; ``LedgerError/Kind/inputOutput``.
  /// - Complexity: reads the entries, not what they commit to, of what is new since the last call.
  public mutating func extend(
    with reader: LedgerReader, to snapshot: LedgerSnapshot
  ) throws(LedgerError) {
    guard size < snapshot.size else { return }
    let cursor = try reader.frames(
      from: EntryIndex(size.rawValue), in: snapshot, extent: .entries)
    var found: [EntryIndex] = []
    while try cursor.next() {
      let frame = cursor.frame
      for record in cursor.firstRecord..<frame.count where frame.entry(record)?.kind == .key {
        found.append(frame.index(of: record))
      }
    }
    for index in found { try take(index, reader, snapshot) }
    size = snapshot.size
  }

  private mutating func take(
    _ index: EntryIndex, _ reader: LedgerReader, _ snapshot: LedgerSnapshot
  ) throws(LedgerError) {
    let record = try reader.record(index, in: snapshot)
    guard let payload = record.payload else {
      throw .corrupt(
        "the payload of the key entry is erased",
        at: LogLocation(file: LedgerPaths.log, entry: index))
    }
    do {
      let fault = try history.take(payload, entry: index, time: record.entry.time)
      records.append(Record(entry: record.entry, payload: payload, fault: fault))
    } catch {
      throw LedgerError(error)
    }
  }
}

extension LedgerReader {
  /// The key entries up to the end of a snapshot.
  ///
  /// Where they stand is remembered in `index/keys`, which a writer keeps, so that only what is newer
  /// is looked through.
  ///
  /// - Throws: what ``KeyRecords/extend(with:to:)`` throws.
  public func keyRecords(in snapshot: LedgerSnapshot) throws(LedgerError) -> KeyRecords {
    var records = KeyRecords(genesis)
    // The file is derived: one that cannot be read is as good as none.
    let stored = try? KeyCache(disk)
    if let cache = stored ?? nil, try cache.belongs(to: self, snapshot) {
      records = (try? KeyRecords(cache, self, snapshot)) ?? records
    }
    try records.extend(with: self, to: snapshot)
    return records
  }
}

extension KeyRecords {
  fileprivate init(
    _ cache: KeyCache, _ reader: LedgerReader, _ snapshot: LedgerSnapshot
  ) throws(LedgerError) {
    self.init(reader.genesis)
    for index in cache.entries { try take(index, reader, snapshot) }
    size = cache.size
  }

  /// Notes down where the key entries stand, so that others need not look for them again.
  package func save(
    to disk: any Disk, reader: LedgerReader, snapshot: LedgerSnapshot
  ) throws(LedgerError) {
    guard size.rawValue > 0 else { return }
    let last = try reader.entry(EntryIndex(size.rawValue - 1), in: snapshot)
    let cache = KeyCache(
      logID: history.logID.description, size: size, lastLeaf: try KeyCache.leafHash(last),
      entries: records.map(\.entry.index))
    do {
      try disk.createDirectory(LedgerPaths.index)
      try disk.replaceFile(LedgerPaths.keyCache, with: cache.bytes)
    } catch {
      throw LedgerError(error, while: "note down the key entries")
    }
  }
}
