internal import LedgerStorage
internal import TransparencyLog

/// Compares checkpoints that were signed with what a log holds.
internal struct CheckpointComparison {
  enum Verdict {
    /// The log has the checkpoint's root at its size.
    case holds
    /// So it is by the entries, while the tree's files are wrong.
    case holdsByEntries
    /// The log has another root at that size.
    case differs
  }

  private let disk: any Disk
  private let hasher: SHA256Hasher
  private let committed: Committed
  /// Kept from one comparison to the next: the same few tiles are on the way of all proofs.
  private var reader: TileHashReader<LedgerTiles>

  /// Compares with what was committed.
  init(_ disk: any Disk, _ committed: Committed, _ hasher: SHA256Hasher) {
    self.disk = disk
    self.hasher = hasher
    self.committed = committed
    reader = TileHashReader(source: LedgerTiles(disk), size: committed.size, with: hasher)
  }

  /// Refuses a checkpoint of another log, or of more entries than there are.
  func checkBounds(_ head: KeptHeads.Head, _ genesis: Genesis) throws(LedgerError) {
    let size = committed.size
    guard head.claim.origin.bytes == Array(genesis.origin.name.utf8) else {
      throw .contradiction("it is of the log \(head.claim.origin)", head.file)
    }
    guard head.claim.size <= size else {
      throw .contradiction(
        "it was signed over \(head.claim.size) entries, of which only \(size) are left", head.file)
    }
  }

  /// Whether the log that was committed extends a checkpoint.
  mutating func verdict(_ claim: Checkpoint) throws(LedgerError) -> Verdict {
    if claim.size == committed.size {
      return claim.root == committed.root ? .holds : .differs
    }
    guard claim.size.rawValue > 0 else { return claim.root == .emptyTree ? .holds : .differs }
    if isProven(claim) { return .holds }
    // The tree's files are derived: the entries decide.
    return try rootOfEntries(claim.size) == claim.root ? .holdsByEntries : .differs
  }

  private mutating func isProven(_ claim: Checkpoint) -> Bool {
    guard
      let proof = try? ConsistencyProof.make(
        older: claim.size, newer: committed.size, reader: &reader, with: hasher)
    else { return false }
    return proof.check(olderRoot: claim.root, newerRoot: committed.root, with: hasher) == .valid
  }

  private func rootOfEntries(_ size: TreeSize) throws(LedgerError) -> Hash {
    let cursor = try FrameCursor(disk, upTo: committed, from: 0, extent: .entries)
    var edge = TreeEdge()
    while try cursor.next() {
      for record in 0..<cursor.frame.count {
        let leaf = cursor.frame.entryBytes(of: record) { hasher.leafHash($0) }
        edge.append(leaf, with: hasher) { _, _ in }
        if edge.size == size { return edge.root(with: hasher) }
      }
    }
    return edge.root(with: hasher)
  }
}

/// The checkpoints that a log must hold when it is opened: the newest, and the largest of those that
/// were kept for others.
internal struct KeptHeads {
  struct Head {
    let claim: Checkpoint
    let file: String
  }

  /// The newest checkpoint that was signed.
  private(set) var newest: UnverifiedCheckpoint?
  private(set) var heads: [Head] = []

  /// Reads the checkpoints of a ledger whose lock is held, and removes what an interrupted write
  /// left behind.
  init(_ disk: any Disk, _ names: [String]) throws(LedgerError) {
    if names.contains(LedgerPaths.checkpoint) {
      newest = try disk.newestCheckpoint()
      if let newest { heads.append(Head(claim: newest.claim, file: LedgerPaths.checkpoint)) }
    }
    var unfinished = [LedgerPaths.keyCache, LedgerPaths.checkpoint].map {
      $0 + LedgerPaths.unfinishedSuffix
    }
    if names.contains(LedgerPaths.format) { unfinished.append(LedgerPaths.newFormat) }
    if names.contains(LedgerPaths.checkpoints) {
      let kept = try disk.keptCheckpoints()
      if let size = kept.sizes.last, let largest = try disk.keptCheckpoint(of: size) {
        heads.append(Head(claim: largest.claim, file: LedgerPaths.checkpoint(size)))
        if size > newest?.claim.size ?? 0 { newest = largest }
      }
      unfinished += kept.strays.filter { $0.hasSuffix(LedgerPaths.unfinishedSuffix) }.map {
        "\(LedgerPaths.checkpoints)/\($0)"
      }
    }
    for path in unfinished {
      do {
        try disk.remove(path)
      } catch {
        guard error.code == .notFound else {
          throw LedgerError(error, while: "remove an unfinished file")
        }
      }
    }
  }
}

extension LedgerError {
  /// The log and a checkpoint that was signed contradict each other.
  internal static func contradiction(_ message: String, _ file: String) -> LedgerError {
    LedgerError(
      .tampered, "the signed checkpoint and the log contradict each other: \(message)",
      at: LogLocation(file: file),
      advice: "keep both as evidence and run `provender verify`; if the ledger was put back from a "
        + "copy, put back a newer one")
  }
}
