import EPCISFormat
import LedgerIndex
import LedgerStorage
import LedgerWriter
import SystemThreads
import TransparencyLog

/// Captures JSON Lines, a capture for each batch: some threads read, parse and hash ahead while the
/// caller's writes and waits for the disk.
///
/// Batches are judged in the document's order, each by the thread that parsed it, and appended in that
/// order. A batch is judged while those before it are not durable yet; where it holds an event of
/// theirs, it waits until they are, since "known" is an acknowledgement. Memory is bounded by the
/// batches that may be under way at once.
final class CapturePipeline: @unchecked Sendable {
  /// A batch that was judged and is ready to be written.
  private struct Ready {
    /// Where it is; nil where no batch could be found.
    var batch: EventBatch?
    /// What is to be written; nil where nothing is new.
    var capture: PreparedCapture?
    /// What its events are found by.
    var facts: FactCollector?
    var keys: [IdentityGate.StoredKey] = []
    var outcome = CaptureOutcome()
    var failure: (any Error)?

    /// Whether the document is not read on behind this batch.
    var isLast: Bool { failure != nil || !outcome.refused.isEmpty }
  }

  private let writer: LedgerWriter
  private let gate: IdentityGate
  private let entries: CaptureEntries
  private let options: CaptureOptions
  /// Batches under way at once.
  private let window: Int
  private let didStore: (FactCollector?, Appended) -> Void

  private let monitor = Monitor()
  // A monitor of its own, taken before the other, guards where the next batch is.
  private let scanMonitor = Monitor()
  private var lines: LineBatches
  // The monitor guards what follows.
  private var ready: [Int: Ready] = [:]
  private var spare: [PreparedCapture] = []
  /// The batch that is parsed next.
  private var nextParsed = 0
  /// The batch that is judged next; the judge belongs to the thread that parsed it.
  private var nextJudged = 0
  private var judge: EventJudge
  /// The batches before this one are decided.
  private var nextDone = 0
  /// Batches from here on are not captured, or are not there.
  private var end = Int.max

  init(
    _ writer: LedgerWriter, _ gate: IdentityGate, _ entries: CaptureEntries,
    _ options: CaptureOptions, didStore: @escaping (FactCollector?, Appended) -> Void
  ) throws(ByteSourceError) {
    self.writer = writer
    self.gate = gate
    self.entries = entries
    self.options = options
    self.didStore = didStore
    lines = try entries.document.lineBatches()
    window = 4 + 2 * Threads.processorCount
    judge = EventJudge(gate, options, batchWise: true)
  }

  /// Captures all batches, as far as none is refused, nothing fails and nobody cancels.
  func run(into outcome: inout CaptureOutcome) throws {
    var result = outcome
    let end = Threads.run(
      beside: { self.prepareBatches() }, times: Threads.processorCount
    ) { started in
      let end = Result { try self.write(into: &result, isAlone: started == 0) }
      self.stop()
      return end
    }
    for (_, left) in ready { gate.resolve(left.keys, firstEntry: nil) }
    outcome = result
    try end.get()
  }

  /// Has the other threads end.
  private func stop() {
    monitor.withLock {
      end = 0
      monitor.broadcast()
    }
  }

  // MARK: Reading ahead

  /// Parses, judges and hashes one batch after the other, until none is left.
  private func prepareBatches() {
    var worker: Worker?
    while let (number, place) = takeBatch() { prepare(number, place, &worker) }
  }

  /// What a thread keeps from batch to batch.
  private struct Worker {
    let parser: EventParser
    var batch = ParsedBatch()
  }

  /// The number and the place of the next batch; nil behind the last.
  private func takeBatch() -> (Int, Result<EventBatch, any Error>)? {
    scanMonitor.withLock {
      let number = monitor.withLock { () -> Int? in
        while nextParsed < end, nextParsed >= nextDone + window { monitor.wait() }
        guard nextParsed < end else { return nil }
        nextParsed += 1
        return nextParsed - 1
      }
      guard let number else { return nil }
      do {
        if let batch = try lines.next() { return (number, .success(batch)) }
      } catch {
        return (number, .failure(error))
      }
      monitor.withLock {
        end = min(end, number)
        monitor.broadcast()
      }
      return nil
    }
  }

  private func prepare(
    _ number: Int, _ place: Result<EventBatch, any Error>, _ worker: inout Worker?
  ) {
    var result = Ready()
    do {
      var own = try worker ?? makeWorker()
      worker = nil
      defer { worker = own }
      do {
        let batch = try place.get()
        result.batch = batch
        try own.parser.parse(batch, into: &own.batch)
        result.outcome.refuse(own.batch.refusals)
      } catch let refusal as EPCISRefusal {
        result.outcome.refuse(refusal.errors)
      }
      guard let verdict = try judged(own.batch, number, &result) else { return }
      guard !verdict.keys.isEmpty, !result.isLast else { return handIn(result, number) }
      do {
        let capture = try prepared(own.batch, verdict)
        result.facts = entries.facts(of: capture, seed: gate.seed)
        result.capture = capture
      } catch {
        gate.resolve(result.keys, firstEntry: nil)
        result.keys = []
        throw error
      }
    } catch {
      result.failure = error
      // Where nothing was judged, the turn is still to be taken.
      guard waitForTurn(number) else { return }
      endTurn(number, isLast: true)
    }
    handIn(result, number)
  }

  private func makeWorker() throws -> Worker {
    let parser = try entries.document.makeParser()
    parser.digestsLines = true
    return Worker(parser: parser)
  }

  private func prepared(
    _ batch: ParsedBatch, _ verdict: EventJudge.Verdict
  ) throws(LedgerError) -> PreparedCapture {
    let receipt = ReceiptPayload(
      documentDigest: Hash(batch.digest), documentByteCount: UInt64(batch.batch?.range.count ?? 0))
    let old = monitor.withLock { spare.popLast() }
    return try writer.prepare(entries.draft(batch, verdict, receipt, reusing: old))
  }

