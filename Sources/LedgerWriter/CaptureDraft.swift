public import LedgerStorage

/// A capture before it is appended: first what was submitted and by whom, then the events, then
/// the receipt if there is one.
public struct CaptureDraft: Sendable {
  internal private(set) var batch = RecordBatch()
  private var hasReceipt = false

  /// A capture that opens with a payload and its links.
  public init(capture payload: [UInt8], links: [UInt8] = []) throws(LedgerError) {
    try add(.capture, payload, links)
  }

  /// A capture that opens with a payload and its links, in the memory of one that was written.
  public init(
    reusing capture: consuming PreparedCapture, capture payload: [UInt8], links: [UInt8]
  ) throws(LedgerError) {
    batch = capture.emptied()
    try add(.capture, payload, links)
  }

  /// The number of entries.
  public var entryCount: Int { batch.count }

  /// The bytes that the entries take in the log, without what a frame adds.
  public var byteCount: Int { batch.byteCount }

  /// Adds an event.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` for parts over 32 MiB (payload) or 16 MiB (links), and
  ///   after the receipt.
  public mutating func addEvent(payload: [UInt8], links: [UInt8]) throws(LedgerError) {
    try add(.event, payload, links)
  }

  /// Adds an event from memory.
  public mutating func addEvent(
    payload: UnsafeRawBufferPointer, links: UnsafeRawBufferPointer
  ) throws(LedgerError) {
    try checkOrder()
    try batch.add(.event, payload: payload, links: links)
  }

  /// Adds an event of a document, from memory.
  ///
  /// - Parameters:
  ///   - event: the event as received.
  ///   - prefix: what stands before it in its payload.
  ///   - links: its links.
  public mutating func addEvent(
    _ event: UnsafeRawBufferPointer, after prefix: EventPayload.Prefix,
    links: UnsafeRawBufferPointer
  ) throws(LedgerError) {
    try checkOrder()
    try batch.addEvent(event, after: prefix, links: links)
  }

  /// Makes room for so many more events.
  public mutating func reserve(eventCount: Int, byteCount: Int) {
    batch.reserve(eventCount, byteCount: byteCount)
  }

  /// Adds the receipt, after which nothing can be added.
  public mutating func addReceipt(payload: [UInt8], links: [UInt8] = []) throws(LedgerError) {
    try add(.receipt, payload, links)
    hasReceipt = true
  }

  private mutating func add(
    _ kind: EntryKind, _ payload: [UInt8], _ links: [UInt8]
  ) throws(LedgerError) {
    try checkOrder()
    try batch.add(kind, payload, links)
  }

  private func checkOrder() throws(LedgerError) {
    guard !hasReceipt else {
      throw LedgerError(
        .invalid, "a capture ends with its receipt", advice: "begin another capture")
    }
  }

  /// Takes the records out, so that more can be added after they were written.
  internal mutating func removeRecords() { batch.removeAll() }
}

/// Where a capture, or an entry that stands alone, came to stand.
public struct Appended: Hashable, Sendable {
  /// The first entry, which is the capture entry of a capture.
  public let firstEntry: EntryIndex
  /// The number of entries.
  public let entryCount: UInt64
  /// The record time of the last entry.
  public let time: RecordTime
}

extension RecordBatch {
  internal mutating func add(
    _ kind: EntryKind, _ payload: [UInt8], _ links: [UInt8]
  ) throws(LedgerError) {
    let result = payload.withUnsafeBytes { payload in
      links.withUnsafeBytes { links in
        Result<Void, LedgerError> { () throws(LedgerError) in
          try add(kind, payload: payload, links: links)
        }
      }
    }
    try result.get()
  }
}
