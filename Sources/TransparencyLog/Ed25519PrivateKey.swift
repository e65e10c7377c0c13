import COpenSSL

/// An Ed25519 key that can sign. The secret stays inside libcrypto, which erases it on release.
///
/// libcrypto does not change a key once it is made, and each signature has a context of its own:
/// threads may share one.
public final class Ed25519PrivateKey: @unchecked Sendable {
  /// The number of bytes in the secret seed of RFC 8032.
  public static let seedByteCount = 32

  /// The public half.
  public let publicKey: Ed25519PublicKey

  internal let key: OpaquePointer

  /// Takes over a key of libcrypto's, freeing it if it is not Ed25519.
  internal init(adopting key: OpaquePointer) throws(CryptoError) {
    var bytes = [UInt8](repeating: 0, count: Ed25519PublicKey.byteCount)
    var count = bytes.count
    guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1,
      let publicKey = Ed25519PublicKey(bytes.prefix(count))
    else {
      EVP_PKEY_free(key)
      throw CryptoError(.loadKey)
    }
    self.key = key
    self.publicKey = publicKey
  }

  deinit {
    EVP_PKEY_free(key)
  }

  /// Makes a new key from libcrypto's random generator.
  ///
  /// - Throws: ``CryptoError``.
  public static func generate() throws(CryptoError) -> Ed25519PrivateKey {
    guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else {
      throw CryptoError(.generateKey)
    }
    defer { EVP_PKEY_CTX_free(context) }
    var key: OpaquePointer?
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key else {
      throw CryptoError(.generateKey)
    }
    return try Ed25519PrivateKey(adopting: key)
  }

  /// Makes the key of a seed (RFC 8032 section 5.1.5).
  ///
  /// - Throws: ``CryptoError``, also when there are not exactly 32 bytes.
  public convenience init(seed: [UInt8]) throws(CryptoError) {
    guard seed.count == Ed25519PrivateKey.seedByteCount,
      let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
    else { throw CryptoError(.loadKey) }
    try self.init(adopting: key)
  }

  /// Signs a message; the same message always has the same signature.
  ///
  /// - Returns: the 64 bytes of the signature.
  /// - Throws: ``CryptoError``.
  public func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw CryptoError(.sign) }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: Ed25519PublicKey.signatureByteCount)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
      count == signature.count
    else { throw CryptoError(.sign) }
    return signature
  }
}
