import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import TransparencyLog

/// A ledger with keys on a simulated disk, and what tests do with its checkpoints.
enum SignedHistory {
  /// A ledger whose entry 1 names key 1, and recovery key 100.
  static func begun(
    _ disk: SimulatedDisk, options: WriterOptions = History.options()
  ) throws -> LedgerWriter {
    let writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    try change(KeyStory.establish(1, 100), by: [1, 100], writer)
    return writer
  }

  @discardableResult
  static func change(
    _ change: KeyPayload.Change, by signers: [UInt8], _ writer: LedgerWriter
  ) throws -> Appended {
    let payload = KeyPayload(sequence: try writer.keyRecords().history.sequence, change: change)
    return try writer.append(
      try payload.signed(by: signers.map(KeyStory.key), logID: writer.genesis.logID))
  }

  @discardableResult
  static func sign(_ writer: LedgerWriter, by key: UInt8 = 1) throws -> UnverifiedCheckpoint {
    try writer.sign(with: KeyStory.signer(key)).verified.unverified
  }

  /// A checkpoint with the cosignature of a witness.
  static func cosigned(
    _ checkpoint: UnverifiedCheckpoint, by witness: UInt8 = 200, time: UInt64 = 1_790_000_000
  ) throws -> UnverifiedCheckpoint {
    guard let name = KeyName("witness.example/\(witness)") else { throw HistoryError.malformed }
    let verified = try checkpoint.verify(
      by: CheckpointPolicy(origin: checkpoint.claim.origin, logKeys: [KeyStory.vkey(1)])
    ).get()
    let cosigner = try Cosigner(name: name, key: KeyStory.key(witness))
    return checkpoint.adding([try cosigner.cosign(verified, time: time)])
  }

  /// A ledger of captures with a checkpoint in the middle and one near the end, closed; the files.
  static func files(
    captures: Int = 6, events: Int = 3
  ) throws -> (files: [String: [UInt8]], signed: [UnverifiedCheckpoint]) {
    let disk = SimulatedDisk()
    let writer = try begun(disk)
    var signed: [UnverifiedCheckpoint] = []
    for capture in 0..<captures {
      _ = try writer.append(History.draft(capture, events: events))
      if capture == captures / 2 { signed.append(try sign(writer)) }
    }
    signed.append(try sign(writer))
    try writer.close()
    return (disk.state.files, signed)
  }

  /// The error that opening these files for writing ends with.
  static func refusal(_ files: [String: [UInt8]]) -> LedgerError? {
    do {
      let disk = SimulatedDisk(SimulatedState(files: files))
      try LedgerWriter.open(disk, options: History.options()).close()
      return nil
    } catch {
      return error
    }
  }
}
