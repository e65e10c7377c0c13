public import LedgerAudit
public import LedgerDisclosure
import LedgerStorage
import LedgerWriter
public import TransparencyLog

/// What publishing a ledger did.
public struct LedgerPublication: Sendable {
  /// What was written.
  public internal(set) var outcome: PublicationOutcome
  /// Entries that are newer than the published checkpoint, and so were not published.
  public internal(set) var unpublishedCount: UInt64 = 0
  /// Why the ledger could not keep a copy of the published checkpoint in `checkpoints/`; nil if it
  /// did, or had one.
  public internal(set) var keepingFailure: LedgerError?
}

extension Ledger {
  /// Publishes the log as static files at the size of its newest signed checkpoint: C2SP tlog-tiles
  /// that any web server serves, and beside them the payloads that are public. Only what is new
  /// since the last time is written, and the checkpoint last.
  ///
  /// With a key, and when the ledger was opened for writing, what is acknowledged and not signed yet
  /// is signed first. The ledger keeps a copy of the checkpoint before anybody else can have it, so
  /// that it never signs anything that contradicts it; where another process writes to the ledger,
  /// the newest checkpoint, which every writer honours, stands for the copy.
  ///
  /// - Parameters:
  ///   - directory: where the files are to be; made if it is missing.
  ///   - key: the log's present key; nil for the one that the ledger was opened with, if any.
  ///   - options: how to work.
  /// - Throws: `PublicationConflict` where something else is published; `LedgerError`: the log was
  ///   never signed or its checkpoint does not hold (`invalid`), the ledger is damaged, or the disk
  ///   fails; `CancellationError`.
  /// - Complexity: O(entries that are new).
  public func publish(
    to directory: String, signingWith key: Ed25519PrivateKey? = nil,
    options: PublicationOptions = PublicationOptions()
  ) throws -> LedgerPublication {
    let checkpoint = try checkpointToPublish(key)
    let snapshot = try reader.snapshot()
    let failure = try keepPublished(checkpoint)
    var options = options
    options.alsoServes += try PosixDisk(self.directory).keptCheckpoints().sizes
    let outcome = try Publication.publish(
      reader, at: snapshot, checkpoint: checkpoint,
      to: PosixDisk(directory, isPublic: true), options: options)
    var publication = LedgerPublication(outcome: outcome)
    publication.unpublishedCount =
      snapshot.size.rawValue
      - min(
        snapshot.size.rawValue, outcome.size.rawValue)
    publication.keepingFailure = failure
    return publication
  }

  /// The newest checkpoint, or a new one where there is a key and something to sign.
  private func checkpointToPublish(_ key: Ed25519PrivateKey?) throws -> TrustedCheckpoint {
    let newest = try newestCheckpoint()
    let history = try keyRecords().history
    if key != nil || (writer != nil && signer != nil) {
      let isCurrent = try newest?.claim.size == snapshot().size
      if isCurrent, let newest, case .success(let trusted) = history.verify(newest, isPinned: true)
      {
        return trusted
      }
      return try signCheckpoint(with: key)
    }
    guard let newest else {
      throw LedgerError(
        .invalid, "the log was never signed, and without a signature nobody could rely on it",
        advice: "give the log's key with --sign-with; `provender key generate` makes one")
    }
    switch history.verify(newest, isPinned: true) {
    case .success(let trusted): return trusted
    case .failure(let refusal):
      throw LedgerError(
        .invalid, "the ledger's newest checkpoint cannot be published: \(refusal)",
        at: LogLocation(file: LedgerPaths.checkpoint),
        advice: "sign a new one with the log's present key (--sign-with)")
    }
  }

  /// - Returns: what kept the ledger from keeping a copy, where that does no harm.
  private func keepPublished(_ checkpoint: TrustedCheckpoint) throws -> LedgerError? {
    let unverified = checkpoint.verified.unverified
    let disk = PosixDisk(directory)
    if let kept = try disk.keptCheckpoint(of: unverified.claim.size),
      kept.note.textBytes == unverified.note.textBytes
    {
      return nil
    }
    if let writer {
      try writer.keep(unverified)
      return nil
    }
    do throws(LedgerError) {
      let writer = try LedgerWriter.open(disk)
      defer { try? writer.close() }
      try writer.keep(unverified)
      return nil
    } catch {
      // Another writer at work, or a ledger that can only be read.
      guard error.kind == .locked || error.kind == .inputOutput else { throw error }
      return error
    }
  }

  /// Checks a published log from its files alone, ours or anybody's that follows C2SP tlog-tiles.
  ///
  /// - Parameters:
  ///   - directory: where it is published, or a copy of it.
  ///   - options: what to compare with, and how to work.
  /// - Returns: what was found. Damage of any kind is a finding, never an error.
  /// - Throws: `LedgerError` if nothing is published there, or the directory cannot be read.
  public static func verify(
    tiles directory: String, options: TilesOptions = TilesOptions()
  ) throws -> TilesReport {
    try TilesAudit.audit(directory: directory, options: options)
  }
}
