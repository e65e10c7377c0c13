import LedgerStorage
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a file of the index could not be written. Nothing depends on it: it is made later.
struct SaveError: Error {
  let reason: String

  init(_ step: String) { reason = "\(step): \(String(cString: strerror(errno)))" }
}

extension IndexStore {
  /// What the names of files begin with that are being written.
  private static let temporaryPrefix = "new-"
  /// What those of the index builder's scratch files begin with, until it takes their names away.
  private static let scratchPrefix = "scratch-"
  /// Tells apart what threads of this process write at once.
  private static let writeCount = Atomic<UInt64>(0)

  /// Writes a file of the index under another name and renames it, so that a reader finds the old
  /// or the new one whole.
  ///
  /// - Parameter isSynced: whether it is durable under its name on return. What is not may be damaged
  ///   after a power cut, which its checksums tell.
  func write(
    _ name: String, isSynced: Bool, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    if mkdir(folder, 0o777) != 0, errno != EEXIST { throw SaveError("make \(folder)") }
    let number = Self.writeCount.wrappingAdd(1, ordering: .relaxed).newValue
    let temporary = "\(folder)/\(Self.temporaryPrefix)\(getpid())-\(number)"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw SaveError("create \(temporary)") }
    // Tells whoever clears up that it is no leftover.
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    do {
      defer { close(descriptor) }
      try body { bytes in
        var written = 0
        while written < bytes.count, let base = bytes.baseAddress {
          let count = systemWrite(descriptor, base + written, bytes.count - written)
          if count >= 0 {
            written += count
          } else if errno != EINTR {
            throw SaveError("write \(temporary)")
          }
        }
      }
      if isSynced, fsync(descriptor) != 0 { throw SaveError("sync \(temporary)") }
      guard rename(temporary, "\(folder)/\(name)") == 0 else {
        throw SaveError("rename \(temporary)")
      }
    } catch {
      unlink(temporary)
      throw error
    }
    guard isSynced else { return }
    do throws(DiskError) {
      try PosixDisk(directory).syncDirectory("index")
    } catch {
      throw SaveError("sync \(folder)")
    }
  }

  /// Removes files that a killed process left unfinished: they may hold what was redacted since.
  func removeLeftovers() {
    for name in fileNames()
    where name.hasPrefix(Self.temporaryPrefix) || name.hasPrefix(Self.scratchPrefix) {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      // Another process that is still writing it holds the lock.
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
    }
  }

  /// The names of the files of the index, in order; none where there is no folder.
  func fileNames() -> [String] {
    do throws(DiskError) {
      return try PosixDisk(directory).list("index").sorted()
    } catch {
      return []
    }
  }

  /// Removes a file of the index, if it is there.
  func remove(_ name: String) throws(SaveError) {
    let path = "\(folder)/\(name)"
    guard unlink(path) == 0 || errno == ENOENT else { throw SaveError("remove \(path)") }
    try? PosixDisk(directory).syncDirectory("index")
  }
}

/// The system's call, which a method of the same name hides.
private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, base, count)
}
