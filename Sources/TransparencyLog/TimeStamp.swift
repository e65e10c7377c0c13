import COpenSSL

/// A statement of a believed authority that a text existed at a time.
///
/// Only ``TimeStampReply/verify(over:by:)`` makes one.
public struct TimeStamp: Hashable, Sendable {
  /// When.
  public let claim: TimeStampClaim
  /// The subject of the certificate that signed, as `/C=…/O=…/CN=…` with unprintable bytes escaped.
  public let authority: String
  /// The reply as it came: evidence to show others.
  public let reply: TimeStampReply

  fileprivate init(claim: TimeStampClaim, authority: String, reply: TimeStampReply) {
    self.claim = claim
    self.authority = authority
    self.reply = reply
  }
}

/// Why a time stamp is not to be trusted.
public enum TimeStampRejection: Error, Hashable, Sendable {
  /// It is over another text.
  case otherText(imprint: Hash, expected: Hash)
  /// Its signature does not hold, or no certificate leads to a believed one: what libcrypto said.
  case untrusted(String)
  /// libcrypto failed, so that nothing is known.
  case libcrypto(CryptoError)
}

extension TimeStampRejection: CustomStringConvertible {
  /// The reason in a sentence, with what to do next.
  public var description: String {
    switch self {
    case .otherText(let imprint, let expected):
      "the time stamp is over a text of SHA-256 \(imprint), not \(expected): it belongs to another "
        + "checkpoint"
    case .untrusted(let reason):
      "the time stamp is not by the authority given (\(reason)): check its certificate with "
        + "`openssl ts -verify`"
    case .libcrypto(let error):
      error.description
    }
  }
}

extension TimeStampReply {
  /// Checks that a believed authority stamped a text: the digest, the signature, the chain of
  /// certificates up to one that is believed, and that it is for time stamping.
  ///
  /// Certificates are judged as of the stamp's own time, so that a stamp outlives them; lists of
  /// revoked certificates are not consulted. Whoever holds an authority's key can therefore still
  /// write stamps of times before its end: an authority that lost its key must no longer be given.
  ///
  /// - Parameters:
  ///   - text: what was stamped, the same bytes as of the request.
  ///   - authority: whom to believe.
  /// - Returns: the time stamp, or why it is rejected.
  public func verify(
    over text: [UInt8], by authority: TimeStampAuthority
  ) -> Result<TimeStamp, TimeStampRejection> {
    do throws(TimeStampRejection) {
      return .success(try verified(over: text, by: authority))
    } catch {
      return .failure(error)
    }
  }

  private func verified(
    over text: [UInt8], by authority: TimeStampAuthority
  ) throws(TimeStampRejection) -> TimeStamp {
    let expected: Hash
    do {
      expected = try TimeStampRequest.imprint(of: text)
    } catch {
      throw .libcrypto(error)
    }
    guard imprint == expected else { throw .otherText(imprint: imprint, expected: expected) }
    let reply: DecodedReply
    do {
      reply = try DecodedReply(encoded)
    } catch {
      throw .untrusted("\(error)")
    }
    ERR_clear_error()
    defer { ERR_clear_error() }
    guard let context = TS_VERIFY_CTX_new() else {
      throw .libcrypto(CryptoError(.verifyTimeStamp))
    }
    // It frees the store too.
    defer { TS_VERIFY_CTX_free(context) }
    guard let store = authority.store(at: claim.microseconds / 1_000_000) else {
      throw .libcrypto(CryptoError(.verifyTimeStamp))
    }
    _ = TS_VERIFY_CTX_set_store(context, store)
    let flags = TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_SIGNER
    _ = TS_VERIFY_CTX_set_flags(context, Int32(bitPattern: flags))
    guard TS_RESP_verify_response(context, reply.pointer) == 1 else {
      throw .untrusted(TimeStampReply.lastReason)
    }
    return TimeStamp(claim: claim, authority: reply.signerName, reply: self)
  }

  /// What libcrypto said last, with the detail it gives about certificates.
  private static var lastReason: String {
    var detail: UnsafePointer<CChar>?
    var flags: Int32 = 0
    let code = ERR_peek_last_error_data(&detail, &flags)
    var reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "no reason given"
    if flags & ERR_TXT_STRING != 0, let detail {
      reason += ": " + String(cString: detail)
    }
    return reason
  }
}

extension DecodedReply {
  /// The subject of the certificate that signed; empty when it is not there.
  fileprivate var signerName: String {
    guard let token = TS_RESP_get_token(pointer), let signers = PKCS7_get0_signers(token, nil, 0)
    else { return "" }
    defer { OPENSSL_sk_free(signers) }
    guard let first = OPENSSL_sk_value(signers, 0),
      let name = X509_get_subject_name(OpaquePointer(first))
    else { return "" }
    var text = [CChar](repeating: 0, count: 512)
    guard X509_NAME_oneline(name, &text, Int32(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
