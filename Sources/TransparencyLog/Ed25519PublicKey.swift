import COpenSSL

/// The public half of an Ed25519 key (RFC 8032).
public struct Ed25519PublicKey: Hashable, Sendable {
  /// The number of bytes in a public key.
  public static let byteCount = 32
  /// The number of bytes in a signature.
  public static let signatureByteCount = 64

  /// The key's 32 bytes.
  public let bytes: [UInt8]

  /// A key; `nil` unless there are exactly 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Ed25519PublicKey.byteCount else { return nil }
    self.bytes = Array(bytes)
  }

  /// The key as 64 lower-case hexadecimal digits.
  public var hex: String { bytes.withUnsafeBytes { Hexadecimal.encode($0) } }

  /// Whether a signature over a message is by this key. Anything that is no signature is simply
  /// not by this key.
  ///
  /// - Throws: ``CryptoError`` when libcrypto has no memory or no Ed25519: nothing is known then.
  public func verifies(
    _ signature: [UInt8], over message: [UInt8]
  ) throws(CryptoError) -> Bool {
    guard signature.count == Ed25519PublicKey.signatureByteCount else { return false }
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
      throw CryptoError(.loadKey)
    }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { throw CryptoError(.verify) }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else {
      throw CryptoError(.verify)
    }
    let isValid =
      EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    // A refused signature leaves its reason in the thread's queue, where a later error would
    // find it.
    if !isValid { ERR_clear_error() }
    return isValid
  }
}
