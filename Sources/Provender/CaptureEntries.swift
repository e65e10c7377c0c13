import EPCISFormat
import LedgerIndex
import LedgerStorage
import LedgerWriter
import Traceability
import TransparencyLog

/// Makes the entries of a document's captures: the opening one, those of the events, the receipt.
struct CaptureEntries: Sendable {
  let source: any ByteSource
  let document: EPCISReader
  private let options: CaptureOptions
  private let prefix: EventPayload.Prefix
  private let links: [UInt8]

  init(_ source: any ByteSource, _ document: EPCISReader, _ options: CaptureOptions) throws {
    self.source = source
    self.document = document
    self.options = options
    let envelope = document.outline.envelope
    prefix = EventPayload.Prefix(
      contextDigest: envelope.isEmpty ? nil : try SHA256Hasher().hash(envelope))
    var links = CaptureLinks()
    links.submitter = options.submitter
    links.masterData = document.outline.masterData
    self.links = links.encoded
  }

  /// The payload and the links of the entry that opens a capture.
  func opening(eventCount: Int, byteCount: Int) throws(LedgerError) -> (
    payload: [UInt8], links: [UInt8]
  ) {
    let payload = try CapturePayload(
      submitter: options.submitter, documentName: options.documentName,
      mediaType: document.outline.form == .lines ? "application/jsonl" : "application/ld+json",
      documentByteCount: UInt64(byteCount), eventCount: UInt64(eventCount),
      context: document.outline.envelope
    ).payload()
    return (payload, links)
  }

  /// The capture of the new events of a batch that is one capture, in the memory of another if there
  /// is one.
  func draft(
    _ batch: ParsedBatch, _ verdict: EventJudge.Verdict, _ receipt: ReceiptPayload,
    reusing old: consuming PreparedCapture?
  ) throws(LedgerError) -> CaptureDraft {
    let opening = try opening(
      eventCount: verdict.keys.count, byteCount: Int(clamping: receipt.documentByteCount))
    var draft =
      if let old {
        try CaptureDraft(reusing: old, capture: opening.payload, links: opening.links)
      } else {
        try CaptureDraft(capture: opening.payload, links: opening.links)
      }
    draft.reserve(
      eventCount: verdict.keys.count + 1,
      byteCount: (batch.batch?.range.count ?? 0) + 16 * verdict.keys.count)
    try forEachEvent(batch, verdict.isNew[...]) { event, prefix, links throws(LedgerError) in
      try draft.addEvent(event, after: prefix, links: links)
    }
    try draft.addReceipt(payload: receipt.payload())
    return draft
  }

  /// What the entries of a capture are found by, the first of them called 0; nil where its links
  /// cannot be read, so that whoever reads the log finds out.
  func facts(of capture: PreparedCapture, seed: UInt64) -> FactCollector? {
    var facts = FactCollector(from: 0, seed: seed, eventCount: capture.entryCount)
    var entry: UInt64 = 0
    do {
      try capture.forEachLinks { kind, links in
        switch kind {
        case .event: try facts.add(links: links, entry: entry, submitter: options.submitter)
        case .capture: try facts.add(CaptureLinks(decoding: links), entry: entry)
        default: break
        }
        entry += 1
      }
    } catch {
      return nil
    }
    return facts
  }

  /// Lends bytes and links of the new events of a batch.
  func forEachEvent(
    _ batch: ParsedBatch, _ isNew: ArraySlice<Bool>,
    _ body: (
      UnsafeRawBufferPointer, EventPayload.Prefix, UnsafeRawBufferPointer
    ) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let result = batch.bytes.withUnsafeBytes { bytes in
      batch.links.withUnsafeBytes { links in
        Result<Void, LedgerError> { () throws(LedgerError) in
          for (event, isNew) in zip(batch.events, isNew) where isNew {
            try body(
              UnsafeRawBufferPointer(rebasing: bytes[event.payload]), prefix,
              UnsafeRawBufferPointer(rebasing: links[event.links]))
          }
        }
      }
    }
    try result.get()
  }

  /// The receipt for the whole document, read in blocks.
  func receipt(_ hasher: SHA256Hasher) throws(ByteSourceError) -> ReceiptPayload {
    var block = [UInt8](repeating: 0, count: min(1 << 20, max(1, source.byteCount)))
    hasher.reset()
    var offset = 0
    while offset < source.byteCount {
      let count = min(block.count, source.byteCount - offset)
      try source.read(into: &block, count, at: offset)
      block.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      offset += count
    }
    return ReceiptPayload(
      documentDigest: hasher.finalize(), documentByteCount: UInt64(source.byteCount))
  }
}

extension ByteSource {
  fileprivate func read(
    into block: inout [UInt8], _ count: Int, at offset: Int
  ) throws(ByteSourceError) {
    let result = block.withUnsafeMutableBytes { bytes in
      Result<Void, ByteSourceError> { () throws(ByteSourceError) in
        try read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count]))
      }
    }
    try result.get()
  }
}

extension Hash {
  /// The digest that another layer knows as plain bytes.
  init(_ digest: Digest32) {
    let words = [digest.words.0, digest.words.1, digest.words.2, digest.words.3]
    self = words.map(\.bigEndian).withUnsafeBytes { Hash($0) } ?? .zero
  }
}
