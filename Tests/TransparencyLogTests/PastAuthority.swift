import COpenSSL
import Foundation
import LedgerTestSupport

/// Signs a time stamp as of the middle of 2020, which the command `openssl` cannot: for stamps that
/// are older than the end of their certificate.
enum PastAuthority {
  struct Failed: Error {}

  /// 2020-07-01T00:00:00Z.
  static let seconds = 1_593_561_600

  /// Answers a request with the key and the certificate that expired in 2021.
  static func reply(to request: [UInt8], of authority: TestAuthority) throws -> [UInt8] {
    let pem = try bytes(authority.certificatePath(.expired))
    let keyPEM = try bytes("\(authority.folder)/expired.key")
    guard let file = BIO_new_mem_buf(pem, Int32(pem.count)),
      let certificate = PEM_read_bio_X509(file, nil, nil, nil),
      let keyFile = BIO_new_mem_buf(keyPEM, Int32(keyPEM.count)),
      let key = PEM_read_bio_PrivateKey(keyFile, nil, nil, nil),
      let query = BIO_new_mem_buf(request, Int32(request.count)),
      let context = TS_RESP_CTX_new(), let policy = OBJ_txt2obj("1.2.3.4.1", 1)
    else { throw Failed() }
    defer {
      for bio in [file, keyFile, query] { BIO_free(bio) }
      X509_free(certificate)
      EVP_PKEY_free(key)
      ASN1_OBJECT_free(policy)
      TS_RESP_CTX_free(context)
    }
    TS_RESP_CTX_set_serial_cb(
      context,
      { _, _ in
        let serial = ASN1_INTEGER_new()
        ASN1_INTEGER_set(serial, 7)
        return serial
      }, nil)
    TS_RESP_CTX_set_time_cb(
      context,
      { _, _, seconds, microseconds in
        seconds?.pointee = PastAuthority.seconds
        microseconds?.pointee = 0
        return 1
      }, nil)
    guard TS_RESP_CTX_set_signer_cert(context, certificate) == 1,
      TS_RESP_CTX_set_signer_key(context, key) == 1,
      TS_RESP_CTX_set_signer_digest(context, EVP_sha256()) == 1,
      TS_RESP_CTX_set_def_policy(context, policy) == 1,
      TS_RESP_CTX_add_md(context, EVP_sha256()) == 1,
      let reply = TS_RESP_create_response(context, query)
    else { throw Failed() }
    defer { TS_RESP_free(reply) }
    var encoding: UnsafeMutablePointer<UInt8>?
    let count = i2d_TS_RESP(reply, &encoding)
    guard count > 0, let encoding else { throw Failed() }
    defer { CRYPTO_free(encoding, "", 0) }
    return Array(UnsafeBufferPointer(start: encoding, count: Int(count)))
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
