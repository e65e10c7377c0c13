#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers byte strings in order of first mention: a heap of bytes, where each begins, and a hash
/// table of numbers with 32 bits of each hash, so that hardly any other string is looked at.
struct KeyTable: Sendable {
  let seed: UInt64
  private(set) var heap: Column<UInt8>
  /// Where each key begins in the heap; one more than there are keys.
  private(set) var starts: Column<UInt64>
  /// Hash and number + 1 of the key in each slot, 0 for none; a power of two.
  private var slots: Column<UInt64>

  init(seed: UInt64, scratch: String? = nil) {
    self.seed = seed
    heap = Column(scratch: scratch)
    starts = Column(scratch: scratch)
    slots = Column(zeros: 16, scratch: nil)
    starts.append(0)
  }

  var count: Int { starts.count - 1 }

  /// The number of a key, new or known.
  mutating func number(_ key: UnsafeRawBufferPointer) -> (number: UInt32, isNew: Bool) {
    if (count &+ 1) &* 4 > slots.count &* 3 { grow() }
    let tag = ByteHash.hash(key, seed: seed) >> 32
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: tag) & mask
    var row = slots[slot]
    while row != 0 {
      let number = UInt32(truncatingIfNeeded: row) &- 1
      if row >> 32 == tag, matches(number, key) { return (number, false) }
      slot = (slot &+ 1) & mask
      row = slots[slot]
    }
    let number = UInt32(count)
    slots[slot] = tag << 32 | UInt64(number + 1)
    heap.append(contentsOf: key)
    starts.append(UInt64(heap.count))
    return (number, true)
  }

  mutating func number(_ key: some Collection<UInt8>) -> UInt32 {
    let known = key.withContiguousStorageIfAvailable { bytes in
      number(UnsafeRawBufferPointer(bytes)).number
    }
    if let known { return known }
    return Array(key).withUnsafeBytes { number($0).number }
  }

  /// Lends the bytes of a key.
  func withKey<Result>(_ number: UInt32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let start = Int(starts[Int(number)])
    let end = Int(starts[Int(number) + 1])
    return heap.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }

  func bytes(_ number: UInt32) -> [UInt8] { withKey(number) { Array($0) } }

  @inline(__always)
  private func matches(_ number: UInt32, _ key: UnsafeRawBufferPointer) -> Bool {
    let start = Int(starts[Int(number)])
    guard Int(starts[Int(number) &+ 1]) &- start == key.count else { return false }
    guard let base = key.baseAddress else { return true }
    return memcmp(heap.start + start, base, key.count) == 0
  }

  private mutating func grow() {
    let old = slots
    let mask = old.count * 2 - 1
    var larger = Column<UInt64>(zeros: old.count * 2, scratch: nil)
    for place in old.indices where old[place] != 0 {
      var slot = Int(truncatingIfNeeded: old[place] >> 32) & mask
      while larger[slot] != 0 { slot = (slot + 1) & mask }
      larger[slot] = old[place]
    }
    slots = larger
  }
}
