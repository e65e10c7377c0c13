#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open file of ``PosixDisk``.
internal final class PosixFile: DiskFile {
  private let descriptor: Int32
  private let path: String
  private let location: String

  internal init(_ descriptor: Int32, path: String, location: String) {
    self.descriptor = descriptor
    self.path = path
    self.location = location
  }

  deinit { _ = close(descriptor) }

  private func failure() -> DiskError {
    DiskError(errno: errno, path: path, location: location)
  }

  private func fileOffset(_ offset: UInt64) throws(DiskError) -> off_t {
    guard let offset = off_t(exactly: offset) else {
      throw DiskError(errno: EINVAL, path: path, location: location)
    }
    return offset
  }

  internal func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskError) -> Int {
    guard buffer.count > 0 else { return 0 }
    let count = pread(descriptor, buffer.baseAddress, buffer.count, try fileOffset(offset))
    guard count >= 0 else { throw failure() }
    return count
  }

  internal func write(
    _ bytes: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(DiskError) -> Int {
    guard bytes.count > 0 else { return 0 }
    let count = pwrite(descriptor, bytes.baseAddress, bytes.count, try fileOffset(offset))
    guard count >= 0 else { throw failure() }
    return count
  }

  internal func syncData() throws(DiskError) {
    #if canImport(Darwin)
      // Plain fsync leaves the bytes in the drive's cache there.
      guard fcntl(descriptor, F_FULLFSYNC) == 0 || fsync(descriptor) == 0 else { throw failure() }
    #else
      guard fdatasync(descriptor) == 0 else { throw failure() }
    #endif
  }

  internal func truncate(to size: UInt64) throws(DiskError) {
    let size = try fileOffset(size)
    var result: Int32
    repeat {
      result = ftruncate(descriptor, size)
    } while result != 0 && errno == EINTR
    guard result == 0 else { throw failure() }
  }

  internal func size() throws(DiskError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    return UInt64(clamping: status.st_size)
  }

  internal func dropCache(from offset: UInt64) {
    #if !canImport(Darwin)
      guard let offset = off_t(exactly: offset) else { return }
      _ = posix_fadvise(descriptor, offset, 0, POSIX_FADV_DONTNEED)
    #endif
  }
}
