#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension ByteRegion {
  /// Reads a whole file into memory of large pages, where the system has them.
  /// - Returns: nil if the file cannot be read, or there is no memory.
  convenience init?(loading path: String) {
    guard let (descriptor, count) = Self.openFile(path) else { return nil }
    defer { close(descriptor) }
    let pageSize = 2 << 20
    let room = max(1, (count + pageSize - 1) / pageSize) * pageSize
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let base = mmap(nil, room, PROT_READ | PROT_WRITE, flags, -1, 0), base != MAP_FAILED
    else { return nil }
    #if os(Linux)
      madvise(base, room, MADV_HUGEPAGE)
    #endif
    var filled = 0
    while filled < count {
      let got = read(descriptor, base + filled, min(count - filled, 8 << 20))
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else {
        munmap(base, room)
        return nil
      }
      filled += got
    }
    self.init(mapped: UnsafeRawBufferPointer(start: base, count: count), mappedByteCount: room)
  }
}
