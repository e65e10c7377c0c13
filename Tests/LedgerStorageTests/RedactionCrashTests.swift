import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing

/// Cuts the power, and lets calls fail, at every step of redactions: each is not begun, or finished
/// by the next writer.
@Suite struct RedactionCrashTests {
  private typealias Choice = SimulatedState.Choice

  private struct Moment: Sendable {
    var state: SimulatedState
    var call: Int
    var progress: RedactionHistory.Progress
  }

  private final class Recorder: @unchecked Sendable {
    var moments: [Moment] = []
    var states: [SimulatedState] = []
    var progress = RedactionHistory.Progress()
  }

  private final class Count {
    var states = 0
    var second = 0
    var faults: [String] = []
  }

  private func moments(
    _ history: RedactionHistory, sabotage: SimulatedDisk.Sabotage? = nil
  ) -> [Moment] {
    let disk = SimulatedDisk(history.start, sabotage: sabotage)
    let recorder = Recorder()
    recorder.progress.size = UInt64(history.originals.count)
    disk.observe { state, call in
      recorder.moments.append(Moment(state: state, call: call, progress: recorder.progress))
    }
    let end = history.run(disk) { recorder.progress = $0 }
    disk.observe(nil)
    #expect(end.acknowledged.count == RedactionHistory.asks.count)
    return recorder.moments
  }

  private func explore(
    _ history: RedactionHistory, _ moments: [Moment], randomChoices: Int, limit: Int = .max
  ) -> Count {
    let count = Count()
    var seen: Set<Int> = []
    for moment in moments {
      for granularity in [512, 4_096] {
        for choice in choices(moment, granularity, randomChoices) {
          let state = moment.state.crashed(choice, granularity: granularity)
          var hasher = Hasher()
          hasher.combine(state.fingerprint)
          hasher.combine(moment.progress.acknowledged.count)
          hasher.combine(moment.progress.size)
          guard seen.insert(hasher.finalize()).inserted else { continue }
          count.states += 1
          let isThorough = count.states.isMultiple(of: 4)
          let disk = SimulatedDisk(state)
          if let fault = history.fault(disk, moment.progress, isThorough: isThorough) {
            count.faults.append("call \(moment.call), \(choice) at \(granularity): \(fault)")
          }
          if count.states.isMultiple(of: 40) { cutAgain(history, state, moment, count) }
        }
      }
      if count.faults.count >= limit { return count }
    }
    return count
  }

  private func choices(
    _ moment: Moment, _ granularity: Int, _ randomChoices: Int
  ) -> [Choice] {
    guard moment.state.hasPending else { return [.everything] }
    var choices: [Choice] = [
      .nothing, .everything, .dataWithoutMetadata, .metadataWithoutData,
    ]
    let chunks = moment.state.chunkCount(granularity: granularity)
    for chunk in stride(from: 0, to: chunks, by: max(1, chunks / 5)) {
      choices += [.allBut(chunk: chunk), .only(chunk: chunk)]
    }
    return choices
      + (0..<randomChoices).map { .random(seed: UInt64(moment.call * 1_000 + $0)) }
  }

  /// Cuts the power again while the next writer finishes what was begun.
  private func cutAgain(
    _ history: RedactionHistory, _ state: SimulatedState, _ moment: Moment, _ count: Count
  ) {
    let disk = SimulatedDisk(state)
    let recorder = Recorder()
    disk.observe { state, _ in recorder.states.append(state) }
    _ = try? LedgerWriter.open(disk, options: History.options())
    disk.observe(nil)
    for (place, state) in recorder.states.enumerated() {
      for choice in [Choice.nothing, .random(seed: UInt64(place))] {
        count.second += 1
        let again = SimulatedDisk(state.crashed(choice, granularity: 512))
        if let fault = history.fault(again, moment.progress, isThorough: false) {
          count.faults.append("call \(moment.call), again \(choice): \(fault)")
        }
      }
    }
  }

  @Test func everyCrashLeavesARedactionUnbegunOrFinished() throws {
    let history = try RedactionHistory()
    let moments = moments(history)
    let count = explore(history, moments, randomChoices: 3)
    print(
      "redaction crashes: \(count.states) states after \(moments.count) calls,",
      "\(count.second) after a second cut during recovery, \(count.faults.count) faults")
    #expect(count.faults.isEmpty, "\(count.faults.prefix(3))")
    #expect(count.states > 500 && count.second > 100)
  }

  @Test(arguments: SimulatedDisk.Sabotage.allCases)
  func aMissingSyncIsNoticed(_ sabotage: SimulatedDisk.Sabotage) throws {
    let history = try RedactionHistory()
    let count = explore(
      history, moments(history, sabotage: sabotage), randomChoices: 1, limit: 3)
    print("redaction crashes with \(sabotage): \(count.faults.count) faults found, as must be")
    #expect(!count.faults.isEmpty)
  }

  @Test(arguments: SimulatedDisk.Fault.allCases)
  func everyFailedCallLeavesARedactionUnbegunOrFinished(_ kind: SimulatedDisk.Fault) throws {
    let history = try RedactionHistory()
    let sound = SimulatedDisk(history.start)
    var firstCall: Int?
    let end = history.run(sound) { _ in firstCall = firstCall ?? sound.callCount }
    #expect(end.acknowledged.count == RedactionHistory.asks.count)
    let calls = (try #require(firstCall))...sound.callCount
    var faults: [String] = []
    for call in calls {
      let disk = SimulatedDisk(history.start)
      disk.fail(call: call, kind)
      let progress = history.run(disk) { _ in }
      if progress.wentOnAfterStop { faults.append("call \(call): went on") }
      if kind == .short && progress.acknowledged.count < RedactionHistory.asks.count {
        faults.append("call \(call): a short transfer counted as failed")
      }
      let next = disk.killProcess()
      let choice = call.isMultiple(of: 2) ? .nothing : Choice.random(seed: UInt64(call))
      let crashed = SimulatedDisk(next.state.crashed(choice, granularity: 512))
      for (place, disk) in [next, crashed].enumerated() {
        if let fault = history.fault(disk, progress, isThorough: place == 0) {
          faults.append("call \(call), disk \(place): \(fault)")
        }
      }
    }
    print("redaction faults: \(kind) at each of \(calls.count) calls, \(faults.count) faults")
    #expect(faults.isEmpty, "\(faults.prefix(3))")
  }
}
