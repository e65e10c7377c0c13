internal import LedgerStorage
internal import TransparencyLog

/// The signed checkpoints that a ledger keeps, and the entries that were read again for the next.
/// One thread at a time uses it.
internal struct CheckpointStore {
  private let disk: any Disk
  private let hasher: SHA256Hasher
  /// The newest signed checkpoint.
  private(set) var newest: UnverifiedCheckpoint?
  /// Up to where the entries were read again, with the tree over them.
  private var edge: TreeEdge
  private var position: LogPosition
  private var lastLeaf: Hash
  /// Whether all kept checkpoints were compared with this log.
  private var didCompareAll = false

  /// The checkpoints of a log that ends in a state.
  init(_ disk: any Disk, _ state: LogState, newest: UnverifiedCheckpoint?) throws(LedgerError) {
    self.disk = disk
    self.newest = newest
    hasher = try WriterCore.makeHasher()
    edge = state.edge
    position = state.end
    lastLeaf = state.lastLeaf
  }

  // MARK: Signing

  /// Signs a state of the log that was read again, and keeps the checkpoint.
  mutating func sign(
    _ snapshot: LedgerSnapshot, with signer: NoteSigner, keys: KeyHistory
  ) throws(LedgerError) -> TrustedCheckpoint {
    try checkKey(signer.verifierKey, keys, size: snapshot.size)
    try compareAll(with: snapshot)
    let trusted = try signed(snapshot, with: signer, keys)
    try put(trusted.verified.unverified)
    return trusted
  }

  private func signed(
    _ snapshot: LedgerSnapshot, with signer: NoteSigner, _ keys: KeyHistory
  ) throws(LedgerError) -> TrustedCheckpoint {
    guard let origin = CheckpointOrigin(snapshot.origin.name) else {
      throw LedgerError(.invalid, "the origin cannot be signed", advice: "use another origin")
    }
    let signed: UnverifiedCheckpoint
    do {
      signed = try signer.sign(
        Checkpoint(origin: origin, size: snapshot.size, root: edge.root(with: hasher)))
    } catch {
      throw LedgerError(
        .inputOutput, "could not sign: \(error)", advice: "check the installation of OpenSSL")
    }
    // What was signed is looked at with the eyes of those who will rely on it.
    switch keys.verify(signed) {
    case .success(let trusted): return trusted
    case .failure(let refusal):
      throw LedgerError(
        .inputOutput, "the signature made does not hold: \(refusal)",
        advice: "check the installation of OpenSSL and the machine's memory")
    }
  }

  private func checkKey(
    _ key: VerifierKey, _ keys: KeyHistory, size: TreeSize
  ) throws(LedgerError) {
    let status = keys.status(of: key, size: size)
    guard status != .valid else { return }
    throw LedgerError(
      .invalid, CheckpointDistrust(status: status, size: size).description,
      advice: "sign with the log's present key; `provender key list` shows it")
  }

  /// Reads the entries again that were written since the last time, from the disk as far as the
  /// system lets us, and compares their root with the one that was committed.
  mutating func readAgain(upTo committed: Committed) throws(WriteFailure) {
    guard edge.size < committed.size else { return }
    do {
      (try? disk.open(position.file, .read))?.dropCache(from: position.offset)
      let cursor = FrameCursor(
        disk, upTo: committed, from: EntryIndex(edge.size.rawValue), at: position,
        extent: .entries)
      while try cursor.next() { try takeIn(cursor.frame) }
    } catch {
      throw WriteFailure(error: error, isFatal: error.kind == .corrupt)
    }
    position = committed.end
    guard edge.root(with: hasher) == committed.root else {
      throw .fatal(
        LedgerError.corrupt(
          "the entries on the disk do not have the root of those that were written",
          at: committed.lastFrame.location()))
    }
  }

  private mutating func takeIn(_ frame: Frame) throws(LedgerError) {
    for record in 0..<frame.count {
      guard frame.entry(record)?.previous == lastLeaf else {
        throw .corrupt("the entry does not follow the one before", at: frame.entryLocation(record))
      }
      lastLeaf = frame.entryBytes(of: record) { hasher.leafHash($0) }
      edge.append(lastLeaf, with: hasher) { _, _ in }
    }
  }

  // MARK: Comparing

