public import LedgerStorage
public import Traceability
public import TransparencyLog

/// An entry of a bundle that was shown to be in the log.
public struct DisclosedEntry: Sendable {
  /// Why a payload is not there to be shown.
  public struct Redaction: Hashable, Sendable {
    /// The entry that says so.
    public var entry: EntryIndex
    /// When it was recorded.
    public var time: RecordTime
    /// The reason's code.
    public var reason: String
    /// What of it is destroyed, by all redaction entries in the bundle that name it.
    public var parts: RedactedParts
  }

  /// The entry.
  public let entry: Entry
  /// What is shown of its parts; `nil` where nothing is left.
  public let parts: OpenedParts?
  /// The redaction entry in the bundle that names this one.
  public let redaction: Redaction?
  /// The context that the event was read in, if it came along.
  public let hasContext: Bool

  /// Whether nothing is shown though no redaction entry in the bundle says that nothing is left:
  /// whoever made the bundle may have withheld it.
  public var isWithheld: Bool { parts == nil && redaction?.parts != .payloadAndLinks }

  /// The event's links, where they are shown and well-formed.
  public var links: Links? {
    guard entry.kind == .event else { return nil }
    return parts?.links.bytes.flatMap { try? Links(decoding: $0) }
  }

  /// The event as it was received, where it is shown.
  public var event: EventPayload? {
    guard entry.kind == .event else { return nil }
    return parts?.payload.bytes.flatMap { EventPayload(payload: $0) }
  }
}

/// A bundle that holds.
public struct CheckedBundle: Sendable {
  /// The checkpoint that is believed.
  public let head: CheckedHead
  /// All entries.
  public internal(set) var entryCount = 0
  /// Entries of events.
  public internal(set) var eventCount = 0
  /// Events shown as they were received.
  public internal(set) var shownCount = 0
  /// Events of which only what a trace needs is shown.
  public internal(set) var linksOnlyCount = 0
  /// Entries of events of which both parts were destroyed, by redaction entries in the bundle.
  public internal(set) var destroyedCount = 0
  /// Entries of events of which nothing is shown, and no redaction entry in the bundle says why.
  public internal(set) var withheldCount = 0
  /// Contexts that came along.
  public internal(set) var contextCount = 0
  /// The latest record time.
  public internal(set) var lastTime: RecordTime?

  internal init(head: CheckedHead) { self.head = head }

  internal mutating func count(_ entry: DisclosedEntry) {
    entryCount += 1
    lastTime = max(lastTime ?? entry.entry.time, entry.entry.time)
    guard entry.entry.kind == .event else { return }
    eventCount += 1
    guard let parts = entry.parts else {
      if entry.isWithheld { withheldCount += 1 } else { destroyedCount += 1 }
      return
    }
    if parts.payload.bytes != nil {
      shownCount += 1
    } else if parts.links.bytes != nil {
      linksOnlyCount += 1
    }
  }
}

extension EvidencePolicy {
  /// Checks a bundle: the checkpoint, then every entry against it.
  ///
  /// The source is read twice, first for what the checkpoint depends on.
  ///
  /// - Parameter visit: called with each entry that holds, in the order of the log. When the result
  ///   is a rejection in the end, what was visited does not count.
  /// - Throws: ``MalformedEvidence``, `MalformedText`, what the source throws, and what the body does.
  /// - Complexity: O(bytes); memory for the longest record and for published payloads.
  public func check(
    bundle source: some EvidenceSource, with hasher: SHA256Hasher,
    visit: (DisclosedEntry) throws -> Void = { _ in }
  ) throws -> Result<CheckedBundle, EvidenceRejection> {
    let basis = try BundleBasis(source)
    switch judge(basis.checkpoint, keys: basis.keys, with: hasher) {
    case .failure(let rejection): return .failure(rejection)
    case .success(let head):
      return try check(source, basis, head, hasher, visit)
    }
  }

