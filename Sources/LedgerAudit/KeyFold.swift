import LedgerStorage
import TransparencyLog

/// Folds the key entries of a log, in their order, into the history of its keys.
internal struct KeyFold {
  private(set) var history: KeyHistory

  init(origin: LogOrigin, logID: LogID) {
    history = KeyHistory(origin: origin, logID: logID)
  }

  /// Takes in the next key entry; reports what is wrong with it.
  mutating func take(
    _ statement: PublicStatement, _ findings: inout FindingList
  ) throws(CryptoError) {
    let fault = try history.take(
      statement.payload ?? [], entry: statement.index, time: statement.time)
    guard let fault else { return }
    findings.add(.keyEntry, at: statement.location, "the key entry is not valid: \(fault)")
  }
}
