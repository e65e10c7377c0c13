public import LedgerStorage
public import TransparencyLog

/// Makes evidence out of a ledger: proofs, consistency files and bundles, all against one signed
/// checkpoint of it.
public final class EvidenceMaker {
  /// How much of an event is disclosed.
  public enum Scope: Sendable {
    /// The event as it was received, its links and the context of its document.
    case events
    /// The same without the context, which holds the document's header.
    case eventsWithoutContext
    /// Only the links: what a trace needs.
    case links
  }

  /// The checkpoint that everything is proven against.
  public let checkpoint: UnverifiedCheckpoint

  private let reader: LedgerReader
  private let snapshot: LedgerSnapshot
  private let hasher: SHA256Hasher
  private var hashes: TileHashReader<LedgerTiles>
  private var published: PublishedEntries

  /// A maker for a ledger's checkpoint.
  ///
  /// - Parameter checkpoint: a signed checkpoint of this ledger.
  /// - Throws: ``LedgerStorage/LedgerError/Kind/invalid`` when the checkpoint is not of this ledger
  ///   or ahead of it, ``LedgerStorage/LedgerError/Kind/corrupt`` when the tree does not lead to
  ///   its root, and what reading throws.
  /// - Complexity: O(entries), once, to find those about keys and redactions.
  public init(
    _ reader: LedgerReader, in snapshot: LedgerSnapshot, checkpoint: UnverifiedCheckpoint,
    with hasher: SHA256Hasher
  ) throws {
    let claim = checkpoint.claim
    guard claim.origin.bytes == Array(snapshot.origin.name.utf8) else {
      throw LedgerError(
        .invalid, "the checkpoint is of the log \(claim.origin)", advice: "take one of this ledger")
    }
    guard claim.size <= snapshot.size else {
      throw LedgerError(
        .invalid, "the checkpoint is of \(claim.size) entries, the ledger has \(snapshot.size)",
        advice: "keep the checkpoint as evidence: the ledger's end is missing")
    }
    var hashes = reader.hashes(upTo: claim.size, with: hasher)
    let root = try MerkleTree.root(of: claim.size, reader: &hashes, with: hasher)
    guard root == claim.root else {
      throw LedgerError(
        .corrupt,
        "the tree of \(claim.size) entries has the root \(root), the checkpoint \(claim.root)",
        at: LogLocation(file: LedgerPaths.checkpoint),
        advice: "keep the checkpoint, and run `provender verify`")
    }
    self.reader = reader
    self.snapshot = snapshot
    self.checkpoint = checkpoint
    self.hasher = hasher
    self.hashes = hashes
    published = try PublishedEntries(reader, snapshot)
  }

  // MARK: Proofs

  /// The proof that an entry is in the log, with what it takes to compare its event.
  ///
  /// - Throws: ``LedgerStorage/LedgerError/Kind/invalid`` when the entry is above the checkpoint or
  ///   is none that is disclosed.
  public func proof(of index: EntryIndex) throws -> TransparencyProof {
    let record = try record(index)
    var parts: (payload: ProofExtra.Payload, links: OpenedPart)?
    if let opened = open(record, .links) {
      parts = (payload(record, opened.payload), .digest(opened.linksDigest(with: hasher)))
    }
    let extra = ProofExtra(entry: record.entry, parts: parts, keys: try keyEvidence())
    return TransparencyProof(
      extra: try extra.encoded(), index: index, hashes: try path(of: index), checkpoint: checkpoint)
  }

  /// What lets an event be compared with an entry, without holding the event.
  private func payload(_ record: LedgerRecord, _ opened: OpenedPart) -> ProofExtra.Payload {
    if case .shown(let salt, let bytes) = opened { return .shown(salt: salt, bytes: bytes) }
    if !published.isRedacted(record.entry.index), let payload = record.payload,
      let event = EventPayload(payload: payload)
    {
      return .event(salt: record.payloadSalt, contextDigest: event.contextDigest)
    }
    guard case .digest(let digest) = opened else { return .erased(digest: .zero) }
    return .erased(digest: digest)
  }

  /// The proof that this checkpoint extends an older one.
  ///
  /// - Throws: ``LedgerStorage/LedgerError`` when the older one is of another log, ahead, or not the
  ///   head of any of this ledger's earlier states, which is evidence of a fork.
  public func consistency(since older: UnverifiedCheckpoint) throws -> ConsistencyEvidence {
    let claim = older.claim
    guard claim.origin == checkpoint.claim.origin, claim.size <= checkpoint.claim.size,
      claim.size > 0
    else {
      throw LedgerError(
        .invalid,
        "no proof leads from the checkpoint of \(claim.origin) with \(claim.size) entries to the "
          + "one with \(checkpoint.claim.size)",
        advice: "give an older checkpoint of this log with at least one entry")
    }
    let root = try MerkleTree.root(of: claim.size, reader: &hashes, with: hasher)
    guard root == claim.root else {
      throw ForkedCheckpoint(size: claim.size, claimed: claim.root, found: root)
    }
    let proof = try ConsistencyProof.make(
      older: claim.size, newer: checkpoint.claim.size, reader: &hashes, with: hasher)
    return ConsistencyEvidence(
      older: older, newer: checkpoint, hashes: proof.hashes, keys: try keyEvidence())
  }

