public import LedgerStorage
public import LedgerWriter
import Traceability
import TransparencyLog

extension Ledger {
  /// The entries that redacting an event is about: every entry of its ID, declarations of error and
  /// conflicting contents that were kept among them, and the receipts of their captures.
  ///
  /// A receipt holds the digest of the whole document, without a salt: whoever knows the rest of
  /// the document could find the erased event by guessing.
  /// - Throws: `LedgerError/Kind/invalid` if no event on record has the ID. An event whose links are
  ///   destroyed has none any more.
  /// - Complexity: O(bytes of all links): the log itself is asked, not the index.
  public func entries(redactedWithEvent id: String) throws -> [EntryIndex] {
    var found: Set<EntryIndex> = []
    var captures: Set<EntryIndex> = []
    var links = LinksBuffer()
    let frames = try reader.frames(in: snapshot())
    while try frames.next() {
      let frame = frames.frame
      for record in 0..<frame.count {
        guard let entry = frame.entry(record) else { continue }
        if entry.kind == .receipt, captures.contains(entry.capture) { found.insert(entry.index) }
        guard entry.kind == .event, frame.linksState(record) == .intact else { continue }
        try frame.links(of: record) { try links.decode($0) }
        guard links.bytes(links.eventID).elementsEqual(id.utf8) else { continue }
        found.insert(entry.index)
        captures.insert(entry.capture)
      }
    }
    guard !found.isEmpty, !id.isEmpty else {
      throw LedgerError(
        .invalid, "no event with the ID '\(id)' is in the ledger",
        advice: "check the ID, or redact by the numbers of entries")
    }
    return found.sorted()
  }

  /// The entries that redacting entries is about: these, and the receipts of captures that events or
  /// capture entries among them belong to.
  public func entries(redactedWith entries: [EntryIndex]) throws -> [EntryIndex] {
    let snapshot = try snapshot()
    var all = Set(entries)
    var seen: Set<EntryIndex> = []
    for index in all.sorted() {
      let entry = try reader.entry(index, in: snapshot)
      guard entry.kind == .event || entry.kind == .capture, seen.insert(entry.capture).inserted
      else { continue }
      if let receipt = try receipt(after: entry, snapshot) { all.insert(receipt) }
    }
    return all.sorted()
  }

  /// The receipt of the capture that an entry belongs to.
  private func receipt(after entry: Entry, _ snapshot: LedgerSnapshot) throws -> EntryIndex? {
    if entry.isLastOfCapture { return nil }
    let frames = try reader.frames(from: entry.index, in: snapshot)
    while try frames.next() {
      for record in frames.firstRecord..<frames.frame.count {
        guard let next = frames.frame.entry(record), next.capture == entry.capture else {
          return nil
        }
        if next.kind == .receipt { return next.index }
      }
    }
    return nil
  }

  /// Destroys the payloads of an event for good, or its links too; see
  /// `redact(entries:parts:reason:)`. All entries of the event's ID are redacted, and the receipts
  /// of their captures.
  public func redact(
    event id: String, parts: RedactedParts = .payload, reason: String
  ) throws -> Redaction {
    try redact(parts, reason) { try entries(redactedWithEvent: id) }
  }

  /// Destroys payloads for good, or payloads and links, with their salts; the receipts of captures
  /// concerned too.
  ///
  /// A redaction entry says which entries, when and why; the log still verifies. Without links, an
  /// event is not found any more, and traces are cut there; they say so. When this returns, the
  /// bytes are gone from the files of the ledger, its index and what recovery set aside included:
  /// not from backups, from what was disclosed or exported, nor from what a file system or a drive
  /// keeps below.
  ///
  /// - Parameters:
  ///   - entries: events, captures, receipts and notes.
  ///   - parts: the payload alone, so that traces hold, or the links too.
  ///   - reason: a code of 1 to 64 letters, digits, `.`, `_` and `-`, which is published.
  /// - Throws: `LedgerError`: the ledger was opened for reading, or an entry may not be redacted
  ///   (`invalid`); the disk is full: nothing happened. After any other failure, the next writer that
  ///   opens the ledger finishes what was begun.
  public func redact(
    entries: [EntryIndex], parts: RedactedParts = .payload, reason: String
  ) throws -> Redaction {
    try redact(parts, reason) { try self.entries(redactedWith: entries) }
  }

  private func redact(
    _ parts: RedactedParts, _ reason: String, _ entries: () throws -> [EntryIndex]
  ) throws -> Redaction {
    guard let writer, let gate else {
      throw LedgerError.openedForReading
    }
    gate.beginExclusive()
    defer { gate.endExclusive() }
    let named = try entries()
    func redact() throws -> Redaction {
      try writer.redact(named, parts: parts, reason: reason)
    }
    // What is just being sealed may hold what is destroyed.
    let redaction = try upkeep?.whileStill(redact) ?? redact()
    forgetIndex()
    if parts == .payloadAndLinks { gate.forget(redaction.erased.map(\.rawValue)) }
    return redaction
  }

  /// What was destroyed of an entry, when and why, in the order of the log; nothing if it is whole.
  ///
  /// - Throws: `LedgerError/Kind/corrupt` if links that are left are not those that the entry is
  ///   committed to, by the digest that a redaction put in the payload's place.
  /// - Complexity: O(bytes of the links after the entry), if anything was destroyed.
  public func redactions(of record: LedgerRecord) throws -> [RedactionNotice] {
    guard record.payload == nil || record.links == nil else { return [] }
    let snapshot = try snapshot()
    var redactions: [LedgerRecord] = []
    let frames = try reader.frames(from: record.entry.index, in: snapshot)
    while try frames.next() {
      for place in frames.firstRecord..<frames.frame.count
      where frames.frame.entry(place)?.kind == .redaction {
        redactions.append(try reader.record(frames.frame.index(of: place), in: snapshot))
      }
    }
    let notices = RedactionLog(redactions).notices(of: record.entry.index)
    for notice in notices {
      guard case .payload(let digest) = notice.scope, try !record.agrees(with: digest) else {
        continue
      }
      throw LedgerError(
        .corrupt, "the links of entry \(record.entry.index) are not those that it commits to",
        advice: "run `provender verify` for every finding")
    }
    return notices
  }
}

extension LedgerRecord {
  /// Whether the links are those that the entry is committed to, given the digest of its payload;
  /// true where they were destroyed.
  fileprivate func agrees(with payloadDigest: Hash) throws -> Bool {
    guard let links else { return true }
    let hasher = try SHA256Hasher()
    let linksDigest = links.withUnsafeBytes {
      Commitment.linksDigest($0, salt: linksSalt, with: hasher)
    }
    return Commitment.join(payloadDigest, linksDigest, with: hasher) == entry.commitment
  }
}
