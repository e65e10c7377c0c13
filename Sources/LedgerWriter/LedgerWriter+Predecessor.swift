public import LedgerStorage
internal import TransparencyLog

extension LedgerWriter {
  /// What is intact of a ledger that cannot be written any more, for a successor to be bound to.
  ///
  /// Every frame from the first on is checked, up to the first problem; the last whole capture
  /// before it is the end.
  ///
  /// - Throws: ``LedgerError/Kind/corrupt`` when not even genesis is intact,
  ///   ``LedgerError/Kind/inputOutput``.
  /// - Complexity: reads the whole log.
  public static func predecessor(
    of disk: any Disk, reason: String
  ) throws(LedgerError) -> Genesis.Predecessor {
    let identity = try LedgerIdentity(disk)
    let genesis: Genesis
    // A damaged FORMAT is no reason to give up: genesis is what it repeats.
    if let known = identity.genesis {
      genesis = known
    } else {
      genesis = try identity.validGenesis()
    }
    let hasher = try WriterCore.makeHasher()
    let walker = try LogWalker(disk, logID: genesis.logID)
    let frame = Frame()
    var sequence = EntrySequence()
    var edge = TreeEdge()
    var whole = edge
    var leaf = Hash.zero
    scan: while let step = try walker.next() {
      switch step {
      // What is wrong around the frames does not bind: whether a frame follows from the one before
      // shows in its own hashes, and a gap breaks the chain.
      case .problem, .segment: continue
      case .frame(let sighting):
        try disk.load(sighting, into: frame)
        let problems = frame.problems(after: leaf, with: hasher) { hash in
          edge.append(hash, with: hasher) { _, _ in }
          leaf = hash
        }
        guard problems.allSatisfy({ isErasure($0, disk) }), follows(frame, &sequence) else {
          break scan
        }
        if sequence.openCapture == nil { whole = edge }
      }
    }
    guard whole.size.rawValue > 0 else {
      throw LedgerError(
        .corrupt, "nothing of \(disk.location) is intact, not even its first entry",
        advice: "there is nothing to be bound to: start a ledger without --continue")
    }
    return Genesis.Predecessor(
      origin: genesis.origin, size: whole.size, root: whole.root(with: hasher), reason: reason)
  }

  /// Whether a part is gone, or half gone, by a redaction: the entry still commits to it.
  private static func isErasure(_ problem: LogProblem, _ disk: any Disk) -> Bool {
    switch problem.kind {
    case .erasedPayload, .erasedLinks: return true
    case .payload, .links:
      guard let entry = problem.location.entry, let reader = try? LedgerReader(disk),
        let parts = try? reader.partsBeingErased(of: entry)
      else { return false }
      return parts == .payloadAndLinks || problem.kind == .payload
    default: return false
    }
  }

  private static func follows(_ frame: Frame, _ sequence: inout EntrySequence) -> Bool {
    for record in 0..<frame.count {
      guard let entry = frame.entry(record), sequence.take(entry) == nil else { return false }
    }
    return true
  }
}
