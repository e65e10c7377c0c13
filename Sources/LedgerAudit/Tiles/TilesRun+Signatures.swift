import LedgerStorage
import TransparencyLog

extension TilesRun {
  /// Checks who signed: the log's key, and the witnesses.
  mutating func checkSignatures(_ checkpoint: UnverifiedCheckpoint) {
    checkWitnesses(checkpoint)
    if options.logKeys.isEmpty {
      checkOwnKeys(checkpoint)
    } else {
      checkGivenKeys(checkpoint)
    }
    checkTimes(checkpoint.claim)
  }

  /// What a believed witness had seen was recorded by then.
  private mutating func checkTimes(_ claim: Checkpoint) {
    guard report.isProvender, report.root == claim.root,
      report.signer != nil || report.ownSigner != nil, let last = report.lastTime,
      let first = report.cosignatures.min(by: { $0.time ?? .max < $1.time ?? .max }),
      let latest = first.time.flatMap({ TimeBound.time(seconds: $0) })
        .flatMap({ TimeBound.latestRecord(before: $0) }), last > latest
    else { return }
    add(
      .recordTime, PublishedPaths.entries,
      "entries say that they were recorded after the witness \(first.key.name) had seen them: the "
        + "record times are wrong, or that clock was",
      expected: "at most \(latest.rawValue)", found: "\(last.rawValue)")
  }

  private mutating func checkWitnesses(_ checkpoint: UnverifiedCheckpoint) {
    guard !options.witnesses.isEmpty || options.quorum > 0 else { return }
    switch checkpoint.note.verify(with: options.witnesses) {
    case .failure(.noKnownSignature): break
    case .failure(let rejection): report(rejection)
    case .success(let note):
      // A log is no witness of its own.
      var counted = Set(options.logKeys.map(\.publicKey))
      counted.formUnion(report.keys?.keys.map(\.key.publicKey) ?? [])
      if let recoveryKey = report.keys?.recoveryKey { counted.insert(recoveryKey) }
      report.cosignatures = note.verified.filter { signature in
        signature.time != nil && counted.insert(signature.key.publicKey).inserted
      }
    }
    let count = report.cosignatures.count
    guard count < options.quorum else { return }
    add(
      .quorumMissed, PublishedPaths.checkpoint, "too few of the witnesses given have cosigned",
      expected: "\(options.quorum)", found: "\(count)")
  }

  private mutating func checkGivenKeys(_ checkpoint: UnverifiedCheckpoint) {
    if let origin = report.genesis?.origin,
      let key = options.logKeys.first(where: {
        $0.name.bytes != Array(origin.name.utf8)
      })
    {
      add(
        .pinnedOrigin, PublishedPaths.checkpoint, "the key given is another log's",
        expected: key.name.text, found: origin.name)
    }
    switch verify(checkpoint, keys: options.logKeys + successors()) {
    case .failure(.note(.noKnownSignature)), .failure(.notSignedByLog):
      add(
        .keyMissing, PublishedPaths.checkpoint,
        "the checkpoint is not signed by the key given, nor by one that took over from it",
        expected: options.logKeys.map(\.description).joined(separator: ", "))
    case .failure(.note(let rejection)): report(rejection)
    case .failure(let rejection):
      add(.checkpointSignature, PublishedPaths.checkpoint, "\(rejection)")
    case .success(let verified):
      report.signer = verified.logKey
      judge(verified)
    }
  }

  private func verify(
    _ checkpoint: UnverifiedCheckpoint, keys: [VerifierKey]
  ) -> Result<VerifiedCheckpoint, CheckpointRejection> {
    var distinct: [VerifierKey] = []
    for key in keys where !distinct.contains(key) { distinct.append(key) }
    let witnesses = report.keys?.others(among: options.witnesses) ?? options.witnesses
    func verified(_ keys: [VerifierKey]) -> Result<VerifiedCheckpoint, CheckpointRejection> {
      checkpoint.verify(
        by: CheckpointPolicy(
          origin: checkpoint.claim.origin, logKeys: keys, witnesses: witnesses))
    }
    let result = verified(distinct)
    // Of several keys of the log that signed, the one that had to sign counts.
    guard case .success = result, let right = report.keys?.key(at: checkpoint.claim.size)?.key,
      distinct.contains(right), case .success(let found) = verified([right])
    else { return result }
    return .success(found)
  }

  /// Keys that took over from one that was given, by the log's own entries.
  ///
  /// A key that was given signed all key entries up to its own, the recovery key among them; those
  /// after it are signed by the key before or by the recovery key. So everything follows from it.
  private func successors() -> [VerifierKey] {
    guard let keys = report.keys?.keys else { return [] }
    guard let place = keys.firstIndex(where: { options.logKeys.contains($0.key) }) else {
      return []
    }
    return keys[place...].map(\.key)
  }