  // MARK: Judging in order

  /// Judges a batch when its turn has come, and notes its new events as pending; nil when the capture
  /// ends before it.
  private func judged(
    _ batch: ParsedBatch, _ number: Int, _ result: inout Ready
  ) throws -> EventJudge.Verdict? {
    guard waitForTurn(number) else { return nil }
    var verdict = EventJudge.Verdict()
    if result.outcome.refused.isEmpty {
      guard let judged = try judgeInTurn(batch, number) else { return nil }
      verdict = judged
      result.outcome = verdict.outcome
      if result.outcome.refused.isEmpty { result.keys = verdict.keys }
    }
    endTurn(number, isLast: result.isLast)
    return verdict
  }

  private func judgeInTurn(_ batch: ParsedBatch, _ number: Int) throws -> EventJudge.Verdict? {
    gate.lock()
    defer { gate.unlock() }
    if let verdict = try judgeAndNote(batch) { return verdict }
    // The event may be one of the batches before, and their writing needs the gate.
    gate.unlock()
    let isDecided = waitForEarlier(number)
    gate.lock()
    guard isDecided else { return nil }
    while true {
      if let verdict = try judgeAndNote(batch) { return verdict }
      gate.waitForOthers()
    }
  }

  private func judgeAndNote(_ batch: ParsedBatch) throws -> EventJudge.Verdict? {
    guard let verdict = try judge.judge(batch) else { return nil }
    if verdict.outcome.refused.isEmpty { gate.insertPending(verdict.keys) }
    return verdict
  }

  private func waitForTurn(_ number: Int) -> Bool {
    monitor.withLock {
      while nextJudged < number, number < end { monitor.wait() }
      return number < end
    }
  }

  private func endTurn(_ number: Int, isLast: Bool) {
    monitor.withLock {
      nextJudged = max(nextJudged, number + 1)
      if isLast { end = min(end, number + 1) }
      monitor.broadcast()
    }
  }

  private func waitForEarlier(_ number: Int) -> Bool {
    monitor.withLock {
      while nextDone < number, number < end { monitor.wait() }
      return number < end
    }
  }

  private func handIn(_ result: Ready, _ number: Int) {
    monitor.withLock {
      ready[number] = result
      monitor.broadcast()
    }
  }

  // MARK: Writing

  /// Writes what is ready, in order; on the caller's thread.
  private func write(into outcome: inout CaptureOutcome, isAlone: Bool) throws {
    var worker: Worker?
    var written: [PreparedCapture] = []
    outcome.resumeLine = options.firstLine
    while true {
      // Nobody else holds them by now, so that their memory serves again.
      monitor.withLock { spare += written }
      written = []
      if isAlone, let (number, place) = takeBatch() { prepare(number, place, &worker) }
      let group = takeGroup()
      guard let last = group.last else { break }
      outcome.resumeLine = group[0].batch?.firstLine ?? outcome.resumeLine
      guard !options.isCancelled() else {
        outcome.isCancelled = true
        giveUp(group)
        return
      }
      guard try write(group, into: &outcome) else { return }
      written = group.compactMap(\.capture)
      outcome.resumeLine = last.batch?.nextLine
      options.progress?(last.batch?.range.upperBound ?? 0, entries.document.outline.byteCount)
    }
    outcome.resumeLine = nil
  }

  /// The batches that are ready next, as many as go into one frame: at least one, for which this
  /// waits; none behind the last.
  private func takeGroup() -> [Ready] {
    monitor.withLock {
      let first = nextDone
      while ready[first] == nil, first < end { monitor.wait() }
      var group: [Ready] = []
      var byteCount = 0
      var entryCount = 0
      while let next = ready[first + group.count] {
        byteCount += next.capture?.byteCount ?? 0
        entryCount += next.capture?.entryCount ?? 0
        let fits =
          byteCount <= writer.groupByteCountMax && entryCount <= FrameHeader.maximumEntryCount
        guard group.isEmpty || fits && !next.isLast else { break }
        ready[first + group.count] = nil
        group.append(next)
        if next.isLast { break }
      }
      return group
    }
  }

  /// Writes a group and tells of it; false if the document is not captured any further.
  private func write(
    _ group: [Ready], into outcome: inout CaptureOutcome
  ) throws -> Bool {
    if let failure = group[0].failure {
      // What the batches before stored is acknowledged: the caller hears of both.
      guard let error = failure as? LedgerError, outcome.entries != nil else { throw failure }
      outcome.failure = error
      return false
    }
    do {
      try append(group, into: &outcome)
    } catch let error as LedgerError where outcome.entries != nil {
      outcome.failure = error
      return false
    }
    return outcome.refused.isEmpty
  }

  private func append(_ group: [Ready], into outcome: inout CaptureOutcome) throws {
    let captures = group.compactMap(\.capture)
    var appended: [Appended]
    do {
      appended = try writer.append(captures)
    } catch {
      giveUp(group)
      throw error
    }
    appended.reverse()
    for part in group {
      outcome.add(part.outcome)
      guard part.capture != nil, let place = appended.popLast() else { continue }
      let firstEntry = place.firstEntry.rawValue
      outcome.add(entries: firstEntry..<firstEntry + place.entryCount)
      gate.resolve(part.keys, firstEntry: firstEntry + 1)
      didStore(part.facts, place)
    }
    monitor.withLock {
      nextDone += group.count
      monitor.broadcast()
    }
  }

  private func giveUp(_ group: [Ready]) {
    for part in group { gate.resolve(part.keys, firstEntry: nil) }
  }
}
