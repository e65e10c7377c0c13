import LedgerStorage
import LedgerTestSupport
import LedgerWitness
import Testing
import TransparencyLog

/// Cuts the power after every call of a witness to its disk, and looks at whether it forgot anything
/// that it had signed.
private final class WitnessCrashExplorer {
  private struct Moment: Sendable {
    var state: SimulatedState
    var call: Int
    /// The largest size whose cosignature was given out, nil if none was.
    var released: Int?
    var isTrusted: Bool
  }

  private final class Recorder: @unchecked Sendable {
    var moments: [Moment] = []
    var released: Int?
    var isTrusted = false
  }

  private static let granularity = 512
  private static let steps = [(0, 3), (3, 7), (7, 7), (7, 13), (13, 24)]

  let log: WatchedLog
  private(set) var stateCount = 0
  private(set) var losses: [String] = []
  private let recorder = Recorder()

  init(sabotage: SimulatedDisk.Sabotage? = nil) throws {
    log = try WatchedLog(partingAt: 2)
    let disk = SimulatedDisk(SimulatedState(), sabotage: sabotage)
    let recorder = recorder
    disk.observe { state, call in
      recorder.moments.append(
        Moment(
          state: state, call: call, released: recorder.released, isTrusted: recorder.isTrusted))
    }
    let witness = try log.witness(on: disk)
    recorder.isTrusted = true
    for (older, newer) in Self.steps {
      let decision = try witness.decide(log.request(older, newer), signingWith: log.cosigner)
      try #require(decision.status == 200)
      recorder.released = newer
      // A fork in between, whose evidence is kept.
      _ = try witness.decide(log.request(newer, 24, of: log.branch), signingWith: log.cosigner)
    }
    disk.observe(nil)
  }

  func explore(limit: Int = .max) {
    for moment in recorder.moments where losses.count < limit {
      for choice in choices(moment) {
        stateCount += 1
        let state = moment.state.crashed(choice, granularity: Self.granularity)
        if let fault = fault(SimulatedDisk(state), moment) {
          losses.append("call \(moment.call), \(choice): \(fault)")
        }
      }
    }
  }

  private func choices(_ moment: Moment) -> [SimulatedState.Choice] {
    guard moment.state.hasPending else { return [.everything] }
    var choices: [SimulatedState.Choice] = [
      .nothing, .everything, .dataWithoutMetadata, .metadataWithoutData,
    ]
    for chunk in 0..<moment.state.chunkCount(granularity: Self.granularity) {
      choices += [.allBut(chunk: chunk), .only(chunk: chunk)]
    }
    return choices + (0..<4).map { .random(seed: UInt64(moment.call * 100 + $0)) }
  }

  private func fault(_ disk: SimulatedDisk, _ moment: Moment) -> String? {
    let witness = Witness(disk, clock: LedgerClock(wall: { 1_000_000_000 }, steady: { 0 }))
    let released = moment.released ?? 0
    do {
      guard moment.isTrusted else { return nil }
      // Another history of the size that was signed: it must not be signed too.
      let fork = try witness.decide(
        log.request(released, max(released, 3), of: log.branch), signingWith: log.cosigner)
      if moment.released != nil, fork.status == 200 { return "signed both histories" }
      guard let record = try witness.records().first else { return "forgot the log" }
      guard record.size >= TreeSize(UInt64(released)) else {
        return "released \(released), kept \(record.size)"
      }
      guard moment.released != nil else { return nil }
      // And it goes on.
      var reader = log.reader()
      let next = try witness.decide(log.head(24), reader: &reader, signingWith: log.cosigner)
      return next.status == 200 ? nil : "refuses the honest log: \(next.status)"
    } catch {
      return "\(error)"
    }
  }
}

@Suite("A witness and the power") struct WitnessCrashTests {
  @Test("no crash makes a witness forget what it signed")
  func crashes() throws {
    let explorer = try WitnessCrashExplorer()
    explorer.explore()
    print(
      "witness: \(explorer.stateCount) states after a power cut, \(explorer.losses.count) losses")
    #expect(explorer.losses.isEmpty, "\(explorer.losses.prefix(3))")
    #expect(explorer.stateCount > 200)
  }

  @Test("a missing sync is noticed", arguments: SimulatedDisk.Sabotage.allCases)
  func sabotage(_ sabotage: SimulatedDisk.Sabotage) throws {
    let explorer = try WitnessCrashExplorer(sabotage: sabotage)
    explorer.explore(limit: 5)
    print("witness with \(sabotage): \(explorer.losses.count) losses found, as must be")
    #expect(!explorer.losses.isEmpty)
  }

  @Test("no failed call gives out what is not durable", arguments: SimulatedDisk.Fault.allCases)
  func faults(_ kind: SimulatedDisk.Fault) throws {
    let log = try WatchedLog(partingAt: 2)
    let sound = SimulatedDisk()
    func run(_ disk: SimulatedDisk) -> Int? {
      var released: Int?
      guard let witness = try? log.witness(on: disk) else { return nil }
      // The last is asked for again, as whoever got no answer does: nothing later makes up for it.
      for (older, newer) in [(0, 3), (3, 7), (7, 7)] {
        let decision = try? witness.decide(
          log.request(older, newer), signingWith: log.cosigner)
        if decision?.status == 200 { released = newer }
      }
      return released
    }
    #expect(run(sound) == 7)
    var stateCount = 0
    for call in 1...sound.callCount {
      let disk = SimulatedDisk()
      disk.fail(call: call, kind)
      let released = run(disk)
      let next = disk.killProcess()
      for choice in [
        SimulatedState.Choice.everything, .nothing, .random(seed: UInt64(call)),
      ] {
        stateCount += 1
        let after = SimulatedDisk(next.state.crashed(choice, granularity: 512))
        guard let released else { continue }
        let records = try Witness(after).records()
        #expect(
          records.first?.size ?? 0 >= TreeSize(UInt64(released)), "call \(call), \(choice)")
      }
    }
    print("witness: \(kind) at each of \(sound.callCount) calls, \(stateCount) states, no loss")
  }
}
