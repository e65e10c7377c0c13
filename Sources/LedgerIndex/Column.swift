#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Rows of a table that grows to any size: growing copies nothing where the system can move pages, and
/// with a folder for scratch files large tables lie in one of these instead of in memory.
///
/// A value as an array is; what is shared is copied before it is changed. Rows are not checked against
/// the count: every number that gets here was made by the builder itself.
struct Column<Element: BitwiseCopyable>: @unchecked Sendable {
  private var memory: ColumnMemory?
  private(set) var count = 0
  private var capacity = 0
  private(set) var start: UnsafeMutablePointer<Element>
  /// Where scratch files are made; nil for memory alone.
  let scratch: String?

  init(scratch: String? = nil) {
    self.scratch = scratch
    start = UnsafeMutablePointer(bitPattern: MemoryLayout<Element>.alignment).unsafelyUnwrapped
  }

  /// As many rows of zeros.
  init(zeros count: Int, scratch: String? = nil) {
    self.init(scratch: scratch)
    resize(count)
  }

  /// As many rows that are all the same.
  init(repeating element: Element, count: Int, scratch: String? = nil) {
    self.init(scratch: scratch)
    grow(to: count)
    self.count = count
    start.initialize(repeating: element, count: count)
  }

  var isEmpty: Bool { count == 0 }
  var indices: Range<Int> { 0..<count }

  @inline(__always)
  subscript(index: Int) -> Element {
    get {
      assert(index >= 0 && index < count)
      return start[index]
    }
    set {
      assert(index >= 0 && index < count)
      if !isKnownUniquelyReferenced(&memory) { grow(to: count) }
      start[index] = newValue
    }
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity || !isKnownUniquelyReferenced(&memory) { grow(to: count &+ 1) }
    start[count] = element
    count &+= 1
  }

  mutating func append(contentsOf rows: UnsafeRawBufferPointer) {
    guard let source = rows.baseAddress else { return }
    let added = rows.count / MemoryLayout<Element>.stride
    if count + added > capacity || !isKnownUniquelyReferenced(&memory) { grow(to: count + added) }
    UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: rows.count)
    count += added
  }

  /// Drops rows, or adds zeros.
  mutating func resize(_ newCount: Int) {
    if newCount > capacity || !isKnownUniquelyReferenced(&memory) { grow(to: newCount) }
    if newCount > count {
      UnsafeMutableRawPointer(start + count).initializeMemory(
        as: UInt8.self, repeating: 0,
        count: (newCount - count) * MemoryLayout<Element>.stride)
    }
    count = newCount
  }

  /// Makes sure that nobody else sees changes through `start`.
  mutating func own() {
    if memory != nil, !isKnownUniquelyReferenced(&memory) { grow(to: count) }
  }

  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(memory) {
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count)))
    }
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    let stride = MemoryLayout<Element>.stride
    let wanted = max(needed, memory == nil ? 16 : needed > capacity ? capacity + capacity / 2 : 16)
    // Asked before there is another reference, in a variable of its own.
    let isOwn = isKnownUniquelyReferenced(&memory)
    if isOwn, let memory {
      memory.resize(wanted * stride, keeping: count * stride)
    } else {
      let copy = ColumnMemory(wanted * stride, scratch: scratch)
      copy.start.copyMemory(from: UnsafeRawPointer(start), byteCount: count * stride)
      memory = copy
    }
    guard let memory else { return }
    start = memory.start.assumingMemoryBound(to: Element.self)
    capacity = memory.byteCount / stride
  }
}

/// The memory of a column: from the heap, or a mapped file without a name, which is gone when the
/// process ends in whatever way.
final class ColumnMemory {
  private(set) var start: UnsafeMutableRawPointer
  private(set) var byteCount: Int
  private let scratch: String?
  /// The scratch file; below 0 while there is none.
  private var descriptor: Int32 = -1
  /// Smaller tables stay in memory.
  static let leastFile = 64 << 20

  init(_ byteCount: Int, scratch: String?) {
    self.scratch = scratch
    self.byteCount = 0
    start = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
    resize(byteCount, keeping: 0)
  }

  deinit {
    if descriptor >= 0 {
      munmap(start, byteCount)
      close(descriptor)
    } else if byteCount > 0 {
      free(start)
    }
  }

  func resize(_ newCount: Int, keeping kept: Int) {
    if descriptor >= 0 || newCount >= Self.leastFile && makeFile() {
      if moveToFile(newCount, keeping: kept) { return }
    }
    guard let memory = realloc(byteCount > 0 ? start : nil, max(1, newCount)) else {
      fatalError("no memory for \(newCount) bytes")
    }
    start = memory
    byteCount = max(1, newCount)
  }

  private func makeFile() -> Bool {
    guard let scratch else { return false }
    var path = Array("\(scratch)/scratch-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { return false }
    unlink(path)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return true
  }

  /// Moves to the scratch file, or lengthens it. Room on the disk is taken at once: a write to a mapped
  /// page could not report that there is none.
  /// - Returns: false if that cannot be; then all is in memory, as it was.
  private func moveToFile(_ newCount: Int, keeping kept: Int) -> Bool {
    let page = 1 << 16
    let size = (newCount + page - 1) / page * page
    let isMapped = mappedCount > 0
    guard Self.allocate(descriptor, size),
      let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      base != MAP_FAILED
    else {
      leaveFile(kept)
      return false
    }
    if isMapped {
      munmap(start, mappedCount)
    } else {
      base.copyMemory(from: start, byteCount: min(kept, byteCount))
      if byteCount > 0 { free(start) }
    }
    start = base
    byteCount = size
    mappedCount = size
    return true
  }

  /// How many bytes of the file are mapped.
  private var mappedCount = 0

  private func leaveFile(_ kept: Int) {
    if mappedCount > 0 {
      guard let memory = malloc(max(1, kept)) else { fatalError("no memory for \(kept) bytes") }
      memory.copyMemory(from: start, byteCount: kept)
      munmap(start, mappedCount)
      start = memory
      byteCount = max(1, kept)
      mappedCount = 0
    }
    close(descriptor)
    descriptor = -1
  }

  private static func allocate(_ descriptor: Int32, _ size: Int) -> Bool {
    #if os(Linux)
      posix_fallocate(descriptor, 0, off_t(size)) == 0
    #else
      ftruncate(descriptor, off_t(size)) == 0
    #endif
  }
}
