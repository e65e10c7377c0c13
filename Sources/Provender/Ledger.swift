import EPCISFormat
public import LedgerIndex
public import LedgerStorage
import LedgerWriter
import Synchronization
import Traceability
public import TransparencyLog

/// A ledger of EPCIS events: captures documents, traces items, and is verified by anyone.
///
/// One process writes, any number read. A ledger may be used from any number of threads.
public final class Ledger: Sendable {
  /// What a ledger is opened for.
  public enum Access: Sendable {
    /// Tracing and looking up only; needs no lock and no right to write.
    case reading
    /// As reading, for a process that asks one thing and ends: the log's genesis is held against its
    /// checksums alone and not its hash, since starting libcrypto takes longer than most answers.
    case lookingUp
    /// Capturing too: takes the lock of the one writer.
    case writing
  }

  /// The ledger's directory.
  public let directory: String
  let reader: LedgerReader
  let writer: LedgerWriter?
  let gate: IdentityGate?
  let upkeep: IndexUpkeep?
  let indexStore: IndexStore
  private let indexCache = Mutex<LedgerIndex?>(nil)
  let keyCache = Mutex<KeyRecords?>(nil)
  let signer: CheckpointSigner?

  /// What opening found that the last writer had left to do, in words; nil if there was nothing.
  public let recoveryNotice: String?

  /// Starts a ledger in an empty or missing directory.
  ///
  /// - Parameters:
  ///   - directory: where its files are to be.
  ///   - origin: the log's name, such as `acme.example/trace` (C2SP tlog-checkpoint).
  ///   - predecessor: a ledger that this one continues, bound to what is intact in it, with the
  ///     reason.
  /// - Throws: `LedgerError`.
  public static func create(
    at directory: String, origin: String,
    continuing predecessor: (directory: String, reason: String)? = nil
  ) throws -> Ledger {
    let origin = try LogOrigin(origin)
    let bound = try predecessor.map {
      try LedgerWriter.predecessor(of: PosixDisk($0.directory), reason: $0.reason)
    }
    let writer = try LedgerWriter.create(
      PosixDisk(directory), origin: origin, predecessor: bound)
    return try Ledger(directory, writer: writer)
  }

  /// Opens a ledger.
  ///
  /// - Parameters:
  ///   - directory: where its files are.
  ///   - access: what it is opened for.
  ///   - key: the log's present key. A checkpoint is then signed beside the captures, at most once a
  ///     second, and when the ledger is closed.
  /// - Throws: `LedgerError`: there is none, another process writes to it (`locked`), it is damaged
  ///   in a way no power cut leaves behind (`corrupt`), it contradicts its newest signed checkpoint
  ///   (`tampered`), or the key is not the log's (`invalid`).
  public static func open(
    at directory: String, for access: Access = .reading, signingWith key: Ed25519PrivateKey? = nil
  ) throws -> Ledger {
    switch access {
    case .reading, .lookingUp:
      guard key == nil else {
        throw LedgerError(
          .invalid, "a ledger that is opened for reading cannot sign",
          advice: "open it for writing")
      }
      return try Ledger(directory, writer: nil, hashesGenesis: access == .reading)
    case .writing:
      return try Ledger(
        directory, writer: LedgerWriter.open(PosixDisk(directory)), signingWith: key)
    }
  }

  private init(
    _ directory: String, writer: LedgerWriter?, signingWith key: Ed25519PrivateKey? = nil,
    hashesGenesis: Bool = true
  ) throws {
    self.directory = directory
    self.writer = writer
    signer = try writer.flatMap { writer in try key.map { try CheckpointSigner(writer, key: $0) } }
    let reader = try LedgerReader(PosixDisk(directory), hashesGenesis: hashesGenesis)
    let store = IndexStore(directory: directory, reader: reader)
    self.reader = reader
    indexStore = store
    let recovery = writer?.recovery
    recoveryNotice = recovery.flatMap { $0.isClean ? nil : $0.description }
    let upkeep = writer.map { writer in IndexUpkeep(store) { writer.snapshot } }
    upkeep?.begin()
    self.upkeep = upkeep
    gate = try writer.map { writer in
      try IdentityGate(reader: reader, store: store, snapshot: writer.snapshot)
    }
  }

