import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// Cuts the power, and lets calls fail, while checkpoints are signed and kept.
@Suite struct CheckpointCrashTests {
  /// What a run had promised by some moment.
  private struct Promise: Sendable {
    /// The size of the newest checkpoint that was handed out.
    var signed: UInt64 = 0
    /// That of one that may have been.
    var submitted: UInt64 = 0
    var kept: [UInt64: Int] = [:]
    var stamps = 0
    var isCreated = false
  }

  private final class Recorder: @unchecked Sendable {
    var promise = Promise()
    var moments: [(state: SimulatedState, promise: Promise)] = []
  }

  private func run(_ disk: SimulatedDisk, _ recorder: Recorder) throws {
    var writer = try SignedHistory.begun(disk)
    recorder.promise.isCreated = true
    for capture in 0..<3 { try sign(writer, capture, recorder) }
    let newest = try #require(writer.newestCheckpoint)
    try writer.keep(try SignedHistory.cosigned(newest))
    recorder.promise.kept[newest.claim.size.rawValue] = 2
    try sign(writer, 3, recorder)
    try writer.keep(try SignedHistory.cosigned(newest, by: 201))
    recorder.promise.kept[newest.claim.size.rawValue] = 3
    _ = try writer.keep(timeStamp: [1, 2, 3], of: newest)
    recorder.promise.stamps = 1
    try writer.close()
    writer = try LedgerWriter.open(disk, options: History.options())
    try sign(writer, 4, recorder)
    let next = disk.killProcess()
    writer = try LedgerWriter.open(next, options: History.options())
    try sign(writer, 5, recorder)
    try writer.close()
  }

  private func sign(_ writer: LedgerWriter, _ capture: Int, _ recorder: Recorder) throws {
    _ = try writer.append(History.draft(capture, events: 3))
    recorder.promise.submitted = writer.snapshot.size.rawValue
    let signed = try SignedHistory.sign(writer)
    recorder.promise.signed = signed.claim.size.rawValue
  }

  /// What is wrong with what is left of a disk; `nil` when nothing is.
  private func fault(_ disk: SimulatedDisk, _ promise: Promise) -> String? {
    do {
      let writer = try LedgerWriter.open(disk, options: History.options())
      let size = writer.newestCheckpoint?.claim.size.rawValue ?? 0
      guard size >= promise.signed, size <= promise.submitted else {
        return "the newest checkpoint is of size \(size), not \(promise)"
      }
      for (size, count) in promise.kept {
        let kept = try disk.keptCheckpoint(of: TreeSize(size))
        guard kept?.note.signatures.count ?? 0 >= count else { return "lost a cosignature" }
        let stamp = try disk.timeStamp(of: TreeSize(size), number: 0)
        guard promise.stamps == 0 || stamp != nil else { return "lost a time stamp" }
      }
      if disk.state.files.keys.contains(where: { $0.hasSuffix(".new") }) { return "a stray file" }
      guard promise.isCreated else { return nil }
      _ = try SignedHistory.sign(writer)
      try writer.close()
      let inspection = try LedgerInspection(disk)
      return inspection.isIntact ? nil : "\(inspection.problems)"
    } catch {
      return promise.isCreated ? "\(error)" : nil
    }
  }

  private func explore(_ sabotage: SimulatedDisk.Sabotage?, limit: Int) throws -> (Int, [String]) {
    let disk = SimulatedDisk(SimulatedState(), sabotage: sabotage)
    let recorder = Recorder()
    disk.observe { state, _ in recorder.moments.append((state, recorder.promise)) }
    try run(disk, recorder)
    disk.observe(nil)
    var faults: [String] = []
    var states = 0
    for (place, moment) in recorder.moments.enumerated() {
      var choices: [SimulatedState.Choice] = [
        .nothing, .everything, .dataWithoutMetadata, .metadataWithoutData,
      ]
      choices.append(.random(seed: UInt64(place)))
      for choice in moment.state.hasPending ? choices : [.everything] {
        states += 1
        let crashed = SimulatedDisk(moment.state.crashed(choice, granularity: 512))
        if let fault = fault(crashed, moment.promise) { faults.append("\(place): \(fault)") }
        if faults.count >= limit { return (states, faults) }
      }
    }
    return (states, faults)
  }

  @Test func noCrashLosesACheckpoint() throws {
    let (states, faults) = try explore(nil, limit: 5)
    print("checkpoint crashes: \(states) states, \(faults.count) losses")
    #expect(faults.isEmpty, "\(faults.prefix(3))")
    #expect(states > 300)
  }

  @Test(arguments: SimulatedDisk.Sabotage.allCases)
  func aMissingSyncIsNoticed(_ sabotage: SimulatedDisk.Sabotage) throws {
    let (_, faults) = try explore(sabotage, limit: 1)
    #expect(!faults.isEmpty)
  }

  @Test(arguments: SimulatedDisk.Fault.allCases)
  func noFailedCallLosesACheckpoint(_ kind: SimulatedDisk.Fault) throws {
    let sound = SimulatedDisk()
    try run(sound, Recorder())
    var faults: [String] = []
    for call in stride(from: 1, through: sound.callCount, by: 5) {
      let disk = SimulatedDisk()
      disk.fail(call: call, kind)
      let recorder = Recorder()
      do {
        try run(disk, recorder)
      } catch {
        // What was promised until then has to hold.
        recorder.promise.submitted = .max
      }
      let next = disk.killProcess()
      let crash = SimulatedState.Choice.random(seed: UInt64(call))
      for disk in [next, SimulatedDisk(next.state.crashed(crash, granularity: 512))] {
        if let fault = fault(disk, recorder.promise) { faults.append("call \(call): \(fault)") }
      }
    }
    #expect(faults.isEmpty, "\(kind): \(faults.prefix(3))")
  }
}
