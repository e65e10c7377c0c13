import LedgerStorage
import TransparencyLog

/// Key entries one after the other, made and taken in with one call.
struct KeyStory {
  static let logID = LogID([UInt8](repeating: 9, count: 16))

  var history: KeyHistory
  private(set) var payloads: [[UInt8]] = []

  init(logID: LogID? = KeyStory.logID) throws {
    guard let logID else { throw HistoryError.malformed }
    history = KeyHistory(origin: try History.origin(), logID: logID)
  }

  /// The key of a number, the same in every run.
  static func key(_ number: UInt8) throws -> Ed25519PrivateKey {
    try Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32))
  }

  static func publicKey(_ number: UInt8) throws -> Ed25519PublicKey { try key(number).publicKey }

  static func vkey(_ number: UInt8) throws -> VerifierKey { try signer(number).verifierKey }

  static func signer(_ number: UInt8) throws -> NoteSigner {
    guard let name = KeyName(try History.origin().name) else { throw HistoryError.malformed }
    return try NoteSigner(name: name, key: key(number))
  }

  /// One second after the other, by the entry.
  static func time(_ entry: UInt64) -> RecordTime {
    RecordTime(rawValue: Int64(entry) * 1_000_000)
  }

  static func establish(_ logKey: UInt8, _ recoveryKey: UInt8) throws -> KeyPayload.Change {
    .establish(logKey: try publicKey(logKey), recoveryKey: try publicKey(recoveryKey))
  }

  static func rotate(_ key: UInt8) throws -> KeyPayload.Change { .rotate(to: try publicKey(key)) }

  static func revoke(
    _ key: UInt8, above size: TreeSize, _ replacement: UInt8? = nil
  ) throws -> KeyPayload.Change {
    .revoke(try publicKey(key), above: size, replacement: try replacement.map(publicKey))
  }

  func payload(_ change: KeyPayload.Change, by signers: [UInt8]) throws -> [UInt8] {
    try KeyPayload(sequence: history.sequence, change: change)
      .signed(by: signers.map(KeyStory.key), logID: history.logID).payload()
  }

  mutating func take(
    _ change: KeyPayload.Change, by signers: [UInt8], at entry: UInt64
  ) throws -> KeyFault? {
    let payload = try payload(change, by: signers)
    payloads.append(payload)
    return try history.take(payload, entry: EntryIndex(entry), time: KeyStory.time(entry))
  }

  func status(_ key: UInt8, _ size: TreeSize) throws -> KeyStatus {
    history.status(of: try KeyStory.vkey(key), size: size)
  }

  /// A log with key 1 and recovery key 100 from entry 1 on.
  static func begun() throws -> KeyStory {
    var story = try KeyStory()
    guard try story.take(establish(1, 100), by: [1, 100], at: 1) == nil else {
      throw HistoryError.malformed
    }
    return story
  }

  /// A signed checkpoint of some size.
  func checkpoint(_ size: TreeSize, by key: UInt8) throws -> UnverifiedCheckpoint {
    guard let origin = CheckpointOrigin(history.origin.name) else { throw HistoryError.malformed }
    return try KeyStory.signer(key).sign(Checkpoint(origin: origin, size: size, root: .zero))
  }
}
