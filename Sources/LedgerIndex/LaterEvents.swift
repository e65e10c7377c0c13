import Traceability

/// What the events of a log that came after those of an index are found by: tables of facts, the
/// youngest of which may be in memory.
public struct LaterEvents: Sendable {
  /// The links of an event, with who submitted it.
  public struct Stored: Sendable {
    /// The encoded links.
    public var links: [UInt8]
    /// Who submitted it.
    public var submitter: String

    /// The links of an event.
    public init(links: [UInt8], submitter: String) {
      self.links = links
      self.submitter = submitter
    }
  }

  /// The first entry that counts as later.
  public let firstEntry: UInt64
  /// Later entries whose links were destroyed.
  public let cuts: [CutEntry]
  /// Each with the entries that it is asked about.
  private let tables: [(table: FactTable, entries: Range<UInt64>)]

  /// The events in tables of facts that cover the log from an entry on.
  ///
  /// - Parameters:
  ///   - firstEntry: the entry after those of the index.
  ///   - tables: in order of the log, without gaps between them; what they cover twice counts once.
  ///   - cuts: what the tables say was destroyed, in full.
  public init(from firstEntry: UInt64, in tables: [FactTable], cuts: [CutEntry] = []) {
    self.firstEntry = firstEntry
    self.cuts = cuts
    var end = firstEntry
    var known: [(FactTable, Range<UInt64>)] = []
    for table in tables where table.binding.size > end {
      known.append((table, max(end, table.firstEntry)..<table.binding.size))
      end = table.binding.size
    }
    self.tables = known
  }

  /// What is wrong with the tables, as far as they were read; nil while all is sound.
  public var damage: IndexError? { tables.lazy.compactMap(\.table.damage).first }

  private func entries(_ hash: (FactHasher) -> UInt64) -> [UInt64] {
    var found: [UInt64] = []
    for (table, entries) in tables {
      for entry in table.entries(hash(table.hasher)) where entries.contains(entry) {
        found.append(entry)
      }
    }
    return found
  }

  /// The entries that can hold a key, ascending; each is to be read.
  func entries(_ kind: FactKind, _ key: [UInt8]) -> [UInt64] { entries { $0.hash(kind, key) } }

  /// The entries that can hold an event with an ID, or a declaration about it.
  public func entries(ofEvent id: String) -> [UInt64] {
    var id = id
    return id.withUTF8 { bytes in
      entries { hasher in
        hasher.hash(
          event: EventIdentityTable.identity(
            eventID: UnsafeRawBufferPointer(bytes), content: Digest32(words: (0, 0, 0, 0)),
            seed: hasher.seed))
      }
    }
  }

  /// The entries that can hold an event with an identity under the seed of the tables.
  public func entries(identity: UInt64) -> [UInt64] { entries { $0.hash(event: identity) } }
}

extension LedgerIndex {
  /// An index of no events, for a log all of whose events are later.
  public static func empty(origin: String) throws -> LedgerIndex {
    try IndexBuilder(seed: 0).sealed(
      binding: IndexBinding(origin: origin, size: 0, root: [UInt8](repeating: 0, count: 32)))
  }
}
