public import LedgerStorage
public import TransparencyLog

/// Watches logs: cosigns a checkpoint only if it extends the one that it cosigned last (C2SP
/// tlog-witness), and keeps what shows a fork.
///
/// What a witness knows is in a directory of its own. A cosignature is given out only when the head
/// that it speaks for is durable there, so that no crash makes a witness forget what it signed; and
/// from comparing to writing one lock is held, so that of any number of processes each sees what the
/// others signed. What cannot be seen is a directory that was put back from an older copy: a witness
/// that lost its directory starts again with another key.
public struct Witness: Sendable {
  /// How often the size is asked for again when others were faster.
  private static let raceCountMax = 16

  private let store: WitnessStore
  private let clock: LedgerClock

  /// A witness with its directory, which is made when something is first kept in it.
  ///
  /// - Parameters:
  ///   - disk: the directory, which is no ledger's.
  ///   - clock: where the time of a cosignature comes from.
  public init(_ disk: any Disk, clock: LedgerClock = .system) {
    store = WitnessStore(disk)
    self.clock = clock
  }

  /// The witness in a directory of this machine.
  public init(directory: String) {
    self.init(PosixDisk(directory))
  }

  // MARK: Whom to believe

  /// Believes a key of a log from now on. A key that was distrusted is believed again.
  ///
  /// - Parameters:
  ///   - key: the log's vkey, of type Ed25519.
  ///   - origin: the log's name; by default the key's, as C2SP tlog-checkpoint has it.
  /// - Throws: `LedgerError/Kind/invalid` for another kind of key and beyond
  ///   ``WitnessRecord/keyCountMax``, else what keeps the directory from being written.
  public func trust(_ key: VerifierKey, of origin: CheckpointOrigin? = nil) throws(LedgerError) {
    guard key.type == .ed25519, let origin = origin ?? CheckpointOrigin(key.name.text) else {
      throw LedgerError(
        .invalid, "\(key) is no key of a log: its signatures are those of a witness",
        advice: "give the vkey of the log")
    }
    let lock = try store.lock()
    defer { lock.release() }
    var record = try store.record(of: origin) ?? WitnessRecord(origin: origin)
    guard !record.keys.contains(key) else { return }
    record.formerKeys.removeAll { $0 == key }
    record.keys.append(key)
    guard record.keys.count + record.formerKeys.count <= WitnessRecord.keyCountMax else {
      throw LedgerError(
        .invalid, "the log \(origin) has \(WitnessRecord.keyCountMax) keys already",
        advice: "give the witness another directory, and another key")
    }
    try store.put(record)
  }

  /// No longer believes a key of any log. What it signed before stays the head.
  ///
  /// - Returns: the logs whose key it was.
  /// - Throws: what keeps the directory from being read or written.
  @discardableResult
  public func distrust(_ key: VerifierKey) throws(LedgerError) -> [CheckpointOrigin] {
    let lock = try store.lock()
    defer { lock.release() }
    var origins: [CheckpointOrigin] = []
    for var record in try store.records() where record.keys.contains(key) {
      record.keys.removeAll { $0 == key }
      record.formerKeys.append(key)
      try store.put(record)
      origins.append(record.origin)
    }
    return origins
  }

  /// What is known of all logs, ordered by name.
  ///
  /// - Throws: `LedgerError/Kind/corrupt` for a damaged file, `LedgerError/Kind/inputOutput`.
  public func records() throws(LedgerError) -> [WitnessRecord] { try store.records() }

  /// The files of evidence against a log, in the witness's directory.
  public func evidenceFiles(against origin: CheckpointOrigin) throws(LedgerError) -> [String] {
    try store.evidenceNames(of: origin)
  }

  // MARK: Deciding

  /// Reads a request's body and decides about it.
  ///
  /// - Throws: what ``decide(_:signingWith:)`` throws.
  public func decide(
    body: [UInt8], signingWith cosigner: Cosigner
  ) throws(LedgerError) -> WitnessDecision {
    let request: AddCheckpointRequest
    do {
      request = try AddCheckpointRequest(parsing: body)
    } catch {
      return .malformed(error)
    }
    return try decide(request, signingWith: cosigner)
  }

  /// Decides about a checkpoint, and cosigns it if nothing stands against it.
  ///
  /// - Returns: the cosignature, whose head is durable; or why there is none.
  /// - Throws: `LedgerError`: the directory is damaged or cannot be written, the clock is not set, or
  ///   libcrypto failed. No cosignature was made known.
  public func decide(
    _ request: AddCheckpointRequest, signingWith cosigner: Cosigner
  ) throws(LedgerError) -> WitnessDecision {
    let lock = try store.lock()
    defer { lock.release() }
    let claim = request.checkpoint.claim
    guard var record = try store.record(of: claim.origin) else { return .unknownLog(claim.origin) }
    let offered: VerifiedCheckpoint
    switch request.checkpoint.verify(by: record.policy) {
    case .success(let verified): offered = verified
    case .failure(.note(.libcrypto(let error))): throw LedgerError(error)
    case .failure(let rejection): return .notSigned(rejection)
    }
    guard request.olderSize <= claim.size else {
      return .sizesReversed(older: request.olderSize, newer: claim.size)
    }
    if let evidence = try WitnessHasher.fork(of: record.head, and: offered) {
      return .forked(evidence, keptIn: try store.keep(evidence))
    }
    guard request.olderSize == record.size else { return .otherSize(kept: record.size) }
    if let refusal = try refusal(of: request, offered, after: record.head) { return refusal }
    let signature = try sign(offered, with: cosigner)
    record.head = offered
    // Also where the head is the same: the last time may have failed after it was written, and what
    // is answered for must be durable.
    try store.put(record)
    return .cosigned(signature, offered)
  }

