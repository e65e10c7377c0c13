/// Sorts numbers by keys of 64 bits, those with the same key in the order in which they stood.
enum RadixSort {
  private static let digitBits = 11
  private static let bucketCount = 1 << 11

  /// The places of keys in ascending order of key.
  /// - Complexity: O(n) for each 11 bits in which the keys differ.
  static func order(of keys: Column<UInt64>) -> Column<UInt32> {
    var order = Column<UInt32>(zeros: keys.count, scratch: keys.scratch)
    var isSorted = true
    var difference: UInt64 = 0
    for place in keys.indices {
      order.start[place] = UInt32(place)
      difference |= keys[place] ^ keys[0]
      if place > 0, keys[place - 1] > keys[place] { isSorted = false }
    }
    guard !isSorted else { return order }
    var other = Column<UInt32>(zeros: keys.count, scratch: keys.scratch)
    var starts = [Int](repeating: 0, count: bucketCount)
    for shift in stride(from: UInt64(0), to: 64, by: digitBits)
    where difference >> shift & UInt64(bucketCount - 1) != 0 {
      func digit(_ place: UInt32) -> Int {
        Int(truncatingIfNeeded: keys.start[Int(place)] >> shift) & (bucketCount - 1)
      }
      for bucket in 0..<bucketCount { starts[bucket] = 0 }
      for place in 0..<UInt32(keys.count) { starts[digit(place)] &+= 1 }
      var sum = 0
      for bucket in 0..<bucketCount {
        let size = starts[bucket]
        starts[bucket] = sum
        sum &+= size
      }
      for place in order.indices {
        let number = order.start[place]
        let bucket = digit(number)
        other.start[starts[bucket]] = number
        starts[bucket] &+= 1
      }
      swap(&order, &other)
    }
    return order
  }
}

/// The places of keys below a limit, grouped by key: those of one key stand in a row, in order.
struct Grouping {
  private(set) var starts: Column<UInt32>
  private(set) var members: Column<UInt32>

  /// - Parameters:
  ///   - keys: a key each, or a number not below the limit for what is left out.
  ///   - limit: how many keys there are.
  init(_ keys: Column<UInt32>, below limit: Int) {
    starts = Column(zeros: limit + 2, scratch: keys.scratch)
    for place in keys.indices where Int(keys[place]) < limit {
      starts.start[Int(keys[place]) &+ 2] &+= 1
    }
    for key in 0..<limit { starts.start[key &+ 2] &+= starts.start[key &+ 1] }
    members = Column(zeros: Int(starts[limit + 1]), scratch: keys.scratch)
    for place in keys.indices where Int(keys[place]) < limit {
      let slot = starts.start[Int(keys[place]) &+ 1]
      starts.start[Int(keys[place]) &+ 1] = slot &+ 1
      members.start[Int(slot)] = UInt32(place)
    }
    starts.resize(limit + 1)
  }

  /// Where the places of a key stand among `members`.
  @inline(__always)
  func range(_ key: UInt32) -> Range<Int> {
    Range(uncheckedBounds: (Int(starts[Int(key)]), Int(starts[Int(key) &+ 1])))
  }

  /// How many places a key has.
  func count(_ key: UInt32) -> Int { range(key).count }

  /// The places of a key.
  subscript(_ key: UInt32) -> [UInt32] { range(key).map { members[$0] } }
}