  private func check(
    _ source: some EvidenceSource, _ basis: BundleBasis, _ head: CheckedHead,
    _ hasher: SHA256Hasher, _ visit: (DisclosedEntry) throws -> Void
  ) throws -> Result<CheckedBundle, EvidenceRejection> {
    var checked = CheckedBundle(head: head)
    /// Contexts, and whether an event named them.
    var contexts: [Hash: Bool] = [:]
    var reader = try BundleReader(source)
    while let record = try reader.next() {
      switch record {
      case .context(let bytes):
        let digest = hasher.hash(bytes)
        guard contexts.updateValue(false, forKey: digest) == nil,
          contexts.count <= BundleFormat.contextCountMax
        else { return .failure(.strayContext(digest)) }
      case .entry(let proven):
        if let fault = proven.fault(in: head.checkpoint, with: hasher) { return .failure(fault) }
        var hasContext = false
        if proven.entry.kind == .event, let payload = proven.opening.parts?.payload.bytes,
          let digest = EventPayload(payload: payload)?.contextDigest, contexts[digest] != nil
        {
          contexts[digest] = true
          hasContext = true
        }
        let disclosed = DisclosedEntry(
          entry: proven.entry, parts: proven.opening.parts,
          redaction: basis.redactions[proven.entry.index], hasContext: hasContext)
        checked.count(disclosed)
        try visit(disclosed)
      }
    }
    if let stray = contexts.filter({ !$0.value }).keys.min() {
      return .failure(.strayContext(stray))
    }
    // The file must not have become another one between the two readings.
    guard reader.checkpoint == basis.checkpoint else {
      throw MalformedEvidence("bundle", "was changed while it was read")
    }
    checked.contextCount = contexts.count
    return .success(checked)
  }
}

/// What all of a bundle depends on: its checkpoint, and what it says of keys and redactions.
private struct BundleBasis {
  let checkpoint: UnverifiedCheckpoint
  let keys: KeyEvidence
  /// For each entry named by a redaction in the bundle, the first that names it. They count only
  /// once their entries are checked, as all of the bundle's are.
  let redactions: [EntryIndex: DisclosedEntry.Redaction]

  init(_ source: some EvidenceSource) throws {
    var reader = try BundleReader(source)
    var keys: [ProvenEntry] = []
    var redactions: [EntryIndex: DisclosedEntry.Redaction] = [:]
    var events: Set<EntryIndex> = []
    var keptByteCount = 0
    while let record = try reader.next() {
      guard case .entry(let proven) = record else { continue }
      if proven.entry.kind == .event { events.insert(proven.entry.index) }
      guard events.count <= BundleFormat.eventCountMax else {
        throw MalformedEvidence("bundle", "has over \(BundleFormat.eventCountMax) events")
      }
      guard proven.entry.kind.isPublic, let payload = proven.opening.parts?.payload.bytes else {
        continue
      }
      keptByteCount += payload.count + proven.path.count * Hash.byteCount + Entry.byteCount
      guard keptByteCount <= BundleFormat.keptByteCountMax else {
        throw MalformedEvidence("bundle", "has too many entries about keys and redactions")
      }
      guard proven.entry.kind == .redaction else {
        keys.append(proven)
        continue
      }
      guard let redaction = RedactionPayload(payload: payload) else { continue }
      // A redaction comes after what it names.
      for target in redaction.targets where events.contains(target.entry) {
        if redactions[target.entry] == nil {
          redactions[target.entry] = DisclosedEntry.Redaction(
            entry: proven.entry.index, time: proven.entry.time, reason: redaction.reason,
            parts: target.scope.parts)
        } else if target.scope.parts == .payloadAndLinks {
          redactions[target.entry]?.parts = .payloadAndLinks
        }
      }
    }
    guard let checkpoint = reader.checkpoint else {
      throw MalformedEvidence("bundle", "ends before its checkpoint")
    }
    self.checkpoint = checkpoint
    self.keys = KeyEvidence(entries: keys)
    self.redactions = redactions
  }
}
