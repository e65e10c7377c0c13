import EPCISFormat
import LedgerIndex
import LedgerStorage
import LedgerWriter
import Traceability
import TransparencyLog

/// Decides which events are new, known or in conflict, for captures of any number of threads.
///
/// An event that another thread is capturing counts once that capture is durable: until then others
/// that hold it wait, since "known" is an acknowledgement too.
final class IdentityGate: @unchecked Sendable {
  private let monitor = Monitor()
  private let reader: LedgerReader
  private let store: IndexStore
  /// What identities are seeded with, as are the facts and the index.
  let seed: UInt64
  private let indexedSize: UInt64
  // The monitor guards what follows.
  private var index: LedgerIndex?
  /// What came after the index, as far as it is in tables of facts.
  private var facts: LaterEvents?
  private let factsEnd: UInt64
  /// Identities of which the table has what the facts led to.
  private var taken: Set<UInt64> = []
  private var table = EventIdentityTable()
  private var isExclusive = false
  /// Events that are being captured.
  private var pendingCount = 0
  /// Entries whose links were destroyed since the index and the table were made.
  private var forgotten: Set<UInt64> = []

  /// What is known of an event.
  enum Judgement {
    case new
    case known
    /// Same ID, other content: where the other one is.
    case conflict(entry: UInt64)
    /// Another thread is capturing it.
    case pending
  }

  /// The numbers that tell an event apart.
  struct Key {
    var stored: StoredKey
    /// The identity of the event that a declaration is about; its own where it is none.
    var about: UInt64
    var identity: UInt64 { stored.identity }
    var content: UInt64 { stored.content }
  }

  /// What is kept of a key until the event is stored.
  struct StoredKey {
    var identity: UInt64
    var content: UInt64
  }

  init(reader: LedgerReader, store: IndexStore, snapshot: LedgerSnapshot) throws {
    self.reader = reader
    self.store = store
    index = store.stored(snapshot).index
    indexedSize = index?.binding.size ?? 0
    let known = store.facts(from: indexedSize, seed: index?.seed, snapshot)
    facts = known.tables.isEmpty ? nil : LaterEvents(from: indexedSize, in: known.tables)
    factsEnd = known.end
    seed = try index?.seed ?? known.seed ?? IndexStore.seed()
    try fillTable(from: factsEnd, to: snapshot.size.rawValue, snapshot)
  }

  /// Notes the events of some entries.
  private func fillTable(from first: UInt64, to end: UInt64, _ snapshot: LedgerSnapshot) throws {
    var links = LinksBuffer()
    try store.forEachEntry(from: first, snapshot, progress: nil) { entry, bytes in
      guard entry.kind == .event, entry.index.rawValue < end else { return }
      try links.decode(bytes)
      note(links, entry.index.rawValue)
    }
  }

  private func note(_ links: LinksBuffer, _ entry: UInt64) {
    var identity = IndexBuilder.identityKey(links, seed: seed)
    if links.declarationTime != nil {
      identity = EventIdentityTable.identity(ofDeclaration: links, about: identity, seed: seed)
    }
    table.insert(.init(identity: identity, content: links.content.words.1, entry: entry))
  }

  /// Notes what the facts lead to of an event.
  private func takeUp(_ key: Key) throws {
    guard let known = facts else { return }
    let entries = known.entries(identity: key.about)
    if known.damage != nil {
      facts = nil
      return try fillTable(from: indexedSize, to: factsEnd, reader.snapshot())
    }
    guard !entries.isEmpty, taken.insert(key.about).inserted else { return }
    for entry in entries where !forgotten.contains(entry) {
      guard let links = try storedLinks(entry),
        IndexBuilder.identityKey(links, seed: seed) == key.about
      else { continue }
      note(links, entry)
    }
  }

