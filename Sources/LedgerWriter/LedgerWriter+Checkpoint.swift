public import LedgerStorage
public import TransparencyLog

extension LedgerWriter {
  /// Signs what is durable now, keeps the checkpoint as the newest, and returns when it is durable.
  ///
  /// What is signed is read again from the disk. A ledger never signs what is smaller than, or not an
  /// extension of, a checkpoint that it keeps.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` when the key is not the log's for this size,
  ///   ``LedgerError/Kind/tampered`` when a kept checkpoint contradicts the log,
  ///   ``LedgerError/Kind/corrupt`` when the disk does not hold what was written, which stops the
  ///   writer; ``LedgerError/Kind/inputOutput``. The newest checkpoint is then the one before.
  /// - Complexity: reads the entries written since the last call; one signature, two syncs.
  public func sign(with signer: NoteSigner) throws(LedgerError) -> TrustedCheckpoint {
    try withStore { store, snapshot throws(WriteFailure) in
      try store.readAgain(upTo: snapshot.committed)
      return try WriteFailure.refusing { () throws(LedgerError) in
        try store.sign(snapshot, with: signer, keys: keyRecords().history)
      }
    }
  }

  /// Keeps a checkpoint of this log that others rely on, with its signatures, in `checkpoints/`, and
  /// adds them to the newest if it is that one. The caller has verified the signatures.
  ///
  /// - Throws: ``LedgerError/Kind/tampered`` when it contradicts the log,
  ///   ``LedgerError/Kind/inputOutput``.
  public func keep(_ checkpoint: UnverifiedCheckpoint) throws(LedgerError) {
    try withStore { store, snapshot throws(WriteFailure) in
      try WriteFailure.refusing { () throws(LedgerError) in
        let file = LedgerPaths.checkpoint(checkpoint.claim.size)
        try store.compare(checkpoint.claim, in: file, with: snapshot)
        try store.put(checkpoint, isKept: true)
      }
    }
  }

  /// Keeps a time stamp (RFC 3161, DER) of a checkpoint, and the checkpoint. The caller has verified
  /// it.
  ///
  /// - Returns: the time stamp's path in the ledger.
  /// - Throws: what ``keep(_:)`` throws.
  public func keep(
    timeStamp: [UInt8], of checkpoint: UnverifiedCheckpoint
  ) throws(LedgerError) -> String {
    guard timeStamp.count <= KeptCheckpoints.timeStampByteCountMax else {
      throw LedgerError(.invalid, "the time stamp is too large", advice: "request another")
    }
    try keep(checkpoint)
    return try withStore { store, _ throws(WriteFailure) in
      try WriteFailure.refusing { () throws(LedgerError) in
        try store.put(timeStamp, of: checkpoint.claim.size)
      }
    }
  }

  /// Keeps a request for a time stamp of a checkpoint, and the checkpoint, so that the reply can be
  /// recognised.
  ///
  /// - Returns: the request's path in the ledger.
  /// - Throws: what ``keep(_:)`` throws.
  public func keep(
    _ request: TimeStampRequest, of checkpoint: UnverifiedCheckpoint
  ) throws(LedgerError) -> String {
    try keep(checkpoint)
    return try withStore { store, _ throws(WriteFailure) in
      try WriteFailure.refusing { () throws(LedgerError) in
        try store.put(request, of: checkpoint.claim.size)
      }
    }
  }

  /// The newest checkpoint that was signed, if any; it may be older than the log.
  public var newestCheckpoint: UnverifiedCheckpoint? {
    checkpointMonitor.lock()
    defer { checkpointMonitor.unlock() }
    return checkpoints.newest
  }

  private func withStore<Value>(
    _ body: (inout CheckpointStore, LedgerSnapshot) throws(WriteFailure) -> Value
  ) throws(LedgerError) -> Value {
    checkpointMonitor.lock()
    defer { checkpointMonitor.unlock() }
    return try withUsable { () throws(WriteFailure) in try body(&checkpoints, snapshot) }
  }
}
