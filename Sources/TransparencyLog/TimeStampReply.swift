import COpenSSL

/// What a time-stamping authority answered (RFC 3161 section 2.4.2), granted and well-formed, but
/// believed by nobody yet.
public struct TimeStampReply: Hashable, Sendable {
  /// No honest reply is larger: it holds a handful of certificates.
  public static let byteCountMax = 256 << 10
  /// The media type it comes with.
  public static let mediaType = "application/timestamp-reply"

  /// The reply in DER, as it came.
  public let encoded: [UInt8]
  /// SHA-256 of the text that it says was stamped.
  public let imprint: Hash
  /// The request's random number, big-endian without leading zeros; empty when there is none.
  public let nonce: [UInt8]
  /// The time that it claims.
  public let claim: TimeStampClaim

  /// Reads a reply.
  ///
  /// - Throws: ``TimeStampFault``: it is malformed, or the authority refused.
  /// - Complexity: O(n) in the bytes given, at most ``byteCountMax``.
  public init(parsing bytes: [UInt8]) throws(TimeStampFault) {
    let reply = try DecodedReply(bytes)
    encoded = bytes
    try reply.checkStatus()
    guard let info = TS_RESP_get_tst_info(reply.pointer) else { throw .malformed }
    imprint = try ASN1.sha256(TS_TST_INFO_get_msg_imprint(info))
    nonce = try ASN1.magnitude(optional: TS_TST_INFO_get_nonce(info))
    guard let time = TS_TST_INFO_get_time(info), let serial = TS_TST_INFO_get_serial(info) else {
      throw .malformed
    }
    claim = TimeStampClaim(
      microseconds: try ASN1.microseconds(time),
      accuracyMicroseconds: try ASN1.microseconds(accuracy: TS_TST_INFO_get_accuracy(info)),
      serial: try ASN1.magnitude(serial))
  }
}

/// When a time stamp says that the text existed.
public struct TimeStampClaim: Hashable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64
  /// By how many microseconds the time may be off in either direction; `nil` when the authority
  /// does not say.
  public let accuracyMicroseconds: UInt64?
  /// The authority's number for the stamp, big-endian without leading zeros.
  public let serial: [UInt8]

  /// The latest moment that the time can mean, in microseconds since 1970: by then the text
  /// existed.
  public var latestMicroseconds: Int64 {
    microseconds.addingReportingOverflow(Int64(clamping: accuracyMicroseconds ?? 0)).partialValue
  }

  /// The serial number in hexadecimal digits.
  public var serialText: String { serial.withUnsafeBytes { Hexadecimal.encode($0) } }
}

/// A reply in libcrypto's hands, freed with this object.
internal final class DecodedReply {
  internal let pointer: OpaquePointer

  internal init(_ bytes: [UInt8]) throws(TimeStampFault) {
    guard bytes.count <= TimeStampReply.byteCountMax else { throw .tooLarge }
    defer { ERR_clear_error() }
    let pointer: OpaquePointer? = bytes.withUnsafeBufferPointer { buffer in
      var place = buffer.baseAddress
      guard let reply = d2i_TS_RESP(nil, &place, buffer.count) else { return nil }
      // Bytes behind the reply would make two files of one.
      guard place == buffer.baseAddress.map({ $0 + buffer.count }) else {
        TS_RESP_free(reply)
        return nil
      }
      return reply
    }
    guard let pointer else { throw .malformed }
    self.pointer = pointer
  }

  deinit { TS_RESP_free(pointer) }

  /// Checks that a stamp was granted (RFC 3161 section 2.4.2, PKIStatusInfo).
  internal func checkStatus() throws(TimeStampFault) {
    guard let info = TS_RESP_get_status_info(pointer), let code = TS_STATUS_INFO_get0_status(info)
    else { throw .malformed }
    let status = ASN1_INTEGER_get(code)
    guard status != Int(TS_STATUS_GRANTED), status != Int(TS_STATUS_GRANTED_WITH_MODS) else {
      return
    }
    var reasons: [TimeStampFault.Reason] = []
    if let bits = TS_STATUS_INFO_get0_failure_info(info) {
      reasons = TimeStampFault.Reason.allCases.filter {
        ASN1_BIT_STRING_get_bit(bits, $0.rawValue) == 1
      }
    }
    throw .refused(status: status, reasons)
  }
}

/// Why a request or reply of a time-stamping authority cannot be used.
public enum TimeStampFault: Error, Hashable, Sendable {
  /// It is larger than any honest one.
  case tooLarge
  /// It is not the DER of what RFC 3161 defines.
  case malformed
  /// It is over another digest than SHA-256.
  case notSHA256
  /// Its time or accuracy is none that RFC 3161 allows.
  case badTime
  /// The authority granted no stamp.
  case refused(status: Int, [Reason])

  /// Why an authority refuses (PKIFailureInfo).
  public enum Reason: Int32, CaseIterable, Sendable {
    /// The digest's algorithm is not supported.
    case badAlgorithm = 0
    /// The request is not permitted.
    case badRequest = 2
    /// The request has the wrong form.
    case badDataFormat = 5
    /// The authority's clock is not available.
    case timeNotAvailable = 14
    /// The policy asked for is not supported.
    case unacceptedPolicy = 15
    /// An extension asked for is not supported.
    case unacceptedExtension = 16
    /// Additional information asked for is not available.
    case additionalInformationNotAvailable = 17
    /// The authority failed.
    case systemFailure = 25
  }
}

extension TimeStampFault: CustomStringConvertible {
  /// The fault in a sentence, with what to do next.
  public var description: String {
    switch self {
    case .tooLarge:
      "this is larger than any time stamp: check what the authority sent"
    case .malformed:
      "this is no time stamp of RFC 3161 in DER: check what the authority sent with "
        + "`openssl ts -reply -in FILE -text`"
    case .notSHA256:
      "the time stamp is not over a SHA-256 digest: ask again with our request"
    case .badTime:
      "the time stamp's time or accuracy is none that RFC 3161 allows: ask another authority"
    case .refused(let status, let reasons):
      "the authority granted no time stamp (status \(status)"
        + reasons.map { ", \($0)" }.joined() + "): ask again later, or ask another authority"
    }
  }
}
