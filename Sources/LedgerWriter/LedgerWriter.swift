public import LedgerStorage
internal import TransparencyLog

/// The one writer of a ledger.
///
/// It may be used from any number of threads: ``append(_:)`` returns when the capture is durable,
/// and callers that come while another's frame is being written share the next one. After a failed
/// write or sync it takes nothing more; what it had acknowledged is in the ledger.
public final class LedgerWriter: @unchecked Sendable {
  /// What opening found and did.
  public let recovery: Recovery
  /// The log's name, number and predecessor.
  public let genesis: Genesis

  private let options: WriterOptions
  private let lock: any DiskLock
  private let monitor = Monitor()
  /// Used only by the thread that holds ``isBusy``.
  private let core: WriterCore
  internal let disk: any Disk
  /// Guards ``keys``; taken before the monitor.
  internal let keyMonitor = Monitor()
  internal var keys = KeyState()
  /// Guards ``checkpoints``; taken before the other two.
  internal let checkpointMonitor = Monitor()
  internal var checkpoints: CheckpointStore

  // The monitor guards what follows.
  private var queue: [Request] = []
  private var isBusy = false
  private var failure: LedgerError?
  private var didClose = false
  private var newest: Committed
  /// Hashers that no caller needs now: making one takes as long as hashing a small capture.
  private var idleHashers: [SHA256Hasher] = []

  /// Captures on their way: written by whoever leads, waited for by their caller.
  private final class Request {
    let batches: [RecordBatch]
    var outcome: Result<[Appended], LedgerError>?

    init(_ batches: [RecordBatch]) { self.batches = batches }
  }

  /// Starts a ledger in an empty or missing directory.
  ///
  /// - Parameters:
  ///   - disk: the directory.
  ///   - origin: the log's name.
  ///   - predecessor: what the new ledger continues; see ``predecessor(of:reason:)``.
  ///   - options: how the writer works.
  /// - Throws: ``LedgerError``; the directory then holds no ledger.
  public static func create(
    _ disk: any Disk, origin: LogOrigin, predecessor: Genesis.Predecessor? = nil,
    options: WriterOptions = WriterOptions()
  ) throws(LedgerError) -> LedgerWriter {
    let genesis = Genesis(
      origin: origin, logID: try LogID.random(options.random), predecessor: predecessor)
    let lock: any DiskLock
    do {
      try disk.createDirectory("")
      let names = try disk.list("")
      guard names.isEmpty || names == [LedgerPaths.lock] else {
        throw LedgerError(
          .invalid, "the directory \(disk.location) is not empty",
          advice: "choose another; if an earlier `provender init` was interrupted, remove it")
      }
      lock = try disk.lock(LedgerPaths.lock)
    } catch let error as DiskError {
      throw LedgerError(making: error, in: disk.location)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(.inputOutput, "\(error)", advice: "try again")
    }
    let core = try WriterCore.create(disk, genesis, options)
    let checkpoints = try CheckpointStore(disk, core.state, newest: nil)
    return LedgerWriter(core, Recovery(), lock, checkpoints)
  }

  /// Opens a ledger for writing; ``recovery`` says what the last writer had left to do.
  ///
  /// - Throws: ``LedgerError/Kind/locked`` when another writes to it,
  ///   ``LedgerError/Kind/corrupt`` when anything is wrong that no power cut leaves behind,
  ///   ``LedgerError/Kind/tampered`` when the newest signed checkpoint contradicts the log,
  ///   ``LedgerError/Kind/notALedger``, ``LedgerError/Kind/inputOutput``.
  public static func open(
    _ disk: any Disk, options: WriterOptions = WriterOptions()
  ) throws(LedgerError) -> LedgerWriter {
    let names: [String]
    let lock: any DiskLock
    do {
      names = try disk.list("")
      guard names.contains(LedgerPaths.format) || names.contains(LedgerPaths.log) else {
        throw LedgerError(
          .notALedger, "there is no ledger in \(disk.location)",
          advice: "check the path; `provender init` starts a ledger")
      }
      lock = try disk.lock(LedgerPaths.lock)
    } catch let error as DiskError {
      throw LedgerError(error, while: "open the ledger for writing")
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(.inputOutput, "\(error)", advice: "try again")
    }
    let kept = try KeptHeads(disk, names)
    let (core, recovery) = try WriterCore.open(disk, options, kept)
    let checkpoints = try CheckpointStore(disk, core.state, newest: kept.newest)
    return LedgerWriter(core, recovery, lock, checkpoints)
  }

