#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes that stay where they are while anyone holds the region: a file mapped read-only, or memory.
///
/// A mapped file must not shrink while it is mapped: sealed files are replaced by renaming, never
/// changed in place.
public final class ByteRegion: @unchecked Sendable {
  /// The bytes. They never change, so that any number of threads may read them.
  public let bytes: UnsafeRawBufferPointer
  /// Where the bytes of a file are kept.
  public enum Residence: Sendable, Hashable {
    /// In the file, mapped: nothing is read before it is used.
    case mapped
    /// In memory of large pages, where the system has them: questions that jump about in a large file
    /// are answered sooner, but it takes memory and, at first, time.
    case loaded
  }

  /// How much was mapped; 0 for memory that was allocated.
  private let mappedByteCount: Int
  /// What fills the bytes page by page; nil if all are there.
  let pages: PagedFile?

  /// Maps a whole file or reads it into memory.
  /// - Returns: nil if the file cannot be opened or there is no room for it.
  public convenience init?(path: String, residence: Residence) {
    switch residence {
    case .mapped: self.init(mapping: path)
    case .loaded: self.init(loading: path)
    }
  }

  /// Maps a whole file for reading.
  /// - Returns: nil if the file cannot be opened or mapped; an empty file is an empty region.
  public init?(mapping path: String) {
    guard let (descriptor, count) = Self.openFile(path) else { return nil }
    defer { close(descriptor) }
    pages = nil
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      mappedByteCount = 0
      return
    }
    guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
    else { return nil }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
    mappedByteCount = count
  }

  /// Opens a plain file for reading: its descriptor and its length.
  static func openFile(_ path: String) -> (descriptor: Int32, count: Int)? {
    // A pipe under the file's name must not keep the reader waiting.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size >= 0
    else {
      close(descriptor)
      return nil
    }
    return (descriptor, Int(status.st_size))
  }

  /// Copies bytes into memory aligned to 64 bytes.
  public init(copying source: some Collection<UInt8>) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, source.count), alignment: 64)
    memory.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<source.count])
    mappedByteCount = 0
    pages = nil
  }

  /// Takes over memory that was mapped, and what fills it.
  init(mapped bytes: UnsafeRawBufferPointer, mappedByteCount: Int, pages: PagedFile? = nil) {
    self.bytes = bytes
    self.mappedByteCount = mappedByteCount
    self.pages = pages
  }

  deinit {
    guard let base = bytes.baseAddress else { return }
    if mappedByteCount > 0 {
      munmap(UnsafeMutableRawPointer(mutating: base), mappedByteCount)
    } else {
      base.deallocate()
    }
  }
}
