import LedgerStorage
import LedgerTestSupport
import LedgerWitness
import Testing
import TransparencyLog

/// A log with two histories that part at a leaf, and a witness's key.
struct WatchedLog {
  static let origin = "example.com/log"

  let hasher: SHA256Hasher
  let signer: NoteSigner
  let cosigner: Cosigner
  let origin: CheckpointOrigin
  /// The leaves of the honest history, and of the other.
  let trunk: [Hash]
  let branch: [Hash]

  init(partingAt place: Int = 6, count: Int = 24, seed: UInt8 = 1) throws {
    let hasher = try SHA256Hasher()
    self.hasher = hasher
    signer = try Self.signer(Self.origin, seed: seed)
    cosigner = try Cosigner(
      name: try #require(KeyName("w.example")), key: Ed25519PrivateKey(seed: Self.seed(9)))
    origin = try #require(CheckpointOrigin(Self.origin))
    let leaf = { (text: String) in hasher.leafHash(Array(text.utf8)) }
    trunk = (0..<count).map { leaf("leaf \($0)") }
    branch = (0..<count).map { leaf($0 < place ? "leaf \($0)" : "other \($0)") }
  }

  static func seed(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

  static func signer(_ name: String, seed: UInt8) throws -> NoteSigner {
    try NoteSigner(
      name: try #require(KeyName(name)), key: Ed25519PrivateKey(seed: Self.seed(seed)))
  }

  func head(
    _ size: Int, of leaves: [Hash]? = nil, by other: NoteSigner? = nil
  ) throws -> UnverifiedCheckpoint {
    var edge = MerkleFrontier()
    for leaf in (leaves ?? trunk)[..<size] { edge.append(leaf, with: hasher) }
    let checkpoint = Checkpoint(
      origin: origin, size: TreeSize(UInt64(size)), root: edge.root(with: hasher))
    return try (other ?? signer).sign(checkpoint)
  }

  func reader(_ leaves: [Hash]? = nil) -> LeafReader {
    LeafReader(leaves: leaves ?? trunk, hasher: hasher)
  }

  func request(
    _ older: Int, _ newer: Int, of leaves: [Hash]? = nil
  ) throws -> AddCheckpointRequest {
    var reader = reader(leaves)
    return try AddCheckpointRequest.make(
      from: TreeSize(UInt64(older)), to: head(newer, of: leaves), reader: &reader, with: hasher)
  }

  /// A witness that knows the log.
  func witness(
    on disk: any Disk, clock: LedgerClock = LedgerClock(wall: { 1_000_000_000 }, steady: { 0 })
  ) throws -> Witness {
    let witness = Witness(disk, clock: clock)
    try witness.trust(signer.verifierKey)
    return witness
  }
}

/// Hashes of complete subtrees, from leaves in memory.
struct LeafReader: HashReader {
  let leaves: [Hash]
  let hasher: SHA256Hasher

  struct Missing: Error {}

  mutating func readHashes(at indexes: [StoredHashIndex]) throws -> [Hash] {
    try indexes.map { index in
      guard index.isComplete(in: TreeSize(UInt64(leaves.count))) else { throw Missing() }
      let first = Int(index.offset) << Int(index.level)
      var edge = MerkleFrontier()
      for leaf in leaves[first..<(first + (1 << Int(index.level)))] {
        edge.append(leaf, with: hasher)
      }
      return edge.root(with: hasher)
    }
  }
}

extension WitnessDecision {
  var status: Int { reply.status }
}
