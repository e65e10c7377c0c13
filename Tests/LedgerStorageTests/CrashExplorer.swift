import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import TransparencyLog

/// Runs a history on a simulated disk, cuts the power at every call in every way it is asked to,
/// and looks at what a writer makes of it.
final class CrashExplorer {
  /// What was wrong after a crash.
  struct Loss: CustomStringConvertible {
    var call: Int
    var choice: SimulatedState.Choice
    var granularity: Int
    var reason: String

    var description: String { "call \(call), \(choice) at \(granularity): \(reason)" }
  }

  /// The disk after a call, and what had been acknowledged by then.
  private struct Moment: Sendable {
    var state: SimulatedState
    var call: Int
    var acknowledged: [Int]
    var submitted: [Int]
    var isCreated: Bool
  }

  private final class Recorder: @unchecked Sendable {
    var moments: [Moment] = []
    var acknowledged: [Int] = []
    var submitted: [Int] = []
    var isCreated = false
  }

  private(set) var statesExplored = 0
  private(set) var statesInRecovery = 0
  private(set) var pointsExplored = 0
  private(set) var losses: [Loss] = []
  private let recorder = Recorder()
  private var seen: Set<Int> = []
  private let randomChoices: Int

  init(sabotage: SimulatedDisk.Sabotage? = nil, randomChoices: Int) throws {
    self.randomChoices = randomChoices
    let disk = SimulatedDisk(SimulatedState(), sabotage: sabotage)
    let recorder = recorder
    disk.observe { state, call in
      recorder.moments.append(
        Moment(
          state: state, call: call, acknowledged: recorder.acknowledged,
          submitted: recorder.submitted, isCreated: recorder.isCreated))
    }
    try run(disk)
    disk.observe(nil)
  }

  // MARK: The history

  private func run(_ disk: SimulatedDisk) throws {
    let clock = TestClock()
    let options = History.options(clock)
    var writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    recorder.isCreated = true
    for capture in 0..<3 { try append(capture, events: capture * 2, writer, clock) }
    // Several frames by itself.
    try append(3, events: 16, writer, clock)
    try stream(4, events: 24, writer, commits: true)
    try stream(5, events: 48, writer, commits: false)
    try append(6, events: 1, writer, clock)
    try writer.close()
    writer = try LedgerWriter.open(disk, options: options)
    for capture in 7..<10 { try append(capture, events: 5, writer, clock) }
    // Across the end of a segment, which is full by now.
    try stream(10, events: 56, writer, commits: true)
    try stream(11, events: 56, writer, commits: false)
    try append(12, events: 2, writer, clock)
    // The process ends without a word; the machine goes on.
    let stream = try writer.begin(capture: Array("13 99".utf8))
    for event in 0..<48 {
      try stream.addEvent(payload: History.payload(13, event), links: History.links(13, event))
    }
    let next = disk.killProcess()
    writer = try LedgerWriter.open(next, options: options)
    for capture in 14..<17 { try append(capture, events: 3, writer, clock) }
    try writer.close()
  }

  private func append(
    _ capture: Int, events: Int, _ writer: LedgerWriter, _ clock: TestClock
  ) throws {
    clock.advance(microseconds: 1_000)
    recorder.submitted.append(capture)
    _ = try writer.append(History.draft(capture, events: events))
    recorder.acknowledged.append(capture)
  }

  private func stream(
    _ capture: Int, events: Int, _ writer: LedgerWriter, commits: Bool
  ) throws {
    if commits { recorder.submitted.append(capture) }
    let stream = try writer.begin(capture: Array("\(capture) \(events)".utf8))
    for event in 0..<events {
      try stream.addEvent(
        payload: History.payload(capture, event), links: History.links(capture, event))
    }
    guard commits else { return stream.abandon() }
    _ = try stream.commit()
    recorder.acknowledged.append(capture)
  }

  // MARK: Exploring

  /// Cuts the power after every call.
  func explore(limit: Int = .max) {
    for moment in recorder.moments {
      pointsExplored += 1
      explore(moment)
      if losses.count >= limit { return }
    }
  }