  /// The numbers of an event.
  ///
  /// - Parameters:
  ///   - eventID: its ID; empty if it has none.
  ///   - links: the links of its batch.
  func key(
    _ event: ParsedEvent, eventID: UnsafeRawBufferPointer, links bytes: UnsafeRawBufferPointer
  ) throws -> Key {
    let about = EventIdentityTable.identity(eventID: eventID, content: event.content, seed: seed)
    var identity = about
    if event.declaration != nil {
      var links = LinksBuffer()
      try links.decode(UnsafeRawBufferPointer(rebasing: bytes[event.links]))
      identity = EventIdentityTable.identity(ofDeclaration: links, about: about, seed: seed)
    }
    return Key(
      stored: StoredKey(identity: identity, content: event.content.words.1), about: about)
  }

  /// Reads ahead what is known of events that will be judged. The gate is held.
  func fetch(_ keys: [Key]) { for key in keys { table.fetch(key.identity) } }

  // MARK: Used with the gate held

  /// Takes the gate; captures of one batch hold it only while they judge and append is queued.
  func lock() {
    monitor.lock()
    while isExclusive { monitor.wait() }
  }

  func unlock() { monitor.unlock() }

  /// Waits until a pending event is decided. The gate is held again afterwards.
  func waitForOthers() {
    monitor.wait()
    while isExclusive { monitor.wait() }
  }

  /// Keeps others out for a capture of several batches, without blocking the gate itself, and waits
  /// until what they are capturing is decided.
  func beginExclusive() {
    lock()
    isExclusive = true
    while pendingCount > 0 { monitor.wait() }
    monitor.unlock()
  }

  func endExclusive() {
    monitor.lock()
    isExclusive = false
    monitor.broadcast()
    monitor.unlock()
  }

  /// What is known of an event. The gate is held, or the capture is exclusive.
  func judge(_ key: Key, eventID: UnsafeRawBufferPointer, isDeclaration: Bool) throws -> Judgement {
    try takeUp(key)
    let judgement = try judged(key, eventID: eventID, isDeclaration: isDeclaration)
    guard index?.damage != nil else { return judgement }
    // What was read of a damaged index counts for nothing: the log itself knows every event.
    index = nil
    try fillTable(from: 0, to: indexedSize, reader.snapshot())
    return try judged(key, eventID: eventID, isDeclaration: isDeclaration)
  }

  private func judged(
    _ key: Key, eventID: UnsafeRawBufferPointer, isDeclaration: Bool
  ) throws -> Judgement {
    // What most events are: new, where all that was stored is in the table.
    if index == nil, !table.contains(identity: key.identity),
      key.about == key.identity || !table.contains(identity: key.about)
    {
      return .new
    }
    var other: UInt64?
    for row in rows(identity: key.identity) where row.content == key.content {
      return row.entry == EventIdentityTable.pendingEntry ? .pending : .known
    }
    if isDeclaration, try isAboutStored(key, eventID) {
      return try isKnownDeclaration(key, eventID) ? .known : .new
    }
    for row in rows(identity: key.about) where row.content != key.content {
      if row.entry == EventIdentityTable.pendingEntry { return .pending }
      if try isSameID(row.entry, eventID) { other = row.entry }
    }
    for event in try events(of: key.about, eventID) {
      let isStored = !event.row.isOnlyDeclared && !forgotten.contains(event.row.entry)
      if event.content == key.content {
        if !isDeclaration, isStored { return .known }
      } else if !forgotten.contains(event.row.entry) {
        other = event.row.entry
      }
    }
    return other.map { .conflict(entry: $0) } ?? .new
  }

  /// Whether the very event that a declaration repeats is stored: then no other content of that ID
  /// is of interest, as where conflicting contents were kept.
  private func isAboutStored(_ key: Key, _ eventID: UnsafeRawBufferPointer) throws -> Bool {
    if rows(identity: key.about).contains(where: { $0.content == key.content }) { return true }
    return try events(of: key.about, eventID).contains { $0.content == key.content }
  }

