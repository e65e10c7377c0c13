public import LedgerAudit

extension Ledger {
  /// Checks a ledger from its bytes alone: every hash, link, commitment and time, against each
  /// other and against heads that were kept elsewhere. Needs read access only, repairs nothing.
  ///
  /// - Parameters:
  ///   - directory: the ledger's directory; it need not be one that opens.
  ///   - options: what to compare with, and how to work.
  ///   - isDeep: whether to read every event again from what was received, and to compare its links.
  /// - Returns: what was found. Damage of any kind is a finding, never an error.
  /// - Throws: `LedgerError` if there is no ledger, or the directory cannot be read.
  /// - Complexity: O(bytes of the log).
  public static func verify(
    at directory: String, options: AuditOptions = AuditOptions(), isDeep: Bool = false
  ) throws -> AuditReport {
    let report = try LedgerAudit.audit(directory: directory, options: options)
    return isDeep ? try DeepCheck.run(at: directory, report, options) : report
  }

  /// Checks this ledger as it is on disk; see `verify(at:options:isDeep:)`.
  public func verify(
    options: AuditOptions = AuditOptions(), isDeep: Bool = false
  ) throws -> AuditReport {
    try Self.verify(at: directory, options: options, isDeep: isDeep)
  }
}
