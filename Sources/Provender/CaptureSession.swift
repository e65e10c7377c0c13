import EPCISFormat
import LedgerIndex
import LedgerStorage
import LedgerWriter
import Traceability
import TransparencyLog

/// One document on its way into the ledger.
struct CaptureSession {
  let writer: LedgerWriter
  let gate: IdentityGate
  let source: any ByteSource
  let options: CaptureOptions
  let document: EPCISReader
  /// Called when something was acknowledged, with what it is found by if that is at hand.
  var didAppend: (FactCollector?, Appended) -> Void = { _, _ in }
  var outcome = CaptureOutcome()
  private let entries: CaptureEntries
  private var judge: EventJudge
  /// The batches of a document that is not read twice.
  private var kept: [ParsedBatch] = []

  init(
    _ writer: LedgerWriter, _ gate: IdentityGate, _ source: any ByteSource,
    _ options: CaptureOptions
  ) throws {
    self.writer = writer
    self.gate = gate
    self.source = source
    self.options = options
    var limits = EPCISLimits()
    // An entry's payload holds at most 32 MiB, and the context is part of one.
    limits.envelopeBytes = 30 << 20
    document = try EPCISReader(
      source, limits: limits, firstLine: options.firstLine, listsLines: false)
    entries = try CaptureEntries(source, document, options)
    judge = EventJudge(gate, options, batchWise: false)
  }

  mutating func run() throws {
    switch document.outline.form {
    case .lines:
      let pipeline = try CapturePipeline(writer, gate, entries, options, didStore: didAppend)
      try pipeline.run(into: &outcome)
    default:
      if document.outline.batches.count <= 1 {
        try captureSingleBatch()
      } else {
        try captureLargeDocument()
      }
    }
  }

  // MARK: Documents of one batch

  private mutating func captureSingleBatch() throws {
    guard let group = document.outline.batches.first else { return }
    let receipt = try entries.receipt(SHA256Hasher())
    let parser = try document.makeParser()
    var batch = ParsedBatch()
    try parser.parse(group, into: &batch)
    guard batch.refusals.isEmpty else {
      outcome.refuse(batch.refusals)
      return
    }
    let verdict = try judgeWhenDecided(batch)
    guard verdict.outcome.refused.isEmpty, !verdict.keys.isEmpty else {
      outcome.add(verdict.outcome)
      return
    }
    do {
      try checkUnchanged(since: receipt)
      let draft = try entries.draft(batch, verdict, receipt, reusing: nil)
      let capture = try writer.prepare(draft)
      let facts = entries.facts(of: capture, seed: gate.seed)
      for appended in try writer.append([capture]) {
        gate.resolve(verdict.keys, firstEntry: appended.firstEntry.rawValue + 1)
        outcome.add(verdict.outcome)
        note(appended, facts)
      }
    } catch {
      gate.resolve(verdict.keys, firstEntry: nil)
      throw error
    }
  }

  /// Judges a batch and notes its new events as pending.
  private mutating func judgeWhenDecided(_ batch: ParsedBatch) throws -> EventJudge.Verdict {
    gate.lock()
    defer { gate.unlock() }
    while true {
      var judge = judge
      if let verdict = try judge.judge(batch) {
        if verdict.outcome.refused.isEmpty { gate.insertPending(verdict.keys) }
        return verdict
      }
      gate.waitForOthers()
    }
  }

  // MARK: Documents of several batches: parsed to the end before the first byte is appended

