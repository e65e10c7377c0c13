import LedgerStorage
import TransparencyLog

/// Puts the results of chunks together, in the order of the log.
internal final class AuditMerge {
  var findings: FindingList
  private(set) var counts = EntryCounts()
  /// What the log was like at the sizes asked for, as far as it has them.
  private(set) var heads: [UInt64: LogHead] = [:]
  private(set) var firstTime: RecordTime?
  private(set) var lastTime: RecordTime?
  private(set) var hasStaleTree = false
  /// What the last entry left; `nil` when it is not known.
  private(set) var state: SequenceState? = .beginning
  /// The log's keys; `nil` where genesis does not tell whose they are.
  private(set) var keys: KeyFold?
  /// What is redacted and what is erased.
  var redactions: RedactionBook

  private let tree: TreeComparison?
  private let hasher: SHA256Hasher
  private var join = TreeJoin()
  private var previousLeaf: Hash? = .zero
  private var scratch: [UInt8] = []
  /// Hashes of levels above the leaves that are still to be compared with the files.
  private var pending: [(first: UInt64, hashes: [Hash])]

  init(
    findingLimit: Int, tree: TreeComparison?, keys: KeyFold?, redactions: RedactionBook
  ) throws(CryptoError) {
    findings = FindingList(limit: findingLimit)
    self.keys = keys
    self.redactions = redactions
    self.tree = tree
    hasher = try SHA256Hasher()
    pending = Array(repeating: (0, []), count: TreeFiles.maximumLevelCount)
  }

  /// Takes in the next chunk's result.
  func add(_ result: ChunkResult) {
    findings.add(result.leading)
    if !result.followsGap, let first = result.first { checkBoundary(first, result.firstIndex) }
    findings.add(result.findings)
    state = result.endState
    previousLeaf = result.lastLeaf
    counts.add(result.counts)
    firstTime = firstTime ?? result.firstTime
    lastTime = result.lastTime ?? lastTime
    if result.hasStaleTree { hasStaleTree = true }
    guard result.isPlaced else { return }
    for statement in result.statements { take(statement) }
    for record in result.erased { redactions.take(record) }
    for head in result.heads { heads[head.size] = head }
    for subtree in result.subtrees {
      join.append(subtree, with: hasher) { note($0) }
      if heads[subtree.end] != nil {
        heads[subtree.end]?.root = join.root(of: subtree.end, with: hasher)
      }
    }
  }

  private func take(_ statement: PublicStatement) {
    guard statement.kind == .key else {
      redactions.take(statement)
      return
    }
    do throws(CryptoError) {
      try keys?.take(statement, &findings)
    } catch {
      findings.add(AuditFinding(LedgerError(error)))
    }
  }

  /// The first entry of a chunk against the last of the chunk before.
  private func checkBoundary(_ first: ChunkResult.FirstEntry, _ index: EntryIndex) {
    if let state {
      EntryRules.check(first.entry, at: index, after: state) { fault in
        var place = first.location
        place.offset = place.offset.map { $0 + UInt64(fault.field) }
        findings.add(
          fault.kind, at: place, fault.message, expected: fault.expected, found: fault.found)
      }
    }
    if let previousLeaf, first.entry.previous != previousLeaf {
      var place = first.location
      place.offset = place.offset.map { $0 + UInt64(Entry.previousOffset) }
      findings.add(
        .chain, at: place,
        "the entry names another hash of the entry before it than that entry has",
        expected: previousLeaf.hex, found: first.entry.previous.hex)
    }
  }

  /// The root of all entries; `nil` when some are missing.
  func root(of size: UInt64) -> Hash? { join.root(of: size, with: hasher) }

  // MARK: The tree's files

  private func note(_ subtree: Subtree) {
    let level = subtree.height / SubtreeBuilder.tileHeight
    guard tree != nil, level > 0, subtree.height % SubtreeBuilder.tileHeight == 0,
      pending.indices.contains(level)
    else { return }
    let index = subtree.start >> UInt64(subtree.height)
    let follows = pending[level].first + UInt64(pending[level].hashes.count) == index
    if !follows || pending[level].hashes.count >= Int(TreeFiles.width) { compare(level) }
    if pending[level].hashes.isEmpty { pending[level].first = index }
    pending[level].hashes.append(subtree.root)
  }

  private func compare(_ level: Int) {
    guard let tree, !pending[level].hashes.isEmpty else { return }
    let isStale = tree.compare(
      level: level, from: pending[level].first, pending[level].hashes[...], &scratch, &findings)
    if isStale { hasStaleTree = true }
    pending[level].hashes.removeAll(keepingCapacity: true)
  }

  /// Compares what is left when all chunks were taken in.
  func finish() {
    for level in pending.indices { compare(level) }
  }
}
