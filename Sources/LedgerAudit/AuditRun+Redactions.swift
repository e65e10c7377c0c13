import LedgerStorage
import TransparencyLog

extension AuditRun {
  /// How often an audit follows a writer that redacts while it reads.
  private static let followMax = 4
  /// The most passes over the log: a hostile one could otherwise ask for as many as it has entries.
  private static let passMax = 64

  /// The redaction entry that somebody marked as being carried out.
  ///
  /// To be read after `committed`: a redaction that is below it then is either still marked, or
  /// ended.
  func findPendingRedaction(_ logID: LogID) -> EntryIndex? {
    do throws(LedgerError) {
      switch try disk.pendingRedaction(logID: logID) {
      case .none: return nil
      case .announced(let entry): return entry
      case .unreadable:
        findings.add(
          .redaction, at: LogLocation(file: LedgerPaths.redaction),
          "the mark of a redaction under way is malformed")
      }
    } catch {
      findings.add(AuditFinding(error))
    }
    return nil
  }

  /// Judges what is redacted: for most logs in one go, for one that redacts more than may be held
  /// in several passes over its bytes.
  func judgeRedactions(_ gathered: RedactionBook, _ logID: LogID) throws(LedgerError) {
    guard report.isComplete else { return }
    report.redactions = gathered.redactions
    var book = gathered
    var pendingCount: UInt64 = 0
    for pass in 1...AuditRun.passMax {
      let verdict = try judge(&book, logID)
      findings.add(verdict.findings)
      report.erasedPayloadCount += verdict.payloadCount
      report.erasedLinksCount += verdict.linksCount
      pendingCount += verdict.pendingCount
      guard book.window.upperBound < .max, report.isComplete else { break }
      guard pass < AuditRun.passMax else {
        findings.add(
          .redaction,
          at: LogLocation(file: LedgerPaths.log, entry: EntryIndex(book.window.upperBound)),
          "more is redacted than an audit judges: what is erased from here on was not judged")
        break
      }
      book = try gather(from: book.window.upperBound, upTo: limit, logID)
    }
    guard pendingCount > 0 else { return }
    note(
      .redactionPending,
      "a redaction was begun and not finished: \(pendingCount) of its entries are not yet erased; "
        + "the next writer finishes it", file: LedgerPaths.redaction)
  }

  /// Judges one window. Where a writer redacts at the same time, its redaction entry may lie above
  /// what was read: then the log is read again as far as it reaches now.
  private func judge(
    _ book: inout RedactionBook, _ logID: LogID
  ) throws(LedgerError) -> RedactionVerdict {
    do throws(CryptoError) {
      let hasher = try SHA256Hasher()
      let reader = try? LedgerReader(disk)
      let snapshot = try? reader?.snapshot()
      var verdict = book.judge(pending: pendingRedaction, with: hasher) {
        AuditRun.state($0, reader, snapshot)
      }
      var end = limit
      for _ in 0..<AuditRun.followMax where verdict.hasUnannounced && sawWriter(logID) {
        // Its redaction entry was committed before the first byte was erased.
        guard let now = try? CommittedFile(disk, logID: logID).newest, now.end != end else { break }
        end = now.end
        pendingRedaction = findPendingRedaction(logID)
        let first = book.window.lowerBound
        let fresh = Result<RedactionBook, LedgerError> { () throws(LedgerError) in
          try gather(from: first, upTo: end, logID)
        }
        guard case .success(let later) = fresh else { break }
        book = later
        verdict = book.judge(pending: pendingRedaction, with: hasher) {
          AuditRun.state($0, reader, snapshot)
        }
      }
      return verdict
    } catch {
      throw LedgerError(error)
    }
  }

  private static func state(
    _ entry: EntryIndex, _ reader: LedgerReader?, _ snapshot: LedgerSnapshot?
  ) -> RedactionTargetState {
    guard let reader, let snapshot, let found = try? reader.entry(entry, in: snapshot) else {
      return .unreadable
    }
    return .present(found.kind)
  }

  /// Reads the log again for what concerns entries from one on.
  private func gather(
    from first: UInt64, upTo end: LogPosition?, _ logID: LogID
  ) throws(LedgerError) -> RedactionBook {
    let book = RedactionBook(
      from: first, limit: options.redactionLimit, findingLimit: options.findingLimit)
    do {
      let merge = try AuditMerge(findingLimit: 1, tree: nil, keys: nil, redactions: book)
      let scanner = try ChunkScanner(disk, logID: logID, limit: end, findingLimit: 1)
      let pool = check(scanner, merge, nil, logID, headSizes: [])
      if pool.wasCancelled { wasCancelled() }
      if let failure = pool.failure { throw failure }
      return merge.redactions
    } catch let error as CryptoError {
      throw LedgerError(error)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError(
        .inputOutput, "\(error)", at: LogLocation(file: LedgerPaths.log),
        advice: "verify again")
    }
  }
}
