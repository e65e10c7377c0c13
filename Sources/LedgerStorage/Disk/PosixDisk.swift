#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A ledger's directory on the machine's own file system.
public struct PosixDisk: Disk {
  /// The ledger's directory as it was given.
  public let location: String
  private let isPublic: Bool

  /// A directory, which need not exist yet.
  ///
  /// - Parameter isPublic: whether everybody may read what is made in it, whatever the process's
  ///   mask for new files says: a web server runs under another name.
  public init(_ directory: String, isPublic: Bool = false) {
    location = directory.isEmpty ? "." : directory
    self.isPublic = isPublic
  }

  /// The path as the system knows it.
  private func systemPath(_ path: String) -> String {
    path.isEmpty ? location : "\(location)/\(path)"
  }

  private func failure(_ path: String) -> DiskError {
    DiskError(errno: errno, path: path, location: location)
  }

  private func openDescriptor(_ path: String, _ flags: Int32) throws(DiskError) -> Int32 {
    var descriptor: Int32
    repeat {
      descriptor = openSystemFile(systemPath(path), flags | O_CLOEXEC)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw failure(path) }
    return descriptor
  }

  /// Opens a file.
  public func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
    let flags =
      switch access {
      // A pipe under a file's name must not keep the reader waiting.
      case .read: O_RDONLY | O_NONBLOCK
      case .update: O_RDWR
      case .create: O_RDWR | O_CREAT | O_EXCL
      }
    let descriptor = try openDescriptor(path, flags)
    let file = PosixFile(descriptor, path: path, location: location)
    if isPublic, access == .create, fchmod(descriptor, 0o644) != 0 { throw failure(path) }
    return file
  }

  /// The names in a directory.
  public func list(_ directory: String) throws(DiskError) -> [String] {
    guard let stream = opendir(systemPath(directory)) else { throw failure(directory) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let item = readdir(stream) else { break }
      let name = withUnsafePointer(to: &item.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw failure(directory) }
    return names
  }

  /// Creates a directory; for the ledger's own, makes its name durable in its parent.
  public func createDirectory(_ path: String) throws(DiskError) {
    let isNew = mkdir(systemPath(path), 0o755) == 0
    guard isNew || errno == EEXIST else { throw failure(path) }
    if isPublic, isNew, chmod(systemPath(path), 0o755) != 0 { throw failure(path) }
    if path.isEmpty { try syncDirectory("..") }
  }

  /// Gives a file another name.
  public func rename(_ old: String, to new: String) throws(DiskError) {
    guard renameFile(systemPath(old), systemPath(new)) == 0 else { throw failure(old) }
  }

  /// Removes a file's name.
  public func remove(_ path: String) throws(DiskError) {
    guard unlink(systemPath(path)) == 0 else { throw failure(path) }
  }

  /// Removes a directory that is empty.
  public func removeDirectory(_ path: String) throws(DiskError) {
    guard rmdir(systemPath(path)) == 0 else { throw failure(path) }
  }

  /// Whether a name is a symbolic link.
  public func isSymbolicLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(systemPath(path), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// Returns when a directory's names are durable.
  public func syncDirectory(_ path: String) throws(DiskError) {
    let descriptor = try openDescriptor(path, O_RDONLY | O_DIRECTORY)
    defer { closeDescriptor(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  /// Whether another holds the lock. The file holds a process number as long as it is locked; only
  /// if it does is a shared lock tried, since that could keep a writer out for a moment.
  public func isLocked(_ path: String) -> Bool {
    guard let descriptor = try? openDescriptor(path, O_RDONLY) else { return false }
    defer { closeDescriptor(descriptor) }
    guard PosixLock.holder(descriptor) != nil else { return false }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// Takes the exclusive lock on a file.
  ///
  /// The lock belongs to this open file, so that it keeps out other threads of this process too,
  /// and a child that inherits nothing cannot keep it.
  public func lock(_ path: String) throws(DiskError) -> any DiskLock {
    let descriptor = try openDescriptor(path, O_RDWR | O_CREAT)
    var result: Int32
    var attempt = 0
    repeat {
      // Somebody who only asks (isLocked) holds a shared lock for a moment.
      if attempt > 0 { usleep(2_000) }
      attempt += 1
      result = flock(descriptor, LOCK_EX | LOCK_NB)
    } while result != 0 && (errno == EINTR || errno == EWOULDBLOCK) && attempt < 5
    guard result == 0 else {
      var error = failure(path)
      if errno == EWOULDBLOCK {
        error.code = .busy
        let holder = PosixLock.holder(descriptor).map { "process \($0)" } ?? "another process"
        error.reason = "\(holder) is writing to this ledger"
      }
      closeDescriptor(descriptor)
      throw error
    }
    return PosixLock(descriptor)
  }
}

extension DiskError {
  internal init(errno number: Int32, path: String, location: String) {
    let code: Code =
      switch number {
      case EINTR: .interrupted
      case ENOSPC, EDQUOT, EFBIG: .noSpace
      case ENOENT, ENOTDIR: .notFound
      case EEXIST: .exists
      default: .other(number)
      }
    self.init(code, path: path, location: location, reason: String(cString: strerror(number)))
  }
}

/// `rename` of the C library, out of reach of the method's name.
private func renameFile(_ old: String, _ new: String) -> Int32 { rename(old, new) }

private func openSystemFile(_ path: String, _ flags: Int32) -> Int32 { open(path, flags, 0o644) }

private func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }

/// A lock by `flock`. While it is held, the file holds the process number for messages.
private final class PosixLock: DiskLock, @unchecked Sendable {
  /// -1 when released; the class is used by one owner at a time.
  private var descriptor: Int32

  fileprivate init(_ descriptor: Int32) {
    self.descriptor = descriptor
    var text = Array("\(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, &text, text.count, 0)
  }

  deinit { release() }

  func release() {
    guard descriptor >= 0 else { return }
    _ = ftruncate(descriptor, 0)
    closeDescriptor(descriptor)
    descriptor = -1
  }

  /// The process number in the lock's file.
  static func holder(_ descriptor: Int32) -> Int? {
    var text = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &text, text.count, 0)
    guard count > 0 else { return nil }
    return Int(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }, as: UTF8.self))
  }
}