  private mutating func captureLargeDocument() throws {
    gate.beginExclusive()
    defer { gate.endExclusive() }
    let receipt = try entries.receipt(SHA256Hasher())
    var all = EventJudge.Verdict()
    all.isNew.reserveCapacity(document.outline.eventCount)
    all.keys.reserveCapacity(document.outline.eventCount)
    judge.reserve(document.outline.eventCount)
    var checksum = UInt64(0)
    guard try judgeAll(&all, &checksum), outcome.refused.isEmpty else {
      outcome.captured = 0
      outcome.known = 0
      outcome.conflicts = []
      return
    }
    // The table has served; the keys alone are needed once all is stored.
    judge = EventJudge(gate, options, batchWise: false)
    guard !all.keys.isEmpty else { return }
    let opening = try entries.opening(
      eventCount: all.keys.count, byteCount: source.byteCount)
    let stream = try writer.begin(capture: opening.payload, links: opening.links)
    do {
      try add(all.isNew, checksum, to: stream)
      try checkUnchanged(since: receipt)
      try stream.addReceipt(payload: receipt.payload())
      let appended = try stream.commit()
      gate.insert(all.keys, firstEntry: appended.firstEntry.rawValue + 1)
      note(appended)
    } catch {
      stream.abandon()
      guard error is Stopped else { throw error }
      outcome.isCancelled = true
      outcome.captured = 0
      outcome.known = 0
    }
  }

  private struct Stopped: Error {}

  private static let documentChanged = ByteSourceError(
    "the document changed while it was captured; capture it again")

  /// The second pass over a large document.
  private mutating func add(
    _ isNew: [Bool], _ checksum: UInt64, to stream: CaptureStream
  ) throws {
    var number = 0
    var again = UInt64(0)
    let kept = kept
    self.kept = []
    func add(_ batch: inout ParsedBatch) throws {
      if options.isCancelled() { throw Stopped() }
      for event in batch.events { again = Self.mix(again, event) }
      try entries.forEachEvent(batch, isNew.dropFirst(number)) {
        event, prefix, links throws(LedgerError) in
        try stream.addEvent(event, after: prefix, links: links)
      }
      number += batch.events.count
      options.progress?(
        source.byteCount / 2 + (batch.batch?.range.upperBound ?? 0) / 2, source.byteCount)
    }
    if kept.isEmpty {
      try document.forEachBatch(add)
    } else {
      for var batch in kept { try add(&batch) }
    }
    guard again == checksum, number == isNew.count else {
      throw Self.documentChanged
    }
  }

  /// The first pass over a large document; false if the caller stopped it.
  private mutating func judgeAll(
    _ all: inout EventJudge.Verdict, _ checksum: inout UInt64
  ) throws -> Bool {
    let parser = try document.makeParser()
    var batch = ParsedBatch()
    for group in document.outline.batches {
      if options.isCancelled() {
        outcome.isCancelled = true
        return false
      }
      do {
        try parser.parse(group, into: &batch)
      } catch let refusal as EPCISRefusal {
        outcome.refuse(refusal.errors)
        break
      }
      outcome.refuse(batch.refusals)
      // Once something is refused, only further faults of the document itself are of interest.
      if outcome.refused.isEmpty, let judged = try judge.judge(batch) {
        all.isNew += judged.isNew
        all.keys += judged.keys
        outcome.add(judged.outcome)
      }
      for event in batch.events { checksum = Self.mix(checksum, event) }
      if outcome.refused.count >= CaptureOutcome.refusalLimit { break }
      options.progress?(group.range.upperBound / 2, document.outline.byteCount)
      if source.byteCount <= options.keptByteCountMax {
        kept.append(batch)
        batch = ParsedBatch()
      }
    }
    return true
  }

  private static func mix(_ value: UInt64, _ event: ParsedEvent) -> UInt64 {
    (value ^ event.content.words.0 ^ UInt64(event.payload.count)) &* 0x9E37_79B9_7F4A_7C15
  }

  /// A document that is rewritten while it is read must not get a receipt for what was not captured.
  private func checkUnchanged(since receipt: ReceiptPayload) throws {
    // The bytes of one in memory are the same for ever.
    if source is MemoryByteSource { return }
    guard try entries.receipt(SHA256Hasher()) == receipt else { throw Self.documentChanged }
  }

  private mutating func note(_ appended: Appended, _ facts: FactCollector? = nil) {
    let first = appended.firstEntry.rawValue
    outcome.add(entries: first..<first + appended.entryCount)
    didAppend(facts, appended)
  }
}