  /// Why a checkpoint is not shown to extend the head; `nil` when it is.
  private func refusal(
    of request: AddCheckpointRequest, _ offered: VerifiedCheckpoint, after head: VerifiedCheckpoint?
  ) throws(LedgerError) -> WitnessDecision? {
    let hasher = try WitnessHasher.make()
    let verdict: ProofVerdict
    if let head, head.checkpoint.size > 0 || offered.checkpoint.size == 0 {
      verdict = offered.checkExtends(head, proof: request.proof, with: hasher)
    } else {
      // Every tree extends the empty one; the specification wants no proof of it.
      verdict =
        request.hashes.isEmpty
        ? .valid : .invalid(.surplusHashes(count: request.hashes.count))
    }
    guard case .invalid(let fault) = verdict else { return nil }
    if let head,
      let evidence = ForkEvidence(head, offered, shownBy: request.proof, with: hasher)
    {
      return .forked(evidence, keptIn: try store.keep(evidence))
    }
    return .unproven(fault, keptIn: try store.keep(refused: request))
  }

  private func sign(
    _ head: VerifiedCheckpoint, with cosigner: Cosigner
  ) throws(LedgerError) -> SignedNote.Signature {
    let now = clock.wall()
    guard now > 0 else {
      throw LedgerError(
        .clock, "the clock says that it is before 1970", advice: "set it right, and try again")
    }
    do {
      return try cosigner.cosign(head, time: UInt64(now) / 1_000_000)
    } catch {
      throw LedgerError(.inputOutput, "\(error)", advice: "try again")
    }
  }

  // MARK: Deciding with the tree at hand

  /// Decides about a checkpoint whose tree can be read, so that a fork is always shown.
  ///
  /// - Parameter reader: the hashes of the checkpoint's tree. They are not believed.
  /// - Returns: what ``decide(_:signingWith:)`` returns.
  /// - Throws: what ``decide(_:signingWith:)`` and the reader throw.
  public func decide(
    _ checkpoint: UnverifiedCheckpoint, reader: inout some HashReader,
    signingWith cosigner: Cosigner
  ) throws -> WitnessDecision {
    let hasher = try WitnessHasher.make()
    var decision = WitnessDecision.unknownLog(checkpoint.claim.origin)
    for _ in 0..<Witness.raceCountMax {
      let record = try store.record(of: checkpoint.claim.origin)
      let size = record?.size ?? 0
      // A smaller one needs no proof to be refused; the signature is looked at all the same.
      let request =
        size <= checkpoint.claim.size
        ? try AddCheckpointRequest.make(
          from: size, to: checkpoint, reader: &reader, with: hasher)
        : try AddCheckpointRequest(olderSize: 0, hashes: [], checkpoint: checkpoint)
      decision = try decide(request, signingWith: cosigner)
      // Where the head moved since it was read, somebody else was faster.
      guard case .otherSize(let kept) = decision, kept != size else { break }
    }
    guard case .unproven = decision else { return decision }
    return try decisionByTree(checkpoint, &reader, hasher) ?? decision
  }

  /// The fork that a tree shows, where a proof alone does not.
  private func decisionByTree(
    _ checkpoint: UnverifiedCheckpoint, _ reader: inout some HashReader, _ hasher: SHA256Hasher
  ) throws -> WitnessDecision? {
    let lock = try store.lock()
    defer { lock.release() }
    guard let record = try store.record(of: checkpoint.claim.origin), let head = record.head,
      case .success(let offered) = checkpoint.verify(by: record.policy),
      case .forked(let evidence) = try HeadComparison(head, offered, reader: &reader, with: hasher)
    else { return nil }
    return .forked(evidence, keptIn: try store.keep(evidence))
  }
}

/// What decisions need of hashing.
private enum WitnessHasher {
  static func make() throws(LedgerError) -> SHA256Hasher {
    do {
      return try SHA256Hasher()
    } catch {
      throw LedgerError(error)
    }
  }

  /// Two checkpoints of one size and different roots need no proof, whatever was asked.
  static func fork(
    of head: VerifiedCheckpoint?, and offered: VerifiedCheckpoint
  ) throws(LedgerError) -> ForkEvidence? {
    guard let head, head.checkpoint.size == offered.checkpoint.size else { return nil }
    let size = head.checkpoint.size
    let nothing = ConsistencyProof(older: size, newer: size, hashes: [])
    return ForkEvidence(head, offered, shownBy: nothing, with: try make())
  }
}
