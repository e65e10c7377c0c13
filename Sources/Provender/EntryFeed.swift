import LedgerIndex
import LedgerStorage
import SystemThreads
import TransparencyLog

/// Reads the links of entries on a thread of its own, a few frames ahead of whoever takes them.
final class EntryFeed: @unchecked Sendable {
  /// The events, captures and redactions of a frame.
  struct Batch {
    /// The entries, with where their links end among the bytes; nil where these are erased, and for
    /// redactions.
    var entries: [(entry: Entry, linksEnd: Int?)] = []
    /// The links of all entries end to end.
    var bytes: [UInt8] = []
    /// The entry after the frame.
    var end: UInt64 = 0
  }

  private let monitor = Monitor()
  private let reader: LedgerReader
  private let first: UInt64
  private let snapshot: LedgerSnapshot
  // The monitor guards what follows.
  private var ready: [Batch] = []
  private var free: [Batch] = []
  private var outcome: Result<Void, any Error>?
  private var isStopped = false

  /// So many frames are read ahead.
  private static let depth = 3

  init(_ reader: LedgerReader, from first: UInt64, _ snapshot: LedgerSnapshot) {
    self.reader = reader
    self.first = first
    self.snapshot = snapshot
  }

  /// Reads all; on the feed's own thread.
  func read() {
    let result = Result { try readFrames() }
    monitor.withLock {
      outcome = result
      monitor.broadcast()
    }
  }

  private func readFrames() throws {
    let frames = try reader.frames(from: EntryIndex(first), in: snapshot)
    while try frames.next() {
      guard var batch = takeFree() else { return }
      let frame = frames.frame
      for record in frames.firstRecord..<frame.count {
        guard let entry = frame.entry(record) else { continue }
        let isIntact =
          (entry.kind == .event || entry.kind == .capture) && frame.linksState(record) == .intact
        if isIntact { frame.links(of: record) { batch.bytes.append(contentsOf: $0) } }
        batch.entries.append((entry, isIntact ? batch.bytes.count : nil))
      }
      batch.end = frame.header.endEntry.rawValue
      monitor.withLock {
        ready.append(batch)
        monitor.broadcast()
      }
    }
  }

  /// An empty batch, once those read are not too many; nil if nobody wants more.
  private func takeFree() -> Batch? {
    monitor.lock()
    defer { monitor.unlock() }
    while ready.count >= Self.depth, !isStopped { monitor.wait() }
    return isStopped ? nil : free.popLast() ?? Batch()
  }

  /// The next batch; nil after the last.
  /// - Throws: what reading threw.
  func next() throws -> Batch? {
    monitor.lock()
    defer { monitor.unlock() }
    while ready.isEmpty {
      if let outcome {
        try outcome.get()
        return nil
      }
      monitor.wait()
    }
    let batch = ready.removeFirst()
    monitor.broadcast()
    return batch
  }

  /// Takes back a batch that was used.
  func giveBack(_ batch: consuming Batch) {
    batch.entries.removeAll(keepingCapacity: true)
    batch.bytes.removeAll(keepingCapacity: true)
    monitor.lock()
    free.append(batch)
    monitor.unlock()
  }

  /// Ends the reading: nobody takes more.
  func stop() {
    monitor.withLock {
      isStopped = true
      monitor.broadcast()
    }
  }
}

extension IndexStore {
  /// As `forEachEntry`, with a second thread that reads ahead.
  func forEachEntryAhead(
    from first: UInt64, _ snapshot: LedgerSnapshot, progress: ((UInt64, UInt64) -> Void)?,
    other: (Entry) -> Void, _ body: (Entry, UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let feed = EntryFeed(reader, from: first, snapshot)
    let result: Result<Void, any Error> = Threads.run(beside: feed.read, times: 1) { started in
      defer { feed.stop() }
      return Result {
        guard started > 0 else {
          try forEachEntry(from: first, snapshot, progress: progress, other: other, body)
          return
        }
        while let batch = try feed.next() {
          var start = 0
          try batch.bytes.withUnsafeBytes { bytes in
            for (entry, end) in batch.entries {
              guard let end else {
                other(entry)
                continue
              }
              try body(entry, UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
              start = end
            }
          }
          progress?(batch.end, snapshot.size.rawValue)
          feed.giveBack(batch)
        }
      }
    }
    try result.get()
  }
}
