public import TransparencyLog

/// What an entry of kind key says: a key of the log is named, replaced or revoked.
///
/// The payload is published. Whoever it concerns has signed it, over the log's number too, so that
/// it counts in no other log.
public struct KeyPayload: Hashable, Sendable {
  /// What happens to the log's keys.
  public enum Change: Hashable, Sendable {
    /// The first key entry names the log key and a recovery key that is kept offline. Signed by
    /// both.
    case establish(logKey: Ed25519PublicKey, recoveryKey: Ed25519PublicKey)
    /// Another log key takes over from this entry on. Signed by the old and the new.
    case rotate(to: Ed25519PublicKey)
    /// A log key is void for trees of more entries than a size, and so is every log key that was
    /// introduced from there on. Signed by the recovery key, and by the replacement if there is one.
    case revoke(Ed25519PublicKey, above: TreeSize, replacement: Ed25519PublicKey?)
  }

  private static let version: UInt8 = 1
  private static let tag = "provender/key/v1\n"

  /// The number of valid key entries before this one.
  public var sequence: UInt32
  /// SHA-256 of the payload of the valid key entry before this one; zeros in the first. So whoever
  /// signs a change signs all changes before it, and none can be moved to another history.
  public var previous: Hash
  /// What happens.
  public var change: Change
  /// The signatures over ``message(logID:)``, in the order that the change names the signers.
  public var signatures: [[UInt8]]

  /// A change that is still to be signed.
  public init(
    sequence: UInt32, previous: Hash = .zero, change: Change, signatures: [[UInt8]] = []
  ) {
    self.sequence = sequence
    self.previous = previous
    self.change = change
    self.signatures = signatures
  }

  /// Reads a payload; `nil` for anything that ``payload()`` does not write. No signature is checked.
  public init?(payload: [UInt8]) {
    var reader = PayloadReader(payload)
    guard reader.integer(UInt8.self) == KeyPayload.version,
      let sequence = reader.integer(UInt32.self), let previous = reader.hash(),
      let action = reader.integer(UInt8.self),
      let key = reader.publicKey()
    else { return nil }
    let change: Change
    switch action {
    case 1:
      guard let recoveryKey = reader.publicKey() else { return nil }
      change = .establish(logKey: key, recoveryKey: recoveryKey)
    case 2:
      change = .rotate(to: key)
    case 3:
      guard let size = reader.integer(UInt64.self), let flag = reader.integer(UInt8.self),
        flag <= 1
      else { return nil }
      let replacement = flag == 1 ? reader.publicKey() : nil
      guard (replacement != nil) == (flag == 1) else { return nil }
      change = .revoke(key, above: TreeSize(size), replacement: replacement)
    default:
      return nil
    }
    self.init(sequence: sequence, previous: previous, change: change)
    for _ in 0..<change.signerCount {
      guard let signature = reader.raw(Ed25519PublicKey.signatureByteCount) else { return nil }
      signatures.append(signature)
    }
    guard reader.isAtEnd else { return nil }
  }

  /// The payload's bytes: version, sequence, previous, action, what it concerns, signatures.
  public func payload() -> [UInt8] { statement + signatures.joined() }

  /// The bytes that are signed: a tag, the log's number, and the payload up to the signatures.
  public func message(logID: LogID) -> [UInt8] {
    Array(KeyPayload.tag.utf8) + logID.bytes + statement
  }

  /// A change with the signatures of the keys that it needs, in order.
  ///
  /// - Throws: `CryptoError` when libcrypto fails.
  public func signed(
    by keys: [Ed25519PrivateKey], logID: LogID
  ) throws(CryptoError) -> KeyPayload {
    var signed = self
    let message = message(logID: logID)
    signed.signatures = []
    for key in keys { signed.signatures.append(try key.sign(message)) }
    return signed
  }

  private var statement: [UInt8] {
    var writer = PayloadWriter()
    writer.append(KeyPayload.version)
    writer.append(sequence)
    writer.append(previous)
    switch change {
    case .establish(let logKey, let recoveryKey):
      writer.append(UInt8(1))
      writer.appendRaw(logKey.bytes)
      writer.appendRaw(recoveryKey.bytes)
    case .rotate(let key):
      writer.append(UInt8(2))
      writer.appendRaw(key.bytes)
    case .revoke(let key, let size, let replacement):
      writer.append(UInt8(3))
      writer.appendRaw(key.bytes)
      writer.append(size.rawValue)
      writer.append(UInt8(replacement == nil ? 0 : 1))
      if let replacement { writer.appendRaw(replacement.bytes) }
    }
    return writer.bytes
  }
}

extension KeyPayload.Change {
  /// How many signatures the change needs.
  internal var signerCount: Int {
    if case .revoke(_, _, nil) = self { return 1 }
    return 2
  }
}

extension PayloadReader {
  fileprivate mutating func publicKey() -> Ed25519PublicKey? {
    raw(Ed25519PublicKey.byteCount).flatMap { Ed25519PublicKey($0) }
  }
}
