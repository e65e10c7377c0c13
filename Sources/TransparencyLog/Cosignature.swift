/// The encodings of a witness's cosignature/v1 (C2SP tlog-cosignature).
internal struct Cosignature {
  private static let timeByteCount = 8
  /// Times beyond this are forbidden, so that signed arithmetic is safe everywhere.
  internal static let timeMax = UInt64(Int64.max)

  /// Seconds since 1970.
  internal let time: UInt64
  internal let signature: [UInt8]

  /// Reads time and signature from what follows the key ID; `nil` for a wrong length or a time
  /// that the specification forbids.
  internal init?(blob: [UInt8]) {
    guard blob.count == Cosignature.timeByteCount + Ed25519PublicKey.signatureByteCount else {
      return nil
    }
    time = blob.prefix(Cosignature.timeByteCount).reduce(0) { $0 << 8 | UInt64($1) }
    guard time <= Cosignature.timeMax else { return nil }
    signature = Array(blob.dropFirst(Cosignature.timeByteCount))
  }

  /// What follows the key ID in a signature line.
  internal static func blob(time: UInt64, signature: [UInt8]) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: time >> UInt64($0)) }
      + signature
  }

  /// The bytes a witness signs; `nil` when the text is no checkpoint, which alone can be cosigned.
  internal static func message(time: UInt64, checkpoint text: [UInt8]) -> [UInt8]? {
    guard (try? Checkpoint(parsing: text)) != nil else { return nil }
    return Array("cosignature/v1\ntime \(time)\n".utf8) + text
  }
}
