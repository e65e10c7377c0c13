/// Numbers byte strings in order of first mention: a heap of bytes, where each begins, and a hash
/// table of numbers.
struct KeyTable: Sendable {
  let seed: UInt64
  private(set) var heap: [UInt8] = []
  /// Where each key begins in the heap; one more than there are keys.
  private(set) var starts: [UInt64] = [0]
  /// Number + 1 of the key in each slot, 0 for none; a power of two.
  private(set) var slots: [UInt32] = [UInt32](repeating: 0, count: 64)

  init(seed: UInt64) { self.seed = seed }

  var count: Int { starts.count - 1 }

  /// The number of a key, new or known.
  mutating func number(_ key: UnsafeRawBufferPointer) -> (number: UInt32, isNew: Bool) {
    if (count + 1) * 2 > slots.count { grow() }
    var slot = Int(truncatingIfNeeded: ByteHash.hash(key, seed: seed)) & (slots.count - 1)
    while slots[slot] != 0 {
      if matches(slots[slot] - 1, key) { return (slots[slot] - 1, false) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let number = UInt32(count)
    slots[slot] = number + 1
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

  func bytes(_ number: UInt32) -> ArraySlice<UInt8> {
    heap[Int(starts[Int(number)])..<Int(starts[Int(number) + 1])]
  }

  private func matches(_ number: UInt32, _ key: UnsafeRawBufferPointer) -> Bool {
    let start = Int(starts[Int(number)])
    guard Int(starts[Int(number) + 1]) - start == key.count else { return false }
    return heap.withUnsafeBytes { bytes in
      UnsafeRawBufferPointer(rebasing: bytes[start..<start + key.count]).elementsEqual(key)
    }
  }

  private mutating func grow() {
    var larger = [UInt32](repeating: 0, count: slots.count * 2)
    heap.withUnsafeBytes { bytes in
      for number in 0..<count {
        let key = UnsafeRawBufferPointer(
          rebasing: bytes[Int(starts[number])..<Int(starts[number + 1])])
        var slot = Int(truncatingIfNeeded: ByteHash.hash(key, seed: seed)) & (larger.count - 1)
        while larger[slot] != 0 { slot = (slot + 1) & (larger.count - 1) }
        larger[slot] = UInt32(number) + 1
      }
    }
    slots = larger
  }
}
