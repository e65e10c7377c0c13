import ProvenanceGraph

/// Adjacent tables of facts as one.
public struct FactMerge: Sendable {
  private let tables: [FactTable]

  /// Tables of the same seed, each of which begins where the one before ends.
  /// - Returns: nil if they are no such tables.
  public init?(_ tables: [FactTable]) {
    for (table, next) in zip(tables, tables.dropFirst()) {
      guard table.binding.size == next.firstEntry, table.seed == next.seed,
        table.binding.origin == next.binding.origin
      else { return nil }
    }
    guard let first = tables.first, let last = tables.last,
      last.binding.size - first.firstEntry <= 1 << 32,
      tables.reduce(0, { $0 + $1.rowCount }) < 1 << 31
    else { return nil }
    self.tables = tables
  }

  /// Hands out the bytes of the merged table's file piece by piece.
  ///
  /// - Throws: what the sink throws, and `IndexError` if a table is damaged: what was handed out is
  ///   then worth nothing.
  /// - Complexity: O(rows · log tables), with one bucket of rows in memory.
  public func seal(to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let first = tables.first, let last = tables.last else { return }
    var writer = FactFileWriter()
    var starts: [UInt32] = [0]
    starts.reserveCapacity(FactHash.bucketCount + 1)
    var rows: [UInt64] = []
    var count = 0
    for bucket in 0..<FactHash.bucketCount {
      rows.removeAll(keepingCapacity: true)
      for table in tables {
        let shift = table.firstEntry - first.firstEntry
        table.rows.bytes(table.bucket(bucket)).withMemoryRebound(to: UInt64.self) {
          for row in $0 { rows.append(row &+ shift) }
        }
      }
      // Runs that are in order already.
      if tables.count > 1 { rows.sort() }
      count += rows.count
      starts.append(UInt32(count))
      try writer.append(rows, to: sink)
    }
    func list(_ entries: (FactTable) -> [UInt64]) -> [UInt32] {
      tables.flatMap(entries).map { UInt32(truncatingIfNeeded: $0 - first.firstEntry) }
    }
    try writer.finish(
      starts: starts, cuts: list { $0.cuts() }, redactions: list { $0.redactions() },
      head: FactHead(
        firstEntry: first.firstEntry, binding: last.binding,
        knownSize: tables.map(\.knownSize).min() ?? 0, seed: first.seed), to: sink)
    for table in tables {
      if let damage = table.damage { throw damage }
    }
  }
}
