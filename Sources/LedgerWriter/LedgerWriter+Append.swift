public import LedgerStorage
internal import TransparencyLog

/// A capture with its salts and commitments: all that does not depend on its place in the log.
public struct PreparedCapture: Sendable {
  internal private(set) var batch: RecordBatch

  /// The number of entries.
  public var entryCount: Int { batch.count }

  /// The bytes that the entries take in the log, without what a frame adds.
  public var byteCount: Int { batch.byteCount }

  /// Lends the links of each entry, in order.
  public func forEachLinks(_ body: (EntryKind, UnsafeRawBufferPointer) throws -> Void) rethrows {
    try batch.links.withUnsafeBytes { links in
      for record in 0..<batch.count {
        let range = batch.linksBounds[record]..<batch.linksBounds[record + 1]
        try body(batch.kinds[record], UnsafeRawBufferPointer(rebasing: links[range]))
      }
    }
  }

  /// Takes the memory of a capture that was written, for the next one.
  internal consuming func emptied() -> RecordBatch {
    batch.removeAll()
    return batch
  }
}

extension LedgerWriter {
  /// The most bytes that captures appended together may have.
  public var groupByteCountMax: Int { frameLimit }

  /// Draws the salts of a capture and computes what it commits to. Any number of threads may do so
  /// at once, ahead of ``append(_:)-([PreparedCapture])``.
  ///
  /// - Throws: ``LedgerError`` without random bytes.
  /// - Complexity: O(bytes); three hashes an entry.
  public func prepare(_ capture: consuming CaptureDraft) throws(LedgerError) -> PreparedCapture {
    PreparedCapture(batch: try prepare(capture.batch))
  }

  /// Appends captures in order, all in one frame, and returns when they are durable.
  ///
  /// - Throws: what ``append(_:)`` throws; then none of them is acknowledged.
  ///   ``LedgerError/Kind/invalid`` for several captures of more bytes than ``groupByteCountMax``.
  public func append(_ captures: [PreparedCapture]) throws(LedgerError) -> [Appended] {
    guard let first = captures.first else { return [] }
    let byteCount = captures.reduce(0) { $0 + $1.byteCount }
    let entryCount = captures.reduce(0) { $0 + $1.entryCount }
    guard
      captures.count == 1
        || byteCount <= groupByteCountMax && entryCount <= FrameHeader.maximumEntryCount
    else {
      throw LedgerError(
        .invalid, "captures of \(byteCount) bytes do not go into one frame",
        advice: "append fewer of them together")
    }
    return try submit(captures.count == 1 ? [first.batch] : captures.map(\.batch))
  }

  /// Appends notes, each an entry that stands alone, in one frame, and returns when they are durable.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` for more than 65,536 notes or 64 MiB at once, else what
  ///   ``append(_:)`` throws.
  public func append(notes: [[UInt8]]) throws(LedgerError) -> Appended? {
    guard !notes.isEmpty else { return nil }
    var batch = RecordBatch()
    batch.reserve(notes.count, byteCount: notes.reduce(0) { $0 + $1.count })
    for note in notes { try batch.add(.note, note, []) }
    guard
      batch.count <= FrameHeader.maximumEntryCount,
      batch.byteCount <= FrameHeader.maximumBodyByteCount
    else {
      throw LedgerError(
        .invalid, "\(notes.count) notes of \(batch.byteCount) bytes are too many for one frame",
        advice: "append fewer of them together")
    }
    return try append(batch)
  }
}
