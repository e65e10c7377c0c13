import LedgerStorage
import TransparencyLog

/// What came of holding what is erased against what redaction entries name.
internal struct RedactionVerdict {
  var findings: FindingList
  /// Payloads, and links, that are erased in order.
  var payloadCount: UInt64 = 0
  var linksCount: UInt64 = 0
  /// Targets of a redaction under way whose bytes are still there.
  var pendingCount: UInt64 = 0
  /// Whether something is erased that no redaction entry names.
  var hasUnannounced = false
}

/// What is known of an entry that a redaction names and that is not erased.
internal enum RedactionTargetState {
  /// An entry of this kind is there, and not zeroed.
  case present(EntryKind)
  /// It cannot be read: that is a finding of its own.
  case unreadable
}

extension RedactionBook {
  /// Judges every record that is erased, and every target that is not.
  ///
  /// - Parameters:
  ///   - pending: the redaction entry that is marked as being carried out.
  ///   - state: looks at a target that is not erased.
  mutating func judge(
    pending: EntryIndex?, with hasher: SHA256Hasher,
    state: (EntryIndex) -> RedactionTargetState
  ) -> RedactionVerdict {
    settle()
    var verdict = RedactionVerdict(findings: findings)
    var place = 0
    for record in erased {
      while place < marks.count, marks[place].entry < record.index {
        judge(absent: marks[place], pending, state, &verdict)
        place += 1
      }
      let first = place
      while place < marks.count, marks[place].entry == record.index { place += 1 }
      judge(record, marks[first..<place], pending, hasher, &verdict)
    }
    for mark in marks[place...] { judge(absent: mark, pending, state, &verdict) }
    return verdict
  }

  /// A target of which nothing is erased.
  private func judge(
    absent mark: Mark, _ pending: EntryIndex?, _ state: (EntryIndex) -> RedactionTargetState,
    _ verdict: inout RedactionVerdict
  ) {
    guard case .present(let kind) = state(mark.entry) else { return }
    if kind.isPublic {
      reportPublic(kind, mark, &verdict)
    } else if mark.redaction == pending {
      verdict.pendingCount += 1
    } else {
      verdict.findings.add(
        .redactionUndone, at: mark.location,
        "entry \(mark.entry), which the redaction entry destroys, is still there or there again")
    }
  }

  private func reportPublic(
    _ kind: EntryKind, _ mark: Mark, _ verdict: inout RedactionVerdict
  ) {
    verdict.findings.add(
      .redaction, at: mark.location,
      "the redaction entry names entry \(mark.entry) of kind \(kind), which is published and cannot "
        + "be redacted")
  }

  private func judge(
    _ record: ErasedRecord, _ marks: ArraySlice<Mark>, _ pending: EntryIndex?,
    _ hasher: SHA256Hasher, _ verdict: inout RedactionVerdict
  ) {
    if record.kind.isPublic {
      for mark in marks { reportPublic(record.kind, mark, &verdict) }
      verdict.findings.add(
        .payloadErased, at: record.payloadLocation,
        "the payload of kind \(record.kind) is published, cannot be redacted, and yet was zeroed")
      return
    }
    let all = marks.first { $0.isAll }
    let isPending = marks.contains { $0.redaction == pending }
    judgePayload(record, marks, isPending, hasher, &verdict)
    judgeLinks(record, all, isPending, &verdict)
    let undone = marks.isEmpty || record.payload == .erased ? nil : marks.first
    let undoneLinks = record.links == .erased ? nil : all
    guard let mark = undone ?? undoneLinks else { return }
    if isPending {
      verdict.pendingCount += 1
    } else {
      verdict.findings.add(
        .redactionUndone, at: undone == nil ? record.linksLocation : record.payloadLocation,
        "redaction entry \(mark.redaction) destroys the \(undone == nil ? "links" : "payload"): "
          + "the bytes are still there or there again")
    }
  }

  private func judgePayload(
    _ record: ErasedRecord, _ marks: ArraySlice<Mark>, _ isPending: Bool, _ hasher: SHA256Hasher,
    _ verdict: inout RedactionVerdict
  ) {
    switch record.payload {
    case .intact: return
    case .damaged:
      if !isPending { report("payload or its salt is", record.payloadLocation, record, &verdict) }
      return
    case .erased: break
    }
    guard !marks.isEmpty else {
      verdict.hasUnannounced = true
      verdict.findings.add(
        .payloadErased, at: record.payloadLocation,
        "the payload was zeroed, and no later redaction entry names it")
      return
    }
    verdict.payloadCount += 1
    guard let mark = marks.first(where: { !$0.isAll }), let digest = mark.digest,
      let links = record.linksDigest
    else { return }
    let commitment = Commitment.join(digest, links, with: hasher)
    guard commitment != record.commitment else { return }
    verdict.findings.add(
      .redactionDigest, at: record.linksLocation,
      "the links, with the digest of the payload that redaction entry \(mark.redaction) keeps, are "
        + "not what the entry commits to",
      expected: record.commitment.hex, found: commitment.hex)
  }

  private func judgeLinks(
    _ record: ErasedRecord, _ all: Mark?, _ isPending: Bool, _ verdict: inout RedactionVerdict
  ) {
    switch record.links {
    case .intact: return
    case .damaged:
      if all == nil || !isPending {
        report("links or their salt are", record.linksLocation, record, &verdict)
      }
    case .erased where all == nil:
      verdict.hasUnannounced = true
      verdict.findings.add(
        .linksErased, at: record.linksLocation,
        "the links were zeroed, and no later redaction entry names them")
    case .erased:
      verdict.linksCount += 1
    }
  }

  private func report(
    _ words: String, _ place: LogLocation, _ record: ErasedRecord,
    _ verdict: inout RedactionVerdict
  ) {
    // A writer may be about to erase it.
    verdict.hasUnannounced = true
    verdict.findings.add(
      .commitment, at: place, "the \(words) not what the entry commits to",
      expected: record.commitment.hex)
  }
}