  private init(
    _ core: WriterCore, _ recovery: Recovery, _ lock: any DiskLock, _ checkpoints: CheckpointStore
  ) {
    self.core = core
    self.checkpoints = checkpoints
    disk = core.disk
    self.recovery = recovery
    self.lock = lock
    genesis = core.genesis
    options = core.options
    newest = core.committed
  }

  deinit { try? close() }

  /// What is durable and visible now.
  public var snapshot: LedgerSnapshot {
    monitor.lock()
    defer { monitor.unlock() }
    return LedgerSnapshot(genesis: genesis, committed: newest)
  }

  // MARK: Appending

  /// Appends a capture and returns when it is durable.
  ///
  /// - Throws: ``LedgerError/Kind/diskFull`` when there was no room (the writer stays usable), else
  ///   the failure that stopped the writer. The capture was then not acknowledged, and is in the
  ///   ledger whole or not at all.
  /// - Complexity: five hashes an entry, three of them beside other callers; one write and one
  ///   sync a frame.
  public func append(_ capture: CaptureDraft) throws(LedgerError) -> Appended {
    try append(capture.batch)
  }

  /// Appends an entry that stands alone: a note or a key.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` for other kinds, else what
  ///   ``append(_:)`` throws.
  public func append(
    _ kind: EntryKind, payload: [UInt8], links: [UInt8] = []
  ) throws(LedgerError) -> Appended {
    guard kind == .note || kind == .key else {
      throw LedgerError(
        .invalid, "an entry of kind \(kind) is not appended by itself",
        advice: "append a capture, or redact")
    }
    if kind == .key {
      guard links.isEmpty else {
        throw LedgerError(.invalid, "a key entry has no links", advice: "leave them out")
      }
      return try append(keyPayload: payload)
    }
    var batch = RecordBatch()
    try batch.add(kind, payload, links)
    return try append(batch)
  }

  internal func append(_ batch: RecordBatch) throws(LedgerError) -> Appended {
    let appended = try submit([try prepare(batch)])
    return appended[0]
  }

  /// Appends what was prepared, all of it in one frame unless it is one capture larger than that.
  internal func submit(_ batches: [RecordBatch]) throws(LedgerError) -> [Appended] {
    let request = Request(batches)
    monitor.lock()
    defer { monitor.unlock() }
    try checkUsable()
    queue.append(request)
    while true {
      if let outcome = request.outcome { return try outcome.get() }
      if isBusy { monitor.wait() } else { lead() }
    }
  }

  private func checkUsable() throws(LedgerError) {
    if let failure {
      throw LedgerError(
        .stopped, "the writer stopped earlier: \(failure.message)", at: failure.location,
        advice: "open the ledger again")
    }
    if didClose {
      throw LedgerError(.stopped, "the writer is closed", advice: "open the ledger again")
    }
  }

  private var isUsable: Bool { monitor.withLock { failure == nil && !didClose } }

  /// Writes one frame for callers that wait. Called and left with the monitor locked.
  private func lead() {
    let requests = takeRequests()
    isBusy = true
    monitor.unlock()
    let outcome = Result<[Appended], WriteFailure> { () throws(WriteFailure) in
      try core.commit(requests.flatMap(\.batches))
    }
    monitor.lock()
    isBusy = false
    switch outcome {
    case .success(let appended):
      var rest = appended[...]
      for request in requests {
        request.outcome = .success(Array(rest.prefix(request.batches.count)))
        rest = rest.dropFirst(request.batches.count)
      }
      newest = core.committed
    case .failure(let failure):
      for request in requests { request.outcome = .failure(failure.error) }
      if failure.isFatal { stop(failure.error) }
    }
    monitor.broadcast()
  }