  private func explore(_ moment: Moment) {
    for granularity in [512, 4_096] {
      for choice in choices(moment, granularity) {
        let state = moment.state.crashed(choice, granularity: granularity)
        // The same files with less acknowledged were looked at before: more is asked of them now.
        var hasher = Hasher()
        hasher.combine(state.fingerprint)
        hasher.combine(moment.acknowledged.count)
        hasher.combine(moment.submitted.count)
        guard seen.insert(hasher.finalize()).inserted else { continue }
        statesExplored += 1
        if let reason = fault(of: state, moment) {
          losses.append(
            Loss(call: moment.call, choice: choice, granularity: granularity, reason: reason))
        }
      }
    }
  }

  private func choices(
    _ moment: Moment, _ granularity: Int
  ) -> [SimulatedState.Choice] {
    guard moment.state.hasPending else { return [.everything] }
    var choices: [SimulatedState.Choice] = [
      .nothing, .everything, .dataWithoutMetadata, .metadataWithoutData,
    ]
    let chunks = moment.state.chunkCount(granularity: granularity)
    let stride = max(1, chunks / 8)
    for chunk in Swift.stride(from: 0, to: chunks, by: stride) {
      choices.append(.allBut(chunk: chunk))
      choices.append(.only(chunk: chunk))
    }
    for round in 0..<randomChoices {
      choices.append(.random(seed: UInt64(moment.call * 1_000 + round)))
    }
    return choices
  }

  /// What is wrong with what a writer makes of a state; `nil` when nothing is.
  private func fault(of state: SimulatedState, _ moment: Moment) -> String? {
    let disk = SimulatedDisk(state)
    do {
      let writer = try LedgerWriter.open(disk, options: History.options())
      let captures = try History.captures(disk)
      if let fault = fault(captures, moment) { return fault }
      if statesExplored.isMultiple(of: 160), let fault = faultInRecovery(of: state, moment) {
        return fault
      }
      // What was recovered can be written to, closed, and looked at by anyone: one in three, for time.
      guard statesExplored.isMultiple(of: 3) else { return nil }
      let next = 1_000
      _ = try writer.append(History.draft(next, events: 1))
      try writer.close()
      guard try History.captures(disk) == captures + [next] else { return "lost after recovery" }
      let inspection = try LedgerInspection(disk)
      return inspection.isIntact ? nil : "\(inspection.problems), \(inspection.tail as Any)"
    } catch let error as LedgerError {
      // Before init returned there may be no ledger yet.
      let isUnfinished = error.kind == .notALedger || error.location?.file == LedgerPaths.format
      if !moment.isCreated && isUnfinished { return nil }
      if !moment.isCreated && state.files[LedgerPaths.format] == nil { return nil }
      return "\(error)"
    } catch {
      return "\(error)"
    }
  }

  /// Cuts the power again while a writer recovers.
  private func faultInRecovery(of state: SimulatedState, _ moment: Moment) -> String? {
    let disk = SimulatedDisk(state)
    let states = States()
    disk.observe { state, _ in states.all.append(state) }
    // The first frame after a recovery stands where the cut bytes stood.
    let next = 1_000
    if let writer = try? LedgerWriter.open(disk, options: History.options()) {
      _ = try? writer.append(History.draft(next, events: 1))
    }
    disk.observe(nil)
    for (place, state) in states.all.enumerated() {
      for choice in [SimulatedState.Choice.nothing, .random(seed: UInt64(place))] {
        statesInRecovery += 1
        let again = SimulatedDisk(state.crashed(choice, granularity: 512))
        do {
          let writer = try LedgerWriter.open(again, options: History.options())
          try writer.close()
          let captures = try History.captures(again).filter { $0 != next }
          if let fault = fault(captures, moment) { return "again: \(fault)" }
          let inspection = try LedgerInspection(again)
          if !inspection.isIntact { return "again: \(inspection.problems)" }
        } catch {
          return "again: \(error)"
        }
      }
    }
    return nil
  }

  private final class States: @unchecked Sendable {
    var all: [SimulatedState] = []
  }

  private func fault(_ captures: [Int], _ moment: Moment) -> String? {
    // In the order of submission: everything acknowledged, and at most what was under way.
    guard captures.count >= moment.acknowledged.count else {
      return "acknowledged \(moment.acknowledged), found \(captures)"
    }
    guard Array(moment.submitted.prefix(captures.count)) == captures else {
      return "submitted \(moment.submitted), found \(captures)"
    }
    return nil
  }
}