  private func rows(identity: UInt64) -> [EventIdentityTable.Row] {
    let rows = table.rows(identity: identity)
    return forgotten.isEmpty ? rows : rows.filter { !forgotten.contains($0.entry) }
  }

  /// The events of the index that have an ID and of which anything is left, with part of their content
  /// digest: as the log has them, since the index knows only who may have it.
  private func events(
    of identity: UInt64, _ eventID: UnsafeRawBufferPointer
  ) throws -> [(row: IndexedEvent, content: UInt64)] {
    var result: [(row: IndexedEvent, content: UInt64)] = []
    for event in index?.events(identity: identity) ?? [] {
      let entries = [event.entry] + (event.declarationEntry.map { [$0] } ?? [])
      for entry in entries where entry < indexedSize && !forgotten.contains(entry) {
        guard let links = try storedLinks(entry) else { continue }
        let isIt = IndexBuilder.identityKey(links, seed: seed) == identity
        if isIt, links.bytes(links.eventID).elementsEqual(eventID) {
          result.append((event, links.content.words.1))
        }
        break
      }
    }
    return result
  }

  /// Forgets entries whose links were destroyed: what is captured again is new. For the caller that
  /// keeps others out.
  func forget(_ entries: [UInt64]) {
    monitor.lock()
    forgotten.formUnion(entries)
    monitor.unlock()
  }

  private func isKnownDeclaration(_ key: Key, _ eventID: UnsafeRawBufferPointer) throws -> Bool {
    for event in try events(of: key.about, eventID) where event.content == key.content {
      if let declared = event.row.declarationEntry, !forgotten.contains(declared),
        try isSame(declared, key)
      {
        return true
      }
    }
    return false
  }

  /// Whether a stored event has this very ID: the table knows hashes only.
  private func isSameID(_ entry: UInt64, _ eventID: UnsafeRawBufferPointer) throws -> Bool {
    guard let links = try storedLinks(entry) else { return true }
    return links.bytes(links.eventID).elementsEqual(eventID)
  }

  private func isSame(_ entry: UInt64, _ key: Key) throws -> Bool {
    guard let links = try storedLinks(entry), links.declarationTime != nil else { return false }
    let identity = EventIdentityTable.identity(
      ofDeclaration: links, about: key.about, seed: seed)
    return identity == key.identity
  }

  private func storedLinks(_ entry: UInt64) throws -> LinksBuffer? {
    let snapshot = try reader.snapshot()
    guard let bytes = try reader.record(EntryIndex(entry), in: snapshot).links else { return nil }
    var links = LinksBuffer()
    try bytes.withUnsafeBytes { try links.decode($0) }
    return links
  }

  /// Notes events as being captured.
  func insertPending(_ keys: [StoredKey]) {
    pendingCount += keys.count
    table.reserve(table.count + keys.count)
    for key in keys {
      table.insert(
        .init(
          identity: key.identity, content: key.content, entry: EventIdentityTable.pendingEntry))
    }
  }

  /// Decides pending events: stored from an entry on, or not at all. Takes the gate itself.
  func resolve(_ keys: [StoredKey], firstEntry: UInt64?) {
    guard !keys.isEmpty else { return }
    monitor.lock()
    pendingCount -= keys.count
    for key in keys { table.fetch(key.identity) }
    for (number, key) in keys.enumerated() {
      table.resolve(
        identity: key.identity, content: key.content,
        entry: firstEntry.map { $0 + UInt64(number) })
    }
    monitor.broadcast()
    monitor.unlock()
  }

  /// Adds events that an exclusive capture stored.
  func insert(_ keys: [StoredKey], firstEntry: UInt64) {
    monitor.lock()
    table.reserve(table.count + keys.count)
    for (number, key) in keys.enumerated() {
      table.insert(
        .init(
          identity: key.identity, content: key.content, entry: firstEntry + UInt64(number)))
    }
    monitor.unlock()
  }
}
