public import TransparencyLog

/// The log's keys as its key entries name, replace and revoke them, folded in the order of the log.
///
/// It knows no more than the entries it was given: a revocation in an entry that was not taken in
/// is not seen.
public struct KeyHistory: Hashable, Sendable {
  /// The most key entries that a log may have: a change each month for three centuries. It bounds
  /// the work that a hostile log can cause.
  public static let entryCountMax: UInt32 = 4_096
  /// How many of them are kept for the recovery key: whoever stole a log key could else rotate until
  /// no entry is left to revoke it in.
  public static let revocationCountKept: UInt32 = 64

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
    /// The log key that handed over to it; `nil` when the recovery key named it.
    public var predecessor: Ed25519PublicKey?
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
  /// SHA-256 of the payload of the newest valid key entry; zeros before the first.
  public private(set) var newest = Hash.zero

  /// The history of a log without key entries.
  public init(origin: LogOrigin, logID: LogID) {
    self.origin = origin
    self.logID = logID
  }

  /// The key that signs now; `nil` before the first key entry, or after a revocation without
  /// replacement.
  public var current: LogKey? {
    guard let last = keys.last, last.revocation == nil else { return nil }
    return last
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
    guard sequence < KeyHistory.entryCountMax else { return .tooMany }
    let bytes = payload
    guard let payload = KeyPayload(payload: bytes) else { return .malformed }
    guard payload.sequence == sequence else {
      return .sequence(found: payload.sequence, expected: sequence)
    }
    guard payload.previous == newest else { return .otherHistory }
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
    newest = try SHA256Hasher().hash(bytes)
    return nil
  }

  /// A change that would be the next, to be signed.
  public func next(_ change: KeyPayload.Change) -> KeyPayload {
    KeyPayload(sequence: sequence, previous: newest, change: change)
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
      guard sequence < KeyHistory.entryCountMax - KeyHistory.revocationCountKept else {
        return .failure(.tooMany)
      }
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
      try introduce(logKey, at: entry, after: nil)
      recoveryKey = recovery
    case .rotate(let key):
      try introduce(key, at: entry, after: current?.key.publicKey)
    case .revoke(let key, let size, let replacement):
      let revocation = Revocation(entry: entry, time: time, above: size)
      for place in keys.indices {
        if keys[place].key.publicKey == key { revoke(place, revocation) }
        // A key stands right behind the one that handed over to it.
        if let inherited = inheritedRevocation(place) { revoke(place, inherited) }
      }
      if let replacement { try introduce(replacement, at: entry, after: nil) }
    }
  }

  /// The revocation of the key that handed over to this one, if it was void by then: so it is with
  /// what a thief put in the place of the stolen key.
  private func inheritedRevocation(_ place: Int) -> Revocation? {
    guard place > 0, keys[place].predecessor != nil, let revocation = keys[place - 1].revocation,
      keys[place].introduced.rawValue >= revocation.above.rawValue
    else { return nil }
    return revocation
  }

  private mutating func revoke(_ place: Int, _ revocation: Revocation) {
    if let above = keys[place].revocation?.above {
      keys[place].revocation?.above = min(above, revocation.above)
    } else {
      keys[place].revocation = revocation
    }
  }

  private mutating func introduce(
    _ key: Ed25519PublicKey, at entry: EntryIndex, after predecessor: Ed25519PublicKey?
  ) throws(CryptoError) {
    // An origin has nothing in it that a key's name may not have.
    guard let name = KeyName(origin.name) else { return }
    let key = try VerifierKey(name: name, type: .ed25519, publicKey: key)
    if let last = keys.indices.last { keys[last].superseded = entry }
    keys.append(LogKey(key: key, introduced: entry, predecessor: predecessor))
  }

  /// Those witnesses that are not the log itself: neither any of its keys nor its recovery key signs
  /// for them.
  public func others(among witnesses: [VerifierKey]) -> [VerifierKey] {
    guard !witnesses.isEmpty else { return [] }
    var own = Set(keys.map(\.key.publicKey))
    if let recoveryKey { own.insert(recoveryKey) }
    return witnesses.filter { !own.contains($0.publicKey) }
  }

  /// What a key's signature under a tree of so many entries is worth.
  public func status(of key: VerifierKey, size: TreeSize) -> KeyStatus {
    guard let found = keys.first(where: { $0.key == key }) else { return .unknown }
    // A tree of n entries holds entries 0 to n - 1.
    if size.rawValue <= found.introduced.rawValue { return .notYet(found.introduced) }
    if let revocation = found.revocation, size > revocation.above { return .revoked(revocation) }
    if let superseded = found.superseded, size.rawValue > superseded.rawValue {
      return .superseded(superseded)
    }
    return found.revocation.map { .needsBracket($0) } ?? .valid
  }

  /// The key that was the log's for trees of so many entries, revoked or not; each size has at most
  /// one.
  public func key(at size: TreeSize) -> LogKey? {
    keys.last { $0.introduced.rawValue < size.rawValue }
  }
}
