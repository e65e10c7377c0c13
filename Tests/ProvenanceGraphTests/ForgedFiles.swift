@testable import ProvenanceGraph

/// Whether a byte lies between sections, where nothing is read.
func isUnused(_ place: Int, of file: [UInt8]) -> Bool {
  func number(_ offset: Int) -> Int {
    (0..<8).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
  }
  guard place >= 4096 else { return false }
  let count = Int(file[20])
  return !(0..<count).contains { line in
    let start = number(128 + line * 32 + 8)
    return (start..<start + number(128 + line * 32 + 16)).contains(place)
  }
}

/// Gives every section, and the header, the checksum of what is there now.
func mendChecksums(_ file: inout [UInt8]) {
  func put(_ value: UInt64, at place: Int) {
    for byte in 0..<8 { file[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
  }
  func number(_ offset: Int) -> Int {
    (0..<8).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
  }
  func sum(_ range: Range<Int>) -> UInt64 {
    file.withUnsafeBytes { SectionChecksum.of(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
  for line in 0..<Int(file[20]) {
    let start = number(128 + line * 32 + 8)
    let end = start + number(128 + line * 32 + 16)
    put(sum(start..<end), at: 128 + line * 32 + 24)
  }
  put(sum(0..<4088), at: 4088)
}
