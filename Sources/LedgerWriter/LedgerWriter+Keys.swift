public import LedgerStorage
internal import TransparencyLog

/// The key entries that a writer knows.
internal struct KeyState {
  var reader: LedgerReader?
  var records: KeyRecords?
  /// Where the newest notes on disk end.
  var savedSize: TreeSize = 0
}

extension LedgerWriter {
  /// The log's key entries, all that are durable.
  ///
  /// - Throws: what `LedgerReader.keyRecords(in:)` throws.
  public func keyRecords() throws(LedgerError) -> KeyRecords {
    keyMonitor.lock()
    defer { keyMonitor.unlock() }
    return try currentKeyRecords()
  }

  /// Appends a key entry, if it is valid.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` when it is not, with the reason; else what
  ///   ``append(_:)`` throws.
  public func append(_ payload: KeyPayload) throws(LedgerError) -> Appended {
    try append(keyPayload: payload.payload())
  }

  internal func append(keyPayload payload: [UInt8]) throws(LedgerError) -> Appended {
    keyMonitor.lock()
    defer { keyMonitor.unlock() }
    var history = try currentKeyRecords().history
    // Captures of others may come first: the entry's place is this one or a later one, which makes
    // no difference to what is valid.
    let place = EntryIndex(snapshot.size.rawValue)
    let fault: KeyFault?
    do {
      fault = try history.take(payload, entry: place, time: snapshot.committed.lastTime)
    } catch {
      throw LedgerError(error)
    }
    if let fault {
      throw LedgerError(
        .invalid, "the key entry would not be valid: \(fault)",
        advice: "look at the log's keys with `provender key list`")
    }
    var batch = RecordBatch()
    try batch.add(.key, payload, [])
    return try append(batch)
  }

  /// Called with the key monitor locked.
  internal func currentKeyRecords() throws(LedgerError) -> KeyRecords {
    let snapshot = snapshot
    let reader: LedgerReader
    if let known = keys.reader {
      reader = known
    } else {
      reader = try LedgerReader(disk)
      keys.reader = reader
    }
    // A reader learns of new segments only by a snapshot of its own.
    _ = try reader.snapshot()
    if var records = keys.records {
      try records.extend(with: reader, to: snapshot)
      keys.records = records
      return records
    }
    let records = try reader.keyRecords(in: snapshot)
    keys.records = records
    return records
  }

  /// Notes down where the key entries stand, if they were looked for. It saves the next writer a
  /// search and is worth no error.
  internal func saveKeyRecords() {
    keyMonitor.lock()
    defer { keyMonitor.unlock() }
    guard let records = try? currentKeyRecordsIfKnown(), let reader = keys.reader,
      records.size > keys.savedSize
    else { return }
    try? records.save(to: disk, reader: reader, snapshot: snapshot)
    keys.savedSize = records.size
  }

  private func currentKeyRecordsIfKnown() throws(LedgerError) -> KeyRecords? {
    keys.records == nil ? nil : try currentKeyRecords()
  }
}
