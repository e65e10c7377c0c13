/// Numbers that were met in the course of one question.
///
/// A few are kept in a small table, so that the first question of a process touches a few pages of
/// memory and not one for each number; many in one bit for each number there can be.
package struct NumberSet {
  private static let startSlots = 1 << 10
  private static let slotsMax = 1 << 14

  /// Numbers plus one; 0 where there is none. A power of two, at most half full.
  private var slots: [UInt32]
  private var count = 0
  private let limit: Int
  private var bits: ScratchMemory<UInt64>?

  /// A set of numbers below a limit, which is below 2^32.
  package init(below limit: Int) {
    self.limit = limit
    slots = [UInt32](repeating: 0, count: Self.startSlots)
  }

  /// Adds a number.
  /// - Returns: whether it is below the limit and was not there before.
  /// - Complexity: O(1) on average.
  package mutating func insert(_ number: UInt32) -> Bool {
    guard Int(number) < limit else { return false }
    if let bits { return Self.insert(number, into: bits) }
    let mask = slots.count - 1
    var slot = Self.slot(of: number) & mask
    while slots[slot] != 0 {
      if slots[slot] == number + 1 { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = number + 1
    count += 1
    if count * 2 > slots.count { grow() }
    return true
  }

  private static func slot(of number: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(number) &* 0x9E37_79B9_7F4A_7C15) >> 32)
  }

  private static func insert(_ number: UInt32, into bits: ScratchMemory<UInt64>) -> Bool {
    let bit: UInt64 = 1 << UInt64(number & 63)
    let word = bits.start[Int(number >> 6)]
    bits.start[Int(number >> 6)] = word | bit
    return word & bit == 0
  }

  private mutating func grow() {
    let old = slots
    if old.count < Self.slotsMax {
      slots = [UInt32](repeating: 0, count: old.count * 4)
      let mask = slots.count - 1
      for entry in old where entry != 0 {
        var slot = Self.slot(of: entry - 1) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = entry
      }
    } else {
      let all = ScratchMemory<UInt64>(count: limit / 64 + 1)
      for entry in old where entry != 0 { _ = Self.insert(entry - 1, into: all) }
      bits = all
      slots = []
    }
  }
}
