import LedgerStorage
import TransparencyLog

/// The entries of a ledger one after the other, without what they commit to: a scan of any length
/// holds the entries and the directory of one frame.
internal struct EntryStream {
  let reader: LedgerReader
  let snapshot: LedgerSnapshot

  /// Lends each entry's 96 bytes.
  func forEach(
    from first: UInt64, to end: UInt64, _ body: (UInt64, [UInt8]) throws -> Void
  ) throws {
    guard first < end else { return }
    let cursor = try reader.frames(from: EntryIndex(first), in: snapshot, extent: .entries)
    var entry = [UInt8](repeating: 0, count: Entry.byteCount)
    while try cursor.next() {
      for record in cursor.firstRecord..<cursor.frame.count {
        let index = cursor.frame.index(of: record).rawValue
        guard index < end else { return }
        cursor.frame.entryBytes(of: record) { bytes in
          entry.withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
        }
        try body(index, entry)
      }
    }
  }

  /// The tree of the first entries, from their bytes alone.
  func tree(of size: UInt64, with hasher: SHA256Hasher) throws -> TileBuilder {
    var builder = TileBuilder()
    try extend(&builder, to: size, with: hasher)
    return builder
  }

  /// Lets a tree grow by the entries that follow.
  func extend(_ builder: inout TileBuilder, to size: UInt64, with hasher: SHA256Hasher) throws {
    var tree = builder
    var completed: [Tile] = []
    try forEach(from: tree.size.rawValue, to: size) { _, entry in
      tree.append(hasher.leafHash(entry), with: hasher, completed: &completed)
      completed.removeAll(keepingCapacity: true)
    }
    builder = tree
  }
}
