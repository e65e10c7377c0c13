public import TransparencyLog

extension Frame {
  /// Everything that is wrong with the frame by itself: checksums, padding, malformed entries, and
  /// the hash chain within it.
  ///
  /// - Parameters:
  ///   - previous: the leaf hash of the entry before the frame, `nil` when it is not known.
  ///   - hasher: computes the leaf hashes.
  ///   - leaf: receives every entry's leaf hash, in order.
  /// - Returns: the problems, in the order of the log; none for an intact frame. Payloads are
  ///   examined only if they were loaded.
  public func problems(
    after previous: Hash?, with hasher: SHA256Hasher, leaf: (Hash) -> Void = { _ in }
  ) -> [LogProblem] {
    checksumProblems(after: chainProblems(after: previous, with: hasher, leaf))
  }

  /// What is wrong with the frame as far as checksums and padding tell.
  func checksumProblems(after chainProblems: [LogProblem] = []) -> [LogProblem] {
    var found = chainProblems
    if found.isEmpty && !isTableIntact {
      let place = isReadable ? position.location() : directoryStart
      found.append(
        LogProblem(.frameTable, at: place, "entries and directory disagree with their checksum"))
    }
    guard isReadable else {
      let message = "the directory's lengths disagree with the frame's header"
      found.append(LogProblem(.frameTable, at: directoryStart, message))
      return found
    }
    for record in 0..<count { found.append(contentsOf: partProblems(record)) }
    if let place = dirtyPadding {
      found.append(LogProblem(.padding, at: place, "the frame's padding is not zero"))
    }
    return found
  }

  /// The first entry that does not commit to its payload and links. They are loaded, and intact.
  package func commitmentProblem(with hasher: SHA256Hasher) -> LogProblem? {
    for record in 0..<count {
      let payloadDigest = payload(of: record) {
        Commitment.payloadDigest($0, salt: payloadSalt(record), with: hasher)
      }
      let linksDigest = links(of: record) {
        Commitment.linksDigest($0, salt: linksSalt(record), with: hasher)
      }
      let found = Commitment.join(payloadDigest, linksDigest, with: hasher)
      guard let entry = entry(record), entry.commitment != found else { continue }
      return LogProblem(
        .commitment, at: entryLocation(record),
        "the entry does not commit to its payload and links: expected \(entry.commitment), found "
          + "\(found)")
    }
    return nil
  }

  private var directoryStart: LogLocation {
    LogLocation(
      file: position.file, offset: position.offset + UInt64(header.layout.directory),
      entry: header.firstEntry)
  }

  private func chainProblems(
    after previous: Hash?, with hasher: SHA256Hasher, _ leaf: (Hash) -> Void
  ) -> [LogProblem] {
    var found: [LogProblem] = []
    var previous = previous
    for record in 0..<header.entryCount {
      let (entry, hash) = entryBytes(of: record) { (Entry($0), hasher.leafHash($0)) }
      leaf(hash)
      if let entry {
        if let expected = previous, entry.previous != expected {
          found.append(chainProblem(record, expected: expected, entry.previous))
        }
      } else {
        let message = "the entry is not of version 1 or has unknown flags"
        found.append(LogProblem(.entry, at: entryLocation(record), message))
      }
      previous = hash
    }
    if let last = previous, last != header.lastLeaf {
      found.append(chainProblem(header.entryCount - 1, expected: header.lastLeaf, last))
    }
    return found
  }

  private func chainProblem(_ record: Int, expected: Hash, _ hash: Hash) -> LogProblem {
    LogProblem(
      .chain, at: entryLocation(record),
      "the hash chain breaks: expected \(expected), found \(hash)")
  }

  private func partProblems(_ record: Int) -> [LogProblem] {
    var found: [LogProblem] = []
    if hasPayloads {
      switch payloadState(record) {
      case .intact: break
      case .erased:
        let message = "the payload and its salt are zeros"
        found.append(LogProblem(.erasedPayload, at: payloadLocation(record), message))
      case .damaged:
        let message = "the payload or its salt disagrees with its checksum"
        found.append(LogProblem(.payload, at: payloadLocation(record), message))
      }
    }
    switch linksState(record) {
    case .intact: break
    case .erased:
      let message = "the links and their salt are zeros"
      found.append(LogProblem(.erasedLinks, at: linksLocation(record), message))
    case .damaged:
      let message = "the links or their salt disagree with their checksum"
      found.append(LogProblem(.links, at: linksLocation(record), message))
    }
    return found
  }
}
