import LedgerAudit
import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// Whatever stops a publication, and wherever: the old checkpoint is served whole, and the next run
/// completes the new one.
@Suite struct PublicationCrashTests {
  /// A directory in which 255 entries are published, and a ledger of 300.
  private static func prepared() throws -> (PublishedLedger, SimulatedDisk, TrustedCheckpoint) {
    let ledger = try PublishedLedger()
    try ledger.grow(to: 250)
    let target = SimulatedDisk()
    try ledger.publish(to: target)
    try ledger.grow(to: 255)
    try ledger.publish(to: target)
    try ledger.append(
      .rotate(to: try Ed25519PrivateKey(seed: [UInt8](repeating: 5, count: 32)).publicKey),
      by: [ledger.logKey, Ed25519PrivateKey(seed: [UInt8](repeating: 5, count: 32))])
    let signer = try NoteSigner(
      name: ledger.signer.verifierKey.name,
      key: Ed25519PrivateKey(seed: [UInt8](repeating: 5, count: 32)))
    try ledger.grow(to: 300)
    return (ledger, target, try ledger.writer.sign(with: signer))
  }

  /// The old or the new state is there, whole, and publishing again makes the new one.
  private static func check(
    _ state: SimulatedState, _ ledger: PublishedLedger, _ checkpoint: TrustedCheckpoint,
    _ expected: [String: [UInt8]], _ what: String
  ) throws {
    let disk = SimulatedDisk(state)
    let report = try ledger.audit(disk)
    #expect(report.isIntact, "\(what): \(report.lines)")
    let size = try #require(report.checkpoint?.claim.size)
    #expect(size == 255 || size == 300)
    try ledger.publish(to: disk, checkpoint: checkpoint)
    let after = disk.publishedFiles
    let missing = expected.filter { after[$0.key] != $0.value }.keys.sorted()
    #expect(missing.isEmpty, "\(what): \(missing)")
    // Partial files that an interruption left over may stay, and nothing else.
    let rest = after.keys.filter { expected[$0] == nil && !$0.contains(".p/") }
    #expect(rest.isEmpty, "\(what): \(rest)")
  }

  @Test func aPowerCutAtAnyCallLeavesOneStateWhole() throws {
    let (ledger, target, checkpoint) = try Self.prepared()
    let finished = target.changed { _ in }
    try ledger.publish(to: finished, checkpoint: checkpoint)
    let expected = finished.publishedFiles
    let observed = SimulatedDisk(target.state)
    let states = States()
    observed.observe { state, _ in states.add(state) }
    try ledger.publish(to: observed, checkpoint: checkpoint)
    observed.observe(nil)
    #expect(states.all.count > 40)
    var checkedCount = 0
    for (call, state) in states.all.enumerated() {
      let odd: SimulatedState.Choice = call % 2 == 0 ? .dataWithoutMetadata : .everything
      let choices: [SimulatedState.Choice] = [
        .nothing, .metadataWithoutData, odd, .random(seed: UInt64(call)),
      ]
      for choice in choices {
        let crashed = state.crashed(choice, granularity: 4_096)
        try Self.check(crashed, ledger, checkpoint, expected, "call \(call), \(choice)")
        checkedCount += 1
      }
    }
    #expect(checkedCount > 150)
  }

  /// The cuts are told from a disk that does not keep what it promised.
  @Test(arguments: SimulatedDisk.Sabotage.allCases)
  func aDiskThatForgetsIsNoticed(sabotage: SimulatedDisk.Sabotage) throws {
    let (ledger, target, checkpoint) = try Self.prepared()
    let states = States()
    let disk = SimulatedDisk(target.state, sabotage: sabotage)
    disk.observe { state, _ in states.add(state) }
    try ledger.publish(to: disk, checkpoint: checkpoint)
    disk.observe(nil)
    // The last moment tells: everything is said to be durable, and only the names or only the data
    // of some files are.
    let last = try #require(states.all.last)
    var damagedCount = 0
    for seed in 0..<40 {
      let report = try TilesAudit.audit(
        SimulatedDisk(last.crashed(.random(seed: UInt64(seed)), granularity: 4_096)))
      if !report.isIntact { damagedCount += 1 }
    }
    #expect(damagedCount > 0)
  }

  @Test(arguments: SimulatedDisk.Fault.allCases)
  func aFailureOfAnyCallLeavesOneStateWhole(fault: SimulatedDisk.Fault) throws {
    let (ledger, target, checkpoint) = try Self.prepared()
    let finished = SimulatedDisk(target.state)
    try ledger.publish(to: finished, checkpoint: checkpoint)
    let expected = finished.publishedFiles
    var call = 1
    while call < finished.callCount + 5 {
      var disk = SimulatedDisk(target.state)
      disk.fail(call: disk.callCount + call, fault)
      _ = try? ledger.publish(to: disk, checkpoint: checkpoint)
      disk = disk.killProcess()
      try Self.check(disk.state, ledger, checkpoint, expected, "\(fault) at call \(call)")
      call += 3
    }
  }

  @Test func aFullDiskLeavesTheOldStateWhole() throws {
    let (ledger, target, checkpoint) = try Self.prepared()
    let finished = SimulatedDisk(target.state)
    try ledger.publish(to: finished, checkpoint: checkpoint)
    let used = target.state.files.values.reduce(0) { $0 + $1.count }
    for room in stride(from: 0, to: 40_000, by: 4_000) {
      let disk = SimulatedDisk(target.state)
      disk.limit(capacity: used + room)
      let error = #expect(throws: LedgerError.self) {
        try ledger.publish(to: disk, checkpoint: checkpoint)
      }
      #expect(error?.kind == .diskFull)
      try Self.check(disk.state, ledger, checkpoint, finished.publishedFiles, "room for \(room)")
    }
  }

  @Test func aCancelledRunGoesOnWhereItStopped() throws {
    let (ledger, target, checkpoint) = try Self.prepared()
    let counter = Guard()
    var options = PublicationOptions()
    options.isCancelled = { counter.next() >= 2 }
    #expect(throws: CancellationError.self) {
      try ledger.publish(to: target, checkpoint: checkpoint, options: options)
    }
    #expect(try ledger.audit(target).checkpoint?.claim.size == 255)
    let finished = try ledger.publish(to: target, checkpoint: checkpoint)
    #expect(finished.previousSize == 255)
    #expect(try ledger.audit(target).isIntact)
  }
}

/// States of a disk in the order of the calls.
private final class States: @unchecked Sendable {
  private(set) var all: [SimulatedState] = []

  func add(_ state: SimulatedState) { all.append(state) }
}

private final class Guard: @unchecked Sendable {
  private var count = 0

  func next() -> Int {
    count += 1
    return count
  }
}
