/// A key that signatures on notes are checked with: the "vkey" of C2SP signed-note.
public struct VerifierKey: Hashable, Sendable {
  /// No honest key is longer.
  private static let textByteCountMax = 4096

  /// The name under which the key signs.
  public let name: KeyName
  /// The number by which signatures point to it.
  public let id: KeyID
  /// The kind of its signatures.
  public let type: SignatureType
  /// The key itself.
  public let publicKey: Ed25519PublicKey

  /// The key of a name, kind and public key.
  ///
  /// - Throws: ``CryptoError`` when libcrypto cannot hash.
  public init(
    name: KeyName, type: SignatureType, publicKey: Ed25519PublicKey
  ) throws(CryptoError) {
    self.name = name
    self.type = type
    self.publicKey = publicKey
    id = try KeyID(name: name, type: type, publicKey: publicKey.bytes)
  }

  /// Reads `name+keyID+base64(type ‖ public key)`.
  ///
  /// The key ID is checked, so that a mistyped name or key is found. Hexadecimal digits of either
  /// case are accepted, base64 only in its canonical spelling. Signature types other than Ed25519
  /// and cosignature/v1 are refused, as the specification advises: a key that cannot be used must
  /// not be configured.
  ///
  /// - Throws: ``MalformedText``, or ``CryptoError`` when libcrypto cannot hash.
  public init(parsing text: String) throws {
    guard text.utf8.count <= VerifierKey.textByteCountMax else {
      throw MalformedText(.verifierKey, .tooLarge)
    }
    let parts = text.utf8.split(
      separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw MalformedText(.verifierKey, .badKeyParts) }
    guard let name = KeyName(String(Substring(parts[0]))) else {
      throw MalformedText(.verifierKey, .badName)
    }
    guard parts[1].count == 8, let digits = Hexadecimal.decode(String(Substring(parts[1]))) else {
      throw MalformedText(.verifierKey, .badKeyID)
    }
    guard let material = Base64.decode(parts[2]), let typeByte = material.first else {
      throw MalformedText(.verifierKey, .badBase64)
    }
    guard let type = SignatureType(rawValue: typeByte) else {
      throw MalformedText(.verifierKey, .unsupportedSignatureType)
    }
    guard let publicKey = Ed25519PublicKey(material.dropFirst()) else {
      throw MalformedText(.verifierKey, .badBase64)
    }
    try self.init(name: name, type: type, publicKey: publicKey)
    guard id.bytes == digits else { throw MalformedText(.verifierKey, .keyIDMismatch) }
  }
}

extension VerifierKey: CustomStringConvertible {
  /// The key as `name+keyID+base64(type ‖ public key)`.
  public var description: String {
    "\(name)+\(id)+" + Base64.encode([type.rawValue] + publicKey.bytes)
  }
}
