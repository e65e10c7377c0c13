internal import LedgerStorage
internal import TransparencyLog

/// Writes the tree's files. They are derived: when the disk fails here, the entries are durable
/// all the same, so that the failure is kept to the tree, and the next open rebuilds it.
internal struct TreeWriter {
  /// How many leaves are known to be durable in the files.
  private(set) var durableSize: TreeSize
  private(set) var hasFailed = false
  private var levels: [Level]
  private var hasNewFiles = false

  private struct Level {
    var file: (any DiskFile)?
    /// The number of hashes in the file.
    var count: UInt64
    var pending: [UInt8] = []
  }

  /// A writer that goes on after so many leaves.
  init(size: TreeSize, durableSize: TreeSize) {
    self.durableSize = durableSize
    levels = (0..<TreeFiles.maximumLevelCount).map {
      Level(count: TreeFiles.hashCount(level: $0, size: size))
    }
  }

  mutating func append(_ hash: Hash, level: Int) {
    guard levels.indices.contains(level) else { return }
    hash.withUnsafeBytes { levels[level].pending.append(contentsOf: $0) }
  }

  /// Hands what was appended to the system.
  mutating func flush(_ disk: any Disk) {
    for level in levels.indices where !levels[level].pending.isEmpty {
      if !hasFailed {
        do throws(DiskError) {
          let file = try open(level, disk)
          let offset = levels[level].count * UInt64(Hash.byteCount)
          try file.writeFully(levels[level].pending, at: offset)
        } catch {
          hasFailed = true
        }
      }
      levels[level].count += UInt64(levels[level].pending.count / Hash.byteCount)
      levels[level].pending.removeAll(keepingCapacity: true)
    }
  }

  private mutating func open(_ level: Int, _ disk: any Disk) throws(DiskError) -> any DiskFile {
    if let file = levels[level].file { return file }
    let path = LedgerPaths.treeLevel(level)
    let file: any DiskFile
    do {
      file = try disk.open(path, .update)
    } catch {
      guard error.code == .notFound else { throw error }
      file = try disk.open(path, .create)
      hasNewFiles = true
    }
    levels[level].file = file
    return file
  }

  /// Forgets leaves; what the files hold of them is overwritten or trimmed later.
  mutating func goBack(to size: TreeSize) {
    for level in levels.indices {
      levels[level].count = TreeFiles.hashCount(level: level, size: size)
      levels[level].pending.removeAll()
    }
    durableSize = min(durableSize, size)
  }

  /// Gives the files the sizes that a tree's size implies.
  mutating func trim(_ disk: any Disk, to size: TreeSize) {
    flush(disk)
    for level in levels.indices where !hasFailed {
      let byteCount = TreeFiles.hashCount(level: level, size: size) * UInt64(Hash.byteCount)
      do throws(DiskError) {
        if byteCount > 0 {
          let file = try open(level, disk)
          if try file.size() != byteCount { try file.truncate(to: byteCount) }
        } else {
          levels[level].file = nil
          try disk.remove(LedgerPaths.treeLevel(level))
          hasNewFiles = true
        }
      } catch {
        if error.code != .notFound { hasFailed = true }
      }
    }
  }

  /// Makes all leaves so far durable.
  mutating func makeDurable(_ disk: any Disk, size: TreeSize) {
    flush(disk)
    do throws(DiskError) {
      for level in levels where !hasFailed {
        try level.file?.syncData()
      }
      if hasNewFiles { try disk.syncDirectory(LedgerPaths.tree) }
      hasNewFiles = false
    } catch {
      hasFailed = true
    }
    if !hasFailed { durableSize = size }
  }
}
