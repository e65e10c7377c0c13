import LedgerIndex
import LedgerStorage
import Traceability

/// The name of a file of facts: the entries that it covers.
struct FactName: Hashable, Comparable {
  let entries: Range<UInt64>

  private static let prefix = "facts-"
  private static let digitCount = 20

  init(_ entries: Range<UInt64>) { self.entries = entries }

  /// The entries of a file by its name; nil for any other file.
  init?(_ name: String) {
    let parts = name.utf8.dropFirst(Self.prefix.utf8.count).split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard name.hasPrefix(Self.prefix), parts.count == 2,
      parts.allSatisfy({ $0.count == Self.digitCount && $0.allSatisfy { 48...57 ~= $0 } }),
      let first = UInt64(String(decoding: parts[0], as: UTF8.self)),
      let end = UInt64(String(decoding: parts[1], as: UTF8.self)), first < end
    else { return nil }
    entries = first..<end
  }

  var text: String {
    func padded(_ number: UInt64) -> String {
      let digits = String(number)
      return String(repeating: "0", count: Self.digitCount - digits.utf8.count) + digits
    }
    return "\(Self.prefix)\(padded(entries.lowerBound))-\(padded(entries.upperBound))"
  }

  static func < (a: FactName, b: FactName) -> Bool {
    (a.entries.lowerBound, a.entries.upperBound) < (b.entries.lowerBound, b.entries.upperBound)
  }
}

extension IndexStore {
  /// The tables of facts that follow an index.
  struct Facts {
    /// In order of the log, without gaps.
    var tables: [FactTable] = []
    /// The entry that follows the last one they cover.
    var end: UInt64
    /// What was wrong with files that were left out.
    var notice: String?

    /// What the hashes are seeded with.
    var seed: UInt64? { tables.first?.seed }
  }

  /// What came after an index: tables of facts, and where their events are read.
  struct Later {
    var events: LaterEvents
    var source: StoredEvents
    /// Whether any of it is in stored tables.
    var hasFacts: Bool
    /// What was wrong with files of facts, if any was.
    var notice: String?
  }

  /// The stored tables of facts that cover the log from an entry on, as far as they do.
  ///
  /// - Parameter seed: what their hashes must be seeded with; nil if anything does.
  func facts(from start: UInt64, seed: UInt64?, _ snapshot: LedgerSnapshot) -> Facts {
    var facts = Facts(end: start)
    var names = fileNames().compactMap { FactName($0) }
    while true {
      let next = names.filter {
        $0.entries.lowerBound <= facts.end && facts.end < $0.entries.upperBound
      }.max { $0.entries.upperBound < $1.entries.upperBound }
      guard let next else { return facts }
      names.removeAll { $0 == next }
      do throws(IndexError) {
        // A file that was merged meanwhile is gone, and what it was merged into will be found later.
        guard let table = try FactTable(path: "\(folder)/\(next.text)") else { continue }
        // It was sealed after the snapshot was taken.
        if table.entries == next.entries, table.binding.size > snapshot.size.rawValue { continue }
        guard table.entries == next.entries, table.binding.origin == snapshot.origin.name,
          (seed ?? facts.seed ?? table.seed) == table.seed,
          root(at: table.binding.size, snapshot)?.bytes == table.binding.root
        else {
          facts.notice = "the facts \(next.text) belong to another log, state or index"
          continue
        }
        facts.tables.append(table)
        facts.end = table.binding.size
      } catch {
        facts.notice = "the facts \(next.text) are damaged: \(error)"
      }
    }
  }

