import LedgerTestSupport
import Testing

@Suite struct CrashTests {
  @Test func noCrashLosesWhatWasAcknowledged() throws {
    let explorer = try CrashExplorer(randomChoices: 6)
    explorer.explore()
    print(
      "crashes: \(explorer.statesExplored) states after \(explorer.pointsExplored) calls,",
      "\(explorer.statesInRecovery) after a second cut during recovery,",
      "\(explorer.losses.count) losses")
    #expect(explorer.losses.isEmpty, "\(explorer.losses.prefix(3))")
    #expect(explorer.statesExplored > 1_000)
  }

  @Test(arguments: SimulatedDisk.Sabotage.allCases)
  func aMissingSyncIsNoticed(_ sabotage: SimulatedDisk.Sabotage) throws {
    let explorer = try CrashExplorer(sabotage: sabotage, randomChoices: 1)
    explorer.explore(limit: 5)
    print("crashes with \(sabotage): \(explorer.losses.count) losses found, as must be")
    #expect(!explorer.losses.isEmpty)
  }
}
