import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Directories for what benchmarks write.
enum TemporaryDirectory {
  private static let made = Mutex<[String]>([])

  /// Makes one; ``removeAll()`` is to follow as the benchmark's teardown.
  static func make() throws -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/provender-benchmark-XXXXXX".utf8CString)
    let path = template.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.flatMap(mkdtemp).map { String(cString: $0) }
    }
    guard let path else { throw SampleError("no directory can be made in \(parent)") }
    made.withLock { $0.append(path) }
    return path
  }

  /// Removes those that this process made, with all that is in them.
  static func removeAll() {
    made.withLock { paths in
      for path in paths { remove(path) }
      paths = []
    }
  }

  /// Removes a file, or a directory and what it holds.
  private static func remove(_ path: String) {
    if unlink(path) == 0 { return }
    guard let stream = opendir(path) else { return }
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { remove(path + "/" + name) }
    }
    closedir(stream)
    rmdir(path)
  }
}