  /// Judges the key that signed by the log's own key entries.
  private mutating func judge(_ verified: VerifiedCheckpoint) {
    guard let history = report.keys, !history.keys.isEmpty else { return }
    let isPinned = options.pins.contains {
      $0.checkpoint.note.textBytes == verified.note.textBytes
    }
    if case .failure(let distrust) = history.judge(verified, isPinned: isPinned) {
      findings.add(
        TilesFinding(
          .keyStatus, options.logKeys.isEmpty ? .corrupt : .unsigned,
          in: PublishedPaths.checkpoint, "\(distrust)"))
    }
  }

  /// Without a key given, a log of ours is asked which key it says is its own.
  private mutating func checkOwnKeys(_ checkpoint: UnverifiedCheckpoint) {
    guard let keys = report.keys?.keys, !keys.isEmpty else { return }
    switch verify(checkpoint, keys: keys.map(\.key)) {
    case .failure(.note(.noKnownSignature)), .failure(.notSignedByLog):
      findings.add(
        TilesFinding(
          .keyMissing, .corrupt, in: PublishedPaths.checkpoint,
          "the checkpoint is not signed by any key that the log's own entries name"))
    case .failure(.note(let rejection)): report(rejection)
    case .failure(let rejection):
      add(.checkpointSignature, PublishedPaths.checkpoint, "\(rejection)")
    case .success(let verified):
      report.ownSigner = verified.logKey
      judge(verified)
    }
  }

  private mutating func report(_ rejection: NoteRejection) {
    if case .libcrypto(let error) = rejection {
      return add(.unreadable, PublishedPaths.checkpoint, "\(error)")
    }
    add(.checkpointSignature, PublishedPaths.checkpoint, "\(rejection)")
  }

  // MARK: Pins

  /// Compares with checkpoints that were kept elsewhere.
  mutating func checkPins(_ checkpoint: UnverifiedCheckpoint) {
    for pin in options.pins { check(pin, checkpoint) }
  }

  private mutating func check(_ pin: TilesOptions.Pin, _ checkpoint: UnverifiedCheckpoint) {
    let (kept, claim) = (pin.checkpoint.claim, checkpoint.claim)
    guard kept.origin == claim.origin else {
      return add(
        .pinnedOrigin, PublishedPaths.checkpoint, "\(pin.name) is a checkpoint of another log",
        expected: kept.origin.text, found: claim.origin.text)
    }
    guard kept.size <= claim.size else {
      contradict(pin, checkpoint, rootThere: nil)
      return add(
        .pinnedSize, PublishedPaths.checkpoint,
        "the log is smaller than when \(pin.name) was signed: its end was cut off",
        expected: "at least \(kept.size) entries", found: "\(claim.size)")
    }
    guard report.isComplete else { return }
    guard let root = pinnedRoots[kept.size.rawValue] else {
      findings.add(
        TilesFinding(
          .pinnedRoot, .corrupt, in: PublishedPaths.tiles,
          "too much is missing to compute the root at the size of \(pin.name)",
          expected: kept.root.hex))
      return
    }
    guard root != kept.root else { return }
    contradict(pin, checkpoint, rootThere: root)
    add(
      .pinnedRoot, PublishedPaths.tiles,
      "the first \(kept.size) entries are not those that \(pin.name) was signed over",
      expected: kept.root.hex, found: root.hex)
  }

  private mutating func contradict(
    _ pin: TilesOptions.Pin, _ checkpoint: UnverifiedCheckpoint, rootThere: Hash?
  ) {
    var contradiction = TilesReport.Contradiction(
      name: pin.name, pinned: pin.checkpoint, published: checkpoint)
    contradiction.rootThere = rootThere
    if let rootThere {
      contradiction.proof = proof(from: pin.checkpoint.claim.size, rootThere, to: checkpoint.claim)
    }
    report.contradictions.append(contradiction)
  }

  /// The proof that the entries with another root are the beginning of what the checkpoint signs.
  private func proof(from size: TreeSize, _ root: Hash, to claim: Checkpoint) -> ConsistencyProof? {
    let source = PublishedTiles(files: files)
    var reader = TileHashReader(source: source, size: claim.size, with: hasher)
    guard
      let proof = try? ConsistencyProof.make(
        older: size, newer: claim.size, reader: &reader, with: hasher),
      proof.check(olderRoot: root, newerRoot: claim.root, with: hasher) == .valid
    else { return nil }
    return proof
  }
}
