#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Zeroed memory that the system provides page by page as it is touched, so that a large one costs
/// what is used of it.
package final class ScratchMemory<Element: BitwiseCopyable> {
  package let start: UnsafeMutablePointer<Element>
  package let count: Int
  private let byteCount: Int

  /// Reserves room for some elements.
  /// - Parameter isDense: whether it is small and touched all over, so that large pages pay.
  package init(count: Int, isDense: Bool = false) {
    let pageSize = 2 << 20
    let wanted = max(1, count) * MemoryLayout<Element>.stride
    byteCount = isDense ? (wanted + pageSize - 1) & ~(pageSize - 1) : wanted
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0),
      base != MAP_FAILED
    else { fatalError("no address space for \(byteCount) bytes of scratch memory") }
    #if os(Linux)
      if isDense { madvise(base, byteCount, MADV_HUGEPAGE) }
    #endif
    start = base.bindMemory(to: Element.self, capacity: count)
    self.count = count
  }

  /// Room with a copy of some elements.
  convenience init(copying elements: [Element]) {
    self.init(count: elements.count)
    for (place, element) in elements.enumerated() { start[place] = element }
  }

  /// What was reserved, for reading.
  var buffer: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: start, count: count) }

  deinit { munmap(start, byteCount) }
}
