import Foundation
import Provender
import Testing

@Suite struct LedgerCheckpointTests {
  @Test func aLedgerSignsWhatItHolds() throws {
    let folder = try TemporaryDirectory()
    let logKey = try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 32))
    let recoveryKey = try Ed25519PrivateKey(seed: [UInt8](repeating: 2, count: 32))
    let ledger = try Ledger.create(at: folder.path + "/l", origin: "acme.example/trace")
    #expect(throws: LedgerError.self) { try ledger.signCheckpoint(with: logKey) }
    let entry = try ledger.establishKeys(logKey: logKey, recoveryKey: recoveryKey)
    #expect(entry == 1)
    let signed = try ledger.signCheckpoint(with: logKey)
    #expect(signed.verified.checkpoint.size == 2)
    try ledger.close()
    let again = try Ledger.open(at: folder.path + "/l")
    #expect(try again.newestCheckpoint() == signed.verified.unverified)
    #expect(try again.keyRecords().history.current?.introduced == 1)
  }
}
