public import LedgerStorage
public import TransparencyLog

/// Whom someone with evidence in hand believes: one key of the log, and so many of these witnesses.
public struct EvidencePolicy: Hashable, Sendable {
  /// The log's key, as its operator publishes it: the present one or an earlier one.
  public var key: VerifierKey
  /// The log that the evidence must be about.
  public var origin: CheckpointOrigin
  /// The witnesses that are believed.
  public var witnesses: [VerifierKey]
  /// How many of them must have cosigned.
  public var quorum: Int

  /// A policy.
  ///
  /// - Parameter origin: the log, if it is not named as its key is.
  public init(
    key: VerifierKey, origin: CheckpointOrigin? = nil, witnesses: [VerifierKey] = [],
    quorum: Int = 0
  ) {
    self.key = key
    self.origin = origin ?? CheckpointOrigin(key.name)
    self.witnesses = witnesses
    self.quorum = quorum
  }
}

/// How the key that signed a checkpoint stands, as far as the key entries tell that came along.
public enum KeyStanding: Hashable, Sendable {
  /// No key entries came along: the key given signed, and whether it was rotated or revoked is not
  /// known.
  case unknown
  /// The key was the log's at that size.
  case valid
  /// The key was revoked for larger trees; a witness or the asker's own copy shows that this
  /// checkpoint is older than the revocation.
  case bracketed(KeyHistory.Revocation)
}

/// A checkpoint that is believed by a policy.
public struct CheckedHead: Hashable, Sendable {
  /// The checkpoint with its verified signatures.
  public let verified: VerifiedCheckpoint
  /// How its key stands.
  public let standing: KeyStanding
  /// The log's keys as the key entries name them; `nil` when none came along.
  public let history: KeyHistory?

  fileprivate init(_ verified: VerifiedCheckpoint, _ standing: KeyStanding, _ history: KeyHistory?)
  {
    self.verified = verified
    self.standing = standing
    self.history = history
  }

  /// What is believed.
  public var checkpoint: Checkpoint { verified.checkpoint }

  /// The earliest time, in seconds since 1970, at which a believed witness had seen this checkpoint:
  /// what is in its tree was recorded no later.
  public var seen: (time: UInt64, witness: VerifierKey)? {
    verified.cosignatures.min { $0.time < $1.time }.map { ($0.time, $0.witness) }
  }
}

extension EvidencePolicy {
  /// Judges a checkpoint with the key entries that came along with it.
  ///
  /// The key given must have signed. With key entries, any key of the log may have that was the
  /// log's at that size, provided that the entries name the key given: that key signed all of
  /// them up to its own, and those after it are signed by the key before or the recovery key, so that
  /// none can be slipped in.
  ///
  /// - Parameter keys: genesis and key entries in the tree of this checkpoint.
  public func judge(
    _ checkpoint: UnverifiedCheckpoint, keys: KeyEvidence, with hasher: SHA256Hasher
  ) -> Result<CheckedHead, EvidenceRejection> {
    switch keys.history(in: checkpoint.claim, with: hasher) {
    case .failure(let rejection): return .failure(rejection)
    case .success(let history): return judge(checkpoint, history: history)
    }
  }

  /// Judges a checkpoint by a history of the log's keys that is believed.
  ///
  /// - Parameters:
  ///   - history: the log's keys; `nil` when nothing is known of them.
  ///   - isPinned: whether whoever asks kept the checkpoint before a revocation.
  public func judge(
    _ checkpoint: UnverifiedCheckpoint, history: KeyHistory?, isPinned: Bool = false
  ) -> Result<CheckedHead, EvidenceRejection> {
    // A log without key entries says nothing of its keys.
    let history = history.flatMap { $0.keys.isEmpty ? nil : $0 }
    let isNamed = history?.keys.contains { $0.key == key } ?? false
    let logKeys = isNamed ? history?.keys.map(\.key) ?? [] : [key]
    let witnesses = history?.others(among: witnesses) ?? witnesses
    func verdict(by keys: [VerifierKey]) -> Result<VerifiedCheckpoint, CheckpointRejection> {
      checkpoint.verify(
        by: CheckpointPolicy(origin: origin, logKeys: keys, witnesses: witnesses, quorum: quorum))
    }
    var verified: VerifiedCheckpoint
    switch verdict(by: logKeys) {
    case .failure(let rejection): return .failure(.checkpoint(rejection))
    case .success(let value): verified = value
    }
    // Of several keys of the log that signed, the one that had to sign counts.
    if isNamed, let right = history?.key(at: checkpoint.claim.size)?.key, right != verified.logKey,
      case .success(let again) = verdict(by: [right])
    {
      verified = again
    }
    guard let history else { return .success(CheckedHead(verified, .unknown, nil)) }
    guard isNamed else { return .failure(.keyNotOfLog(key)) }
    switch history.judge(verified, isPinned: isPinned) {
    case .failure(let distrust): return .failure(.distrust(distrust))
    case .success(let trusted):
      let status = history.status(
        of: trusted.verified.logKey, size: trusted.verified.checkpoint.size)
      if case .needsBracket(let revocation) = status {
        return .success(CheckedHead(trusted.verified, .bracketed(revocation), history))
      }
      return .success(CheckedHead(trusted.verified, .valid, history))
    }
  }
}
