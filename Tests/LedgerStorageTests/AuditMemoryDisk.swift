import LedgerStorage
import Synchronization

/// A disk in memory without any fault, whose files a test can look into and change.
final class AuditMemoryDisk: Disk {
  struct State: Sendable {
    var files: [String: [UInt8]] = [:]
    var isLocked = false
  }

  let location = "memory"
  let state: Mutex<State>

  init(_ files: [String: [UInt8]] = [:]) {
    state = Mutex(State(files: files))
  }

  var files: [String: [UInt8]] { state.withLock { $0.files } }

  static func failure(_ code: DiskError.Code, _ path: String) -> DiskError {
    DiskError(code, path: path, location: "memory", reason: "told to fail")
  }

  func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
    let exists = state.withLock { state in
      let exists = state.files[path] != nil
      if !exists, case .create = access { state.files[path] = [] }
      return exists
    }
    switch access {
    case .create where exists: throw Self.failure(.exists, path)
    case .read where !exists, .update where !exists: throw Self.failure(.notFound, path)
    default: return AuditMemoryFile(self, path)
    }
  }

  func list(_ directory: String) throws(DiskError) -> [String] {
    let prefix = directory.isEmpty ? "" : directory + "/"
    return state.withLock { state in
      let rests = state.files.keys.filter { $0.hasPrefix(prefix) }.map {
        $0.dropFirst(prefix.count).prefix { $0 != "/" }
      }
      return Set(rests.map { String($0) }).sorted()
    }
  }

  func createDirectory(_ path: String) throws(DiskError) {}
  func syncDirectory(_ path: String) throws(DiskError) {}

  func rename(_ old: String, to new: String) throws(DiskError) {
    state.withLock { state in state.files[new] = state.files.removeValue(forKey: old) }
  }

  func remove(_ path: String) throws(DiskError) {
    let removed = state.withLock { $0.files.removeValue(forKey: path) }
    if removed == nil { throw Self.failure(.notFound, path) }
  }

  func lock(_ path: String) throws(DiskError) -> any DiskLock {
    let isFree = state.withLock { state in
      if state.isLocked { return false }
      state.isLocked = true
      if state.files[path] == nil { state.files[path] = [] }
      return true
    }
    guard isFree else { throw Self.failure(.busy, path) }
    return AuditMemoryLock(self)
  }

  func isLocked(_ path: String) -> Bool { state.withLock { $0.isLocked } }
}

final class AuditMemoryLock: DiskLock {
  private let disk: AuditMemoryDisk
  private let isReleased = Atomic<Bool>(false)

  init(_ disk: AuditMemoryDisk) { self.disk = disk }

  deinit { release() }

  func release() {
    guard !isReleased.exchange(true, ordering: .relaxed) else { return }
    disk.state.withLock { $0.isLocked = false }
  }
}

final class AuditMemoryFile: DiskFile {
  private let disk: AuditMemoryDisk
  private let path: String

  init(_ disk: AuditMemoryDisk, _ path: String) {
    self.disk = disk
    self.path = path
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int
  {
    nonisolated(unsafe) let buffer = buffer
    return disk.state.withLock { state in
      guard let bytes = state.files[path], offset < UInt64(bytes.count) else { return 0 }
      let count = min(buffer.count, bytes.count - Int(offset))
      bytes.withUnsafeBytes { bytes in
        buffer.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[Int(offset)..<Int(offset) + count]))
      }
      return count
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    nonisolated(unsafe) let bytes = bytes
    return disk.state.withLock { state in
      var file = state.files.removeValue(forKey: path) ?? []
      let end = Int(offset) + bytes.count
      if file.count < end { file.append(contentsOf: repeatElement(0, count: end - file.count)) }
      file.withUnsafeMutableBytes { file in
        UnsafeMutableRawBufferPointer(rebasing: file[Int(offset)..<end]).copyMemory(from: bytes)
      }
      state.files[path] = file
      return bytes.count
    }
  }

  func syncData() throws(DiskError) {}

  func truncate(to size: UInt64) throws(DiskError) {
    disk.state.withLock { state in
      var file = state.files.removeValue(forKey: path) ?? []
      let size = Int(size)
      if file.count > size { file.removeLast(file.count - size) }
      if file.count < size { file.append(contentsOf: repeatElement(0, count: size - file.count)) }
      state.files[path] = file
    }
  }

  func size() throws(DiskError) -> UInt64 {
    disk.state.withLock { UInt64($0.files[path]?.count ?? 0) }
  }

  func dropCache(from offset: UInt64) {}
}
