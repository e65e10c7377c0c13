import LedgerStorage

/// A directory in which a log is published: files appear in it whole and durable or not at all.
internal final class PublishedDirectory {
  private let disk: any Disk
  /// Held while the directory is written to.
  private let lock: any DiskLock
  /// Directories that exist for sure.
  private var known: Set<String> = [""]
  /// Directories with names that are not durable yet.
  private var dirty: Set<String> = []
  private(set) var writtenFileCount = 0
  private(set) var writtenByteCount: UInt64 = 0

  /// Makes the directory, if it is not there, and locks it.
  init(_ disk: any Disk) throws(LedgerError) {
    self.disk = disk
    do {
      try PublishedDirectory.makeRoot(disk)
      try disk.createDirectory(PublishedPaths.state)
      lock = try disk.lock(PublishedPaths.lock)
    } catch {
      throw PublishedDirectory.failure(error, disk)
    }
  }

  /// A directory that is there is taken as it is: its parent may be nobody's to look into.
  private static func makeRoot(_ disk: any Disk) throws(DiskError) {
    do throws(DiskError) {
      _ = try disk.list("")
    } catch {
      guard error.code == .notFound else { throw error }
      try disk.createDirectory("")
    }
  }

  var location: String { disk.location }

  func close() { lock.release() }

  /// The names in the directory or below it; none if it is not there.
  func names(_ path: String) throws(LedgerError) -> [String] {
    do {
      return try disk.list(path)
    } catch {
      if error.code == .notFound { return [] }
      throw PublishedDirectory.failure(error, disk)
    }
  }

  /// The bytes of a file; `nil` if there is none, or one of more bytes than the limit.
  func read(_ path: String, limit: Int) throws(LedgerError) -> [UInt8]? {
    do {
      let file = try disk.open(path, .read)
      guard try file.size() <= UInt64(limit) else { return nil }
      return try file.bytes(at: 0, count: limit)
    } catch {
      if error.code == .notFound { return nil }
      throw PublishedDirectory.failure(error, disk)
    }
  }

  /// Puts a file in its place unless it stands there with the same bytes.
  func put(_ bytes: [UInt8], at path: String) throws(LedgerError) {
    let parts = path.split(separator: "/")
    let parent = parts.dropLast().joined(separator: "/")
    try makeDirectory(parent)
    // The name may be one that an interrupted run did not live to make durable.
    dirty.insert(parent)
    if try isThere(bytes, at: path) { return }
    do {
      try writeNewFile(bytes)
      try disk.rename(PublishedPaths.newFile, to: path)
    } catch {
      try? disk.remove(PublishedPaths.newFile)
      throw PublishedDirectory.failure(error, disk)
    }
    writtenFileCount += 1
    writtenByteCount += UInt64(bytes.count)
  }

  /// Returns when all names are durable.
  func sync() throws(LedgerError) {
    do {
      for path in dirty.sorted() { try disk.syncDirectory(path) }
    } catch {
      throw PublishedDirectory.failure(error, disk)
    }
    dirty.removeAll()
  }

  /// Removes a directory of partial tiles.
  ///
  /// - Returns: how many files were in it.
  func removePartials(_ path: String) throws(LedgerError) -> Int {
    do {
      let names = try disk.list(path)
      for name in names { try disk.remove("\(path)/\(name)") }
      try disk.removeDirectory(path)
      return names.count
    } catch {
      if error.code == .notFound { return 0 }
      throw PublishedDirectory.failure(error, disk)
    }
  }

  private func isThere(_ bytes: [UInt8], at path: String) throws(LedgerError) -> Bool {
    do {
      let file = try disk.open(path, .read)
      guard try file.size() == UInt64(bytes.count) else { return false }
      return try file.bytes(at: 0, count: bytes.count) == bytes
    } catch {
      // What cannot be read is made anew.
      return false
    }
  }

  private func writeNewFile(_ bytes: [UInt8]) throws(DiskError) {
    let file: any DiskFile
    do throws(DiskError) {
      file = try disk.open(PublishedPaths.newFile, .create)
    } catch {
      // What an interrupted run left.
      guard error.code == .exists else { throw error }
      try disk.remove(PublishedPaths.newFile)
      file = try disk.open(PublishedPaths.newFile, .create)
    }
    try file.writeFully(bytes, at: 0)
    try file.syncData()
  }

  private func makeDirectory(_ path: String) throws(LedgerError) {
    guard !known.contains(path) else { return }
    var made = ""
    for part in path.split(separator: "/") {
      let parent = made
      made += made.isEmpty ? String(part) : "/\(part)"
      guard !known.contains(made) else { continue }
      do {
        try disk.createDirectory(made)
      } catch {
        throw PublishedDirectory.failure(error, disk)
      }
      known.insert(made)
      dirty.insert(parent)
    }
  }

  private static func failure(_ error: DiskError, _ disk: any Disk) -> LedgerError {
    let place = LogLocation(file: error.path.isEmpty ? disk.location : error.path)
    switch error.code {
    case .busy:
      return LedgerError(
        .locked, "another process publishes in \(disk.location)", at: place,
        advice: "wait until it has ended")
    case .noSpace:
      return LedgerError(
        .diskFull, "there is no room in \(disk.location): \(error.reason)", at: place,
        advice: "what was published before is still served; free some space and publish again")
    default:
      return LedgerError(
        .inputOutput, "could not publish in \(disk.location): \(error.reason)", at: place,
        advice: "check the path and the permissions, then publish again")
    }
  }
}
