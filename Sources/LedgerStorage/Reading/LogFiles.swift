public import TransparencyLog

/// The segments of a log as their names tell.
public struct LogFiles: Sendable {
  /// The first entries of the segments, ascending.
  public var segments: [EntryIndex]
  /// Names in `log/` that no segment has.
  public var strays: [String]

  /// Lists the segments of a ledger.
  public init(_ disk: any Disk) throws(LedgerError) {
    let names: [String]
    do {
      names = try disk.list(LedgerPaths.log)
    } catch {
      throw LedgerError(error, while: "list the segments")
    }
    segments = []
    strays = []
    for name in names {
      if let first = LedgerPaths.firstEntry(ofSegmentNamed: name) {
        segments.append(first)
      } else {
        strays.append(name)
      }
    }
    segments.sort()
    strays.sort()
  }

  /// The segment that holds an entry, if the entry is stored: the last that begins at or before.
  internal func segment(holding entry: EntryIndex) -> EntryIndex? {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle] <= entry { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? segments[low - 1] : nil
  }
}

extension Disk {
  /// Opens a file and wraps a failure into what was to be done.
  package func openFile(
    _ path: String, _ access: FileAccess, while action: String
  ) throws(LedgerError) -> any DiskFile {
    do {
      return try open(path, access)
    } catch {
      throw LedgerError(error, while: action)
    }
  }

  /// The bytes of a small file; `nil` when there is none, or when it is larger than the limit.
  package func smallFile(_ path: String, limit: Int) throws(LedgerError) -> [UInt8]? {
    do {
      let file = try open(path, .read)
      guard try file.size() <= UInt64(limit) else { return nil }
      return try file.bytes(at: 0, count: limit)
    } catch {
      if error.code == .notFound { return nil }
      throw LedgerError(error, while: "read a file")
    }
  }
}

extension DiskFile {
  /// At most so many bytes from an offset on; fewer when the file ends before.
  package func bytes(at offset: UInt64, count: Int) throws(DiskError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBytes { buffer in
      Result<Int, DiskError> { () throws(DiskError) in
        try readFully(into: buffer, at: offset)
      }
    }
    bytes.removeLast(count - (try result.get()))
    return bytes
  }

  /// Writes an array, all of it.
  package func writeFully(_ bytes: [UInt8], at offset: UInt64) throws(DiskError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result<Void, DiskError> { () throws(DiskError) in try writeFully(buffer, at: offset) }
    }
    try result.get()
  }
}
