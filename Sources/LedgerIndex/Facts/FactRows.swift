/// The rows of a fact table in the order in which they are kept: by bucket, fragment and entry, each
/// once.
struct FactRows: Sendable {
  /// The packed rows.
  private(set) var packed: [UInt64]
  /// Where each bucket begins; one more than there are buckets.
  private(set) var starts = [UInt32](repeating: 0, count: FactHash.bucketCount + 1)

  private static let digitBits: UInt64 = 11
  private static let digitCount = 4

  /// Sorts rows that were collected in order of their entries, in pieces.
  /// - Complexity: O(rows): one pass that counts and four of a radix sort.
  init(_ pieces: [FactPiece]) {
    let count = pieces.reduce(0) { $0 + $1.rows.count }
    packed = Array(unsafeUninitializedCapacity: count) { buffer, filled in
      Self.sort(pieces, into: buffer.baseAddress, count)
      filled = count
    }
    pack()
  }

  private static func sort(
    _ pieces: [FactPiece], into rows: UnsafeMutablePointer<UInt64>?, _ count: Int
  ) {
    guard let rows else { return }
    let other = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
    defer { other.deallocate() }
    withUnsafeTemporaryAllocation(of: Int.self, capacity: digitCount << digitBits) { places in
      places.initialize(repeating: 0)
      Self.count(pieces, places)
      // What is scattered first lies in pieces; then two arrays take turns.
      for piece in pieces {
        piece.rows.withUnsafeBytes {
          scatter($0.bindMemory(to: UInt64.self), plus: piece.shift, into: other, 0, places)
        }
      }
      scatter(UnsafeBufferPointer(start: other, count: count), into: rows, 1, places)
      scatter(UnsafeBufferPointer(start: rows, count: count), into: other, 2, places)
      scatter(UnsafeBufferPointer(start: other, count: count), into: rows, 3, places)
    }
  }

  /// Where the count of a row's digit stands, the lowest digit being the lowest bits above the entry.
  @inline(__always)
  private static func slot(_ bits: UInt64, _ digit: Int) -> Int {
    let shift = UInt64(FactRow.entryBits) &+ UInt64(truncatingIfNeeded: digit) &* digitBits
    return digit << Int(digitBits)
      | Int(truncatingIfNeeded: bits &>> shift & (1 << digitBits &- 1))
  }

  /// Counts the rows by each digit, and puts in where the first of each value is to stand.
  private static func count(_ pieces: [FactPiece], _ places: UnsafeMutableBufferPointer<Int>) {
    for piece in pieces {
      piece.rows.withUnsafeBufferPointer { rows in
        for row in rows {
          for digit in 0..<digitCount { places[slot(row.bits, digit)] &+= 1 }
        }
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
    _ rows: UnsafeBufferPointer<UInt64>, plus shift: UInt64 = 0,
    into other: UnsafeMutablePointer<UInt64>, _ digit: Int,
    _ places: UnsafeMutableBufferPointer<Int>
  ) {
    for row in rows {
      let slot = slot(row, digit)
      other[places[slot]] = row &+ shift
      places[slot] &+= 1
    }
  }

  /// Puts the rows in their stored form, each once, and notes where the buckets begin.
  private mutating func pack() {
    var bucket = 0
    var count = 0
    var last: UInt64?
    for place in packed.indices {
      let row = FactRow(bits: packed[place])
      guard row.bits != last else { continue }
      last = row.bits
      while bucket < row.bucket {
        bucket += 1
        starts[bucket] = UInt32(count)
      }
      packed[count] = row.packed
      count += 1
    }
    packed.removeLast(packed.count - count)
    while bucket < FactHash.bucketCount {
      bucket += 1
      starts[bucket] = UInt32(count)
    }
  }
}

/// What was seen of late: says of most hashes whether they are new, and now and then of an old one
/// that it is.
struct RecentHashes: Sendable {
  /// None holds at first what belongs to it.
  private var slots: [UInt64]

  /// - Parameter eventCount: about how many events' hashes will be noted.
  init(_ eventCount: Int) {
    slots = (0..<UInt64(eventCount > 4_096 ? 1 << 15 : 1 << 12)).map { $0 ^ 1 }
  }

  /// Notes a hash; false if it is known.
  mutating func insert(_ hash: UInt64) -> Bool {
    slots.withUnsafeMutableBufferPointer { slots in
      let slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      guard slots[slot] != hash else { return false }
      slots[slot] = hash
      return true
    }
  }
}
