#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A document in a file, or a stream that was copied to a temporary file without a name.
///
/// The descriptor is closed with the last reference. Reading is safe from several threads.
public final class FileByteSource: ByteSource {
  /// How many bytes the file had when it was opened.
  public let byteCount: Int
  private let descriptor: Int32
  private let name: String

  /// Opens a file for reading.
  ///
  /// - Throws: `ByteSourceError` if it cannot be opened or is no regular file.
  public init(path: String) throws(ByteSourceError) {
    // A pipe is refused below, and must not keep anybody waiting before.
    let opened = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard opened >= 0 else { throw Self.failure("open", path) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let error = Self.failure("examine", path)
      _ = close(opened)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      _ = close(opened)
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw ByteSourceError("\(path) is a directory; name a file")
      }
      throw ByteSourceError("\(path) is no regular file; give its bytes on standard input")
    }
    descriptor = opened
    byteCount = Int(status.st_size)
    name = path
  }

  /// Copies a stream, such as standard input, to a temporary file that has no name and goes away
  /// with this value.
  ///
  /// - Parameters:
  ///   - stream: an open descriptor, read to its end and left open.
  ///   - directory: where the temporary file is to take its space.
  /// - Throws: `ByteSourceError`, for one if the disk is full.
  public init(
    spooling stream: Int32, in directory: String = "/tmp"
  ) throws(ByteSourceError) {
    var template = Array("\(directory)/provender-XXXXXX".utf8CString)
    let opened = mkstemp(&template)
    guard opened >= 0 else { throw Self.failure("create a temporary file in", directory) }
    _ = unlink(template)
    _ = fcntl(opened, F_SETFD, FD_CLOEXEC)
    do throws(ByteSourceError) {
      byteCount = try Self.copy(stream, to: opened, directory)
    } catch {
      _ = close(opened)
      throw error
    }
    descriptor = opened
    name = "the copy of the stream"
  }

  deinit { _ = close(descriptor) }

  /// Copies bytes from `offset` on into the whole buffer.
  public func read(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(ByteSourceError) {
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
      let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw ByteSourceError("\(name) became shorter while it was read; capture it again")
      } else if errno != EINTR {
        throw Self.failure("read", name)
      }
    }
  }

  private static func copy(
    _ stream: Int32, to file: Int32, _ directory: String
  ) throws(ByteSourceError) -> Int {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { block.deallocate() }
    var total = 0
    while true {
      let count = Self.read(stream, block)
      guard count >= 0 else { throw failure("read", "the stream") }
      if count == 0 { return total }
      var written = 0
      while written < count, let base = block.baseAddress {
        let part = write(file, base + written, count - written)
        if part >= 0 {
          written += part
        } else if errno != EINTR {
          throw failure("write a temporary file in", directory)
        }
      }
      total += count
    }
  }

  private static func read(_ stream: Int32, _ block: UnsafeMutableRawBufferPointer) -> Int {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(stream, block.baseAddress, block.count)
      #elseif canImport(Musl)
        let count = Musl.read(stream, block.baseAddress, block.count)
      #else
        let count = Darwin.read(stream, block.baseAddress, block.count)
      #endif
      if count >= 0 || errno != EINTR { return count }
    }
  }

  private static func failure(_ action: String, _ object: String) -> ByteSourceError {
    ByteSourceError("cannot \(action) \(object): \(String(cString: strerror(errno)))")
  }
}
