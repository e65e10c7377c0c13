import LedgerStorage
import SystemThreads
import TransparencyLog

/// Lets several threads take chunks from one scanner, check them, and hand their results in.
///
/// The results are merged in the order of the log by whichever thread hands in the one that is
/// next. Those that come early wait, and threads stop taking chunks while many do, so that
/// memory is bounded.
internal final class AuditPool: @unchecked Sendable {
  private let monitor = Monitor()
  private let options: AuditOptions
  private let totalEntryCount: UInt64
  private let makeAuditor: () throws(CryptoError) -> ChunkAuditor
  private let waitingLimit: Int

  // The monitor guards what follows; the merge belongs to the thread that set `isMerging`.
  private let scanner: ChunkScanner
  private let merge: AuditMerge
  private var waiting: [Int: ChunkResult] = [:]
  private var nextNumber = 0
  private var isMerging = false
  private var isOver = false
  private(set) var wasCancelled = false
  private(set) var failure: LedgerError?

  init(
    _ scanner: ChunkScanner, _ merge: AuditMerge, _ options: AuditOptions,
    threadCount: Int, totalEntryCount: UInt64,
    makeAuditor: @escaping () throws(CryptoError) -> ChunkAuditor
  ) {
    self.scanner = scanner
    self.merge = merge
    self.options = options
    self.totalEntryCount = totalEntryCount
    self.makeAuditor = makeAuditor
    waitingLimit = 4 * threadCount
  }

  /// Checks everything; returns when all threads are done.
  func run(threadCount: Int) {
    Threads.run(threadCount) { self.work() }
  }

  private func work() {
    let auditor: ChunkAuditor
    do {
      auditor = try makeAuditor()
    } catch {
      monitor.withLock { stop(LedgerError(error)) }
      return
    }
    while let chunk = take() { handIn(auditor.check(chunk)) }
  }

  private func take() -> LogChunk? {
    monitor.withLock {
      while waiting.count >= waitingLimit && !isOver { monitor.wait() }
      if options.cancellation?.isCancelled == true {
        wasCancelled = true
        isOver = true
      }
      guard !isOver else { return nil }
      do throws(LedgerError) {
        if let chunk = try scanner.next() { return chunk }
        isOver = true
      } catch {
        stop(error)
      }
      return nil
    }
  }

  private func stop(_ error: LedgerError) {
    failure = failure ?? error
    isOver = true
    monitor.broadcast()
  }

  private func handIn(_ result: ChunkResult) {
    let isMine = monitor.withLock {
      waiting[result.number] = result
      if isMerging { return false }
      isMerging = true
      return true
    }
    guard isMine else { return }
    while let next = nextResult() {
      merge.add(next)
      options.progress?(
        AuditProgress(
          entryCount: merge.counts.entries, totalEntryCount: totalEntryCount,
          byteCount: merge.counts.bytes))
    }
  }

  /// The next result in order; gives up merging when it was not handed in yet.
  private func nextResult() -> ChunkResult? {
    monitor.withLock {
      guard let next = waiting.removeValue(forKey: nextNumber) else {
        isMerging = false
        return nil
      }
      nextNumber += 1
      monitor.broadcast()
      return next
    }
  }
}
