import COpenSSL

/// A request for a time stamp over a text (RFC 3161 section 2.4.1): its SHA-256, a random number
/// that the reply must repeat, and the wish that the authority's certificate comes along.
public struct TimeStampRequest: Hashable, Sendable {
  /// No honest request is larger.
  public static let byteCountMax = 4096
  /// The media type to send it with.
  public static let mediaType = "application/timestamp-query"

  private static let nonceByteCount = 8

  /// The request in DER, as it is sent.
  public let encoded: [UInt8]
  /// SHA-256 of the text.
  public let imprint: Hash
  /// The random number, big-endian without leading zeros; empty when the request has none.
  public let nonce: [UInt8]

  /// Makes a request.
  ///
  /// - Parameter text: what is to be stamped; of a checkpoint, the note's text with its final
  ///   newline, so that the stamp stays whole when cosignatures are added.
  /// - Throws: ``CryptoError``.
  public static func make(over text: [UInt8]) throws(CryptoError) -> TimeStampRequest {
    var nonce = try SecureRandom.bytes(count: nonceByteCount)
    // Positive and of full length, whatever was drawn.
    nonce[0] = nonce[0] & 0x7f | 0x40
    let imprint = try TimeStampRequest.imprint(of: text)
    guard let request = TS_REQ_new() else { throw CryptoError(.requestTimeStamp) }
    defer { TS_REQ_free(request) }
    guard TS_REQ_set_version(request, 1) == 1, TS_REQ_set_cert_req(request, 1) == 1,
      set(imprint, in: request), set(nonce, in: request)
    else { throw CryptoError(.requestTimeStamp) }
    var encoding: UnsafeMutablePointer<UInt8>?
    let count = i2d_TS_REQ(request, &encoding)
    guard count > 0, let encoding else { throw CryptoError(.requestTimeStamp) }
    defer { CRYPTO_free(encoding, "", 0) }
    let encoded = Array(UnsafeBufferPointer(start: encoding, count: Int(count)))
    return TimeStampRequest(encoded: encoded, imprint: imprint, nonce: nonce)
  }

  /// SHA-256 of a text.
  internal static func imprint(of text: [UInt8]) throws(CryptoError) -> Hash {
    let hasher = try SHA256Hasher()
    hasher.update(text)
    return hasher.finalize()
  }

  private init(encoded: [UInt8], imprint: Hash, nonce: [UInt8]) {
    self.encoded = encoded
    self.imprint = imprint
    self.nonce = nonce
  }

  private static func set(_ imprint: Hash, in request: OpaquePointer) -> Bool {
    guard let algorithm = X509_ALGOR_new() else { return false }
    defer { X509_ALGOR_free(algorithm) }
    guard let message = TS_MSG_IMPRINT_new() else { return false }
    defer { TS_MSG_IMPRINT_free(message) }
    var bytes = imprint.bytes
    return X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nil) == 1
      && TS_MSG_IMPRINT_set_algo(message, algorithm) == 1
      && TS_MSG_IMPRINT_set_msg(message, &bytes, Int32(bytes.count)) == 1
      && TS_REQ_set_msg_imprint(request, message) == 1
  }

  private static func set(_ nonce: [UInt8], in request: OpaquePointer) -> Bool {
    guard let number = BN_bin2bn(nonce, Int32(nonce.count), nil) else { return false }
    defer { BN_free(number) }
    guard let integer = BN_to_ASN1_INTEGER(number, nil) else { return false }
    defer { ASN1_INTEGER_free(integer) }
    return TS_REQ_set_nonce(request, integer) == 1
  }

  /// Reads a request, ours or one that `openssl ts -query -sha256` made.
  ///
  /// - Throws: ``TimeStampFault``.
  public init(parsing bytes: [UInt8]) throws(TimeStampFault) {
    guard bytes.count <= TimeStampRequest.byteCountMax else { throw .tooLarge }
    defer { ERR_clear_error() }
    let request: OpaquePointer? = bytes.withUnsafeBufferPointer { buffer in
      var place = buffer.baseAddress
      guard let request = d2i_TS_REQ(nil, &place, buffer.count) else { return nil }
      guard place == buffer.baseAddress.map({ $0 + buffer.count }) else {
        TS_REQ_free(request)
        return nil
      }
      return request
    }
    guard let request else { throw .malformed }
    defer { TS_REQ_free(request) }
    encoded = bytes
    imprint = try ASN1.sha256(TS_REQ_get_msg_imprint(request))
    nonce = try ASN1.magnitude(optional: TS_REQ_get_nonce(request))
  }
}
