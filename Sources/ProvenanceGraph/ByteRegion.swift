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
  private let isMapped: Bool

  /// Maps a whole file for reading.
  /// - Returns: nil if the file cannot be opened or mapped; an empty file is an empty region.
  public init?(mapping path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size >= 0 else { return nil }
    let count = Int(status.st_size)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      isMapped = false
      return
    }
    guard let base = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
    else { return nil }
    bytes = UnsafeRawBufferPointer(start: base, count: count)
    isMapped = true
  }

  /// Copies bytes into memory aligned to 64 bytes.
  public init(copying source: some Collection<UInt8>) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, source.count), alignment: 64)
    memory.copyBytes(from: source)
    bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<source.count])
    isMapped = false
  }

  deinit {
    guard let base = bytes.baseAddress else { return }
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    } else {
      base.deallocate()
    }
  }
}
