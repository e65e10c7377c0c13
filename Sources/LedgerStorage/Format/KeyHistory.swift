public import TransparencyLog

/// The log's keys as its key entries name, replace and revoke them, folded in the order of the log.
///
/// It knows no more than the entries it was given: a revocation in an entry that was not taken in
/// is not seen.
public struct KeyHistory: Hashable, Sendable {
  /// A revocation of a key.
  public struct Revocation: Hashable, Sendable {
    /// The entry that revokes.
    public var entry: EntryIndex
    /// When it was recorded.
    public var time: RecordTime
    /// The key is void for trees of more entries.
    public var above: TreeSize
  }

  /// A key that was, or is, the log's.
  public struct LogKey: Hashable, Sendable {
    /// The key, under the log's origin.
    public var key: VerifierKey
    /// The entry that made it the log's: trees with more entries may carry its signature.
    public var introduced: EntryIndex
    /// The entry that put another in its place.
    public var superseded: EntryIndex?
    /// Whether and from where on it is void.
    public var revocation: Revocation?
  }

  /// The log's name, under which its keys sign.
  public let origin: LogOrigin
  /// The log's number, which key entries are signed over.
  public let logID: LogID
  /// All keys of the log, in the order in which they were introduced.
  public private(set) var keys: [LogKey] = []
  /// The key that can revoke.
  public private(set) var recoveryKey: Ed25519PublicKey?
  /// The number of valid key entries so far: the sequence of the next.
  public private(set) var sequence: UInt32 = 0

  /// The history of a log without key entries.
  public init(origin: LogOrigin, logID: LogID) {
    self.origin = origin
    self.logID = logID
  }

  /// The key that signs now; `nil` before the first key entry, or after a revocation without
  /// replacement.
  public var current: LogKey? {
    keys.last { $0.superseded == nil && $0.revocation == nil }
  }

  /// Takes in the next key entry. One that is not valid changes nothing.
  ///
  /// - Parameters:
  ///   - payload: the entry's payload.
  ///   - entry: its index, above those taken in before.
  ///   - time: its record time.
  /// - Returns: why the entry is not valid; `nil` when it is.
  /// - Throws: `CryptoError` when libcrypto fails: nothing is known then.
  public mutating func take(
    _ payload: [UInt8], entry: EntryIndex, time: RecordTime
  ) throws(CryptoError) -> KeyFault? {
    guard let payload = KeyPayload(payload: payload) else { return .malformed }
    guard payload.sequence == sequence else {
      return .sequence(found: payload.sequence, expected: sequence)
    }
    let signers: [Ed25519PublicKey]
    switch check(payload.change, at: entry) {
    case .failure(let fault): return fault
    case .success(let keys): signers = keys
    }
    let message = payload.message(logID: logID)
    for (signer, signature) in zip(signers, payload.signatures) {
      guard try signer.verifies(signature, over: message) else { return .signature(signer) }
    }
    try apply(payload.change, at: entry, time)
    sequence += 1
    return nil
  }

  /// Who must have signed a change, in order, or why it cannot be.
  private func check(
    _ change: KeyPayload.Change, at entry: EntryIndex
  ) -> Result<[Ed25519PublicKey], KeyFault> {
    switch change {
    case .establish(let logKey, let recoveryKey):
      guard keys.isEmpty else { return .failure(.establishedTwice) }
      guard logKey != recoveryKey else { return .failure(.keyUsedBefore(logKey)) }
      return .success([logKey, recoveryKey])
    case .rotate(let key):
      guard let current else { return .failure(.noCurrentKey) }
      guard isNew(key) else { return .failure(.keyUsedBefore(key)) }
      return .success([current.key.publicKey, key])
    case .revoke(let key, let size, let replacement):
      guard let recoveryKey else { return .failure(.noCurrentKey) }
      guard keys.contains(where: { $0.key.publicKey == key }) else {
        return .failure(.unknownKey(key))
      }
      guard size.rawValue <= entry.rawValue else { return .failure(.sizeAhead(size)) }
      if let replacement, !isNew(replacement) { return .failure(.keyUsedBefore(replacement)) }
      return .success([recoveryKey] + (replacement.map { [$0] } ?? []))
    }
  }

