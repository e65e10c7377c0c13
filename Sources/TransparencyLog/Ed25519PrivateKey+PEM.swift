import COpenSSL

/// A key file that cannot be used.
public enum PrivateKeyError: Error, Hashable, Sendable {
  /// The file is no PEM private key, or its passphrase is missing or wrong.
  case unreadable
  /// The file holds a key of another kind.
  case notEd25519
  /// libcrypto itself failed.
  case libcrypto(CryptoError)
}

extension PrivateKeyError: CustomStringConvertible {
  /// The fault in a sentence, without a byte of the file.
  public var description: String {
    switch self {
    case .unreadable:
      "this is no PEM private key, or its passphrase is missing or wrong: "
        + "try `openssl pkey -in FILE -noout`"
    case .notEd25519:
      "this private key is not Ed25519: make one with `openssl genpkey -algorithm ed25519`"
    case .libcrypto(let error):
      error.description
    }
  }
}

extension Ed25519PrivateKey {
  /// No honest key file is longer.
  private static let pemByteCountMax = 64 * 1024

  /// The key as PKCS#8 PEM, as `openssl pkey` reads it.
  ///
  /// - Parameter passphrase: encrypts the file with AES-256; `nil` leaves it readable by anyone.
  ///   An empty one is refused, since libcrypto would ask a terminal for another.
  /// - Throws: ``CryptoError``.
  public func pem(passphrase: [UInt8]? = nil) throws(CryptoError) -> [UInt8] {
    guard passphrase?.isEmpty != true else {
      throw CryptoError(.writeKey, reason: "the passphrase is empty")
    }
    guard let file = BIO_new(BIO_s_secmem()) else { throw CryptoError(.writeKey) }
    defer { BIO_free(file) }
    let written: Int32
    if let passphrase {
      written = passphrase.withUnsafeBytes { bytes in
        PEM_write_bio_PKCS8PrivateKey(
          file, key, EVP_aes_256_cbc(), bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
          Int32(clamping: bytes.count), nil, nil)
      }
    } else {
      written = PEM_write_bio_PKCS8PrivateKey(file, key, nil, nil, 0, nil, nil)
    }
    guard written == 1 else { throw CryptoError(.writeKey) }
    var text = [UInt8](repeating: 0, count: Ed25519PrivateKey.pemByteCountMax)
    let count = BIO_read(file, &text, Int32(text.count))
    guard count > 0 else { throw CryptoError(.writeKey) }
    return Array(text.prefix(Int(count)))
  }

  /// Reads a PEM private key, as `openssl genpkey -algorithm ed25519` writes it. It never asks a
  /// terminal for the passphrase.
  ///
  /// - Throws: ``PrivateKeyError``.
  public static func read(
    pem: [UInt8], passphrase: [UInt8]? = nil
  ) throws(PrivateKeyError) -> Ed25519PrivateKey {
    guard pem.count <= pemByteCountMax else { throw .unreadable }
    guard let file = BIO_new_mem_buf(pem, Int32(pem.count)) else {
      throw .libcrypto(CryptoError(.loadKey))
    }
    defer { BIO_free(file) }
    let key = Passphrase.lend(passphrase) { PEM_read_bio_PrivateKey(file, nil, $0, $1) }
    guard let key else {
      ERR_clear_error()
      throw .unreadable
    }
    guard EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 else {
      EVP_PKEY_free(key)
      throw .notEd25519
    }
    do {
      return try Ed25519PrivateKey(adopting: key)
    } catch {
      throw .libcrypto(error)
    }
  }
}

/// A passphrase on its way through libcrypto's callback.
internal struct Passphrase {
  private let bytes: UnsafeRawBufferPointer?

  internal typealias Callback =
    @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32

  /// Without a callback of ours, libcrypto would prompt on the terminal.
  private static let callback: Callback = { buffer, room, _, context in
    guard let buffer, let context,
      let bytes = context.assumingMemoryBound(to: Passphrase.self).pointee.bytes,
      bytes.count <= Int(room)
    else { return -1 }
    UnsafeMutableRawBufferPointer(start: buffer, count: bytes.count).copyMemory(from: bytes)
    return Int32(bytes.count)
  }

  internal static func lend<Result>(
    _ passphrase: [UInt8]?, _ body: (Callback, UnsafeMutableRawPointer) -> Result
  ) -> Result {
    guard let passphrase else {
      var none = Passphrase(bytes: nil)
      return withUnsafeMutablePointer(to: &none) { body(callback, UnsafeMutableRawPointer($0)) }
    }
    return passphrase.withUnsafeBytes { bytes in
      var lent = Passphrase(bytes: bytes)
      return withUnsafeMutablePointer(to: &lent) { body(callback, UnsafeMutableRawPointer($0)) }
    }
  }
}
