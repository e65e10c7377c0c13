public import TransparencyLog

/// Why a key entry is not valid.
public enum KeyFault: Error, Hashable, Sendable {
  /// The payload is none that the format has.
  case malformed
  /// The entry's number among the key entries is wrong: one is missing, or it was copied.
  case sequence(found: UInt32, expected: UInt32)
  /// The entry follows other key entries than those before it.
  case otherHistory
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
  /// The log has as many key entries as a log may have.
  case tooMany
}

extension KeyFault: CustomStringConvertible {
  /// The fault in words.
  public var description: String {
    switch self {
    case .malformed: "the key entry is malformed"
    case .sequence(let found, let expected):
      "the key entry has the number \(found), not \(expected)"
    case .otherHistory: "the key entry follows other key entries than those before it"
    case .establishedTwice: "the log has a key already; rotate it"
    case .noCurrentKey: "the log has no key that could sign this"
    case .keyUsedBefore(let key): "the key \(key.hex) was used before"
    case .unknownKey(let key): "the key \(key.hex) never was the log's"
    case .sizeAhead(let size): "the revocation names a size of \(size), above its own place"
    case .tooMany: "the log has \(KeyHistory.entryCountMax) key entries, the most there may be"
    case .signature(let key): "the signature is not by \(key.hex)"
    }
  }
}
