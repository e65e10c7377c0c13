import TransparencyLog

/// A frame in the bytes of a segment, as the page on the format describes it.
struct FrameBytes {
  var range: Range<Int>
  var number: UInt64
  var first: UInt64
  var count: Int

  var entries: Int { range.lowerBound + 96 }
  private var directory: Int { entries + 96 * count }
  private var salts: Int { directory + 16 * count }

  static func all(in bytes: [UInt8]) -> [FrameBytes] {
    var frames: [FrameBytes] = []
    var start = 512
    while start + 96 <= bytes.count, bytes[start] == 0xff, bytes[start + 1] == 0x50 {
      let count = Int(word(start + 40, 4, bytes))
      let lengths = Int(word(start + 48, 4, bytes) + word(start + 52, 4, bytes))
      let end = min(start + (96 + 144 * count + lengths + 511) / 512 * 512, bytes.count)
      frames.append(
        FrameBytes(
          range: start..<end, number: word(start + 24, 8, bytes), first: word(start + 32, 8, bytes),
          count: count))
      start = end
    }
    return frames
  }

  static func word(_ place: Int, _ size: Int, _ bytes: [UInt8]) -> UInt64 {
    bytes[place..<place + size].reduce(0) { $0 << 8 | UInt64($1) }
  }

  static func put(_ value: UInt32, _ place: Int, _ bytes: inout [UInt8]) {
    for index in 0..<4 {
      bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index))
    }
  }

  /// The record time of the last entry, as it is stored.
  func lastTime(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes[directory - 80..<directory - 72])
  }

  /// The leaf hash of the last entry.
  func leaf(_ bytes: [UInt8]) -> [UInt8] {
    Array(bytes[range.lowerBound + 56..<range.lowerBound + 88])
  }

  func parts(of record: Int, _ bytes: [UInt8]) -> (links: Range<Int>, payload: Range<Int>) {
    var links = salts + 32 * count
    var payload = links + Int(Self.word(range.lowerBound + 48, 4, bytes))
    for line in 0..<record {
      payload += Int(Self.word(directory + 16 * line, 4, bytes))
      links += Int(Self.word(directory + 16 * line + 4, 4, bytes))
    }
    let line = directory + 16 * record
    return (
      links..<links + Int(Self.word(line + 4, 4, bytes)),
      payload..<payload + Int(Self.word(line, 4, bytes))
    )
  }

  /// Zeroes parts of an entry with their salts, as redaction does.
  func erase(_ record: Int, payload: Bool, links: Bool, _ bytes: inout [UInt8]) {
    let parts = parts(of: record, bytes)
    let salt = salts + 32 * record
    let places =
      (payload ? Array(parts.payload) + Array(salt..<salt + 16) : [])
      + (links ? Array(parts.links) + Array(salt + 16..<salt + 32) : [])
    for place in places { bytes[place] = 0 }
  }

  /// Makes the checksum of an entry's payload right again.
  func sum(_ record: Int, _ bytes: inout [UInt8]) {
    let salt = salts + 32 * record
    let covered = Array(bytes[salt..<salt + 16] + bytes[parts(of: record, bytes).payload])
    Self.put(CRC32C.checksum(of: covered), directory + 16 * record + 8, &bytes)
  }

  /// Makes the checksums of the tables and of the header right again.
  func seal(_ bytes: inout [UInt8]) {
    let start = range.lowerBound
    Self.put(CRC32C.checksum(of: Array(bytes[entries..<salts])), start + 88, &bytes)
    Self.put(CRC32C.checksum(of: Array(bytes[start..<start + 92])), start + 92, &bytes)
  }
}