  /// As many waiting captures as fit into one frame, at least those of one caller.
  private func takeRequests() -> [Request] {
    var byteCount = 0
    var entryCount = 0
    var taken = 0
    for request in queue {
      for batch in request.batches {
        byteCount += batch.byteCount
        entryCount += batch.count
      }
      let fits =
        byteCount <= options.frameLimit && entryCount <= FrameHeader.maximumEntryCount
      guard fits || taken == 0 else { break }
      taken += 1
    }
    defer { queue.removeFirst(taken) }
    return Array(queue.prefix(taken))
  }

  private func stop(_ error: LedgerError) {
    failure = error
    for request in queue { request.outcome = .failure(error) }
    queue.removeAll()
  }

  // MARK: Large captures

  /// Begins a capture whose events do not fit into memory at once. Others wait from the moment
  /// when its first frame is written until it is committed or abandoned.
  public func begin(capture payload: [UInt8], links: [UInt8] = []) throws(LedgerError)
    -> CaptureStream
  {
    CaptureStream(self, try CaptureDraft(capture: payload, links: links))
  }

  internal var frameLimit: Int { options.frameLimit }

  /// Draws salts and computes commitments, beside other callers.
  internal func prepare(_ batch: consuming RecordBatch) throws(LedgerError) -> RecordBatch {
    let idle = monitor.withLock { idleHashers.popLast() }
    let hasher = if let idle { idle } else { try WriterCore.makeHasher() }
    try batch.prepare(with: hasher, options.random)
    monitor.withLock { idleHashers.append(hasher) }
    return batch
  }

  /// Takes the core for a capture of several frames.
  internal func acquire() throws(LedgerError) {
    monitor.lock()
    defer { monitor.unlock() }
    while isBusy { monitor.wait() }
    try checkUsable()
    isBusy = true
  }

  /// Gives the core back.
  internal func release() {
    monitor.lock()
    newest = core.committed
    isBusy = false
    monitor.broadcast()
    monitor.unlock()
  }

  /// Does something with the core, which the caller has acquired.
  internal func withCore<Value>(
    _ body: (WriterCore) throws(WriteFailure) -> Value
  ) throws(LedgerError) -> Value {
    try withUsable { () throws(WriteFailure) in try body(core) }
  }

  /// Does something that stops the writer if it fails for good.
  internal func withUsable<Value>(
    _ body: () throws(WriteFailure) -> Value
  ) throws(LedgerError) -> Value {
    monitor.lock()
    let usable = Result<Void, LedgerError> { () throws(LedgerError) in try checkUsable() }
    monitor.unlock()
    try usable.get()
    do {
      return try body()
    } catch {
      if error.isFatal {
        monitor.lock()
        stop(error.error)
        monitor.unlock()
      }
      throw error.error
    }
  }

  // MARK: Closing

  /// Whether the writer was closed.
  public var isClosed: Bool { monitor.withLock { didClose } }

  /// Ends the writer: waits for what is under way, gives the files their exact sizes, and releases
  /// the lock. Closing twice does nothing.
  ///
  /// - Throws: ``LedgerError/Kind/inputOutput``; everything acknowledged is durable all the same.
  public func close() throws(LedgerError) {
    // Nothing is signed or kept any more when the lock is released.
    checkpointMonitor.lock()
    defer { checkpointMonitor.unlock() }
    if isUsable { saveKeyRecords() }
    monitor.lock()
    defer { monitor.unlock() }
    while isBusy || (!queue.isEmpty && failure == nil) { monitor.wait() }
    guard !didClose else { return }
    didClose = true
    // The next writer must not find this one still at work on the segment.
    defer {
      core.settleRoom()
      lock.release()
    }
    if failure == nil { try core.close() }
    newest = core.committed
  }
}
