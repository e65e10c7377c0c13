import COpenSSL

/// Values out of libcrypto's ASN.1 structures. The bytes come from outside: whatever is not as
/// RFC 3161 has it is a fault.
internal enum ASN1 {
  private static let integerByteCountMax = 64

  /// A number that is not negative, big-endian without leading zeros.
  internal static func magnitude(
    _ integer: UnsafePointer<ASN1_INTEGER>
  ) throws(TimeStampFault) -> [UInt8] {
    let count = Int(ASN1_STRING_length(integer))
    guard ASN1_STRING_type(integer) == V_ASN1_INTEGER, count <= integerByteCountMax else {
      throw .malformed
    }
    return Array(bytes(of: integer).drop { $0 == 0 })
  }

  /// A number that may be missing, which has no bytes then.
  internal static func magnitude(
    optional integer: UnsafePointer<ASN1_INTEGER>?
  ) throws(TimeStampFault) -> [UInt8] {
    guard let integer else { return [] }
    return try magnitude(integer)
  }

  /// The content of a string of any kind.
  internal static func bytes(of string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
    guard let data = ASN1_STRING_get0_data(string) else { return [] }
    return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(string))))
  }

  /// The digest that a time stamp is over, which must be SHA-256.
  internal static func sha256(_ imprint: OpaquePointer?) throws(TimeStampFault) -> Hash {
    guard let imprint, let algorithm = TS_MSG_IMPRINT_get_algo(imprint),
      let message = TS_MSG_IMPRINT_get_msg(imprint)
    else { throw .malformed }
    var object: OpaquePointer?
    X509_ALGOR_get0(&object, nil, nil, algorithm)
    guard OBJ_obj2nid(object) == NID_sha256, let hash = Hash(bytes(of: message)) else {
      throw .notSHA256
    }
    return hash
  }

  /// Microseconds since 1970 of a GeneralizedTime as RFC 3161 writes it: `YYYYMMDDhhmmss`, a
  /// fraction if there is one, `Z`. What is finer than a microsecond is dropped.
  internal static func microseconds(
    _ time: UnsafePointer<ASN1_GENERALIZEDTIME>
  ) throws(TimeStampFault) -> Int64 {
    let text = bytes(of: time)
    let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard digits.count == 14, text.last == UInt8(ascii: "Z"), text.count <= 64 else {
      throw .badTime
    }
    var micros: Int64 = 0
    let fraction = text.dropFirst(14).dropLast()
    if let point = fraction.first {
      let places = fraction.dropFirst()
      guard point == UInt8(ascii: "."), let first = Decimal.parsePadded(places.prefix(6)),
        places.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { throw .badTime }
      micros = Int64(first)
      for _ in min(places.count, 6)..<6 { micros *= 10 }
    }
    // libcrypto counts the days and refuses what no calendar has.
    guard let epoch = ASN1_TIME_set(nil, 0) else { throw .badTime }
    defer { ASN1_TIME_free(epoch) }
    var days: Int32 = 0
    var seconds: Int32 = 0
    guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { throw .badTime }
    return (Int64(days) * 86_400 + Int64(seconds)) * 1_000_000 + micros
  }

  /// A time stamp's accuracy in microseconds; `nil` when it states none.
  internal static func microseconds(
    accuracy: OpaquePointer?
  ) throws(TimeStampFault) -> UInt64? {
    guard let accuracy else { return nil }
    var total: UInt64 = 0
    let parts: [(UnsafePointer<ASN1_INTEGER>?, unit: UInt64)] = [
      (TS_ACCURACY_get_seconds(accuracy), 1_000_000), (TS_ACCURACY_get_millis(accuracy), 1_000),
      (TS_ACCURACY_get_micros(accuracy), 1),
    ]
    for (part, unit) in parts {
      guard let part else { continue }
      let magnitude = try magnitude(part)
      // Four bytes of seconds are over a century; nothing that large is an accuracy.
      guard magnitude.count <= 4 else { throw .badTime }
      total += magnitude.reduce(0) { $0 << 8 | UInt64($1) } * unit
    }
    return total
  }
}
