/// A checksum of 64 bits that keeps pace with memory.
///
/// Four lanes take a word each in turn; every step is a bijection of its lane, so that a change
/// confined to one word is always found, and any other with all but a chance near 2^-64. It finds
/// damage by accident, never a forgery.
enum SectionChecksum {
  private static let multiplier: UInt64 = 0x9fb2_1c65_1e98_df25

  /// The checksum of some bytes, their number included.
  /// - Complexity: O(bytes).
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var first = multiplier
    var second = multiplier &+ 1
    var third = multiplier &+ 2
    var fourth = multiplier &+ 3
    let whole = bytes.count & ~31
    var place = 0
    while place < whole {
      first = step(first, word(place))
      second = step(second, word(place &+ 8))
      third = step(third, word(place &+ 16))
      fourth = step(fourth, word(place &+ 24))
      place &+= 32
    }
    var sum = UInt64(bytes.count)
    for lane in [first, second, third, fourth] { sum = mixed(sum ^ lane) }
    while place < bytes.count {
      sum = mixed(sum ^ UInt64(bytes[place]))
      place += 1
    }
    return sum
  }

  @inline(__always)
  private static func step(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    let taken = lane ^ word
    // Turned, so that no two changes in the highest bit undo each other.
    return (taken << 29 | taken >> 35) &* multiplier
  }

  /// A bijection that spreads every bit.
  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ value >> 32) &* 0xd6e8_feb8_6659_fd93
    mixed = (mixed ^ mixed >> 32) &* 0xd6e8_feb8_6659_fd93
    return mixed ^ mixed >> 32
  }
}
