public import LedgerStorage
public import TransparencyLog

/// What a `.tlog-proof` is to be compared with.
public enum ProofSubject: Hashable, Sendable {
  /// Nothing: only the entry that came along is looked at.
  case entryAlone
  /// An event, byte for byte as it was received.
  case event([UInt8])
  /// The data of the leaf, of a log of any kind.
  case leaf([UInt8])
}

/// A `.tlog-proof` that holds.
public struct CheckedProof: Sendable {
  /// What the proof ties to the log.
  public enum Shown: Hashable, Sendable {
    /// The event given, in an entry.
    case event(Entry)
    /// An entry whose payload was erased, or came along and is published.
    case entry(Entry)
    /// An entry; which event it holds was not compared.
    case entryAlone(Entry)
    /// The leaf data given.
    case leaf
  }

  /// What is shown to be in the log.
  public let shown: Shown
  /// Its place.
  public let index: LeafIndex
  /// The checkpoint that is believed.
  public let head: CheckedHead

  /// The entry; `nil` for a leaf of another kind of log.
  public var entry: Entry? {
    switch shown {
    case .event(let entry), .entry(let entry), .entryAlone(let entry): entry
    case .leaf: nil
    }
  }
}

extension EvidencePolicy {
  /// Checks a `.tlog-proof`.
  ///
  /// The leaf is always computed from what is given, never taken from the proof: from the event by
  /// the entry's commitment, or from the leaf's data.
  ///
  /// - Throws: ``MalformedEvidence`` when an event is to be compared and the proof's extra data are
  ///   not Provender's.
  public func check(
    _ proof: TransparencyProof, for subject: ProofSubject, with hasher: SHA256Hasher
  ) throws(MalformedEvidence) -> Result<CheckedProof, EvidenceRejection> {
    if case .leaf(let data) = subject {
      let head = judge(proof.checkpoint, keys: KeyEvidence(), with: hasher)
      return head.flatMap { head in
        conclude(proof, .leaf, leaf: hasher.leafHash(data), head, hasher)
      }
    }
    guard let extra = proof.extra.flatMap({ ProofExtra($0) }) else {
      throw MalformedEvidence(
        "proof extra",
        "is none of Provender's: give the data of the leaf itself (--leaf FILE), or")
    }
    return judge(proof.checkpoint, keys: extra.keys, with: hasher).flatMap { head in
      check(proof, extra, subject, head, hasher)
    }
  }

  private func check(
    _ proof: TransparencyProof, _ extra: ProofExtra, _ subject: ProofSubject, _ head: CheckedHead,
    _ hasher: SHA256Hasher
  ) -> Result<CheckedProof, EvidenceRejection> {
    let entry = extra.entry
    guard entry.index == proof.index else {
      return .failure(.otherEntry(found: entry.index, expected: proof.index))
    }
    var shown = CheckedProof.Shown.entryAlone(entry)
    switch (subject, extra.parts?.payload) {
    case (.event, .erased), (.event, nil): return .failure(.payloadErased(entry.index))
    case (.event(let event), _):
      // Whoever submits a document has a say in the bytes that other kinds of entries commit to.
      guard entry.kind == .event else { return .failure(.otherEvent(entry.index)) }
      guard extra.isAbout(event, with: hasher) else { return .failure(.otherEvent(entry.index)) }
      shown = .event(entry)
    case (_, .event): break
    case (_, nil): break
    default: shown = .entry(entry)
    }
    if case .event(let event) = subject {
      guard let opening = extra.opening(with: event), !opening.contradictsCommitment(with: hasher)
      else { return .failure(.otherEvent(entry.index)) }
    } else if let opening = extra.opening(with: nil), opening.contradictsCommitment(with: hasher) {
      return .failure(.commitment(entry.index))
    }
    return conclude(proof, shown, leaf: entry.leafHash(with: hasher), head, hasher)
  }

  private func conclude(
    _ proof: TransparencyProof, _ shown: CheckedProof.Shown, leaf: Hash, _ head: CheckedHead,
    _ hasher: SHA256Hasher
  ) -> Result<CheckedProof, EvidenceRejection> {
    switch head.verified.checkInclusion(of: leaf, proof: proof.inclusion, with: hasher) {
    case .valid: return .success(CheckedProof(shown: shown, index: proof.index, head: head))
    case .invalid(let fault): return .failure(.inclusion(proof.index, fault))
    }
  }
}

extension EvidencePolicy {
  /// Checks that a log signed two checkpoints that cannot both be honest. The key given must have
  /// signed both.
  public func check(
    _ fork: ForkEvidence, with hasher: SHA256Hasher
  ) -> Result<VerifiedFork, EvidenceRejection> {
    guard fork.older.claim.origin == origin else {
      return .failure(
        .checkpoint(.wrongOrigin(found: fork.older.claim.origin, expected: origin)))
    }
    return fork.verify(by: [key], with: hasher).mapError { .noFork($0) }
  }
}
