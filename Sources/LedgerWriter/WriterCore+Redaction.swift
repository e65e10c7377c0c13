internal import LedgerStorage
internal import TransparencyLog

extension WriterCore {
  // The order makes every crash readable. The marker is durable before the redaction entry, so that
  // no durable entry goes unnoticed; the entry and `committed` are durable before the first byte is
  // erased, so that nothing is erased unannounced, and no erased part lies above `committed`, where
  // it would look torn; the marker goes last.

  /// Redacts entries, given in ascending order, each once.
  func redact(
    _ entries: [EntryIndex], _ parts: RedactedParts, reason: String
  ) throws(WriteFailure) -> Redaction {
    let plan: Plan
    var batch = RecordBatch()
    do {
      plan = try self.plan(entries, parts)
      guard !plan.targets.isEmpty else {
        return Redaction(entry: nil, time: nil, erased: [], erasedBefore: plan.erasedBefore)
      }
      let payload = try RedactionPayload(reason: reason, targets: plan.targets)
      try batch.add(.redaction, try payload.payload(), [])
      try batch.prepare(with: hasher, options.random)
    } catch {
      throw .refused(error)
    }
    try writeMarker()
    let entry = state.nextEntry
    do {
      _ = try commit([batch])
    } catch {
      if !error.isFatal { try removeMarker() }
      throw error
    }
    try carryOut(plan.targets)
    try removeMarker()
    return Redaction(
      entry: entry, time: state.lastTime, erased: plan.targets.map(\.entry),
      erasedBefore: plan.erasedBefore)
  }

  /// Does what the last writer left to do of a redaction, as often as it takes.
  func finishRedaction(_ recovery: inout Recovery) throws(LedgerError) {
    let announcements: [EntryIndex]
    switch try disk.pendingRedaction(logID: genesis.logID) {
    case .none: return
    case .announced(let entry): announcements = [entry]
    case .unreadable: announcements = try allRedactions()
    }
    let (reader, snapshot) = try makeReader()
    do {
      for entry in announcements where entry < state.nextEntry {
        let record = try stopping { () throws(LedgerError) in try reader.record(entry, in: snapshot)
        }
        guard record.entry.kind == .redaction,
          let redaction = record.payload.flatMap({ RedactionPayload(payload: $0) })
        else { continue }
        try carryOut(redaction.targets)
        recovery.finishedRedactions.append(entry)
      }
      try removeMarker()
    } catch {
      throw error.error
    }
    recovery.didDropRedaction = recovery.finishedRedactions.isEmpty
  }

  /// What is to be erased, and what was erased before.
  private struct Plan {
    var targets: [RedactionPayload.Target] = []
    var erasedBefore: [EntryIndex] = []
  }

  private func plan(
    _ entries: [EntryIndex], _ parts: RedactedParts
  ) throws(LedgerError) -> Plan {
    let (reader, snapshot) = try makeReader()
    var plan = Plan()
    for entry in entries {
      let record = try reader.record(entry, in: snapshot)
      guard record.entry.kind.isRedactable else {
        throw LedgerError(
          .invalid, "entry \(entry) is of kind \(record.entry.kind), which is never redacted",
          advice: "redact captures, events, receipts and notes")
      }
      switch parts {
      case .payload:
        guard let payload = record.payload else {
          plan.erasedBefore.append(entry)
          continue
        }
        let digest = payload.withUnsafeBytes {
          Commitment.payloadDigest($0, salt: record.payloadSalt, with: hasher)
        }
        plan.targets.append(.init(entry: entry, scope: .payload(digest: digest)))
      case .payloadAndLinks:
        if record.payload == nil && record.links == nil {
          plan.erasedBefore.append(entry)
        } else {
          plan.targets.append(.init(entry: entry, scope: .payloadAndLinks))
        }
      }
    }
    return plan
  }

  private func makeReader() throws(LedgerError) -> (LedgerReader, LedgerSnapshot) {
    (try LedgerReader(disk), LedgerSnapshot(genesis: genesis, committed: committed))
  }

  /// All redaction entries, in the order of the log.
  private func allRedactions() throws(LedgerError) -> [EntryIndex] {
    let walker = try LogWalker(disk, logID: genesis.logID)
    let frame = Frame()
    var found: [EntryIndex] = []
    while let step = try walker.next() {
      guard case .frame(let sighting) = step else { continue }
      try disk.load(sighting, into: frame, withPayloads: false)
      for record in 0..<frame.count where frame.entry(record)?.kind == .redaction {
        found.append(frame.index(of: record))
      }
    }
    return found
  }

  // MARK: Erasing

