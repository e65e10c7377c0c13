import LedgerStorage
import TransparencyLog

/// Folds the key entries of a log, in their order, into the history of its keys.
internal struct KeyFold {
  /// Looking a key up takes time in proportion to their number, so that it has to end somewhere: a
  /// key a day for 27 years.
  private static let entryMax: UInt32 = 10_000

  private(set) var history: KeyHistory
  /// Whether a key entry was not valid, or could not be read, so that a later one may be missing
  /// what it builds on.
  private(set) var isBroken = false

  init(origin: LogOrigin, logID: LogID) {
    history = KeyHistory(origin: origin, logID: logID)
  }

  /// Takes in the next key entry; reports what is wrong with it.
  mutating func take(
    _ statement: PublicStatement, _ findings: inout FindingList
  ) throws(CryptoError) {
    guard history.sequence < KeyFold.entryMax else {
      isBroken = true
      findings.add(
        .keyEntry, at: statement.location,
        "the log has more than \(KeyFold.entryMax) key entries: this one was not judged")
      return
    }
    let fault = try history.take(
      statement.payload ?? [], entry: statement.index, time: statement.time)
    guard let fault else { return }
    isBroken = true
    findings.add(.keyEntry, at: statement.location, "the key entry is not valid: \(fault)")
  }
}
