import LedgerStorage

/// Findings in the order of the log, up to a cap; those beyond are counted only.
internal struct FindingList {
  private(set) var findings: [AuditFinding] = []
  /// All findings, also those that were not kept.
  private(set) var count: UInt64 = 0
  private(set) var worst: AuditFinding.Severity?
  private let limit: Int

  init(limit: Int) { self.limit = max(1, limit) }

  mutating func add(_ finding: AuditFinding) {
    count += 1
    worst = max(worst ?? finding.severity, finding.severity)
    if findings.count < limit { findings.append(finding) }
  }

  mutating func add(
    _ kind: AuditFinding.Kind, _ severity: AuditFinding.Severity? = nil, at location: LogLocation,
    _ message: String, expected: String? = nil, found: String? = nil
  ) {
    add(
      AuditFinding(
        kind, severity, at: location, message, expected: expected, found: found))
  }

  mutating func add(_ other: FindingList) {
    guard other.count > 0 else { return }
    let room = limit - findings.count
    findings.append(contentsOf: other.findings.prefix(max(0, room)))
    count += other.count
    if let severity = other.worst { worst = max(worst ?? severity, severity) }
  }
}