  /// Erases what a durable redaction entry names, and every copy of it in the ledger's directory.
  private func carryOut(_ targets: [RedactionPayload.Target]) throws(WriteFailure) {
    // Both slots, one after the other: when the newest is damaged later, and the redaction entry too,
    // that entry must not look like a torn end, which would be cut off.
    try syncCommitted()
    try publish()
    try syncCommitted()
    try erase(targets)
    try removeFiles(in: LedgerPaths.index)
    try removeFiles(in: LedgerPaths.setAside)
  }

  private func syncCommitted() throws(WriteFailure) {
    do {
      try committedFile.syncData()
    } catch {
      throw .fatal(error, while: "make committed durable")
    }
  }

  private func erase(_ targets: [RedactionPayload.Target]) throws(WriteFailure) {
    let (reader, snapshot) = try stopping { () throws(LedgerError) in try makeReader() }
    let frame = Frame()
    var open: (path: String, file: any DiskFile)?
    for target in targets {
      if frame.count == 0 || target.entry < frame.header.firstEntry
        || target.entry >= frame.header.endEntry
      {
        try stopping { () throws(LedgerError) in
          try reader.load(frameOf: target.entry, in: snapshot, into: frame)
        }
      }
      let record = Int(target.entry.rawValue - frame.header.firstEntry.rawValue)
      guard frame.entry(record)?.kind.isRedactable == true else { continue }
      let places = frame.places(of: record)
      do throws(DiskError) {
        let path = frame.position.file
        if open?.path != path {
          try open?.file.syncData()
          open = (path, try disk.open(path, .update))
        }
        guard let file = open?.file else { continue }
        try file.writeZeros(places.payload)
        try file.writeZeros(places.payloadSalt)
        guard target.scope == .payloadAndLinks else { continue }
        try file.writeZeros(places.links)
        try file.writeZeros(places.linksSalt)
      } catch {
        throw .fatal(error, while: "erase entry \(target.entry)")
      }
    }
    do throws(DiskError) {
      try open?.file.syncData()
    } catch {
      throw .fatal(error, while: "make an erasure durable")
    }
  }

  /// Removes what is derived from the log, or was cut off it, and may repeat what is erased.
  ///
  /// A process that reads may rename or remove a file of the index meanwhile, and one file that cannot
  /// be removed is no reason to leave the others.
  private func removeFiles(in directory: String) throws(WriteFailure) {
    var failure: DiskError?
    do throws(DiskError) {
      for name in try disk.list(directory).sorted() {
        do throws(DiskError) {
          try disk.remove("\(directory)/\(name)")
        } catch {
          if error.code != .notFound { failure = failure ?? error }
        }
      }
      try disk.syncDirectory(directory)
    } catch {
      if error.code != .notFound { failure = failure ?? error }
    }
    if let failure { throw .fatal(failure, while: "remove what may repeat what is erased") }
  }

  // MARK: Marking

  private func writeMarker() throws(WriteFailure) {
    let marker = RedactionMarker(logID: genesis.logID, entry: state.nextEntry)
    do throws(DiskError) {
      try removeIfPresent(LedgerPaths.newRedaction)
      let file = try disk.open(LedgerPaths.newRedaction, .create)
      try file.writeFully(Array(marker.text.utf8), at: 0)
      try file.syncData()
      try disk.rename(LedgerPaths.newRedaction, to: LedgerPaths.redaction)
      try disk.syncDirectory("")
    } catch {
      guard error.code == .noSpace else { throw .fatal(error, while: "begin a redaction") }
      try removeMarker()
      throw .refused(LedgerError(error, while: "begin a redaction"))
    }
  }

  private func removeMarker() throws(WriteFailure) {
    do throws(DiskError) {
      try removeIfPresent(LedgerPaths.newRedaction)
      try removeIfPresent(LedgerPaths.redaction)
      try disk.syncDirectory("")
    } catch {
      throw .fatal(error, while: "end a redaction")
    }
  }

  private func removeIfPresent(_ path: String) throws(DiskError) {
    do {
      try disk.remove(path)
    } catch {
      if error.code != .notFound { throw error }
    }
  }

  /// Reading failed: nothing was written by it, but a redaction that is under way cannot go on.
  private func stopping<Value>(
    _ body: () throws(LedgerError) -> Value
  ) throws(WriteFailure) -> Value {
    do {
      return try body()
    } catch {
      throw .fatal(error)
    }
  }
}

extension EntryKind {
  /// Whether entries of this kind may be redacted: not those whose payloads are published.
  fileprivate var isRedactable: Bool {
    self == .capture || self == .event || self == .receipt || self == .note
  }
}
