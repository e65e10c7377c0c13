public import LedgerStorage
import TransparencyLog

/// Verification of a published log from its files alone: that of a Provender ledger, or anybody's
/// that follows C2SP tlog-tiles.
///
/// Every leaf is hashed from the entry bundles, every level of the tree computed and compared with
/// every tile, and the root with the checkpoint's. It needs only read access and goes on after every
/// fault to the end.
public enum TilesAudit {
  /// Checks a published log.
  ///
  /// - Parameters:
  ///   - disk: the directory.
  ///   - options: what to compare with, and how to work.
  /// - Returns: what was found. Damage of any kind is a finding in it, never an error.
  /// - Throws: ``/LedgerStorage/LedgerError/Kind/notALedger`` when there is neither a checkpoint nor a
  ///   tile, ``/LedgerStorage/LedgerError/Kind/inputOutput`` when the directory cannot be read.
  /// - Complexity: linear in the files that are there, whatever size the checkpoint claims; memory of
  ///   one entry bundle (at most 16 MiB; 25 KiB in logs of ours) and of what ``TilesReport`` keeps.
  public static func audit(
    _ disk: any Disk, options: TilesOptions = TilesOptions()
  ) throws(LedgerError) -> TilesReport {
    var run = try TilesRun(disk, options)
    return try run.make()
  }

  /// Checks the published log in a directory of this machine.
  public static func audit(
    directory: String, options: TilesOptions = TilesOptions()
  ) throws(LedgerError) -> TilesReport {
    try audit(PosixDisk(directory), options: options)
  }
}
