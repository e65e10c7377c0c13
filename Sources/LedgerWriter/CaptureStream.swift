public import LedgerStorage
internal import TransparencyLog

/// A capture that is written while it is being made, in frames of a few MiB. Nobody sees it until
/// it is committed; abandoned, or cut off by a crash, it leaves nothing behind.
///
/// For use by one thread, which must not append anything else to the same writer meanwhile.
public final class CaptureStream {
  private let writer: LedgerWriter
  private var draft: CaptureDraft
  private var firstEntry: EntryIndex?
  private var entryCount: UInt64 = 0
  private var holdsCore = false
  private var isOver = false

  internal init(_ writer: LedgerWriter, _ draft: CaptureDraft) {
    self.writer = writer
    self.draft = draft
  }

  deinit { abandon() }

  /// Adds an event.
  ///
  /// - Throws: what ``CaptureDraft`` and ``LedgerWriter/append(_:)`` throw; after a failure to write,
  ///   the capture is abandoned.
  public func addEvent(payload: [UInt8], links: [UInt8]) throws(LedgerError) {
    try makeRoom(payload.count + links.count)
    try draft.addEvent(payload: payload, links: links)
  }

  /// Adds an event of a document, from memory.
  ///
  /// - Parameters:
  ///   - event: the event as received.
  ///   - prefix: what stands before it in its payload.
  ///   - links: its links.
  /// - Throws: what ``CaptureDraft`` and ``LedgerWriter/append(_:)`` throw; after a failure to write,
  ///   the capture is abandoned.
  public func addEvent(
    _ event: UnsafeRawBufferPointer, after prefix: EventPayload.Prefix,
    links: UnsafeRawBufferPointer
  ) throws(LedgerError) {
    try makeRoom(prefix.payloadByteCount(event: event.count) + links.count)
    try draft.addEvent(event, after: prefix, links: links)
  }

  /// Adds the receipt, after which the capture can only be committed or abandoned.
  public func addReceipt(payload: [UInt8], links: [UInt8] = []) throws(LedgerError) {
    try makeRoom(payload.count + links.count)
    try draft.addReceipt(payload: payload, links: links)
  }

  /// Ends the capture, and returns when all of it is durable.
  public func commit() throws(LedgerError) -> Appended {
    try checkOpen()
    isOver = true
    guard holdsCore, let first = firstEntry else { return try writer.append(draft) }
    defer { giveBack() }
    let batch = try prepared()
    let total = entryCount + UInt64(batch.count)
    return try writer.withCore { core throws(WriteFailure) in
      try core.writeLarge(
        FramePart(batch: batch, records: 0..<batch.count, endsCapture: true))
      try core.publish()
      return Appended(firstEntry: first, entryCount: total, time: core.state.lastTime)
    }
  }

  /// Takes back what was written of the capture.
  public func abandon() {
    guard !isOver else { return }
    isOver = true
    guard holdsCore else { return }
    defer { giveBack() }
    try? writer.withCore { core throws(WriteFailure) in try core.abandonCapture() }
  }

  private func checkOpen() throws(LedgerError) {
    guard !isOver else {
      throw LedgerError(.invalid, "the capture is over", advice: "begin another capture")
    }
  }

  /// Writes what was collected when it fills a frame. The records kept back for the next frame are
  /// never none, so that the last frame can say that it is the last.
  private func makeRoom(_ byteCount: Int) throws(LedgerError) {
    try checkOpen()
    let isFull =
      draft.byteCount + byteCount + FrameLayout.fixedByteCount > writer.frameLimit
      || draft.entryCount >= FrameHeader.maximumEntryCount
    guard isFull, draft.entryCount > 0 else { return }
    if !holdsCore {
      try writer.acquire()
      holdsCore = true
    }
    do {
      let batch = try prepared()
      try writer.withCore { core throws(WriteFailure) in
        if firstEntry == nil { firstEntry = core.state.nextEntry }
        try core.writeLarge(
          FramePart(batch: batch, records: 0..<batch.count, endsCapture: false))
      }
      entryCount += UInt64(batch.count)
      draft.removeRecords()
    } catch {
      abandon()
      throw error
    }
  }

  private func prepared() throws(LedgerError) -> RecordBatch {
    do {
      return try writer.prepare(draft.batch)
    } catch {
      isOver = false
      abandon()
      throw error
    }
  }

  private func giveBack() {
    guard holdsCore else { return }
    holdsCore = false
    writer.release()
  }
}
