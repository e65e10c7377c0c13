public import Synchronization

/// A checksum over the bytes of one page.
public typealias PageChecksum = @Sendable (UnsafeRawBufferPointer) -> UInt32

/// A region whose pages of 4 KiB are checked against their checksums when they are first read, so
/// that opening a large file costs nothing and damaged bytes are never believed.
///
/// The checksums stand behind the data, four bytes a page; their own pages are covered by checksums
/// that the opener hands in, and has verified. What is damaged reads as zeros and condemns the
/// region: ask ``damage`` before an answer is given out. Any number of threads may read.
public final class CheckedRegion: @unchecked Sendable {
  /// The bytes that one checksum covers.
  public static let pageByteCount = 4096

  /// The bytes, checked or not.
  public let region: ByteRegion
  /// Where the checked bytes end.
  public let dataEnd: Int

  @usableFromInline internal let base: UnsafeRawPointer?
  /// One bit a page, set once it was found sound; the pages of checksums follow those of data.
  @usableFromInline internal let states: UnsafeMutablePointer<Atomic<UInt64>>?
  private let stateByteCount: Int
  private let sumsOffset: Int
  private let sumsOfSums: [UInt32]
  private let checksum: PageChecksum
  private let firstDamage = Atomic<Int>(-1)

  /// A region whose bytes need no check, such as one that was just made.
  public init(trusting region: ByteRegion) {
    self.region = region
    base = region.bytes.baseAddress
    dataEnd = region.bytes.count
    states = nil
    stateByteCount = 0
    sumsOffset = 0
    sumsOfSums = []
    checksum = { _ in 0 }
  }

  /// A region with checksums behind its data.
  ///
  /// - Parameters:
  ///   - dataEnd: where the data end, a multiple of the page's size.
  ///   - sumsOfSums: the checksum of each page of checksums, which follow the data.
  /// - Returns: nil when the region is too short for what it is said to hold.
  public init?(
    _ region: ByteRegion, dataEnd: Int, sumsOfSums: [UInt32], checksum: @escaping PageChecksum
  ) {
    let size = CheckedRegion.pageByteCount
    let pages = dataEnd / size
    let sumPages = (pages * 4 + size - 1) / size
    guard dataEnd >= 0, dataEnd % size == 0, sumPages == sumsOfSums.count,
      dataEnd <= region.bytes.count, sumPages * size <= region.bytes.count - dataEnd,
      let base = region.bytes.baseAddress
    else { return nil }
    self.region = region
    self.base = base
    self.dataEnd = dataEnd
    sumsOffset = dataEnd
    self.sumsOfSums = sumsOfSums
    self.checksum = checksum
    let words = (pages + sumPages + 63) / 64
    stateByteCount = words * 8
    let states = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: max(1, words))
    for word in 0..<max(1, words) { (states + word).initialize(to: Atomic(0)) }
    self.states = states
  }

  deinit { states?.deallocate() }

  /// Whether some bytes are sound; checks their pages if nobody has read them yet. Bytes beyond the
  /// data are not.
  @inlinable
  public func isSound(_ offset: Int, _ count: Int) -> Bool {
    guard offset >= 0, count >= 0, offset <= dataEnd &- count else { return refuse(offset) }
    guard let states, count > 0 else { return true }
    let first = offset >> 12
    let last = (offset &+ count &- 1) >> 12
    if first == last {
      let bit: UInt64 = 1 << UInt64(first & 63)
      if states[first >> 6].load(ordering: .acquiring) & bit != 0 { return true }
    }
    return check(first, last)
  }

  /// Lends bytes that are sound; none where they are damaged.
  @inlinable
  public func bytes(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
    guard isSound(offset, count), let base else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(start: base + offset, count: count)
  }

  /// Notes that something does not hold together here.
  /// - Returns: false.
  @discardableResult
  public func refuse(_ offset: Int) -> Bool {
    _ = firstDamage.compareExchange(
      expected: -1, desired: max(0, offset), ordering: .relaxed)
    return false
  }

  /// The offset of the first bytes that were found damaged; nil while all that was read is sound.
  public var damage: Int? {
    let offset = firstDamage.load(ordering: .relaxed)
    return offset < 0 ? nil : offset
  }

  /// Checks every page that was not read yet.
  /// - Complexity: O(bytes).
  public func checkAll() {
    guard states != nil, dataEnd > 0 else { return }
    _ = check(0, dataEnd / CheckedRegion.pageByteCount - 1)
  }

  @usableFromInline
  internal func check(_ first: Int, _ last: Int) -> Bool {
    guard let pages = region.pages else { return check(first, last) { _ in true } }
    return pages.filling { check(first, last, read: $0) }
  }

  /// Checks the pages that are not known, after they were read, several at once.
  private func check(_ first: Int, _ last: Int, read: (Range<Int>) -> Bool) -> Bool {
    let size = CheckedRegion.pageByteCount
    var page = first
    while page <= last {
      guard !isKnown(page) else {
        page += 1
        continue
      }
      var end = page + 1
      while end <= last, end - page < 64, !isKnown(end) { end += 1 }
      guard read(page * size..<end * size) else { return refuse(page * size) }
      while page < end {
        guard checkPage(page, read: read) else { return refuse(page * size) }
        know(page)
        page += 1
      }
    }
    return true
  }

  private func isKnown(_ page: Int) -> Bool {
    guard let states else { return true }
    return states[page >> 6].load(ordering: .acquiring) & (1 << UInt64(page & 63)) != 0
  }

  /// Lets everyone read a page; its bytes were there before.
  private func know(_ page: Int) {
    states?[page >> 6].bitwiseOr(1 << UInt64(page & 63), ordering: .releasing)
  }

  private func checkPage(_ page: Int, read: (Range<Int>) -> Bool) -> Bool {
    guard let base else { return false }
    let size = CheckedRegion.pageByteCount
    let place = page * 4
    let sumPage = place / size
    let state = dataEnd / size + sumPage
    let sums = sumsOffset + sumPage * size
    if !isKnown(state) {
      guard read(sums..<sums + size) else { return false }
      let bytes = UnsafeRawBufferPointer(start: base + sums, count: size)
      guard checksum(bytes) == sumsOfSums[sumPage] else { return false }
      know(state)
    }
    let expected = UInt32(
      littleEndian: base.loadUnaligned(fromByteOffset: sumsOffset + place, as: UInt32.self))
    let bytes = UnsafeRawBufferPointer(start: base + page * size, count: size)
    return PageSums.placed(checksum(bytes), page) == expected
  }
}

