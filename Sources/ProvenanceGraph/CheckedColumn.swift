import CInstructions
public import Synchronization

/// A run of fixed-size rows in a checked region, which its owner keeps alive.
///
/// Reading is total: a row that does not exist, or lies on a damaged page, reads as zeros and
/// condemns the region.
public struct CheckedColumn<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The number of rows.
  public let count: Int
  /// Where the rows begin in the region.
  public let offset: Int
  // Copies of the region's pointers: to go through the reference would count it at every row.
  @usableFromInline internal let base: UnsafeRawPointer?
  @usableFromInline internal let states: UnsafeMutablePointer<Atomic<UInt64>>?
  @usableFromInline unowned(unsafe) internal let region: CheckedRegion

  /// Rows at a range of bytes; nil unless they are whole rows, aligned, within the data.
  public init?(_ region: CheckedRegion, _ range: Range<Int>) {
    let stride = MemoryLayout<Element>.stride
    guard range.count % stride == 0, range.lowerBound % MemoryLayout<Element>.alignment == 0,
      range.lowerBound >= 0, range.upperBound <= region.dataEnd, stride <= Zeros.byteCount
    else { return nil }
    self.region = region
    base = region.base
    states = region.states
    offset = range.lowerBound
    count = range.count / stride
  }

  /// A row.
  @inlinable
  public subscript(index: Int) -> Element {
    let stride = MemoryLayout<Element>.stride
    guard index >= 0, index < count else {
      region.refuse(offset)
      return Zeros.start.loadUnaligned(as: Element.self)
    }
    let place = offset &+ index &* stride
    guard isKnown(place, stride) || region.isSound(place, stride), let base else {
      return Zeros.start.loadUnaligned(as: Element.self)
    }
    return (base + place).load(as: Element.self)
  }

  /// Whether bytes within the data lie on one page that was found sound before.
  @inlinable
  internal func isKnown(_ place: Int, _ count: Int) -> Bool {
    guard let states else { return true }
    let page = place >> 12
    return page == (place &+ count &- 1) >> 12
      && states[page >> 6].load(ordering: .acquiring) & (1 << UInt64(page & 63)) != 0
  }

  /// Asks for some rows to be fetched, if they exist: the first and the last line of memory that they
  /// take; nothing is checked yet.
  public func prefetch(_ rows: Range<Int>) {
    guard rows.lowerBound >= 0, rows.lowerBound < rows.upperBound, rows.upperBound <= count,
      let base
    else { return }
    let stride = MemoryLayout<Element>.stride
    provender_prefetch(base + offset + rows.lowerBound * stride)
    provender_prefetch(base + offset + rows.upperBound * stride - 1)
  }

  /// Notes that a row does not hold together with others.
  public func refuse(_ index: Int) {
    region.refuse(offset &+ max(0, min(index, count)) &* MemoryLayout<Element>.stride)
  }

  /// Lends the bytes of some rows; none where they do not exist or are damaged.
  @inlinable
  public func bytes(_ rows: Range<Int>) -> UnsafeRawBufferPointer {
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      region.refuse(offset)
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    let stride = MemoryLayout<Element>.stride
    let place = offset &+ rows.lowerBound &* stride
    let size = rows.count &* stride
    guard size > 0, isKnown(place, size) || region.isSound(place, size), let base else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: base + place, count: size)
  }
}

/// What damaged rows read as.
@usableFromInline
internal enum Zeros {
  @usableFromInline static let byteCount = 256
  /// Made once for the process and never freed.
  @usableFromInline nonisolated(unsafe) static let start: UnsafeRawPointer = {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return UnsafeRawPointer(memory)
  }()
}
