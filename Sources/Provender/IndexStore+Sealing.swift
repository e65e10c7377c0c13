import LedgerIndex
import LedgerStorage

/// Sealing tables of facts: for the one writer of a ledger.
extension IndexStore {
  /// The entry after the last one that the index and the facts beside it cover.
  func sealedEnd(_ snapshot: LedgerSnapshot) -> UInt64 {
    let base = stored(snapshot).index
    return facts(from: base?.binding.size ?? 0, seed: base?.seed, snapshot).end
  }

  /// Seals a table of facts of what follows those that are there, and merges tables.
  ///
  /// - Parameters:
  ///   - count: how many entries must follow.
  ///   - piece: after how many entries the table ends, at the end of a frame.
  ///   - mergeLimit: how many entries a merged table may cover, unless there are very many tables.
  ///   - upkeep: has facts that need not be read from the log.
  /// - Returns: the entry after the last one in it; nil if there are not enough entries.
  /// - Throws: `SaveError` where the file could not be written, else what reading throws.
  func sealNext(
    _ snapshot: LedgerSnapshot, atLeast count: UInt64, piece: UInt64, mergeLimit: UInt64,
    keptBy upkeep: IndexUpkeep? = nil
  ) throws -> UInt64? {
    let base = stored(snapshot).index
    let known = facts(from: base?.binding.size ?? 0, seed: base?.seed, snapshot)
    guard snapshot.size.rawValue >= known.end + max(1, count) else { return nil }
    var end = known.end
    var snapshot = snapshot
    var knownSize = snapshot.size.rawValue
    let kept = upkeep?.keptFacts
    let seed = try base?.seed ?? known.seed ?? kept?.seed ?? Self.seed()
    let usable = kept.flatMap {
      $0.seed == seed && $0.firstEntry >= known.end ? $0.firstEntry : nil
    }
    var collector = try collect(
      from: known.end, snapshot, seed: seed, limit: piece, before: usable ?? .max,
      end: { end = $0 })
    if end - known.end < piece, let upkeep, let rest = upkeep.takeFacts(from: end, seed: seed) {
      try collector.append(rest.facts, at: end)
      end = rest.end
      // What is redacted after them may be in them.
      knownSize = end
      snapshot = upkeep.snapshot()
    } else if end == known.end {
      // Others took their place meanwhile.
      collector = try collect(
        from: known.end, snapshot, seed: seed, limit: piece, end: { end = $0 })
    }
    guard let root = root(at: end, snapshot) else { return nil }
    let name = FactName(known.end..<end).text
    try write(name, isSynced: false) { sink in
      try collector.seal(
        binding: IndexBinding(
          origin: snapshot.origin.name, size: end, root: root.bytes),
        knownSize: knownSize, to: sink)
    }
    guard try !isOvertaken(from: min(knownSize, snapshot.size.rawValue)) else {
      try remove(name)
      return nil
    }
    if let table = try FactTable(path: "\(folder)/\(name)") {
      try merge(known.tables + [table], snapshot, limit: mergeLimit)
    }
    return end
  }

  /// Merges the youngest tables where there are many of about a size.
  private func merge(
    _ tables: [FactTable], _ snapshot: LedgerSnapshot, limit: UInt64
  ) throws {
    var tables = tables
    while let count = FactTiers.mergedCount(
      tables.map { $0.binding.size - $0.firstEntry }, limit: limit)
    {
      let merged = Array(tables.suffix(count))
      guard let first = merged.first, let last = merged.last, let merge = FactMerge(merged) else {
        return
      }
      let name = FactName(first.firstEntry..<last.binding.size).text
      do {
        try write(name, isSynced: false) { sink in try merge.seal(to: sink) }
      } catch is IndexError {
        // A damaged one is made anew from the log.
        for table in merged where table.damage != nil { try remove(FactName(table.entries).text) }
        return
      }
      guard try !isOvertaken(from: snapshot.size.rawValue),
        let table = try FactTable(path: "\(folder)/\(name)")
      else {
        return try remove(name)
      }
      for table in merged { try remove(FactName(table.entries).text) }
      tables.removeLast(count)
      tables.append(table)
    }
  }

  /// Removes files of facts that serve nobody: what others cover, and what cannot be used.
  func removeStrayFacts(_ snapshot: LedgerSnapshot) {
    let base = stored(snapshot).index
    let known = facts(from: base?.binding.size ?? 0, seed: base?.seed, snapshot)
    let used = Set(known.tables.map { FactName($0.entries) })
    for name in fileNames() {
      guard let facts = FactName(name), !used.contains(facts) else { continue }
      try? remove(name)
    }
  }
}

/// Which tables of facts are merged.
enum FactTiers {
  /// So many tables that are not larger than the youngest's tier are merged to one.
  static let mergedCount = 8
  /// With so many tables, they are merged whatever they cover.
  static let countMax = 24

  /// Sizes within a factor of eight are of one tier.
  private static func tier(_ entryCount: UInt64) -> Int {
    entryCount == 0 ? 0 : (63 - entryCount.leadingZeroBitCount) / 3
  }

  /// How many of the youngest tables are to be merged, given how many entries each covers; nil if
  /// none are.
  static func mergedCount(_ sizes: [UInt64], limit: UInt64) -> Int? {
    guard let last = sizes.last else { return nil }
    let young = sizes.reversed().prefix { tier($0) <= tier(last) }
    guard young.count >= mergedCount,
      young.reduce(0, +) <= limit || sizes.count > countMax
    else { return nil }
    return young.count
  }
}
