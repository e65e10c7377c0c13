internal import LedgerStorage
internal import TransparencyLog

/// The files of a witness. Each log has one, which is replaced as a whole; names are digests, so that
/// nothing from outside becomes part of a path.
internal struct WitnessStore: Sendable {
  private static let lockPath = "lock"
  private static let recordSuffix = ".log"
  private static let evidenceSuffix = ".fork"
  private static let requestSuffix = ".refused"
  /// Whoever finds the lock taken tries so often; each time takes some milliseconds.
  private static let lockAttemptCount = 1_000
  /// One piece of evidence is enough; a log that forks forever must not fill the disk.
  private static let evidenceCountMax = 16

  private let disk: any Disk

  internal init(_ disk: any Disk) { self.disk = disk }

  internal var location: String { disk.location }

  // MARK: Files

  /// Makes the directory, if it is not there, and waits for the lock.
  internal func lock() throws(LedgerError) -> any DiskLock {
    do {
      try disk.createDirectory("")
    } catch {
      throw failure(error, "make the witness's directory")
    }
    for _ in 0..<WitnessStore.lockAttemptCount {
      do {
        return try disk.lock(WitnessStore.lockPath)
      } catch {
        guard error.code == .busy || error.code == .interrupted else {
          throw failure(error, "lock the witness's directory")
        }
      }
    }
    throw LedgerError(
      .locked, "another process has held the lock of \(disk.location) all the time",
      at: LogLocation(file: WitnessStore.lockPath), advice: "look for one that hangs, and try again"
    )
  }

  /// What is known of a log; `nil` for one that is not known.
  internal func record(of origin: CheckpointOrigin) throws(LedgerError) -> WitnessRecord? {
    let path = try WitnessStore.name(of: origin) + WitnessStore.recordSuffix
    guard let record = try record(at: path) else { return nil }
    guard record.origin == origin else {
      throw corrupt(path, "it is of another log, \(record.origin)")
    }
    return record
  }

  /// What is known of all logs, by their names.
  internal func records() throws(LedgerError) -> [WitnessRecord] {
    let names: [String]
    do {
      names = try disk.list("")
    } catch {
      throw failure(error, "list the witness's directory")
    }
    var records: [WitnessRecord] = []
    for name in names.sorted() where name.hasSuffix(WitnessStore.recordSuffix) {
      if let record = try record(at: name) { records.append(record) }
    }
    return records.sorted { $0.origin.bytes.lexicographicallyPrecedes($1.origin.bytes) }
  }

  private func record(at path: String) throws(LedgerError) -> WitnessRecord? {
    guard let bytes = try read(path, limit: WitnessRecord.byteCountMax) else { return nil }
    do {
      return try WitnessRecord(parsing: bytes)
    } catch let error as CryptoError {
      throw LedgerError(error)
    } catch {
      throw corrupt(path, "\(error)")
    }
  }

  private func read(_ path: String, limit: Int) throws(LedgerError) -> [UInt8]? {
    do {
      let file = try disk.open(path, .read)
      guard try file.size() <= UInt64(limit) else { throw corrupt(path, "it is too large") }
      return try file.bytes(at: 0, count: limit)
    } catch let error as DiskError {
      if error.code == .notFound { return nil }
      throw failure(error, "read the witness's files")
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(.inputOutput, "\(error)", advice: "try again")
    }
  }

  /// Replaces what is known of a log, and returns when it is durable.
  internal func put(_ record: WitnessRecord) throws(LedgerError) {
    try replace(WitnessStore.name(of: record.origin) + WitnessStore.recordSuffix, record.encoded)
  }

  // MARK: Evidence

  /// Keeps evidence of a fork.
  ///
  /// - Returns: the file's name; `nil` when there is enough of it already.
  internal func keep(_ evidence: ForkEvidence) throws(LedgerError) -> String? {
    let bytes = evidence.encoded
    let names = try evidenceNames(of: evidence.older.claim.origin)
    for name in names where try read(name, limit: ForkEvidence.byteCountMax) == bytes {
      return name
    }
    guard names.count < WitnessStore.evidenceCountMax else { return nil }
    let prefix = try WitnessStore.name(of: evidence.older.claim.origin)
    let taken = Set(names)
    let name = (0...WitnessStore.evidenceCountMax).lazy
      .map { "\(prefix)-\($0)\(WitnessStore.evidenceSuffix)" }.first { !taken.contains($0) }
    guard let name else { return nil }
    try replace(name, bytes)
    return name
  }

  /// The files of evidence against a log.
  internal func evidenceNames(of origin: CheckpointOrigin) throws(LedgerError) -> [String] {
    let prefix = try WitnessStore.name(of: origin) + "-"
    do {
      return try disk.list("").filter {
        $0.hasPrefix(prefix) && $0.hasSuffix(WitnessStore.evidenceSuffix)
      }.sorted()
    } catch {
      throw failure(error, "list the witness's directory")
    }
  }

  /// Keeps the last request that was refused without its showing a fork: the note in it is signed,
  /// and whoever has the log's tree may find one. It takes the place of the one before.
  internal func keep(refused request: AddCheckpointRequest) throws(LedgerError) -> String {
    let name =
      try WitnessStore.name(of: request.checkpoint.claim.origin) + WitnessStore.requestSuffix
    try replace(name, request.encoded)
    return name
  }

  private func replace(_ path: String, _ bytes: [UInt8]) throws(LedgerError) {
    do {
      try disk.replaceFile(path, with: bytes)
    } catch {
      throw failure(error, "write the witness's files")
    }
  }

  // MARK: Names and errors

  private static func name(of origin: CheckpointOrigin) throws(LedgerError) -> String {
    do {
      let hasher = try SHA256Hasher()
      hasher.update(origin.bytes)
      return hasher.finalize().hex
    } catch {
      throw LedgerError(error)
    }
  }

  private func corrupt(_ path: String, _ reason: String) -> LedgerError {
    LedgerError(
      .corrupt, "a file of the witness is damaged: \(reason)", at: LogLocation(file: path),
      advice:
        "nothing is cosigned for this log: put back the newest copy that is at least as new as "
        + "the last cosignature, or retire the witness's key")
  }

  private func failure(_ error: DiskError, _ action: String) -> LedgerError {
    var failure = LedgerError(error, while: action)
    if error.code == .notFound {
      failure.kind = .inputOutput
      failure.advice = "check the path of the witness's directory, \(disk.location)"
    }
    return failure
  }
}
