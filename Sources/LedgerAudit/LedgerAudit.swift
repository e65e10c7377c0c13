public import LedgerStorage
import TransparencyLog

/// Verification of a ledger from its bytes alone.
///
/// An audit trusts no file, no index and no writer: it computes every hash anew and compares. It
/// needs only read access and no lock, repairs nothing, and goes on after every fault to the end.
public enum LedgerAudit {
  /// Checks a ledger.
  ///
  /// While a writer is at work, only what it has committed is judged.
  ///
  /// - Parameters:
  ///   - disk: the ledger's directory.
  ///   - options: what to compare with, and how to work.
  /// - Returns: what was found. Damage of any kind is a finding in it, never an error.
  /// - Throws: ``/LedgerStorage/LedgerError/Kind/notALedger`` when there is no ledger,
  ///   ``/LedgerStorage/LedgerError/Kind/unsupportedVersion`` for a later format,
  ///   ``/LedgerStorage/LedgerError/Kind/inputOutput`` when the directory cannot be read.
  /// - Complexity: linear in the bytes of the log; memory of a few MiB for each thread, or of one
  ///   frame where frames are larger (at most 64 MiB).
  public static func audit(
    _ disk: any Disk, options: AuditOptions = AuditOptions()
  ) throws(LedgerError) -> AuditReport {
    try AuditRun(disk, options).make()
  }

  /// Checks the ledger in a directory of this machine.
  public static func audit(
    directory: String, options: AuditOptions = AuditOptions()
  ) throws(LedgerError) -> AuditReport {
    try audit(PosixDisk(directory), options: options)
  }
}