  /// Genesis and the key entries in the checkpoint's tree, proven; nothing when there are no keys.
  public func keyEvidence() throws -> KeyEvidence {
    let keys = published.keys.filter { $0.rawValue < checkpoint.claim.size.rawValue }
    guard !keys.isEmpty else { return KeyEvidence() }
    return KeyEvidence(entries: try ([EntryIndex(0)] + keys).map { try proven($0, .events) })
  }

  // MARK: Bundles

  /// Writes a bundle of entries.
  ///
  /// - Parameters:
  ///   - entries: entries of events, in any order.
  ///   - scope: how much of them is disclosed.
  ///   - write: takes the file's bytes, piece by piece.
  /// - Returns: how many entries the bundle has.
  /// - Throws: as ``proof(of:)`` does, and what writing throws.
  /// - Complexity: O(bytes written), a few reads for each entry.
  public func bundle(
    of entries: some Sequence<EntryIndex>, scope: Scope, write: @escaping ([UInt8]) throws -> Void
  ) throws -> Int {
    let size = checkpoint.claim.size.rawValue
    var chosen = Set(entries)
    let redactions = published.redactions(of: chosen).filter { $0.rawValue < size }
    chosen.formUnion(redactions)
    chosen.formUnion(published.keys.filter { $0.rawValue < size })
    chosen.insert(0)
    var contexts: Set<Hash> = []
    var writer = try BundleWriter(write)
    for index in chosen.sorted() {
      let record = try record(index)
      let proven = ProvenEntry(
        opening: EntryOpening(entry: record.entry, parts: open(record, scope)),
        path: try path(of: index))
      if scope == .events, let payload = proven.opening.parts?.payload.bytes,
        record.entry.kind == .event, let digest = EventPayload(payload: payload)?.contextDigest,
        !contexts.contains(digest), let context = try context(of: record.entry, digest)
      {
        contexts.insert(digest)
        try writer.add(.context(context))
      }
      try writer.add(.entry(proven))
    }
    try writer.finish(checkpoint)
    return chosen.count
  }

  /// The context in the payload of an entry's capture; `nil` when it is gone, or another.
  private func context(of entry: Entry, _ digest: Hash) throws -> [UInt8]? {
    guard !published.isRedacted(entry.capture),
      let payload = try reader.record(entry.capture, in: snapshot).payload,
      let context = CapturePayload(payload: payload)?.context, hasher.hash(context) == digest
    else { return nil }
    return context
  }

  // MARK: Entries

  private func record(_ index: EntryIndex) throws -> LedgerRecord {
    guard index.rawValue < checkpoint.claim.size.rawValue else {
      throw LedgerError(
        .invalid,
        "entry \(index) is not in the checkpoint, which has \(checkpoint.claim.size) entries",
        advice: "sign a new one with `provender checkpoint`, if there is such an entry")
    }
    let record = try reader.record(index, in: snapshot)
    guard record.entry.kind == .event || record.entry.kind.isPublic else {
      throw LedgerError(
        .invalid, "entry \(index) is a \(record.entry.kind)",
        advice: "name an event: what is said of a whole capture is not disclosed")
    }
    return record
  }

  private func proven(_ index: EntryIndex, _ scope: Scope) throws -> ProvenEntry {
    let record = try record(index)
    return ProvenEntry(
      opening: EntryOpening(entry: record.entry, parts: open(record, scope)),
      path: try path(of: index))
  }

  private func path(of index: EntryIndex) throws -> [Hash] {
    try InclusionProof.make(
      index: index, size: checkpoint.claim.size, reader: &hashes, with: hasher
    ).hashes
  }

  /// What is shown of an entry's parts; `nil` when both were destroyed.
  ///
  /// A payload that a redaction names is not shown even where its bytes are still there, as in a
  /// ledger whose writer was stopped before it destroyed them.
  private func open(_ record: LedgerRecord, _ scope: Scope) -> OpenedParts? {
    guard let links = record.links, !published.isDestroyed(record.entry.index) else { return nil }
    let shownLinks = OpenedPart.shown(salt: record.linksSalt, bytes: links)
    if let digest = published.digest(of: record.entry.index) {
      return OpenedParts(payload: .digest(digest), links: shownLinks)
    }
    guard let payload = record.payload else { return nil }
    let shown = OpenedParts(
      payload: .shown(salt: record.payloadSalt, bytes: payload), links: shownLinks)
    guard scope == .links, !record.entry.kind.isPublic else { return shown }
    return OpenedParts(payload: .digest(shown.payloadDigest(with: hasher)), links: shownLinks)
  }
}

/// A signed checkpoint of this log that none of its states had: the log was forked, or its operator
/// signed what it never held.
public struct ForkedCheckpoint: Error, Hashable, Sendable, CustomStringConvertible {
  /// The checkpoint's size.
  public var size: TreeSize
  /// The root that it claims.
  public var claimed: Hash
  /// The root that the ledger has at that size.
  public var found: Hash

  /// What it means, and what to do.
  public var description: String {
    "the older checkpoint of \(size) entries claims the root \(claimed), this ledger has \(found): "
      + "the log was forked; keep both checkpoints as evidence"
  }
}
