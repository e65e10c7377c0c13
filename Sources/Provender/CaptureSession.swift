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
  /// Called when something was acknowledged.
  var didAppend: () -> Void = {}
  var outcome = CaptureOutcome()
  /// Events of this document that are new, with their place in the document as entry.
  private var fresh = EventIdentityTable()
  private var freshKeys: [IdentityGate.StoredKey] = []
  /// Of JSON Lines, the lines of the batch's events, for messages that name two.
  private var lines: [Int: Int] = [:]
  private static let maximumRefusals = 100

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
    document = try EPCISReader(source, limits: limits, firstLine: options.firstLine)
  }

  mutating func run() throws {
    switch document.outline.form {
    case .lines: try captureLines()
    default:
      if document.outline.batches.count <= 1 {
        try captureSingleBatch()
      } else {
        try captureLargeDocument()
      }
    }
  }

  // MARK: JSON Lines: a capture for each batch

  private mutating func captureLines() throws {
    let parser = try document.makeParser()
    var batch = ParsedBatch()
    for group in document.outline.batches {
      if options.isCancelled() {
        outcome.isCancelled = true
        outcome.resumeLine = group.firstLine
        return
      }
      do {
        try parser.parse(group, into: &batch)
        try captureWhole(batch, group)
      } catch let refusal as EPCISRefusal {
        refuse(refusal.errors)
      } catch let error as LedgerError where outcome.entries != nil {
        // What the batches before stored is acknowledged: the caller hears of both.
        outcome.failure = error
      }
      guard outcome.refused.isEmpty, outcome.failure == nil else {
        outcome.resumeLine = group.firstLine
        return
      }
      options.progress?(group.range.upperBound, document.outline.byteCount)
    }
  }

  private mutating func captureSingleBatch() throws {
    guard let group = document.outline.batches.first else { return }
    let parser = try document.makeParser()
    var batch = ParsedBatch()
    try parser.parse(group, into: &batch)
    try captureWhole(batch, group)
  }

  /// Judges the events of a batch and appends the new ones as one capture.
  private mutating func captureWhole(_ batch: ParsedBatch, _ group: EventBatch) throws {
    guard batch.refusals.isEmpty else {
      refuse(batch.refusals)
      return
    }
    let before = outcome
    var isNew: [Bool]
    gate.lock()
    do {
      while true {
        fresh = EventIdentityTable()
        freshKeys = []
        lines = [:]
        outcome = before
        if let judged = try judge(batch) {
          isNew = judged
          break
        }
        gate.waitForOthers()
      }
      if outcome.refused.isEmpty { gate.insertPending(freshKeys) }
      gate.unlock()
    } catch {
      gate.unlock()
      throw error
    }
    guard outcome.refused.isEmpty else {
      outcome.captured = before.captured
      outcome.known = before.known
      outcome.conflicts = before.conflicts
      return
    }
    guard !freshKeys.isEmpty else { return }
    do {
      let appended = try append(batch, isNew, group)
      gate.resolve(freshKeys, firstEntry: appended.firstEntry.rawValue + 1)
      note(appended)
    } catch {
      gate.resolve(freshKeys, firstEntry: nil)
      outcome = before
      throw error
    }
  }

  private func append(_ batch: ParsedBatch, _ isNew: [Bool], _ group: EventBatch) throws -> Appended
  {
    let hasher = try SHA256Hasher()
    let context = contextDigest(hasher)
    let isWhole = document.outline.form != .lines
    let byteCount = isWhole ? source.byteCount : group.range.count
    var draft = try CaptureDraft(
      capture: try capturePayload(eventCount: freshKeys.count, byteCount: byteCount),
      links: captureLinks())
    var payload: [UInt8] = []
    for (event, isNew) in zip(batch.events, isNew) where isNew {
      try addEvent(event, batch, context, &payload) { payload, links throws(LedgerError) in
        try draft.addEvent(payload: payload, links: links)
      }
    }
    let digest = try digest(of: isWhole ? 0..<source.byteCount : group.range, hasher)
    try draft.addReceipt(payload: digest.payload())
    return try writer.append(draft)
  }

  // MARK: Documents of several batches: parsed to the end before the first byte is appended

  private mutating func captureLargeDocument() throws {
    gate.beginExclusive()
    defer { gate.endExclusive() }
    var isNew: [Bool] = []
    isNew.reserveCapacity(document.outline.eventCount)
    fresh.reserve(document.outline.eventCount)
    freshKeys.reserveCapacity(document.outline.eventCount)
    var checksum = UInt64(0)
    guard try judgeAll(&isNew, &checksum), outcome.refused.isEmpty else {
      outcome.captured = 0
      outcome.known = 0
      outcome.conflicts = []
      return
    }
    // The table has served; the keys alone are needed once all is stored.
    fresh = EventIdentityTable()
    guard !freshKeys.isEmpty else { return }
    let stream = try writer.begin(
      capture: try capturePayload(eventCount: freshKeys.count, byteCount: source.byteCount),
      links: captureLinks())
    let hasher = try SHA256Hasher()
    let context = contextDigest(hasher)
    var payload: [UInt8] = []
    var number = 0
    var again = UInt64(0)
    var isStopped = false
    do {
      try document.forEachBatch { batch in
        if options.isCancelled() {
          isStopped = true
          throw Stopped()
        }
        for event in batch.events where number < isNew.count {
          again = Self.mix(again, event)
          if isNew[number] {
            try addEvent(event, batch, context, &payload) { payload, links throws(LedgerError) in
              try stream.addEvent(payload: payload, links: links)
            }
          }
          number += 1
        }
        options.progress?(
          source.byteCount / 2 + (batch.batch?.range.upperBound ?? 0) / 2, source.byteCount)
      }
      guard again == checksum, number == isNew.count else {
        throw ByteSourceError("the document changed while it was captured; capture it again")
      }
      try stream.addReceipt(
        payload: try digest(of: 0..<source.byteCount, hasher).payload())
      let appended = try stream.commit()
      gate.insert(freshKeys, firstEntry: appended.firstEntry.rawValue + 1)
      note(appended)
    } catch {
      stream.abandon()
      guard isStopped else { throw error }
      outcome.isCancelled = true
      outcome.captured = 0
      outcome.known = 0
    }
  }

  private struct Stopped: Error {}

  /// The first pass over a large document; false if the caller stopped it.
  private mutating func judgeAll(_ isNew: inout [Bool], _ checksum: inout UInt64) throws -> Bool {
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
        refuse(refusal.errors)
        break
      }
      refuse(batch.refusals)
      // Once something is refused, only further faults of the document itself are of interest.
      if outcome.refused.isEmpty, let judged = try judge(batch) { isNew += judged }
      for event in batch.events { checksum = Self.mix(checksum, event) }
      if outcome.refused.count >= Self.maximumRefusals { break }
      options.progress?(group.range.upperBound / 2, document.outline.byteCount)
    }
    return true
  }

  private static func mix(_ value: UInt64, _ event: ParsedEvent) -> UInt64 {
    (value ^ event.content.words.0 ^ UInt64(event.payload.count)) &* 0x9E37_79B9_7F4A_7C15
  }

  // MARK: Judging

  /// Which events of a batch are new; nil if one is being captured by another thread.
  private mutating func judge(_ batch: ParsedBatch) throws -> [Bool]? {
    var isNew: [Bool] = []
    isNew.reserveCapacity(batch.events.count)
    for event in batch.events {
      for sentence in event.notices.sentences { outcome.notices[sentence, default: 0] += 1 }
      let key = try gate.key(event, in: batch)
      if fresh.rows(identity: key.identity).contains(where: { $0.content == key.content }) {
        outcome.known += 1
        isNew.append(false)
        continue
      }
      let twins = fresh.rows(identity: key.about)
      let isAboutFresh = twins.contains { $0.content == key.content }
      let twin = isAboutFresh ? nil : twins.first { $0.content != key.content }
      switch try gate.judge(
        key, eventID: batch.links[event.eventID], isDeclaration: event.declaration != nil)
      {
      case .pending: return nil
      case .known:
        outcome.known += 1
        isNew.append(false)
        continue
      case .new:
        if let twin {
          let number = Int(twin.entry)
          conflict(event, batch, other: position((number, lines[number])))
        }
      case .conflict(let entry):
        conflict(event, batch, other: "entry \(entry)")
      }
      fresh.insert(
        .init(identity: key.identity, content: key.content, entry: UInt64(event.number)))
      freshKeys.append(key.stored)
      if let line = event.line { lines[event.number] = line }
      isNew.append(true)
      outcome.captured += 1
    }
    return isNew
  }

  private mutating func conflict(_ event: ParsedEvent, _ batch: ParsedBatch, other: String) {
    let id = batch.eventID(event)
    let place = position((event.number, event.line))
    if options.keepsConflicts {
      outcome.conflicts.append(EventConflict(eventID: id, position: place, other: other))
    } else if outcome.refused.count < Self.maximumRefusals {
      outcome.refused.append(
        Refusal(
          position: place,
          message: "it has the ID \(id) of \(other), with other content; correct the ID, or keep "
            + "both as a conflict with --keep-conflicts"))
    }
  }

  private func position(_ place: (number: Int, line: Int?)) -> String {
    place.line.map { "event \(place.number), line \($0)" } ?? "event \(place.number)"
  }

  private mutating func refuse(_ errors: [EPCISError]) {
    for error in errors where outcome.refused.count < Self.maximumRefusals {
      outcome.refused.append(Refusal(error))
    }
  }

  private mutating func note(_ appended: Appended) {
    let first = appended.firstEntry.rawValue
    let lower = outcome.entries?.lowerBound ?? first
    outcome.entries = lower..<first + appended.entryCount
    didAppend()
  }

  // MARK: Entries

  private func addEvent(
    _ event: ParsedEvent, _ batch: ParsedBatch, _ context: Hash?, _ payload: inout [UInt8],
    _ add: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    payload.removeAll(keepingCapacity: true)
    batch.bytes.withUnsafeBytes { bytes in
      EventPayload.append(
        contextDigest: context, event: UnsafeRawBufferPointer(rebasing: bytes[event.payload]),
        to: &payload)
    }
    let result = payload.withUnsafeBytes { payload in
      batch.links.withUnsafeBytes { links in
        Result<Void, LedgerError> { () throws(LedgerError) in
          try add(payload, UnsafeRawBufferPointer(rebasing: links[event.links]))
        }
      }
    }
    try result.get()
  }

  private func contextDigest(_ hasher: SHA256Hasher) -> Hash? {
    document.outline.envelope.isEmpty ? nil : hasher.hash(document.outline.envelope)
  }

  private func capturePayload(eventCount: Int, byteCount: Int) throws(LedgerError) -> [UInt8] {
    try CapturePayload(
      submitter: options.submitter, documentName: options.documentName,
      mediaType: document.outline.form == .lines ? "application/jsonl" : "application/ld+json",
      documentByteCount: UInt64(byteCount), eventCount: UInt64(eventCount),
      context: document.outline.envelope
    ).payload()
  }

  private func captureLinks() -> [UInt8] {
    var links = CaptureLinks()
    links.submitter = options.submitter
    links.masterData = document.outline.masterData
    return links.encoded
  }

  /// The digest of a part of the source, read in blocks.
  private func digest(of range: Range<Int>, _ hasher: SHA256Hasher) throws -> ReceiptPayload {
    var block = [UInt8](repeating: 0, count: min(1 << 20, max(1, range.count)))
    hasher.reset()
    var offset = range.lowerBound
    while offset < range.upperBound {
      let count = min(block.count, range.upperBound - offset)
      try block.withUnsafeMutableBytes { bytes in
        try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
      }
      block.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      offset += count
    }
    return ReceiptPayload(
      documentDigest: hasher.finalize(), documentByteCount: UInt64(range.count))
  }
}

extension Refusal {
  init(_ error: EPCISError) {
    var position = error.position.event.map { "event \($0), " } ?? ""
    position += "line \(error.position.line), byte \(error.position.offset)"
    if !error.position.path.isEmpty { position += ", \(error.position.path)" }
    self.init(position: position, message: "\(error.problem); \(error.advice)")
  }
}
