import COpenSSL

/// Whom to believe about time: certificates of time-stamping authorities or of those who certify
/// them.
public struct TimeStampAuthority: Hashable, Sendable {
  private static let pemByteCountMax = 1 << 20
  private static let certificateCountMax = 256

  /// The certificates in DER.
  internal let certificates: [[UInt8]]

  /// The number of certificates.
  public var certificateCount: Int { certificates.count }

  /// Reads a file of one or more PEM certificates. Each of them is believed by itself: what one of
  /// them certifies for time stamping counts, and so does one that is an authority's own.
  ///
  /// - Throws: ``TimeStampAuthorityError``.
  public init(pem: [UInt8]) throws(TimeStampAuthorityError) {
    guard pem.count <= TimeStampAuthority.pemByteCountMax else { throw .unreadable }
    guard let file = BIO_new_mem_buf(pem, Int32(pem.count)) else {
      throw .libcrypto(CryptoError(.verifyTimeStamp))
    }
    defer {
      BIO_free(file)
      ERR_clear_error()
    }
    var certificates: [[UInt8]] = []
    while true {
      ERR_clear_error()
      // Without a callback of ours, libcrypto would ask a terminal about an encrypted one.
      let read = Passphrase.lend(nil) { PEM_read_bio_X509(file, nil, $0, $1) }
      guard let certificate = read else { break }
      defer { X509_free(certificate) }
      var encoding: UnsafeMutablePointer<UInt8>?
      let count = i2d_X509(certificate, &encoding)
      guard count > 0, let encoding else { throw .libcrypto(CryptoError(.verifyTimeStamp)) }
      defer { CRYPTO_free(encoding, "", 0) }
      certificates.append(Array(UnsafeBufferPointer(start: encoding, count: Int(count))))
      guard certificates.count <= TimeStampAuthority.certificateCountMax else { throw .unreadable }
    }
    // The file ends where no further certificate begins; all else is damage.
    let reason = ERR_GET_REASON(ERR_peek_last_error())
    guard !certificates.isEmpty, reason == PEM_R_NO_START_LINE else { throw .unreadable }
    self.certificates = certificates
  }

  /// A store in which every certificate is an anchor and the moment of judgement is a given one.
  internal func store(at seconds: Int64) -> OpaquePointer? {
    guard let store = X509_STORE_new() else { return nil }
    guard let settings = X509_STORE_get0_param(store),
      X509_VERIFY_PARAM_set_flags(settings, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1
    else {
      X509_STORE_free(store)
      return nil
    }
    X509_VERIFY_PARAM_set_time(settings, Int(seconds))
    for encoding in certificates {
      let added = encoding.withUnsafeBufferPointer { buffer -> Bool in
        var place = buffer.baseAddress
        guard let certificate = d2i_X509(nil, &place, buffer.count) else { return false }
        defer { X509_free(certificate) }
        return X509_STORE_add_cert(store, certificate) == 1
      }
      guard added else {
        X509_STORE_free(store)
        return nil
      }
    }
    return store
  }
}

/// A file of certificates that cannot be used.
public enum TimeStampAuthorityError: Error, Hashable, Sendable {
  /// The file holds no PEM certificate, or a damaged one.
  case unreadable
  /// libcrypto itself failed.
  case libcrypto(CryptoError)
}

extension TimeStampAuthorityError: CustomStringConvertible {
  /// The fault in a sentence.
  public var description: String {
    switch self {
    case .unreadable:
      "these are no PEM certificates: look with `openssl x509 -in FILE -noout -subject`"
    case .libcrypto(let error):
      error.description
    }
  }
}
