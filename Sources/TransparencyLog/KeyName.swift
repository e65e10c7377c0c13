/// The name under which a key signs, such as `example.com/log` (C2SP signed-note).
///
/// Names are compared byte by byte: Unicode spellings that look alike are different names.
public struct KeyName: Hashable, Sendable, CustomStringConvertible {
  /// The name's UTF-8 bytes.
  public let bytes: [UInt8]

  /// A name; `nil` when it is empty or holds a Unicode space, a plus sign or a control character
  /// below U+0020, which no signed note may hold.
  public init?(_ text: String) {
    guard !text.isEmpty else { return nil }
    for scalar in text.unicodeScalars {
      guard scalar.value >= 0x20, scalar != "+", !scalar.properties.isWhitespace else {
        return nil
      }
    }
    bytes = Array(text.utf8)
  }

  /// The name as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The name as text.
  public var description: String { text }
}

/// The short number by which a note's signature points to a key (C2SP signed-note). It identifies
/// a key that was configured; it authenticates nothing.
public struct KeyID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number, big-endian in the encodings.
  public let rawValue: UInt32

  /// The key ID of a number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The first four bytes of SHA-256 over name, newline, signature type and public key.
  internal init(
    name: KeyName, type: SignatureType, publicKey: [UInt8]
  ) throws(CryptoError) {
    let hasher = try SHA256Hasher()
    hasher.update(name.bytes)
    hasher.update(UInt8(ascii: "\n"))
    hasher.update(type.rawValue)
    hasher.update(publicKey)
    let digest = hasher.finalize()
    rawValue = digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The number's four bytes, big-endian.
  public var bytes: [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> UInt32($0)) }
  }

  /// Eight lower-case hexadecimal digits.
  public var description: String {
    bytes.withUnsafeBytes { Hexadecimal.encode($0) }
  }
}

/// The kind of a note signature, as far as this code verifies it (C2SP signed-note).
public enum SignatureType: UInt8, Hashable, Sendable {
  /// Ed25519 over the note's text.
  case ed25519 = 0x01
  /// A witness's Ed25519 over a time and a checkpoint's text (C2SP tlog-cosignature).
  case cosignature = 0x04
}