  /// What is acknowledged now.
  public func snapshot() throws -> LedgerSnapshot {
    if let writer { return writer.snapshot }
    return try reader.snapshot()
  }

  /// Ends writing: waits for captures under way, signs a last checkpoint if the ledger was opened
  /// with a key, and releases the lock.
  ///
  /// - Throws: `LedgerError`: signing or writing failed. What was acknowledged is durable all the
  ///   same, and the lock is released.
  public func close() throws {
    let signing = Result { try finishSigning() }
    if writer?.isClosed == false { upkeep?.finish() }
    try writer?.close()
    try signing.get()
  }

  private func finishSigning() throws {
    guard let writer, !writer.isClosed else { return }
    try signer?.finish()
  }

  /// The index of all that is acknowledged, built if the stored one is missing, damaged or older.
  ///
  /// - Parameters:
  ///   - progress: called with entries done and all entries while it is built.
  ///   - notice: called if the stored index could not be used, with the reason.
  public func index(
    progress: ((UInt64, UInt64) -> Void)? = nil, notice: (String) -> Void = { _ in }
  ) throws -> LedgerIndex {
    try index(progress: progress, notice: notice, isCancelled: { false })
  }

  private func index(
    progress: ((UInt64, UInt64) -> Void)?, notice: (String) -> Void, isCancelled: () -> Bool
  ) throws -> LedgerIndex {
    let snapshot = try snapshot()
    if let cached = indexCache.withLock({ $0 }), cached.binding.size == snapshot.size.rawValue {
      return cached
    }
    let opened = try indexStore.current(
      snapshot, progress: progress, isCancelled: isCancelled)
    if let text = opened.notice { notice(text) }
    indexCache.withLock { $0 = opened.index }
    return opened.index
  }

  /// An index built now, in the place of a damaged one.
  func rebuiltIndex(progress: ((UInt64, UInt64) -> Void)?) throws -> LedgerIndex {
    let fresh = try indexStore.build(
      snapshot(), options: IndexOptions(), isKept: true, progress: progress
    ).index
    indexCache.withLock { $0 = fresh }
    return fresh
  }

  /// The stored index, if there is one for this log; kept if it is of all that is acknowledged.
  func storedIndex(_ snapshot: LedgerSnapshot) -> (index: LedgerIndex?, notice: String?) {
    let size = snapshot.size.rawValue
    if let cached = indexCache.withLock({ $0 }), cached.binding.size == size {
      return (cached, nil)
    }
    let stored = indexStore.stored(snapshot)
    if let index = stored.index, index.binding.size == size { indexCache.withLock { $0 = index } }
    return stored
  }

  /// Has the next caller open the index anew.
  func forgetIndex() { indexCache.withLock { $0 = nil } }

  /// An index with cleaning steps or vessels beyond what the ledger says, in memory.
  public func index(
    options: IndexOptions, progress: ((UInt64, UInt64) -> Void)? = nil
  ) throws -> LedgerIndex {
    if options.isDefault { return try index(progress: progress) }
    let snapshot = try snapshot()
    return try indexStore.build(snapshot, options: options, isKept: false, progress: progress)
      .index
  }

  /// Compiles the stored index anew if it is due: always in a small ledger, else when as much came
  /// after it as it holds (see the page *What is looked up beside an older index*).
  ///
  /// - Parameters:
  ///   - progress: called with entries done and all entries.
  ///   - isCancelled: asked now and then; the index is then left as it was.
  /// - Returns: how many entries it is behind if it was left.
  public func updateIndex(
    progress: ((UInt64, UInt64) -> Void)? = nil, isCancelled: () -> Bool = { false }
  ) throws -> UInt64 {
    let snapshot = try snapshot()
    let size = snapshot.size.rawValue
    let indexed = min(size, indexStore.stored(snapshot).index?.binding.size ?? 0)
    guard IndexStore.isCompilationDue(size: size, indexed: indexed) else { return size - indexed }
    do {
      _ = try index(progress: progress, notice: { _ in }, isCancelled: isCancelled)
    } catch is IndexCancelled {
      return size - indexed
    }
    return 0
  }
}
