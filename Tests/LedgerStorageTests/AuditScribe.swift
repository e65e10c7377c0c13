import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

/// Writes a ledger with keys, checkpoints, cosignatures and redactions, and keeps its files as they
/// were after every step.
final class AuditScribe {
  /// The files after a step.
  struct State {
    var size: Int
    var files: [String: [UInt8]]
  }

  static let origin = "acme.example/trace"

  let disk = AuditMemoryDisk()
  let writer: LedgerWriter
  private(set) var states: [State] = []
  /// All checkpoints that were signed, in order.
  private(set) var checkpoints: [UnverifiedCheckpoint] = []
  private(set) var logKey: Ed25519PrivateKey
  let recoveryKey: Ed25519PrivateKey
  let witnesses: [Cosigner]
  private var generator: AuditGenerator
  private var sequence: UInt32 = 0

  init(seed: UInt64 = 1, start: Int64 = 1_700_000_000_000_000) throws {
    writer = try LedgerWriter.create(
      disk, origin: LogOrigin(Self.origin),
      options: AuditFixture.options(seed: seed, start: start))
    generator = AuditGenerator(seed: seed)
    logKey = try Self.key(1)
    recoveryKey = try Self.key(2)
    witnesses = try ["one", "two"].enumerated().map { number, name in
      try Cosigner(
        name: #require(KeyName("witness.example/\(name)")), key: Self.key(UInt8(20 + number)))
    }
    keep()
  }

  static func key(_ number: UInt8) throws -> Ed25519PrivateKey {
    try Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32))
  }

  static func signer(_ key: Ed25519PrivateKey) throws -> NoteSigner {
    try NoteSigner(name: #require(KeyName(origin)), key: key)
  }

  var size: Int { Int(writer.snapshot.size.rawValue) }
  var files: [String: [UInt8]] { disk.files }
  var witnessKeys: [VerifierKey] { witnesses.map(\.verifierKey) }

  private func keep() { states.append(State(size: size, files: disk.files)) }

  func capture(_ events: Int, receipt: Bool = false) throws {
    let draft = try AuditFixture.draft(
      events: events, payload: 40, &generator, receipt: receipt)
    _ = try writer.append(draft)
    keep()
  }

  func note(_ payload: [UInt8]) throws {
    _ = try writer.append(.note, payload: payload)
    keep()
  }

  func redact(_ entries: [UInt64], _ parts: RedactedParts) throws {
    _ = try writer.redact(entries.map { EntryIndex($0) }, parts: parts, reason: "gdpr-17")
    keep()
  }

  // MARK: Keys

  /// A change of keys, signed by those keys.
  func payload(
    _ change: KeyPayload.Change, by signers: [Ed25519PrivateKey], sequence: UInt32? = nil
  ) throws -> KeyPayload {
    var payload = try writer.keyRecords().history.next(change)
    if let sequence { payload.sequence = sequence }
    let message = payload.message(logID: writer.genesis.logID)
    payload.signatures = try signers.map { try $0.sign(message) }
    return payload
  }

  private func append(_ payload: KeyPayload) throws {
    _ = try writer.append(payload)
    sequence += 1
    keep()
  }

  func establish() throws {
    try append(
      payload(
        .establish(logKey: logKey.publicKey, recoveryKey: recoveryKey.publicKey),
        by: [logKey, recoveryKey]))
  }

  func rotate(to key: Ed25519PrivateKey) throws {
    try append(payload(.rotate(to: key.publicKey), by: [logKey, key]))
    logKey = key
  }

  func revoke(_ key: Ed25519PrivateKey, above: Int, replacement: Ed25519PrivateKey?) throws {
    let change = KeyPayload.Change.revoke(
      key.publicKey, above: TreeSize(UInt64(above)), replacement: replacement?.publicKey)
    try append(payload(change, by: [recoveryKey] + [replacement].compactMap { $0 }))
    if let replacement { logKey = replacement }
  }

  // MARK: Checkpoints

  /// Signs all there is; has it cosigned by so many witnesses, and keeps it then.
  @discardableResult
  func sign(cosigned count: Int = 0, after seconds: Int64 = 5) throws -> UnverifiedCheckpoint {
    let trusted = try writer.sign(with: Self.signer(logKey))
    var checkpoint = trusted.verified.unverified
    if count > 0 {
      let time = writer.snapshot.committed.lastTime.rawValue / 1_000_000 + seconds
      checkpoint = checkpoint.adding(
        try witnesses.prefix(count).map {
          try $0.cosign(trusted.verified, time: UInt64(time))
        })
      try writer.keep(checkpoint)
    }
    checkpoints.append(checkpoint)
    keep()
    return checkpoint
  }

  /// The ledger that most of the matrix is about: of every kind of entry at least two, two keys,
  /// four checkpoints, redactions of both scopes.
  static func typical(seed: UInt64 = 1) throws -> AuditScribe {
    let scribe = try AuditScribe(seed: seed)
    try scribe.capture(3, receipt: true)
    try scribe.establish()
    try scribe.capture(2)
    try scribe.sign(cosigned: 2)
    try scribe.note(Array("noted".utf8))
    try scribe.capture(2, receipt: true)
    try scribe.redact([3], .payload)
    try scribe.redact([5, 8, 10], .payloadAndLinks)
    try scribe.sign(cosigned: 2)
    try scribe.rotate(to: key(3))
    try scribe.capture(1)
    try scribe.sign(cosigned: 1)
    try scribe.note(Array("again".utf8))
    try scribe.redact([3, 19], .payloadAndLinks)
    try scribe.capture(0)
    try scribe.sign(cosigned: 2)
    try scribe.writer.close()
    scribe.keep()
    return scribe
  }
}

/// What was tried and what was found, by threat.
struct AuditTally {
  let name: String
  private(set) var tried = 0
  private(set) var missed: [String] = []

  init(_ name: String) { self.name = name }

  mutating func expect(_ isFound: Bool, _ what: @autoclosure () -> String) {
    tried += 1
    if !isFound { missed.append(what()) }
  }

  /// Prints the counts, and fails where something was missed.
  func finish() {
    print("matrix: \(name): \(tried) tried, \(tried - missed.count) as they should be")
    #expect(missed.isEmpty, "\(name): \(missed.count) of \(tried), such as \(missed.prefix(3))")
    #expect(tried > 0)
  }
}

extension AuditReport {
  var kinds: Set<AuditFinding.Kind> { Set(findings.map(\.kind)) }
}

extension AuditFixture {
  static func audit(
    _ files: [String: [UInt8]], _ change: (inout AuditOptions) -> Void = { _ in }
  ) throws -> AuditReport {
    var options = AuditOptions()
    options.threadCount = 1
    change(&options)
    return try LedgerAudit.audit(AuditMemoryDisk(files), options: options)
  }
}

extension AuditOptions {
  mutating func pin(_ checkpoint: UnverifiedCheckpoint) {
    pinnedCheckpoints.append(PinnedCheckpoint(name: "kept.txt", checkpoint: checkpoint))
  }
}
