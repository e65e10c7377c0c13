#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears under its name only when it is whole; until then it stands beside it.
///
/// `-` is standard output. A device, a pipe or a symbolic link is written to, never replaced.
final class NewFile {
  private let path: String
  private let temporary: String?
  private var descriptor: Int32

  init(_ path: String) throws(Failure) {
    self.path = path
    var status = stat()
    let isThere = lstat(path, &status) == 0
    if path == "-" {
      temporary = nil
      descriptor = dup(STDOUT_FILENO)
    } else if isThere && status.st_mode & S_IFMT != S_IFREG {
      temporary = nil
      descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    } else {
      let name = "\(path).partial-\(getpid())"
      temporary = name
      // What a process of that number left behind, or somebody put there, is not written to.
      unlink(name)
      descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else {
      throw .system(isThere && temporary == nil ? "write \(path)" : "create \(path)")
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    _ = close(descriptor)
    if let temporary { unlink(temporary) }
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
    guard isClosed, temporary.map({ rename($0, path) == 0 }) ?? true else {
      let failure = Failure.system("write \(path)")
      if let temporary { unlink(temporary) }
      throw failure
    }
  }
}
