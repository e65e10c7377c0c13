#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears under its name only when it is whole; until then it stands beside it.
final class NewFile {
  private let path: String
  private let temporary: String
  private var descriptor: Int32

  init(_ path: String) throws(Failure) {
    self.path = path
    temporary = "\(path).partial-\(getpid())"
    // What a process of that number left behind, or somebody put there, is not written to.
    unlink(temporary)
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .system("create \(path)") }
  }

  deinit {
    guard descriptor >= 0 else { return }
    _ = close(descriptor)
    unlink(temporary)
  }

  func write(_ bytes: [UInt8]) throws(Failure) {
    let result = bytes.withUnsafeBytes { bytes in
      Result<Void, Failure> { () throws(Failure) in try System.write(bytes, to: descriptor) }
    }
    try result.get()
  }

  /// Puts the file in its place.
  func finish() throws(Failure) {
    let isClosed = close(descriptor) == 0
    descriptor = -1
    guard isClosed, rename(temporary, path) == 0 else {
      let failure = Failure.system("write \(path)")
      unlink(temporary)
      throw failure
    }
  }
}
