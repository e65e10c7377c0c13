public import LedgerStorage
import TransparencyLog

/// Everything that the storage layer can find wrong with a ledger's files, for tests: structure,
/// checksums, chain, tree. (Commitments and proofs are the auditor's.)
public struct LedgerInspection {
  /// What was found.
  public private(set) var problems: [LogProblem] = []
  /// What stands above `committed`, when nothing below it is wrong.
  public private(set) var tail: LogTail.Verdict?
  /// The number of sound entries up to `committed`.
  public private(set) var entryCount = 0

  /// Whether the ledger is as a writer that closed it leaves it.
  public var isIntact: Bool { problems.isEmpty && tail == .whole }

  /// Looks at all files of a ledger.
  public init(_ disk: any Disk) throws(LedgerError) {
    let identity = try LedgerIdentity(disk)
    problems += identity.problems
    guard let logID = identity.logID else { return }
    let file = try CommittedFile(disk, logID: logID)
    problems += file.problems
    guard let committed = file.newest else { return }
    if let mismatch = try committed.mismatch(with: disk) { problems.append(mismatch) }
    let hasher: SHA256Hasher
    do {
      hasher = try SHA256Hasher()
    } catch {
      throw LedgerError(error)
    }
    var levels: [[Hash]] = Array(repeating: [], count: TreeFiles.maximumLevelCount)
    try walk(disk, committed, hasher, &levels)
    try compareTree(disk, committed, levels)
    if problems.isEmpty { tail = try LogTail(disk, after: committed, with: hasher).verdict }
  }

  private mutating func walk(
    _ disk: any Disk, _ committed: Committed, _ hasher: SHA256Hasher, _ levels: inout [[Hash]]
  ) throws(LedgerError) {
    let walker = try LogWalker(disk, logID: committed.logID)
    let frame = Frame()
    var sequence = EntrySequence()
    var edge = TreeEdge()
    var leaf: Hash? = Hash.zero
    while let step = try walker.next() {
      switch step {
      case .problem(let problem): problems.append(problem)
      case .segment: continue
      case .frame(let sighting):
        guard sighting.position < committed.end else { continue }
        if sighting.followsGap { leaf = nil }
        try disk.load(sighting, into: frame)
        var leaves: [Hash] = []
        problems += frame.problems(after: leaf, with: hasher) { leaves.append($0) }
        leaf = leaves.last
        for hash in leaves {
          edge.append(hash, with: hasher) { levels[$0].append($1) }
        }
        for record in 0..<frame.header.entryCount {
          guard let entry = frame.entry(record) else { continue }
          if let fault = sequence.take(entry) {
            problems.append(LogProblem(.entry, at: frame.entryLocation(record), fault))
          }
        }
        entryCount += frame.header.entryCount
      }
    }
    if let unreadable = walker.end.unreadable,
      unreadable.location.file < committed.end.file
        || (unreadable.location.file == committed.end.file
          && unreadable.location.offset ?? 0 < committed.end.offset)
    {
      problems.append(unreadable)
    }
    if edge.size == committed.size && edge.root(with: hasher) != committed.root {
      let place = LogLocation(file: LedgerPaths.committed)
      problems.append(LogProblem(.committedMismatch, at: place, "the root is another"))
    }
  }

  private mutating func compareTree(
    _ disk: any Disk, _ committed: Committed, _ levels: [[Hash]]
  ) throws(LedgerError) {
    guard committed.treeSize == committed.size else { return }
    for (level, expected) in levels.enumerated() {
      let found = try disk.treeHashes(level: level, from: 0, count: expected.count + 1)
      let path = LedgerPaths.treeLevel(level)
      if found == expected { continue }
      let same = zip(found, expected).prefix { $0 == $1 }.count
      let place = LogLocation(file: path, offset: UInt64(same * Hash.byteCount))
      problems.append(LogProblem(.tree, at: place, "the tree's hashes are not the log's"))
    }
  }
}
