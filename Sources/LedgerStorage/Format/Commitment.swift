public import TransparencyLog

/// Sixteen random bytes that keep a short payload from being guessed out of its commitment.
public struct Salt: Hashable, Sendable {
  /// The number of bytes in a salt.
  public static let byteCount = 16

  internal let words: SIMD2<UInt64>

  /// The salt of payloads that are published, and what redaction leaves behind.
  public static let zero = Salt(words: .zero)

  internal init(words: SIMD2<UInt64>) { self.words = words }

  /// Copies a salt; `nil` is returned unless there are exactly 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Salt.byteCount else { return nil }
    self = bytes.withUnsafeBytes { Salt($0, at: 0) }
  }

  /// Copies the salt at a place; the program stops when the buffer ends before it does.
  package init(copying bytes: UnsafeRawBufferPointer, at offset: Int) {
    self.init(bytes, at: offset)
  }

  internal init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    words = SIMD2(
      bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
      bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
  }

  /// The salt's 16 bytes.
  public var bytes: [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// Lends the salt's 16 bytes.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    Swift.withUnsafeBytes(of: words, body)
  }
}

/// The two-part commitment of an entry: either part can be shown, or destroyed, without the other.
public enum Commitment {
  private static let tag: StaticString = "provender/payload/v1\n"
  private static let payloadPrefix: UInt8 = 0x02
  private static let linksPrefix: UInt8 = 0x03

  /// A = SHA-256(0x02 ‖ salt ‖ payload).
  public static func payloadDigest(
    _ payload: UnsafeRawBufferPointer, salt: Salt, with hasher: SHA256Hasher
  ) -> Hash {
    salt.withUnsafeBytes { hasher.hash(payloadPrefix, $0, payload) }
  }

  /// B = SHA-256(0x03 ‖ salt ‖ links).
  public static func linksDigest(
    _ links: UnsafeRawBufferPointer, salt: Salt, with hasher: SHA256Hasher
  ) -> Hash {
    salt.withUnsafeBytes { hasher.hash(linksPrefix, $0, links) }
  }

  /// SHA-256("provender/payload/v1\n" ‖ A ‖ B).
  public static func join(_ payload: Hash, _ links: Hash, with hasher: SHA256Hasher) -> Hash {
    hasher.hash(tag, payload, links)
  }
}
