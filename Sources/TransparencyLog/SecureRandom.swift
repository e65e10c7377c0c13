import COpenSSL

/// Random bytes that nobody can guess, for salts and identifiers.
public enum SecureRandom {
  /// Fills memory from libcrypto's generator. Drawing in bulk is cheaper: a call costs about as
  /// much as 200 bytes.
  ///
  /// - Throws: ``CryptoError`` when the generator has no entropy; the memory then holds nothing
  ///   that may be used.
  public static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(CryptoError) {
    guard var place = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    var left = buffer.count
    while left > 0 {
      let count = Int32(clamping: left)
      guard RAND_bytes(place, count) == 1 else { throw CryptoError(.drawRandomBytes) }
      place += Int(count)
      left -= Int(count)
    }
  }

  /// Draws a number of random bytes.
  ///
  /// - Throws: ``CryptoError`` when the generator has no entropy.
  public static func bytes(count: Int) throws(CryptoError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    let outcome = result.withUnsafeMutableBytes { buffer in
      Result<Void, CryptoError> { () throws(CryptoError) in try fill(buffer) }
    }
    try outcome.get()
    return result
  }
}
