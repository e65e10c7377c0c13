/// A fast seeded hash of byte strings for tables that are rebuilt at will. Not a digest.
enum ByteHash {
  /// Mixes eight bytes at a time; the seed keeps outsiders from choosing collisions.
  static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var state = seed ^ (UInt64(bytes.count) &* 0x9E37_79B9_7F4A_7C15)
    var offset = 0
    while offset + 8 <= bytes.count {
      state = mix(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
      offset += 8
    }
    var last: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count {
      last |= UInt64(bytes[offset]) << shift
      shift += 8
      offset += 1
    }
    return mix(mix(state ^ last) &+ 0x9E37_79B9_7F4A_7C15)
  }

  /// Mixes the bytes of a collection.
  static func hash(_ bytes: some Collection<UInt8>, seed: UInt64) -> UInt64 {
    let known = bytes.withContiguousStorageIfAvailable {
      hash(UnsafeRawBufferPointer($0), seed: seed)
    }
    return known ?? Array(bytes).withUnsafeBytes { hash($0, seed: seed) }
  }

  /// An ASCII capital as its small letter.
  static func lowered(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 0x20 : byte }

  /// Folds the 128-bit product with an odd constant.
  static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low ^ (value >> 32)
  }
}
