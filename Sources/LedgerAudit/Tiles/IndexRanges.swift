/// A set of numbers that mostly follow one another, as the numbers of files do: memory goes with the
/// number of gaps.
internal struct IndexRanges {
  private var ranges: [Range<UInt64>] = []
  private var isSorted = true

  /// Adds a number below the largest.
  mutating func insert(_ index: UInt64) {
    guard index < .max else { return }
    insert(index..<index + 1)
  }

  /// Adds a run of numbers.
  mutating func insert(_ range: Range<UInt64>) {
    guard let last = ranges.last else { return ranges.append(range) }
    if last.upperBound == range.lowerBound {
      ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
    } else {
      isSorted = isSorted && last.upperBound < range.lowerBound
      ranges.append(range)
    }
  }

  /// Brings the ranges in order after the last insertion.
  mutating func seal() {
    guard !isSorted else { return }
    ranges.sort { $0.lowerBound < $1.lowerBound }
    var joined: [Range<UInt64>] = []
    for range in ranges {
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
    ranges = joined
    isSorted = true
  }

  /// Whether a number is in the set, which is sealed.
  func contains(_ index: UInt64) -> Bool {
    index < .max && intersects(index..<index + 1)
  }

  /// Whether any number of a range is in the set, which is sealed.
  func intersects(_ range: Range<UInt64>) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound < range.upperBound
  }

  /// The runs of numbers below an end that are not in the set, which is sealed.
  func gaps(below end: UInt64) -> [Range<UInt64>] {
    var gaps: [Range<UInt64>] = []
    var next: UInt64 = 0
    for range in ranges where next < end {
      if next < range.lowerBound { gaps.append(next..<min(end, range.lowerBound)) }
      next = range.upperBound
    }
    if next < end { gaps.append(next..<end) }
    return gaps
  }

  /// The runs of numbers in the set, which is sealed, and not in another.
  func subtracting(_ other: IndexRanges) -> [Range<UInt64>] {
    ranges.flatMap { range in
      other.gaps(below: range.upperBound).compactMap { gap in
        let rest = gap.clamped(to: range)
        return rest.isEmpty ? nil : rest
      }
    }
  }
}
