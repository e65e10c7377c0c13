import Provender
import RecallReports

/// Keys in words and in JSON.
enum KeyText {
  /// The vkey of a public key under a name.
  static func vkey(
    _ key: Ed25519PublicKey, name: String, isCosigner: Bool
  ) throws -> VerifierKey {
    guard let name = KeyName(name) else {
      throw Failure.usage(
        "'\(name)' cannot be the name of a key: it has no spaces, no + and no control characters")
    }
    return try VerifierKey(name: name, type: isCosigner ? .cosignature : .ed25519, publicKey: key)
  }

  /// A key's members in JSON.
  static func members(_ json: inout JSONWriter, _ vkey: VerifierKey) {
    json.member("vkey", vkey.description)
    json.member("name", vkey.name.text)
    json.member("keyID", vkey.id.description)
    json.member("publicKey", vkey.publicKey.hex)
  }

  // MARK: The list

  /// The keys of a log in words.
  static func list(
    _ records: KeyRecords, _ snapshot: LedgerSnapshot, _ style: ReportStyle
  ) -> String {
    var report = TextReport(style)
    report.heading("KEYS", snapshot.origin.name)
    let history = records.history
    guard let recovery = history.recoveryKey else {
      report.line("the log has no keys; `provender key generate --ledger` makes them", .plain)
      faults(records, &report)
      return report.text
    }
    for key in history.keys {
      report.line(key.key.description, tint(key, history))
      report.facts(facts(key, history))
    }
    report.facts([("recovery key", recovery.hex)])
    faults(records, &report)
    return report.text
  }

  private static func tint(
    _ key: KeyHistory.LogKey, _ history: KeyHistory
  ) -> ReportStyle.Tint {
    if key == history.current { return .good }
    return key.revocation == nil ? .plain : .bad
  }

  private static func facts(
    _ key: KeyHistory.LogKey, _ history: KeyHistory
  ) -> [(name: String, value: String)] {
    var facts = [
      (name: "state", value: state(key, history)), ("introduced", "by entry \(key.introduced)"),
    ]
    if let superseded = key.superseded { facts.append(("superseded", "by entry \(superseded)")) }
    if let revocation = key.revocation {
      facts.append(
        (
          "revoked",
          "by entry \(revocation.entry) at \(revocation.time.text), above size \(revocation.above)"
        ))
    }
    return facts
  }

  private static func state(_ key: KeyHistory.LogKey, _ history: KeyHistory) -> String {
    if key == history.current { return "current" }
    return key.revocation == nil ? "superseded" : "revoked"
  }

  private static func faults(_ records: KeyRecords, _ report: inout TextReport) {
    for record in records.records {
      guard let fault = record.fault else { continue }
      report.line("entry \(record.entry.index) counts for nothing: \(fault)", .bad)
    }
  }

  /// The keys of a log in JSON.
  static func json(_ json: inout JSONWriter, _ records: KeyRecords, _ snapshot: LedgerSnapshot) {
    let history = records.history
    json.member("ledger", snapshot)
    json.member("current", history.current?.key.description)
    json.member("recoveryKey", history.recoveryKey?.hex)
    json.key("keys")
    json.array { list in
      for key in history.keys {
        list.object {
          members(&$0, key.key)
          $0.member("state", state(key, history))
          $0.member("introduced", key.introduced.rawValue)
          $0.member("superseded", key.superseded?.rawValue)
          $0.key("revocation")
          revocation(&$0, key.revocation)
        }
      }
    }
    json.key("entries")
    json.array { list in
      for record in records.records {
        list.object {
          $0.member("entry", record.entry.index.rawValue)
          $0.member("recordTime", record.entry.time.text)
          $0.member("fault", record.fault?.description)
        }
      }
    }
  }

  private static func revocation(
    _ json: inout JSONWriter, _ revocation: KeyHistory.Revocation?
  ) {
    guard let revocation else { return json.null() }
    json.object {
      $0.member("entry", revocation.entry.rawValue)
      $0.member("recordTime", revocation.time.text)
      $0.member("above", revocation.above.rawValue)
    }
  }
}
