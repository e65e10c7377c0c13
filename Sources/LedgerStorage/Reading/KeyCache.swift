internal import TransparencyLog

/// The file `index/keys`: where the key entries below a size stand. It is derived, and bound to the
/// log by the last entry's hash.
internal struct KeyCache {
  private static let header = "provender keys 2"
  private static let byteCountMax = 1 << 20

  let logID: String
  let size: TreeSize
  let lastLeaf: Hash
  let entries: [EntryIndex]

  init(logID: String, size: TreeSize, lastLeaf: Hash, entries: [EntryIndex]) {
    self.logID = logID
    self.size = size
    self.lastLeaf = lastLeaf
    self.entries = entries
  }

  var bytes: [UInt8] {
    var lines = [Self.header, logID, size.description, lastLeaf.hex]
    lines += entries.map(\.description)
    let text = lines.map { $0 + "\n" }.joined()
    return Array((text + KeyCache.end(of: Array(text.utf8)) + "\n").utf8)
  }

  /// The last line: a checksum, since a key entry that is left out would hide a revocation.
  private static func end(of text: [UInt8]) -> String {
    "end \(String(CRC32C.checksum(of: text), radix: 16))"
  }

  /// Reads the file; `nil` when there is none that is whole.
  init?(_ disk: any Disk) throws(LedgerError) {
    guard let bytes = try disk.smallFile(LedgerPaths.keyCache, limit: Self.byteCountMax) else {
      return nil
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 6, lines[0] == Self.header, lines.last == "",
      let size = UInt64(lines[2])
    else { return nil }
    let last = lines[lines.count - 2]
    guard last == KeyCache.end(of: Array(bytes.dropLast(last.utf8.count + 1))) else { return nil }
    let entries = lines[4..<lines.count - 2].map { UInt64($0) }
    guard entries.allSatisfy({ $0 != nil }), let leaf = Hash(hex: String(lines[3])) else {
      return nil
    }
    self.init(
      logID: String(lines[1]), size: TreeSize(size), lastLeaf: leaf,
      entries: entries.compactMap { $0.map { EntryIndex($0) } })
  }

  /// Whether the log goes on from the state that the cache describes.
  func belongs(
    to reader: LedgerReader, _ snapshot: LedgerSnapshot
  ) throws(LedgerError) -> Bool {
    guard logID == reader.genesis.logID.description, size.rawValue > 0, size <= snapshot.size,
      zip(entries, entries.dropFirst()).allSatisfy({ $0 < $1 }),
      entries.allSatisfy({ $0.rawValue < size.rawValue })
    else { return false }
    let last = try reader.entry(EntryIndex(size.rawValue - 1), in: snapshot)
    return try KeyCache.leafHash(last) == lastLeaf
  }

  static func leafHash(_ entry: Entry) throws(LedgerError) -> Hash {
    do {
      return entry.leafHash(with: try SHA256Hasher())
    } catch {
      throw LedgerError(error)
    }
  }
}
