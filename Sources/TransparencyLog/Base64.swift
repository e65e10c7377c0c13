/// Standard base64 with padding (RFC 4648 section 4), in its one canonical spelling.
///
/// Decoders that overlook line breaks or stray low bits let one signature have many spellings;
/// here anything but the encoder's own output is refused.
public enum Base64 {
  private static let padding = UInt8(ascii: "=")

  /// Writes bytes in groups of four characters, the last padded.
  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    bytes.withContiguousStorageIfAvailable { encode(contiguous: $0) }
      ?? Array(bytes).withUnsafeBufferPointer { encode(contiguous: $0) }
  }

  private static func encode(contiguous bytes: UnsafeBufferPointer<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var group: UInt32 = 0
    var filled = 0
    for byte in bytes {
      group = group << 8 | UInt32(byte)
      filled += 1
      guard filled == 3 else { continue }
      append(group, count: 4, to: &text)
      group = 0
      filled = 0
    }
    if filled > 0 {
      append(group << UInt32(8 * (3 - filled)), count: filled + 1, to: &text)
      text.append(contentsOf: repeatElement(padding, count: 3 - filled))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads the canonical spelling of some bytes.
  ///
  /// - Returns: the bytes; `nil` for a character outside the alphabet, a wrong length, padding
  ///   elsewhere than at the end, or bits that no byte uses.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    // Byte by byte through a collection that is not known here costs ten times as much.
    if let bytes = text.withContiguousStorageIfAvailable({ decode(contiguous: $0) }) {
      return bytes
    }
    return Array(text).withUnsafeBufferPointer { decode(contiguous: $0) }
  }

  private static func decode(contiguous text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard text.count.isMultiple(of: 4) else { return nil }
    let unpadded = unpaddedCount(text)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4 * 3)
    var group: UInt32 = 0
    var filled = 0
    for place in 0..<unpadded {
      let character = text[place]
      guard let value = value(of: character) else { return nil }
      group = group << 6 | value
      filled += 1
      guard filled == 4 else { continue }
      bytes.append(UInt8(truncatingIfNeeded: group >> 16))
      bytes.append(UInt8(truncatingIfNeeded: group >> 8))
      bytes.append(UInt8(truncatingIfNeeded: group))
      group = 0
      filled = 0
    }
    switch filled {
    case 0:
      return text.count == unpadded ? bytes : nil
    case 2:
      guard group & 0xf == 0 else { return nil }
      bytes.append(UInt8(group >> 4))
    case 3:
      guard group & 0x3 == 0 else { return nil }
      bytes.append(UInt8(group >> 10))
      bytes.append(UInt8(truncatingIfNeeded: group >> 2))
    default:
      return nil
    }
    return bytes
  }

  /// The number of characters before at most two of padding.
  private static func unpaddedCount(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var count = text.count
    while count > 0, text.count - count < 2, text[count - 1] == padding { count -= 1 }
    return count
  }

  private static func append(_ group: UInt32, count: Int, to text: inout [UInt8]) {
    for place in 0..<count {
      text.append(character(of: UInt8(group >> UInt32(18 - 6 * place) & 63)))
    }
  }

  private static func character(of value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: value + UInt8(ascii: "A")
    case 26..<52: value - 26 + UInt8(ascii: "a")
    case 52..<62: value - 52 + UInt8(ascii: "0")
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }

  private static func value(of character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