  /// Compares every kept checkpoint with the log, once: those kept later are compared then.
  private mutating func compareAll(with snapshot: LedgerSnapshot) throws(LedgerError) {
    guard !didCompareAll else { return }
    var comparison = CheckpointComparison(disk, snapshot.committed, hasher)
    for size in try disk.keptCheckpoints().sizes {
      guard let kept = try disk.keptCheckpoint(of: size) else { continue }
      try compare(kept.claim, in: LedgerPaths.checkpoint(size), snapshot.genesis, &comparison)
    }
    didCompareAll = true
  }

  /// Refuses a checkpoint that this log does not extend.
  func compare(
    _ claim: Checkpoint, in file: String, with snapshot: LedgerSnapshot
  ) throws(LedgerError) {
    var comparison = CheckpointComparison(disk, snapshot.committed, hasher)
    try compare(claim, in: file, snapshot.genesis, &comparison)
  }

  private func compare(
    _ claim: Checkpoint, in file: String, _ genesis: Genesis,
    _ comparison: inout CheckpointComparison
  ) throws(LedgerError) {
    try comparison.checkBounds(KeptHeads.Head(claim: claim, file: file), genesis)
    guard try comparison.verdict(claim) != .differs else {
      throw .contradiction("the log's root at size \(claim.size) is another", file)
    }
  }

  // MARK: Keeping

  /// Keeps a checkpoint that was compared, as the newest if it is.
  ///
  /// - Parameter isKept: whether a copy of its own is kept too.
  mutating func put(
    _ checkpoint: UnverifiedCheckpoint, isKept: Bool = false
  ) throws(LedgerError) {
    var merged = checkpoint
    if let newest, newest.claim.size == checkpoint.claim.size {
      merged = try newest.merged(with: merged, in: LedgerPaths.checkpoint)
    }
    let size = checkpoint.claim.size
    let kept = try disk.keptCheckpoint(of: size)
    if let kept { merged = try kept.merged(with: merged, in: LedgerPaths.checkpoint(size)) }
    if (isKept || kept != nil) && kept != merged {
      do {
        try disk.createDirectory(LedgerPaths.checkpoints)
        try disk.syncDirectory("")
        try disk.replaceFile(LedgerPaths.checkpoint(size), with: merged.note.encoded)
      } catch {
        throw LedgerError(error, while: "keep a checkpoint")
      }
    }
    if let newest, newest.claim.size > size || newest == merged { return }
    do {
      try disk.replaceFile(LedgerPaths.checkpoint, with: merged.note.encoded)
    } catch {
      throw LedgerError(error, while: "keep the newest checkpoint")
    }
    newest = merged
  }

  /// Keeps a time stamp of a kept checkpoint under the next number.
  func put(_ timeStamp: [UInt8], of size: TreeSize) throws(LedgerError) -> String {
    let numbers = try disk.keptCheckpoints().timeStamps[size] ?? []
    for number in numbers where try disk.timeStamp(of: size, number: number) == timeStamp {
      return LedgerPaths.timeStamp(size, number: number)
    }
    let path = LedgerPaths.timeStamp(size, number: (numbers.last ?? -1) + 1)
    do {
      try disk.replaceFile(path, with: timeStamp)
    } catch {
      throw LedgerError(error, while: "keep a time stamp")
    }
    return path
  }

  /// Keeps a request for a time stamp of a kept checkpoint under the next number.
  func put(_ request: TimeStampRequest, of size: TreeSize) throws(LedgerError) -> String {
    let numbers = try disk.keptCheckpoints().timeStampRequests[size] ?? []
    let path = LedgerPaths.timeStampRequest(size, number: (numbers.last ?? -1) + 1)
    do {
      try disk.replaceFile(path, with: request.encoded)
    } catch {
      throw LedgerError(error, while: "keep a request for a time stamp")
    }
    return path
  }
}

extension UnverifiedCheckpoint {
  /// The checkpoint with another's signatures added; both say the same.
  fileprivate func merged(
    with other: UnverifiedCheckpoint, in file: String
  ) throws(LedgerError) -> UnverifiedCheckpoint {
    guard note.textBytes == other.note.textBytes else {
      throw .contradiction("it is another checkpoint of size \(claim.size)", file)
    }
    let new = other.note.signatures.filter { !note.signatures.contains($0) }
    return new.isEmpty ? self : adding(new)
  }
}