  private func isNew(_ key: Ed25519PublicKey) -> Bool {
    key != recoveryKey && !keys.contains { $0.key.publicKey == key }
  }

  private mutating func apply(
    _ change: KeyPayload.Change, at entry: EntryIndex, _ time: RecordTime
  ) throws(CryptoError) {
    switch change {
    case .establish(let logKey, let recovery):
      try introduce(logKey, at: entry)
      recoveryKey = recovery
    case .rotate(let key):
      try introduce(key, at: entry)
    case .revoke(let key, let size, let replacement):
      for place in keys.indices {
        let isNamed = keys[place].key.publicKey == key
        // What a thief put in its place is void with it.
        guard isNamed || keys[place].introduced.rawValue >= size.rawValue else { continue }
        if var earlier = keys[place].revocation {
          earlier.above = min(earlier.above, size)
          keys[place].revocation = earlier
        } else {
          keys[place].revocation = Revocation(entry: entry, time: time, above: size)
        }
      }
      if let replacement { try introduce(replacement, at: entry) }
    }
  }

  private mutating func introduce(
    _ key: Ed25519PublicKey, at entry: EntryIndex
  ) throws(CryptoError) {
    // An origin has nothing in it that a key's name may not have.
    guard let name = KeyName(origin.name) else { return }
    let key = try VerifierKey(name: name, type: .ed25519, publicKey: key)
    for place in keys.indices where keys[place].superseded == nil {
      keys[place].superseded = entry
    }
    keys.append(LogKey(key: key, introduced: entry))
  }

  /// What a key's signature under a tree of so many entries is worth.
  public func status(of key: VerifierKey, size: TreeSize) -> KeyStatus {
    guard let found = keys.first(where: { $0.key == key }) else { return .unknown }
    if let revocation = found.revocation {
      return size > revocation.above ? .revoked(revocation) : .needsBracket(revocation)
    }
    // A tree of n entries holds entries 0 to n - 1.
    if size.rawValue <= found.introduced.rawValue { return .notYet(found.introduced) }
    if let superseded = found.superseded, size.rawValue > superseded.rawValue {
      return .superseded(superseded)
    }
    return .valid
  }
}

/// Why a key entry is not valid.
public enum KeyFault: Error, Hashable, Sendable {
  /// The payload is none that the format has.
  case malformed
  /// The entry's number among the key entries is wrong: one is missing, or it was copied.
  case sequence(found: UInt32, expected: UInt32)
  /// The log has keys already.
  case establishedTwice
  /// There is no key that could sign this.
  case noCurrentKey
  /// The key to be introduced was the log's, or is its recovery key.
  case keyUsedBefore(Ed25519PublicKey)
  /// The key to be revoked never was the log's.
  case unknownKey(Ed25519PublicKey)
  /// The revocation names a size that the log had not reached.
  case sizeAhead(TreeSize)
  /// A signature is not by the key that must have signed.
  case signature(Ed25519PublicKey)
}

extension KeyFault: CustomStringConvertible {
  /// The fault in words.
  public var description: String {
    switch self {
    case .malformed: "the key entry is malformed"
    case .sequence(let found, let expected):
      "the key entry has the number \(found), not \(expected)"
    case .establishedTwice: "the log has a key already; rotate it"
    case .noCurrentKey: "the log has no key that could sign this"
    case .keyUsedBefore(let key): "the key \(lowercaseHex(key.bytes)) was used before"
    case .unknownKey(let key): "the key \(lowercaseHex(key.bytes)) never was the log's"
    case .sizeAhead(let size): "the revocation names a size of \(size), above its own place"
    case .signature(let key): "the signature is not by \(lowercaseHex(key.bytes))"
    }
  }
}

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
