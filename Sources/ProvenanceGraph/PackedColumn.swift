import CInstructions
public import Synchronization

/// A run of unsigned numbers in a checked region, each in as few bytes as the largest needs: 1 to 8.
///
/// Reading is total, as that of a ``CheckedColumn``: a number that does not exist, or lies on a damaged
/// page, reads as 0 and condemns the region.
public struct PackedColumn: @unchecked Sendable {
  /// How many numbers there are.
  public let count: Int
  /// How many bytes each has.
  public let width: Int
  @usableFromInline internal let offset: Int
  @usableFromInline internal let mask: UInt64
  /// Numbers before this one can be read with a load of 8 bytes.
  @usableFromInline internal let wideCount: Int
  @usableFromInline internal let base: UnsafeRawPointer?
  @usableFromInline internal let states: UnsafeMutablePointer<Atomic<UInt64>>?
  @usableFromInline unowned(unsafe) internal let region: CheckedRegion

  /// Numbers of some bytes each at a range of bytes; nil unless these are whole numbers within the data.
  public init?(_ region: CheckedRegion, _ range: Range<Int>, width: Int) {
    guard (1...8).contains(width), range.count % width == 0, range.lowerBound >= 0,
      range.upperBound <= region.dataEnd
    else { return nil }
    let count = range.count / width
    self.region = region
    self.count = count
    self.width = width
    offset = range.lowerBound
    mask = width == 8 ? .max : (1 << UInt64(width * 8)) - 1
    let readable = region.region.bytes.count - range.lowerBound
    wideCount = min(count, readable < 8 ? 0 : (readable - 8) / width + 1)
    base = region.base
    states = region.states
  }

  /// A number.
  @inlinable
  public subscript(index: Int) -> Int {
    let place = offset &+ index &* width
    guard index >= 0, index < wideCount, isKnown(place), let base else { return slow(index) }
    let word = (base + place).loadUnaligned(as: UInt64.self).littleEndian & mask
    return Int(truncatingIfNeeded: word & (.max >> 1))
  }

  /// Whether a number lies on one page that was found sound before.
  @inlinable
  internal func isKnown(_ place: Int) -> Bool {
    guard let states else { return true }
    let page = place >> 12
    return page == (place &+ width &- 1) >> 12
      && states[page >> 6].load(ordering: .acquiring) & (1 << UInt64(page & 63)) != 0
  }

  @inline(never)
  @usableFromInline
  internal func slow(_ index: Int) -> Int {
    guard index >= 0, index < count else {
      region.refuse(offset)
      return 0
    }
    let bytes = region.bytes(offset + index * width, width)
    return Int(bytes.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) } & (.max >> 1))
  }

  /// Asks for a number to be fetched, if there is one; nothing is checked yet.
  public func prefetch(_ index: Int) {
    guard index >= 0, index < count, let base else { return }
    provender_prefetch(base + offset + index * width)
  }

  /// Notes that a number does not hold together with others.
  public func refuse(_ index: Int) {
    region.refuse(offset + max(0, min(index, count)) * width)
  }

  /// How many bytes each number up to a largest one needs.
  public static func width(upTo largest: UInt64) -> Int {
    max(1, (71 - largest.leadingZeroBitCount) / 8)
  }
}
