public import TransparencyLog

/// What a key's signature under a tree is worth, by the key entries known.
public enum KeyStatus: Hashable, Sendable {
  /// The key was the log's at that size.
  case valid
  /// The key is none of the log's, as far as the key entries known go.
  case unknown
  /// The tree does not hold the entry that introduces the key.
  case notYet(EntryIndex)
  /// Another key had taken over.
  case superseded(EntryIndex)
  /// The key is void at that size.
  case revoked(KeyHistory.Revocation)
  /// The key was revoked for larger trees: the signature counts only if it was pinned, cosigned or
  /// stamped before the revocation.
  case needsBracket(KeyHistory.Revocation)
}

/// A checkpoint whose signature holds, by a key that was the log's at that size.
public struct TrustedCheckpoint: Hashable, Sendable {
  /// The checkpoint with its verified signatures.
  public let verified: VerifiedCheckpoint

  fileprivate init(_ verified: VerifiedCheckpoint) { self.verified = verified }
}

extension KeyHistory {
  /// Judges a checkpoint by what the key entries say of the key that signed it.
  ///
  /// - Parameters:
  ///   - verified: the checkpoint; its cosignatures are those of witnesses that are believed.
  ///   - isPinned: whether the checkpoint was kept by whoever asks before the revocation.
  ///   - stamped: when a time-stamping authority that is believed had seen it.
  /// - Returns: the trusted checkpoint, or what the key is worth.
  public func judge(
    _ verified: VerifiedCheckpoint, isPinned: Bool = false, stamped: RecordTime? = nil
  ) -> Result<TrustedCheckpoint, CheckpointDistrust> {
    let status = status(of: verified.logKey, size: verified.checkpoint.size)
    switch status {
    case .valid: return .success(TrustedCheckpoint(verified))
    case .needsBracket(let revocation):
      let limit = revocation.time.rawValue
      let isCosigned = verified.cosignatures.contains { cosignature in
        let (micros, overflow) = cosignature.time.multipliedReportingOverflow(by: 1_000_000)
        return !overflow && limit >= 0 && micros <= UInt64(limit)
      }
      let isStamped = stamped.map { $0.rawValue <= limit } ?? false
      guard isPinned || isCosigned || isStamped else { break }
      return .success(TrustedCheckpoint(verified))
    default: break
    }
    return .failure(CheckpointDistrust(status: status, size: verified.checkpoint.size))
  }
}

/// Why a checkpoint whose signature holds does not count.
public struct CheckpointDistrust: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the key was worth at that size.
  public var status: KeyStatus
  /// The checkpoint's size.
  public var size: TreeSize

  package init(status: KeyStatus, size: TreeSize) {
    self.status = status
    self.size = size
  }

  /// The reason in words.
  public var description: String {
    switch status {
    case .valid: "the key is valid"
    case .unknown: "the checkpoint is signed by a key that no key entry names"
    case .notYet(let entry):
      "the checkpoint of size \(size) does not hold entry \(entry), which introduces its key"
    case .superseded(let entry):
      "the checkpoint of size \(size) is signed by a key that entry \(entry) had replaced"
    case .revoked(let revocation):
      "the checkpoint of size \(size) is signed by a key that entry \(revocation.entry) revokes "
        + "above size \(revocation.above)"
    case .needsBracket(let revocation):
      "the key was revoked by entry \(revocation.entry): its checkpoint of size \(size) counts only "
        + "if it was pinned, cosigned or stamped before"
    }
  }
}

/// Why a checkpoint is not to be trusted.
public enum CheckpointRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// Its signatures do not hold.
  case rejected(CheckpointRejection)
  /// They hold, but the key was not the log's at that size.
  case distrusted(CheckpointDistrust)

  /// The reason in words.
  public var description: String {
    switch self {
    case .rejected(let rejection): rejection.description
    case .distrusted(let distrust): distrust.description
    }
  }
}

extension KeyHistory {
  /// Verifies a checkpoint with the log's keys, and judges the key that signed it.
  ///
  /// - Parameters:
  ///   - checkpoint: the checkpoint as it came.
  ///   - witnesses: the witnesses that are believed. The log itself is none.
  ///   - quorum: how many of them must have cosigned.
  ///   - isPinned: whether the checkpoint was kept by whoever asks before a revocation.
  ///   - stamped: when a time-stamping authority that is believed had seen it.
  public func verify(
    _ checkpoint: UnverifiedCheckpoint, witnesses: [VerifierKey] = [], quorum: Int = 0,
    isPinned: Bool = false, stamped: RecordTime? = nil
  ) -> Result<TrustedCheckpoint, CheckpointRefusal> {
    // An origin of ours can always stand in a checkpoint.
    guard let origin = CheckpointOrigin(origin.name) else {
      return .failure(.rejected(.notSignedByLog))
    }
    let witnesses = others(among: witnesses)
    func verified(_ keys: [VerifierKey]) -> Result<VerifiedCheckpoint, CheckpointRejection> {
      checkpoint.verify(
        by: CheckpointPolicy(
          origin: origin, logKeys: keys, witnesses: witnesses, quorum: quorum))
    }
    switch verified(keys.map(\.key)) {
    case .failure(let rejection): return .failure(.rejected(rejection))
    case .success(var found):
      // Of several keys of the log that signed, the one that had to sign counts.
      if let right = key(at: checkpoint.claim.size)?.key, right != found.logKey,
        case .success(let again) = verified([right])
      {
        found = again
      }
      return judge(found, isPinned: isPinned, stamped: stamped).mapError { .distrusted($0) }
    }
  }
}