/// Makes the checksums of a ``CheckedRegion`` while its data are written.
public struct PageSums: Sendable {
  /// The checksums of the pages so far.
  public private(set) var sums: [UInt32] = []
  private var page: [UInt8] = []
  private let checksum: PageChecksum

  /// Begins at the start of the data.
  public init(checksum: @escaping PageChecksum) {
    self.checksum = checksum
    page.reserveCapacity(CheckedRegion.pageByteCount)
  }

  /// A page's checksum, which depends on its place too.
  static func placed(_ sum: UInt32, _ page: Int) -> UInt32 {
    sum &+ UInt32(truncatingIfNeeded: page) &* 0x9E37_79B9
  }

  /// Takes in what is written next.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    let size = CheckedRegion.pageByteCount
    while !rest.isEmpty {
      if page.isEmpty, rest.count >= size {
        add(checksum(UnsafeRawBufferPointer(rebasing: rest.prefix(size))))
        rest = rest.dropFirst(size)
        continue
      }
      let taken = rest.prefix(size - page.count)
      page.append(contentsOf: taken)
      rest = rest.dropFirst(taken.count)
      if page.count == size {
        add(page.withUnsafeBytes(checksum))
        page.removeAll(keepingCapacity: true)
      }
    }
  }

  private mutating func add(_ sum: UInt32) { sums.append(PageSums.placed(sum, sums.count)) }

  /// The zeros that fill the last page.
  public var padding: [UInt8] {
    page.isEmpty
      ? [] : [UInt8](repeating: 0, count: CheckedRegion.pageByteCount - page.count)
  }

  /// The pages of checksums that follow the data, and the checksum of each.
  public func sealed() -> (pages: [UInt8], sumsOfSums: [UInt32]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(sums.count * 4 + CheckedRegion.pageByteCount)
    for sum in sums { withUnsafeBytes(of: sum.littleEndian) { bytes.append(contentsOf: $0) } }
    while bytes.count % CheckedRegion.pageByteCount != 0 { bytes.append(0) }
    let sumsOfSums = stride(from: 0, to: bytes.count, by: CheckedRegion.pageByteCount).map {
      start in
      bytes.withUnsafeBytes {
        checksum(UnsafeRawBufferPointer(rebasing: $0[start..<start + CheckedRegion.pageByteCount]))
      }
    }
    return (bytes, sumsOfSums)
  }
}
