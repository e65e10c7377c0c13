/// The file system as the ledger uses it, so that tests can put a simulated one in its place.
///
/// Paths are relative to the ledger's directory, with `/` between parts; the empty path is the
/// directory itself. Implementations may be used from several threads at once.
public protocol Disk: Sendable {
  /// The ledger's directory, for messages.
  var location: String { get }

  /// Opens a file.
  func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile

  /// The names in a directory, in any order, without `.` and `..`.
  func list(_ directory: String) throws(DiskError) -> [String]

  /// Creates a directory whose parent exists. Creating the empty path also makes the directory's
  /// own name durable in its parent; a directory that exists already is no error.
  func createDirectory(_ path: String) throws(DiskError)

  /// Gives a file another name, replacing what has that name.
  func rename(_ old: String, to new: String) throws(DiskError)

  /// Removes a file's name.
  func remove(_ path: String) throws(DiskError)

  /// Removes a directory that is empty.
  func removeDirectory(_ path: String) throws(DiskError)

  /// Whether a name is a symbolic link, which may lead anywhere.
  func isSymbolicLink(_ path: String) -> Bool

  /// Returns when a directory's names are durable.
  func syncDirectory(_ path: String) throws(DiskError)

  /// Takes the exclusive lock on a file, created when missing, without waiting.
  ///
  /// - Throws: ``DiskError/Code/busy`` when another holds it; the error's reason names the holder
  ///   if the file does.
  func lock(_ path: String) throws(DiskError) -> any DiskLock

  /// Whether somebody holds the lock on a file: then what stands above `committed` is being
  /// written, and no judgement about it is possible.
  func isLocked(_ path: String) -> Bool
}

extension Disk {
  /// Leaves the directory: a disk that cannot remove directories keeps them empty.
  public func removeDirectory(_ path: String) throws(DiskError) {}

  /// False: a disk without symbolic links has none.
  public func isSymbolicLink(_ path: String) -> Bool { false }
}

/// How a file is opened.
public enum FileAccess: Sendable {
  /// To read what exists.
  case read
  /// To read and write what exists.
  case update
  /// To read and write a new file; an existing one is an error.
  case create
}

/// An open file; closed when the last reference goes.
public protocol DiskFile: AnyObject, Sendable {
  /// Reads at most as many bytes as the buffer holds; 0 at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int

  /// Writes some of the bytes and returns how many.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int

  /// Returns when the file's bytes, and the size needed to read them, are durable.
  func syncData() throws(DiskError)

  /// Sets the file's size.
  func truncate(to size: UInt64) throws(DiskError)

  /// The file's size in bytes.
  func size() throws(DiskError) -> UInt64

  /// Forgets what the system remembers of the file from an offset on, so that the next read shows
  /// what the disk holds, not what a failed write left in memory. Best effort.
  func dropCache(from offset: UInt64)
}

/// A lock that is held until it is released or the last reference to it goes.
public protocol DiskLock: AnyObject, Sendable {
  /// Gives the lock back.
  func release()
}

/// A call to the file system that failed.
public struct DiskError: Error, Hashable, Sendable {
  /// What failed, as far as the ledger tells failures apart.
  public enum Code: Hashable, Sendable {
    /// A signal came first (EINTR).
    case interrupted
    /// No room, or a quota or a size limit is reached (ENOSPC, EDQUOT, EFBIG).
    case noSpace
    /// There is no such file (ENOENT).
    case notFound
    /// The file exists already (EEXIST).
    case exists
    /// Another holds the lock (EWOULDBLOCK).
    case busy
    /// Anything else, by its errno.
    case other(Int32)
  }

  /// What failed.
  public var code: Code
  /// The path, relative to the ledger's directory.
  public var path: String
  /// The ledger's directory.
  public var location: String
  /// What the system says about it.
  public var reason: String

  /// An error of its parts.
  public init(_ code: Code, path: String, location: String, reason: String) {
    self.code = code
    self.path = path
    self.location = location
    self.reason = reason
  }
}

extension DiskFile {
  /// Calls interrupted this often in a row count as failed, so that no loop is endless.
  private static var interruptionLimit: Int { 1_000 }

  /// Reads until the buffer is full or the file ends, through short reads and interruptions.
  package func readFully(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(DiskError) -> Int {
    var done = 0
    var interruptions = 0
    while done < buffer.count {
      do throws(DiskError) {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        let count = try read(into: rest, at: offset &+ UInt64(done))
        guard count > 0 else { break }
        done += count
        interruptions = 0
      } catch {
        interruptions += 1
        guard error.code == .interrupted, interruptions < Self.interruptionLimit else {
          throw error
        }
      }
    }
    return done
  }

  /// Writes all bytes, through short writes and interruptions.
  package func writeFully(
    _ bytes: UnsafeRawBufferPointer, at offset: UInt64
  ) throws(DiskError) {
    var done = 0
    var interruptions = 0
    while done < bytes.count, interruptions < Self.interruptionLimit {
      do throws(DiskError) {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let count = try write(rest, at: offset &+ UInt64(done))
        done += count
        interruptions = count > 0 ? 0 : interruptions + 1
      } catch {
        interruptions += 1
        guard error.code == .interrupted, interruptions < Self.interruptionLimit else {
          throw error
        }
      }
    }
    guard done == bytes.count else {
      throw DiskError(
        .other(0), path: "", location: "", reason: "the system takes no more bytes and says no why")
    }
  }
}
