import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing

/// Lets every call to the disk fail in every way, and looks at what is left.
@Suite struct FaultTests {
  private struct Outcome {
    var acknowledged: [Int] = []
    var submitted: [Int] = []
    var isCreated = false
    var wentOnAfterStop = false
  }

  /// - Parameter makesRoom: whether frames are small beside what is made ready, so that most of it is
  ///   made ahead of need.
  private func run(_ disk: SimulatedDisk, makesRoom: Bool) -> Outcome {
    var outcome = Outcome()
    var options = History.options()
    options.segmentByteCount = makesRoom ? 20_480 : 6_144
    options.extensionByteCount = makesRoom ? 8_192 : 4_096
    guard let origin = try? History.origin(),
      let writer = try? LedgerWriter.create(disk, origin: origin, options: options)
    else { return outcome }
    outcome.isCreated = true
    use(writer, [0, 1, 2], &outcome)
    try? writer.close()
    guard let again = try? LedgerWriter.open(disk, options: options) else { return outcome }
    use(again, [3, 4], &outcome)
    try? again.close()
    return outcome
  }

  private func use(_ writer: LedgerWriter, _ captures: [Int], _ outcome: inout Outcome) {
    var hasStopped = false
    for capture in captures {
      outcome.submitted.append(capture)
      do {
        // Number 1 takes several frames, and a new segment.
        _ = try writer.append(History.draft(capture, events: capture == 1 ? 22 : 2))
        outcome.acknowledged.append(capture)
        if hasStopped { outcome.wentOnAfterStop = true }
      } catch let error as LedgerError {
        if error.kind != .diskFull { hasStopped = true }
      } catch {}
    }
  }

  /// What is wrong with what is left; `nil` when nothing is.
  private func fault(_ disk: SimulatedDisk, _ outcome: Outcome) -> String? {
    do {
      let writer = try LedgerWriter.open(disk, options: History.options())
      let captures = try History.captures(disk)
      let isWhole = outcome.acknowledged.allSatisfy { captures.contains($0) }
      guard isWhole, captures == captures.sorted(), Set(captures).count == captures.count else {
        return "acknowledged \(outcome.acknowledged), found \(captures)"
      }
      // What a reader was shown once, the next power cut must not take away.
      let cut = SimulatedDisk(disk.state.crashed(.nothing, granularity: 512))
      try LedgerWriter.open(cut, options: History.options()).close()
      guard try History.captures(cut) == captures else { return "shown, then lost" }
      _ = try writer.append(History.draft(99, events: 1))
      try writer.close()
      let inspection = try LedgerInspection(disk)
      return inspection.isIntact ? nil : "\(inspection.problems)"
    } catch let error as LedgerError {
      return outcome.isCreated ? "\(error)" : nil
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: SimulatedDisk.Fault.allCases, [false, true])
  func noFailedCallLosesWhatWasAcknowledged(
    _ kind: SimulatedDisk.Fault, makesRoom: Bool
  ) throws {
    let sound = SimulatedDisk()
    #expect(run(sound, makesRoom: makesRoom).acknowledged == [0, 1, 2, 3, 4])
    var faults: [String] = []
    var states = 0
    for call in 1...sound.callCount {
      let disk = SimulatedDisk()
      disk.fail(call: call, kind)
      let outcome = run(disk, makesRoom: makesRoom)
      if outcome.wentOnAfterStop { faults.append("call \(call): went on") }
      let crash = SimulatedState.Choice.random(seed: UInt64(call))
      let next = disk.killProcess()
      var disks = [next]
      for choice in [SimulatedState.Choice.nothing, crash] {
        disks.append(SimulatedDisk(next.state.crashed(choice, granularity: 512)))
      }
      for disk in disks {
        states += 1
        if let fault = fault(disk, outcome) { faults.append("call \(call): \(fault)") }
      }
    }
    print(
      "faults: \(kind) at each of \(sound.callCount) calls, \(states) states opened,",
      "\(faults.count) losses")
    #expect(faults.isEmpty, "\(faults.prefix(3))")
  }

  /// A signal or a short transfer is no failure: everything goes on.
  @Test(arguments: [SimulatedDisk.Fault.short])
  func shortTransfersAreFinished(_ kind: SimulatedDisk.Fault) throws {
    let calls = SimulatedDisk()
    _ = run(calls, makesRoom: true)
    for call in 1...calls.callCount {
      let disk = SimulatedDisk()
      disk.fail(call: call, kind)
      #expect(run(disk, makesRoom: true).acknowledged == [0, 1, 2, 3, 4], "call \(call)")
    }
  }

  @Test func aFullDiskRefusesAndLosesNothing() throws {
    let disk = SimulatedDisk()
    let options = History.options()
    let writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    disk.limit(capacity: 60_000)
    var acknowledged: [Int] = []
    var refusal: LedgerError?
    for capture in 0..<200 where refusal == nil {
      do {
        // Every third is large enough to take several frames.
        _ = try writer.append(History.draft(capture, events: capture % 3 == 2 ? 40 : 3))
        acknowledged.append(capture)
      } catch let error as LedgerError {
        refusal = error
      }
    }
    #expect(refusal?.kind == .diskFull)
    #expect(refusal?.exitCode == 74)
    #expect(try History.captures(disk) == acknowledged)
    disk.limit(capacity: .max)
    _ = try writer.append(History.draft(500, events: 40))
    let next = disk.killProcess()
    let again = try LedgerWriter.open(next, options: options)
    #expect(try History.captures(next) == acknowledged + [500])
    try again.close()
    #expect(try LedgerInspection(next).isIntact)
  }
}
