import LedgerStorage
import TransparencyLog

/// Compares the tree's files with the hashes of the entries, byte for byte.
///
/// The files are derived: what `committed` does not call durable may be missing or wrong after a
/// power cut, and is no fault.
internal final class TreeComparison: Sendable {
  private struct Level: Sendable {
    let path: String
    let file: (any DiskFile)?
    let byteCount: UInt64
  }

  /// The number of leaves whose hashes are compared.
  let size: UInt64
  /// The number of leaves whose hashes must be there.
  let durableSize: UInt64
  private let levels: [Level]

  /// Opens the files; what cannot be read is reported.
  init(_ disk: any Disk, size: UInt64, durableSize: UInt64, _ findings: inout FindingList) {
    self.size = size
    self.durableSize = durableSize
    var names: Set<String> = []
    do throws(DiskError) {
      names = Set(try disk.list(LedgerPaths.tree))
    } catch {
      if error.code != .notFound { findings.add(AuditFinding(error)) }
    }
    levels = (0..<TreeFiles.maximumLevelCount).map { level in
      let path = LedgerPaths.treeLevel(level)
      guard names.contains("\(level)") else { return Level(path: path, file: nil, byteCount: 0) }
      do throws(DiskError) {
        let file = try disk.open(path, .read)
        return Level(path: path, file: file, byteCount: try file.size())
      } catch {
        if error.code != .notFound { findings.add(AuditFinding(error)) }
        return Level(path: path, file: nil, byteCount: 0)
      }
    }
  }

  /// Compares the sizes of the files with what the tree implies.
  ///
  /// - Parameters:
  ///   - size: the number of leaves.
  ///   - mayBeLonger: whether a writer may have added hashes of later entries.
  /// - Returns: whether something is wrong that the next writer puts right.
  func checkSizes(_ size: TreeSize, mayBeLonger: Bool, _ findings: inout FindingList) -> Bool {
    var isStale = false
    for (number, level) in levels.enumerated() {
      let expected = TreeComparison.byteCount(level: number, size: size)
      let durable = min(TreeSize(durableSize), size)
      let least = TreeComparison.byteCount(level: number, size: durable)
      if level.byteCount == expected { continue }
      if level.byteCount < least || (level.byteCount > expected && !mayBeLonger) {
        let place = LogLocation(file: level.path, offset: min(level.byteCount, expected))
        let message =
          level.file == nil
          ? "a file of the tree is missing"
          : "a file of the tree has \(level.byteCount < expected ? "too few" : "too many") bytes"
        findings.add(
          .treeSize, at: place, message, expected: "\(expected) bytes",
          found: "\(level.byteCount) bytes")
      } else {
        isStale = true
      }
    }
    return isStale
  }

  /// The size of a level's file; sizes that no file has stand for those beyond all bounds.
  private static func byteCount(level: Int, size: TreeSize) -> UInt64 {
    let count = TreeFiles.hashCount(level: level, size: size)
    let (bytes, overflow) = count.multipliedReportingOverflow(by: UInt64(Hash.byteCount))
    return overflow ? .max : bytes
  }

  /// Compares hashes of a level with its file.
  ///
  /// - Returns: whether some differ that need not be durable.
  func compare(
    level number: Int, from first: UInt64, _ hashes: ArraySlice<Hash>, _ scratch: inout [UInt8],
    _ findings: inout FindingList
  ) -> Bool {
    guard levels.indices.contains(number), let file = levels[number].file else { return false }
    let level = levels[number]
    let limit = TreeFiles.hashCount(level: number, size: TreeSize(size))
    let unit = UInt64(Hash.byteCount)
    let stored = min(limit, level.byteCount / unit)
    guard first < stored else { return false }
    let count = Int(min(UInt64(hashes.count), stored - first))
    do throws(DiskError) {
      try read(file, at: first * unit, count: count * Hash.byteCount, into: &scratch)
    } catch {
      findings.add(AuditFinding(error))
      return false
    }
    let isSame = scratch.withUnsafeBytes { found in
      hashes.prefix(count).withUnsafeBufferPointer { expected in
        let expected = UnsafeRawBufferPointer(expected)
        return found.count == expected.count && found.elementsEqualFast(expected)
      }
    }
    if isSame { return false }
    return report(number, from: first, hashes.prefix(count), scratch, &findings)
  }

  private func read(
    _ file: any DiskFile, at offset: UInt64, count: Int, into scratch: inout [UInt8]
  ) throws(DiskError) {
    if scratch.count > count { scratch.removeLast(scratch.count - count) }
    if scratch.count < count {
      scratch.append(contentsOf: repeatElement(0, count: count - scratch.count))
    }
    let result = scratch.withUnsafeMutableBytes { buffer in
      Result<Int, DiskError> { () throws(DiskError) in
        try file.readFully(into: buffer, at: offset)
      }
    }
    scratch.removeLast(count - (try result.get()))
  }

  private func report(
    _ level: Int, from first: UInt64, _ hashes: ArraySlice<Hash>, _ stored: [UInt8],
    _ findings: inout FindingList
  ) -> Bool {
    var isStale = false
    let durable = TreeFiles.hashCount(level: level, size: TreeSize(durableSize))
    for (place, expected) in hashes.enumerated() {
      let offset = place * Hash.byteCount
      guard offset + Hash.byteCount <= stored.count else { break }
      guard let found = Hash(stored[offset..<offset + Hash.byteCount]), found != expected else {
        continue
      }
      let index = first + UInt64(place)
      guard index < durable else {
        isStale = true
        continue
      }
      let entry = EntryIndex(index << UInt64(8 * level))
      findings.add(
        .treeHash,
        at: LogLocation(
          file: levels[level].path, offset: index * UInt64(Hash.byteCount), entry: entry),
        level == 0
          ? "the tree's file and the log disagree on the entry's hash"
          : "the tree's file and the log disagree on the hash of the subtree that begins here",
        expected: expected.hex, found: found.hex)
    }
    return isStale
  }
}

extension UnsafeRawBufferPointer {
  /// Whether two buffers of the same size hold the same bytes; eight bytes a step.
  fileprivate func elementsEqualFast(_ other: UnsafeRawBufferPointer) -> Bool {
    var place = 0
    while place &+ 8 <= count {
      let left = loadUnaligned(fromByteOffset: place, as: UInt64.self)
      if left != other.loadUnaligned(fromByteOffset: place, as: UInt64.self) { return false }
      place &+= 8
    }
    return self[place...].elementsEqual(other[place...])
  }
}

extension AuditFinding {
  /// A call to the file system that failed.
  init(_ error: DiskError) {
    self.init(
      .unreadable, at: LogLocation(file: error.path.isEmpty ? "." : error.path),
      "the system cannot read this: \(error.reason)")
  }

  /// A failure that kept something from being judged.
  init(_ error: LedgerError) {
    let place = error.location ?? LogLocation(file: ".")
    self.init(error.kind == .corrupt ? .segmentMissing : .unreadable, at: place, error.message)
  }
}
