/// The rows of a fact table in the order in which they are kept: by bucket, fragment and entry, each
/// once.
struct FactRows: Sendable {
  /// The packed rows.
  private(set) var packed: [UInt64] = []
  /// Where each bucket begins; one more than there are buckets.
  private(set) var starts = [UInt32](repeating: 0, count: FactHash.bucketCount + 1)

  private static let digitBits: UInt64 = 11
  private static let digitCount = 4

  /// Sorts rows that were collected in order of their entries.
  /// - Complexity: O(rows): one pass that counts and four of a radix sort.
  init(_ rows: [FactRow]) {
    var rows = rows
    var other = [FactRow](repeating: FactRow(hash: 0, entry: 0), count: rows.count)
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.digitCount << Self.digitBits) {
      places in
      places.initialize(repeating: 0)
      Self.count(rows, places)
      for digit in 0..<Self.digitCount {
        Self.scatter(rows, into: &other, digit, places)
        swap(&rows, &other)
      }
    }
    pack(rows)
  }

  /// Where the count of a row's digit stands, the lowest digit being the lowest bits above the entry.
  @inline(__always)
  private static func slot(_ row: FactRow, _ digit: Int) -> Int {
    let shift = 20 &+ UInt64(truncatingIfNeeded: digit) &* digitBits
    return digit << Int(digitBits)
      | Int(truncatingIfNeeded: row.bits &>> shift & (1 << digitBits &- 1))
  }

  /// Counts the rows by each digit, and puts in where the first of each value is to stand.
  private static func count(_ rows: [FactRow], _ places: UnsafeMutableBufferPointer<Int>) {
    rows.withUnsafeBufferPointer { rows in
      for row in rows {
        for digit in 0..<digitCount { places[slot(row, digit)] &+= 1 }
      }
    }
    for digit in 0..<digitCount {
      var place = 0
      for slot in digit << Int(digitBits)..<(digit + 1) << Int(digitBits) {
        let count = places[slot]
        places[slot] = place
        place += count
      }
    }
  }

  /// One stable pass by one digit.
  private static func scatter(
    _ rows: [FactRow], into other: inout [FactRow], _ digit: Int,
    _ places: UnsafeMutableBufferPointer<Int>
  ) {
    rows.withUnsafeBufferPointer { rows in
      other.withUnsafeMutableBufferPointer { other in
        for row in rows {
          let slot = slot(row, digit)
          other[places[slot]] = row
          places[slot] &+= 1
        }
      }
    }
  }

  private mutating func pack(_ rows: [FactRow]) {
    packed.reserveCapacity(rows.count)
    var bucket = 0
    for row in rows {
      while bucket < row.bucket {
        bucket += 1
        starts[bucket] = UInt32(packed.count)
      }
      if packed.count > Int(starts[bucket]), packed.last == row.packed { continue }
      packed.append(row.packed)
    }
    while bucket < FactHash.bucketCount {
      bucket += 1
      starts[bucket] = UInt32(packed.count)
    }
  }
}

/// What was seen of late: says of most hashes whether they are new, and now and then of an old one
/// that it is.
struct RecentHashes: Sendable {
  private static let count = 1 << 15
  /// None holds at first what belongs to it.
  private var slots = (0..<UInt64(Self.count)).map { $0 ^ 1 }

  /// Notes a hash; false if it is known.
  mutating func insert(_ hash: UInt64) -> Bool {
    slots.withUnsafeMutableBufferPointer { slots in
      let slot = Int(truncatingIfNeeded: hash) & (Self.count - 1)
      guard slots[slot] != hash else { return false }
      slots[slot] = hash
      return true
    }
  }
}
