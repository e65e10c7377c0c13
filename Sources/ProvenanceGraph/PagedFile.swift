import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Fills a region with the pages of a file that are asked for.
///
/// To read a page costs less than to touch it in a mapped file, where the system puts its neighbours into
/// the process too and has to take them out again at its end. What is read takes memory of the process,
/// though, so that the file is mapped in its place after a while. A file that cannot be read, or is too
/// short, is an error here and no signal.
final class PagedFile: Sendable {

  private struct State {
    /// -1 once the file is mapped.
    var descriptor: Int32
    var readByteCount = 0
  }

  private let state: Mutex<State>
  private let room: UInt
  private let count: Int
  /// How much is read before the file is mapped.
  private let limit: Int

  /// Takes over a descriptor of a file of some bytes, and the room for them.
  fileprivate init(descriptor: Int32, room: UnsafeMutableRawPointer, count: Int, limit: Int) {
    state = Mutex(State(descriptor: descriptor))
    self.room = UInt(bitPattern: room)
    self.count = count
    self.limit = limit
  }

  deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

  /// Runs something with nobody else filling.
  func filling<Result>(_ body: (_ read: (Range<Int>) -> Bool) -> Result) -> Result {
    state.withLock { state in body { self.read($0, &state) } }
  }

  /// Fills some bytes.
  /// - Returns: whether they were there.
  private func read(_ bytes: Range<Int>, _ state: inout State) -> Bool {
    guard state.descriptor >= 0 else { return true }
    let end = min(bytes.upperBound, count)
    guard bytes.lowerBound < end, let base = UnsafeMutableRawPointer(bitPattern: room) else {
      return bytes.isEmpty
    }
    if state.readByteCount >= limit, map(base, &state) { return true }
    var place = bytes.lowerBound
    while place < end {
      let got = pread(state.descriptor, base + place, end - place, off_t(place))
      if got < 0 && errno == EINTR { continue }
      guard got > 0 else { return false }
      place += got
    }
    state.readByteCount += end - bytes.lowerBound
    return true
  }

  /// Puts the mapped file where its pages were read to: readers see the same bytes before and after.
  private func map(_ base: UnsafeMutableRawPointer, _ state: inout State) -> Bool {
    let mapped = mmap(base, count, PROT_READ, MAP_SHARED | MAP_FIXED, state.descriptor, 0)
    guard mapped == base else { return false }
    close(state.descriptor)
    state.descriptor = -1
    return true
  }
}

extension ByteRegion {
  /// Room for a whole file, whose pages are read when a ``CheckedRegion`` first asks for them; until then
  /// they are zeros.
  /// - Parameter limit: how many bytes are read before the file is mapped.
  /// - Returns: nil if the file cannot be opened or there is no room for it; an empty file is an empty
  ///   region.
  public convenience init?(paging path: String, limit: Int = 64 << 20) {
    guard let (descriptor, count) = Self.openFile(path) else { return nil }
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard count > 0, let base = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0),
      base != MAP_FAILED
    else {
      close(descriptor)
      guard count == 0 else { return nil }
      self.init(copying: [])
      return
    }
    #if os(Linux)
      // A page that is read must not cost the zeros of a large one.
      madvise(base, count, MADV_NOHUGEPAGE)
    #endif
    self.init(
      mapped: UnsafeRawBufferPointer(start: base, count: count), mappedByteCount: count,
      pages: PagedFile(descriptor: descriptor, room: base, count: count, limit: limit))
  }

  /// Fills some bytes of a region that is read by pages, such as those that say how the rest is checked.
  /// - Returns: whether they could be read; true where all bytes are there.
  public func load(_ range: Range<Int>) -> Bool {
    pages?.filling { $0(range) } ?? true
  }
}
