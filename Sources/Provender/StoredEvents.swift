import LedgerIndex
import LedgerStorage
import Traceability

/// The events of a ledger as they are collected for a question.
final class StoredEvents: EventSource {
  private let store: IndexStore
  private let snapshot: LedgerSnapshot
  private var submitters: [EntryIndex: String] = [:]
  /// Events that were read already.
  private let known: [UInt64: LaterEvents.Stored]

  init(_ store: IndexStore, _ snapshot: LedgerSnapshot, known: [UInt64: LaterEvents.Stored]) {
    self.store = store
    self.snapshot = snapshot
    self.known = known
  }

  func event(at entry: UInt64) throws -> LaterEvents.Stored? {
    if let known = known[entry] { return known }
    // Numbers from a damaged index may lie beyond the log.
    guard entry < snapshot.size.rawValue else { return nil }
    let record = try store.reader.record(EntryIndex(entry), in: snapshot)
    guard record.entry.kind == .event, let links = record.links else { return nil }
    return LaterEvents.Stored(links: links, submitter: try submitter(of: record.entry.capture))
  }

  func capture(at entry: UInt64) throws -> CaptureLinks? {
    guard entry < snapshot.size.rawValue else { return nil }
    let record = try store.reader.record(EntryIndex(entry), in: snapshot)
    guard record.entry.kind == .capture, let links = record.links else { return nil }
    return try links.withUnsafeBytes { try CaptureLinks(decoding: $0) }
  }

  func submitter(of capture: EntryIndex) throws -> String {
    if let known = submitters[capture] { return known }
    let submitter = try self.capture(at: capture.rawValue)?.submitter ?? ""
    submitters[capture] = submitter
    return submitter
  }

  func scan(
    from entry: UInt64, _ body: (UInt64, UnsafeRawBufferPointer) throws -> Bool
  ) throws {
    do {
      try store.forEachEntry(from: entry, snapshot, progress: nil) { entry, links in
        guard entry.kind == .event else { return }
        if try !body(entry.index.rawValue, links) { throw Enough() }
      }
    } catch is Enough {
      return
    }
  }

  private struct Enough: Error {}
}
