public import LedgerStorage
import TransparencyLog

/// The log of a ledger as static files for anybody: C2SP tlog-tiles, and beside them the payloads
/// that are public.
///
/// What is published shows the number, kinds, record times and grouping of entries, and nothing of
/// any event: an entry holds a salted commitment only.
public enum Publication {
  /// Publishes a ledger's log at the size of a checkpoint, or what is new since the last time.
  ///
  /// All hashes are made from the entries; what comes out of the tree's files is believed only as
  /// far as it leads to the root that was published before. The new checkpoint is put in place last,
  /// when its root is that of the entries and everything it needs is durable: until then the
  /// directory serves the old one, whole, and so it does after any interruption.
  ///
  /// - Parameters:
  ///   - reader: the ledger.
  ///   - snapshot: its state, of at least the checkpoint's size.
  ///   - checkpoint: what is published: a checkpoint of this ledger, signed by the key that was its own.
  ///   - disk: the directory; files that everybody can read need `PosixDisk(_:isPublic:)`.
  ///   - options: how to work.
  /// - Throws: ``PublicationConflict`` where something else is published, with both notes;
  ///   `LedgerError` where the ledger is damaged or the disk fails; `CancellationError`.
  /// - Complexity: linear in the entries that are new, and in all entries where the tree's files are
  ///   wrong or ``PublicationOptions/comparesAll`` asks for it. Memory of one frame's
  ///   entries and directory.
  public static func publish(
    _ reader: LedgerReader, at snapshot: LedgerSnapshot, checkpoint: TrustedCheckpoint,
    to disk: any Disk, options: PublicationOptions = PublicationOptions()
  ) throws -> PublicationOutcome {
    let checkpoint = checkpoint.verified
    guard checkpoint.checkpoint.origin.bytes == Array(snapshot.origin.name.utf8) else {
      throw LedgerError(
        .invalid, "the checkpoint is of \(checkpoint.checkpoint.origin), not of this ledger",
        advice: "sign one with this ledger's key")
    }
    guard checkpoint.checkpoint.size <= snapshot.size else {
      throw LedgerError(
        .corrupt,
        "the ledger's checkpoint is of size \(checkpoint.checkpoint.size), and the ledger has only "
          + "\(snapshot.size) entries: its end is missing",
        at: LogLocation(file: LedgerPaths.checkpoint),
        advice: "keep the checkpoint as evidence and look for a newer copy of the ledger")
    }
    let names = (try? disk.list("")) ?? []
    if let found = notForPublishing(names) {
      throw PublicationConflict(.notForPublishing(found: found), directory: disk.location)
    }
    let directory = try PublishedDirectory(disk)
    defer { directory.close() }
    let publisher = try Publisher(
      EntryStream(reader: reader, snapshot: snapshot), checkpoint, directory, options)
    return try publisher.publish()
  }

  /// What stands in the way in a directory: a ledger's own `checkpoint` must not be replaced.
  private static func notForPublishing(_ names: [String]) -> String? {
    let isLedger = names.contains(LedgerPaths.format) || names.contains(LedgerPaths.committed)
    return isLedger ? "a ledger" : nil
  }
}
