import ProvenanceGraph

/// Numbered byte strings in a sealed index.
struct NameSection: Sendable {
  let heap: CheckedColumn<UInt8>
  let starts: PackedColumn

  init(_ map: SectionMap, _ heap: SectionID, _ starts: SectionID) throws(IndexError) {
    self.heap = try map.column(heap, of: UInt8.self)
    self.starts = try map.numbers(starts)
    guard self.starts.count > 0 else { throw IndexError("section \(starts.rawValue) is empty") }
  }

  var count: Int { starts.count - 1 }

  func range(_ number: Int) -> Range<Int> {
    let lower = starts[number]
    let upper = starts[number &+ 1]
    guard lower <= upper, upper <= heap.count else {
      starts.refuse(number)
      return 0..<0
    }
    return lower..<upper
  }

  /// Lends the bytes of a string.
  func bytes(_ number: Int) -> UnsafeRawBufferPointer { heap.bytes(range(number)) }

  /// Lends the bytes of some strings in turn, those of the next ones fetched ahead.
  func forEach(
    _ numbers: UnsafeBufferPointer<UInt32>,
    _ body: (UInt32, UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    // Where a string lies is fetched first, then the string, and then it is read.
    let ahead = min(8, numbers.count)
    for place in -2 * ahead..<numbers.count {
      if place + 2 * ahead < numbers.count { starts.prefetch(Int(numbers[place + 2 * ahead])) }
      if place + ahead >= 0, place + ahead < numbers.count {
        heap.prefetch(range(Int(numbers[place + ahead])))
      }
      if place >= 0 { try body(numbers[place], bytes(Int(numbers[place]))) }
    }
  }

  func string(_ number: Int) -> String { String(decoding: bytes(number), as: UTF8.self) }
}

/// Numbers of 32 bits at most in a sealed index.
struct NumberSection: Sendable {
  private let column: PackedColumn

  init(_ map: SectionMap, _ id: SectionID) throws(IndexError) { column = try map.numbers(id) }

  var count: Int { column.count }

  subscript(index: Int) -> UInt32 { UInt32(truncatingIfNeeded: column[index]) }

  func refuse(_ index: Int) { column.refuse(index) }
}

/// A hash table of numbers in a sealed index: a slot has 16 bits of a hash, and a number + 1.
struct SlotSection: Sendable {
  private let slots: PackedColumn

  static let width = 6

  init(_ map: SectionMap, _ id: SectionID) throws(IndexError) { slots = try map.numbers(id) }

  /// Whether there is room for some numbers with a free slot left.
  func holds(_ count: Int) -> Bool { slots.count > count }

  /// How many slots some numbers get: four are taken of five.
  static func capacity(_ count: Int) -> Int { count + count / 4 + 1 }

  static func place(_ hash: UInt64, _ capacity: Int) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(capacity)).high)
  }

  /// Calls with the numbers that have a hash, and with few others, until one is taken.
  /// - Returns: the number that was taken.
  func first(_ hash: UInt64, where isTaken: (UInt32) -> Bool) -> UInt32? {
    guard slots.count > 0 else { return nil }
    var place = Self.place(hash, slots.count)
    for _ in 0..<slots.count {
      let slot = slots[place]
      if slot == 0 { return nil }
      let number = UInt32(truncatingIfNeeded: slot) &- 1
      if slot >> 32 == Int(hash & 0xFFFF), isTaken(number) { return number }
      place = place &+ 1 == slots.count ? 0 : place &+ 1
    }
    return nil
  }
}

/// Runs of numbers by key in a sealed index.
struct RunSection: Sendable {
  /// A bit a key: whether it has a run; nil where all keys have one, if only an empty one.
  private let presence: CheckedColumn<UInt64>?
  private let ranks: CheckedColumn<UInt32>?
  private let starts: PackedColumn
  /// The numbers; nil where each is its own place.
  private let values: PackedColumn?
  private let limit: Int

  /// Runs of all keys.
  init(
    _ map: SectionMap, _ starts: SectionID, _ values: SectionID, below limit: Int
  ) throws(IndexError) {
    presence = nil
    ranks = nil
    self.starts = try map.numbers(starts)
    self.values = try map.numbers(values)
    self.limit = limit
    guard self.starts.count > 0 else { throw IndexError("section \(starts.rawValue) is empty") }
  }

  /// Runs of few of some keys.
  init(
    _ map: SectionMap, _ presence: SectionID, _ ranks: SectionID, _ starts: SectionID,
    _ values: SectionID?, keys: Int, below limit: Int
  ) throws(IndexError) {
    let bits = try map.column(presence, of: UInt64.self)
    let rows = try map.column(ranks, of: UInt32.self)
    self.presence = bits
    self.ranks = rows
    self.starts = try map.numbers(starts)
    self.values = if let values { try map.numbers(values) } else { nil }
    self.limit = limit
    guard self.starts.count > 0, bits.count == keys / 64 + 1, rows.count == bits.count else {
      throw IndexError("section \(presence.rawValue) does not fit the others")
    }
  }

  /// How many keys have a run, if all have one.
  var count: Int { starts.count - 1 }

  /// The numbers of a key; none where they are out of bounds.
  subscript(key: Int) -> [UInt32] {
    let range = range(key)
    var result: [UInt32] = []
    result.reserveCapacity(range.count)
    for position in range { result.append(value(at: position)) }
    return result
  }

  func range(_ key: Int) -> Range<Int> {
    var row = key
    if let presence, let ranks {
      let word = presence[key >> 6]
      let bit: UInt64 = 1 << UInt64(key & 63)
      guard word & bit != 0 else { return 0..<0 }
      row = Int(ranks[key >> 6]) + (word & (bit - 1)).nonzeroBitCount
    }
    let lower = starts[row]
    let upper = starts[row &+ 1]
    guard lower <= upper, upper <= values?.count ?? limit else {
      starts.refuse(row)
      return 0..<0
    }
    return lower..<upper
  }

  /// A number by its position; 0 where it is out of bounds.
  func value(at position: Int) -> UInt32 {
    guard let values else { return UInt32(truncatingIfNeeded: position) }
    let value = values[position]
    if value < limit { return UInt32(value) }
    values.refuse(position)
    return 0
  }
}
