/// The rows of a fact table in the order in which they are kept: by bucket, fragment and entry, each
/// once.
struct FactRows: Sendable {
  /// The packed rows.
  private(set) var packed: [UInt64] = []
  /// Where each bucket begins; one more than there are buckets.
  private(set) var starts = [UInt32](repeating: 0, count: FactHash.bucketCount + 1)

  /// Sorts rows that were collected in order of their entries.
  /// - Complexity: O(rows): four passes of a radix sort.
  init(_ rows: [FactRow]) {
    var rows = rows
    var other = [FactRow](repeating: FactRow(hash: 0, entry: 0), count: rows.count)
    for shift in [UInt64(20), 31, 42] {
      let bits: UInt64 = shift == 42 ? 10 : 11
      Self.scatter(rows, into: &other, shift: shift, mask: (1 << bits) - 1)
      swap(&rows, &other)
    }
    Self.scatter(rows, into: &other, shift: 52, mask: UInt64(FactHash.bucketCount - 1))
    pack(other)
  }

  /// One stable pass by some bits of the hash.
  private static func scatter(
    _ rows: [FactRow], into other: inout [FactRow], shift: UInt64, mask: UInt64
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Int(mask) + 1) { places in
      places.initialize(repeating: 0)
      rows.withUnsafeBufferPointer { rows in
        for row in rows { places[Int(truncatingIfNeeded: row.hash &>> shift & mask)] &+= 1 }
        var place = 0
        for digit in places.indices {
          let count = places[digit]
          places[digit] = place
          place += count
        }
        other.withUnsafeMutableBufferPointer { other in
          for row in rows {
            let digit = Int(truncatingIfNeeded: row.hash &>> shift & mask)
            other[places[digit]] = row
            places[digit] &+= 1
          }
        }
      }
    }
  }

  private mutating func pack(_ rows: [FactRow]) {
    packed.reserveCapacity(rows.count)
    var bucket = 0
    for row in rows {
      let own = FactHash.bucket(row.hash)
      while bucket < own {
        bucket += 1
        starts[bucket] = UInt32(packed.count)
      }
      let value = FactHash.packed(row)
      if packed.count > Int(starts[bucket]), packed.last == value { continue }
      packed.append(value)
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