  /// What came after the entries of an index; nil where so much of it is in no table of facts that
  /// it is better indexed anew, or something was redacted since the index or a table was made.
  ///
  /// - Parameters:
  ///   - index: the index; nil for the whole log.
  ///   - usesFacts: whether stored tables are used; else all is read from the log.
  func later(
    than index: LedgerIndex?, _ snapshot: LedgerSnapshot, usesFacts: Bool = true
  ) throws -> Later? {
    let start = index?.binding.size ?? 0
    guard start <= snapshot.size.rawValue else { return nil }
    let facts =
      usesFacts ? facts(from: start, seed: index?.seed, snapshot) : Facts(end: start)
    guard snapshot.size.rawValue - facts.end <= Self.restLimit else { return nil }
    let seed = try index?.seed ?? facts.seed ?? Self.seed()
    var known: [UInt64: LaterEvents.Stored] = [:]
    let rest = try collect(from: facts.end, snapshot, seed: seed, keep: { known[$0] = $1 })
    let tables = facts.tables + [try rest.table(binding: IndexBinding(snapshot))]
    let redactions = tables.flatMap { $0.redactions() }
    let newest = redactions.max() ?? 0
    guard newest < max(index?.binding.size ?? .max, 1),
      facts.tables.allSatisfy({ newest < $0.knownSize })
    else { return nil }
    let cuts = try cutEntries(
      tables.flatMap { $0.cuts() }.map { try reader.entry(EntryIndex($0), in: snapshot) },
      redactions.map { EntryIndex($0) }, snapshot)
    return Later(
      events: LaterEvents(from: start, in: tables, cuts: cuts),
      source: StoredEvents(self, snapshot, known: known), hasFacts: !facts.tables.isEmpty,
      notice: facts.notice)
  }

  /// The facts of the log from an entry to the end of a snapshot.
  ///
  /// - Parameters:
  ///   - limit: how many entries are collected at most, and then up to the next frame's end.
  ///   - before: reading ends when this entry is reached.
  ///   - keep: is given each event.
  func collect(
    from start: UInt64, _ snapshot: LedgerSnapshot, seed: UInt64, limit: UInt64 = .max,
    before: UInt64 = .max,
    end: (UInt64) -> Void = { _ in },
    keep: ((UInt64, LaterEvents.Stored) -> Void)? = nil
  ) throws -> FactCollector {
    var collector = FactCollector(from: start, seed: seed)
    let source = StoredEvents(self, snapshot, known: [:])
    var capture: (entry: EntryIndex, submitter: String)?
    let frames = try reader.frames(from: EntryIndex(start), in: snapshot)
    var next = start
    while next < before, next - start < limit, try frames.next() {
      let frame = frames.frame
      for record in frames.firstRecord..<frame.count {
        guard let entry = frame.entry(record) else { continue }
        let number = entry.index.rawValue
        guard entry.kind == .event || entry.kind == .capture else {
          if entry.kind == .redaction { try collector.addRedaction(number) }
          continue
        }
        guard frame.linksState(record) == .intact else {
          try collector.addCut(number)
          if entry.kind == .capture { capture = (entry.index, "") }
          continue
        }
        if entry.kind == .capture {
          let links = try frame.links(of: record) { try CaptureLinks(decoding: $0) }
          capture = (entry.index, links.submitter)
          try collector.add(links, entry: number)
          continue
        }
        if capture?.entry != entry.capture {
          capture = (entry.capture, try source.submitter(of: entry.capture))
        }
        let submitter = capture?.submitter ?? ""
        try frame.links(of: record) { bytes in
          try collector.add(links: bytes, entry: number, submitter: submitter)
          keep?(number, LaterEvents.Stored(links: Array(bytes), submitter: submitter))
        }
      }
      next = frame.header.endEntry.rawValue
      end(next)
    }
    return collector
  }

  /// Removes files of facts about entries that an index holds.
  func removeCoveredFacts(below size: UInt64) {
    for name in fileNames() {
      guard let facts = FactName(name), facts.entries.upperBound <= size else { continue }
      try? remove(name)
    }
  }
}

extension IndexBinding {
  /// The log as a snapshot has it.
  init(_ snapshot: LedgerSnapshot) {
    self.init(
      origin: snapshot.origin.name, size: snapshot.size.rawValue, root: snapshot.root.bytes)
  }
}
