import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import Testing
import TransparencyLog

/// A log made entry by entry, with keys that a test holds, of which any evidence can be made.
final class HandLog {
  static let name = "hand.example/log"

  let hasher: SHA256Hasher
  let logID: LogID
  let keys: [NoteSigner]
  let recovery: Ed25519PrivateKey
  let privateKeys: [Ed25519PrivateKey]
  private(set) var openings: [EntryOpening] = []
  private(set) var leaves: [Hash] = []
  private var generator = SeededGenerator(seed: 11)
  private var sequence: UInt32 = 0

  init(origin: String = name) throws {
    hasher = try SHA256Hasher()
    logID = try #require(LogID([UInt8](repeating: 7, count: LogID.byteCount)))
    recovery = try Ed25519PrivateKey.generate()
    let made = try (0..<3).map { _ in try Ed25519PrivateKey.generate() }
    privateKeys = made
    let keyName = try #require(KeyName(Self.name))
    keys = try made.map { try NoteSigner(name: keyName, key: $0) }
    let genesis = Genesis(origin: try LogOrigin(origin), logID: logID)
    try add(.genesis, payload: genesis.payload(), links: [])
  }

  var size: TreeSize { TreeSize(UInt64(leaves.count)) }

  @discardableResult
  func add(
    _ kind: EntryKind, payload: [UInt8], links: [UInt8], capture: UInt64? = nil
  ) throws -> EntryIndex {
    let index = UInt64(openings.count)
    let parts = OpenedParts(
      payload: .shown(salt: try salt(kind), bytes: payload),
      links: .shown(salt: try salt(kind), bytes: links))
    let entry = Entry(
      kind: kind, isLastOfCapture: true, isClockHeld: false, index: EntryIndex(index),
      time: RecordTime(rawValue: 1_790_000_000_000_000 + Int64(index) * 1_000_000),
      capture: EntryIndex(capture ?? index), previous: leaves.last ?? .zero,
      commitment: parts.commitment(with: hasher))
    openings.append(EntryOpening(entry: entry, parts: parts))
    leaves.append(entry.leafHash(with: hasher))
    return EntryIndex(index)
  }

  @discardableResult
  func addEvent(_ text: String, context: Hash? = nil) throws -> EntryIndex {
    var payload: [UInt8] = []
    Array(text.utf8).withUnsafeBytes {
      EventPayload.append(contextDigest: context, event: $0, to: &payload)
    }
    return try add(.event, payload: payload, links: Array("links of \(text)".utf8))
  }

  func addKey(_ change: KeyPayload.Change, by signers: [Ed25519PrivateKey]) throws {
    var payload = KeyPayload(sequence: sequence, change: change)
    let message = payload.message(logID: logID)
    payload.signatures = try signers.map { try $0.sign(message) }
    try add(.key, payload: payload.payload(), links: [])
    sequence += 1
  }

  func establish() throws {
    try addKey(
      .establish(logKey: privateKeys[0].publicKey, recoveryKey: recovery.publicKey),
      by: [privateKeys[0], recovery])
  }

  private func salt(_ kind: EntryKind) throws -> Salt {
    guard !kind.isPublic else { return .zero }
    return try #require(
      Salt((0..<Salt.byteCount).map { _ in UInt8(truncatingIfNeeded: generator.next()) }))
  }

  // MARK: Evidence

  func sign(_ size: TreeSize? = nil, by key: Int = 0) throws -> UnverifiedCheckpoint {
    let size = size ?? self.size
    var reader = LeafReader(leaves: leaves, hasher: hasher)
    let root = try MerkleTree.root(of: size, reader: &reader, with: hasher)
    let origin = try #require(CheckpointOrigin(Self.name))
    return try keys[key].sign(Checkpoint(origin: origin, size: size, root: root))
  }

  func path(_ index: EntryIndex, _ size: TreeSize) throws -> [Hash] {
    var reader = LeafReader(leaves: leaves, hasher: hasher)
    return try InclusionProof.make(index: index, size: size, reader: &reader, with: hasher).hashes
  }

  func proven(_ index: EntryIndex, _ size: TreeSize, linksOnly: Bool = false) throws -> ProvenEntry
  {
    var opening = openings[Int(index.rawValue)]
    if linksOnly, let parts = opening.parts {
      opening.parts?.payload = .digest(parts.payloadDigest(with: hasher))
    }
    return ProvenEntry(opening: opening, path: try path(index, size))
  }

  func keyEvidence(_ size: TreeSize) throws -> KeyEvidence {
    let found = openings.filter {
      ($0.entry.kind == .key || $0.entry.index == 0) && $0.entry.index.rawValue < size.rawValue
    }
    return KeyEvidence(entries: try found.map { try proven($0.entry.index, size) })
  }

  func proof(
    of index: EntryIndex, in checkpoint: UnverifiedCheckpoint, withKeys: Bool = true
  ) throws -> TransparencyProof {
    let size = checkpoint.claim.size
    let opening = openings[Int(index.rawValue)]
    let parts = try #require(opening.parts)
    guard case .shown(let salt, let bytes) = parts.payload else { throw HandError.nothingShown }
    var payload = ProofExtra.Payload.shown(salt: salt, bytes: bytes)
    if opening.entry.kind == .event, let event = EventPayload(payload: bytes) {
      payload = .event(salt: salt, contextDigest: event.contextDigest)
    }
    let extra = ProofExtra(
      entry: opening.entry, parts: (payload, .digest(parts.linksDigest(with: hasher))),
      keys: withKeys ? try keyEvidence(size) : KeyEvidence())
    return TransparencyProof(
      extra: try extra.encoded(), index: index, hashes: try path(index, size),
      checkpoint: checkpoint)
  }

  func consistency(
    _ older: UnverifiedCheckpoint, _ newer: UnverifiedCheckpoint
  ) throws -> ConsistencyEvidence {
    var reader = LeafReader(leaves: leaves, hasher: hasher)
    let proof = try ConsistencyProof.make(
      older: older.claim.size, newer: newer.claim.size, reader: &reader, with: hasher)
    return ConsistencyEvidence(
      older: older, newer: newer, hashes: proof.hashes, keys: try keyEvidence(newer.claim.size))
  }

  func bundle(
    of records: [BundleRecord], in checkpoint: UnverifiedCheckpoint
  ) throws -> [UInt8] {
    let file = Collected()
    var writer = try BundleWriter { file.bytes += $0 }
    for record in records { try writer.add(record) }
    try writer.finish(checkpoint)
    return file.bytes
  }

  func policy(_ key: Int = 0) -> EvidencePolicy { EvidencePolicy(key: keys[key].verifierKey) }
}

enum HandError: Error {
  case nothingShown
}

final class Collected {
  var bytes: [UInt8] = []
}

/// Hashes of complete subtrees, computed from the leaves.
struct LeafReader: HashReader {
  let leaves: [Hash]
  let hasher: SHA256Hasher

  mutating func readHashes(at indexes: [StoredHashIndex]) throws -> [Hash] {
    indexes.map { hash(Int($0.level), Int($0.offset)) }
  }

  private func hash(_ level: Int, _ offset: Int) -> Hash {
    guard level > 0 else { return leaves[offset] }
    return hasher.nodeHash(hash(level - 1, 2 * offset), hash(level - 1, 2 * offset + 1))
  }
}
