import Dispatch
import Foundation
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

@Suite struct WriterTests {
  private static func temporaryDirectory() -> String {
    FileManager.default.temporaryDirectory.path + "/provender-\(UUID().uuidString)"
  }

  @Test func aLedgerOnTheFileSystem() throws {
    let directory = WriterTests.temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let disk = PosixDisk(directory)
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    for capture in 0..<12 { _ = try writer.append(History.draft(capture, events: capture * 4)) }
    let reader = try LedgerReader(directory: directory)
    let snapshot = try reader.snapshot()
    #expect(snapshot == writer.snapshot)
    try writer.close()
    for index in 0..<snapshot.size.rawValue {
      let record = try reader.record(EntryIndex(index), in: snapshot)
      #expect(record.entry == (try reader.entry(EntryIndex(index), in: snapshot)))
      #expect(record.entry.index == EntryIndex(index))
    }
    #expect(throws: LedgerError.self) {
      try reader.record(EntryIndex(snapshot.size.rawValue), in: snapshot)
    }
    #expect(try LedgerInspection(disk).isIntact)
    let again = try LedgerWriter.open(disk, options: History.options())
    #expect(again.recovery.isClean)
    #expect(again.snapshot.root == snapshot.root)
    try again.close()
  }

  @Test func theSecondWriterIsTurnedAway() throws {
    let directory = WriterTests.temporaryDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let disk = PosixDisk(directory)
    let writer = try LedgerWriter.create(disk, origin: History.origin())
    let error = #expect(throws: LedgerError.self) { try LedgerWriter.open(disk) }
    #expect(error?.kind == .locked)
    #expect(error?.location?.file == LedgerPaths.lock)
    #expect(error?.message.contains("process \(getpid()) is writing") == true)
    #expect(error?.exitCode == 74)
    try writer.close()
    try LedgerWriter.open(disk).close()
  }

  @Test func callersShareFramesAndEachIsAnswered() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    let threads = 8
    let each = 12
    let places = Places()
    // A sync that takes its time lets callers gather.
    disk.observe { _, _ in usleep(300) }
    let done = DispatchGroup()
    for thread in 0..<threads {
      done.enter()
      Thread.detachNewThread {
        defer { done.leave() }
        WriterTests.append(thread, each, writer, places)
      }
    }
    done.wait()
    let frames = writer.snapshot.committed.nextFrame
    try writer.close()
    let captures = try History.captures(disk)
    print("group commit: \(threads * each) captures by \(threads) callers in \(frames) frames")
    #expect(captures.count == threads * each)
    #expect(frames < threads * each)
    for thread in 0..<threads {
      let own = captures.filter { $0 / 100 == thread }
      #expect(own == own.sorted())
    }
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    for (capture, entry) in places.all {
      let record = try reader.record(entry, in: snapshot)
      #expect(record.payload == Array("\(capture) 2".utf8))
    }
  }

  private static func append(
    _ thread: Int, _ count: Int, _ writer: LedgerWriter, _ places: Places
  ) {
    for round in 0..<count {
      let capture = thread * 100 + round
      guard let draft = try? History.draft(capture, events: 2),
        let appended = try? writer.append(draft)
      else { continue }
      places.set(capture, appended.firstEntry)
    }
  }

  private final class Places: @unchecked Sendable {
    private let lock = NSLock()
    private var places: [Int: EntryIndex] = [:]

    func set(_ capture: Int, _ entry: EntryIndex) {
      lock.withLock { places[capture] = entry }
    }

    var all: [Int: EntryIndex] { lock.withLock { places } }
  }

  /// After every single call of a writer, a reader sees whole captures: all that were acknowledged,
  /// and none that was not submitted.
  @Test func aReaderSeesTheAcknowledgedPrefix() throws {
    let disk = SimulatedDisk()
    let watch = Watch()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    disk.observe { state, _ in watch.look(SimulatedDisk(state)) }
    for capture in 0..<14 {
      let draft = try History.draft(capture, events: capture % 4 == 3 ? 40 : 3)
      watch.submitted += 1
      _ = try writer.append(draft)
      watch.acknowledged += 1
    }
    let stream = try writer.begin(capture: Array("14 50".utf8))
    for event in 0..<40 {
      try stream.addEvent(payload: History.payload(14, event), links: History.links(14, event))
    }
    stream.abandon()
    try writer.close()
    disk.observe(nil)
    print("reader: looked \(watch.looks) times while a writer was at work")
    #expect(watch.faults.isEmpty, "\(watch.faults.prefix(3))")
    #expect(watch.looks > 50)
  }

  private final class Watch: @unchecked Sendable {
    var submitted = 0
    var acknowledged = 0
    var looks = 0
    var faults: [String] = []

    func look(_ disk: SimulatedDisk) {
      looks += 1
      do {
        let captures = try History.captures(disk)
        let isRight =
          captures == Array(0..<captures.count) && captures.count >= acknowledged
          && captures.count <= submitted
        if !isRight { faults.append("\(acknowledged) of \(submitted), found \(captures)") }
      } catch {
        faults.append("\(error)")
      }
    }
  }

  @Test func anAbandonedCaptureLeavesNothingBehind() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    _ = try writer.append(History.draft(0, events: 3))
    for events in [5, 60, 300] {
      let stream = try writer.begin(capture: Array("7 \(events)".utf8))
      for event in 0..<events {
        try stream.addEvent(payload: History.payload(7, event), links: History.links(7, event))
      }
      stream.abandon()
      #expect(throws: LedgerError.self) { try stream.commit() }
    }
    _ = try writer.append(History.draft(1, events: 3))
    try writer.close()
    #expect(try History.captures(disk) == [0, 1])
    #expect(try LedgerInspection(disk).isIntact)
    let again = try LedgerWriter.open(disk, options: History.options())
    #expect(again.recovery.isClean)
    #expect(!disk.state.files.keys.contains { $0.hasPrefix(LedgerPaths.setAside) })
  }

  /// After a power cut `committed` reaches back no further than to the last segment's beginning.
  @Test func committedIsDurableWhenASegmentBegins() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    for capture in 0..<40 { _ = try writer.append(History.draft(capture, events: 4)) }
    let segment = writer.snapshot.committed.end.segment
    #expect(segment > 0)
    let cut = SimulatedDisk(disk.state.crashed(.nothing, granularity: 512))
    let file = try CommittedFile(cut, logID: writer.genesis.logID)
    #expect(file.newest?.end.segment == segment)
  }

  @Test func timeNeverGoesBack() throws {
    let disk = SimulatedDisk()
    let clock = TestClock()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options(clock))
    clock.advance(microseconds: 5_000)
    let first = try writer.append(History.draft(0, events: 0))
    clock.setWall(byMicroseconds: -3_000_000)
    let held = try writer.append(History.draft(1, events: 0))
    #expect(held.time == first.time)
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    #expect(try !reader.entry(first.firstEntry, in: snapshot).isClockHeld)
    #expect(try reader.entry(held.firstEntry, in: snapshot).isClockHeld)
    clock.setWall(byMicroseconds: 120_000_000)
    let error = #expect(throws: LedgerError.self) {
      try writer.append(History.draft(2, events: 0))
    }
    #expect(error?.kind == .clock)
    let stopped = #expect(throws: LedgerError.self) {
      try writer.append(History.draft(3, events: 0))
    }
    #expect(stopped?.kind == .stopped)
    #expect(try History.captures(disk) == [0, 1])
  }

  @Test func aSuccessorIsBoundToWhatIsIntact() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    var sizes: [TreeSize] = []
    var roots: [Hash] = []
    for capture in 0..<6 {
      _ = try writer.append(History.draft(capture, events: 2))
      sizes.append(writer.snapshot.size)
      roots.append(writer.snapshot.root)
    }
    try writer.close()
    var files = disk.state.files
    let path = LedgerPaths.segment(0)
    // In the frame of capture 3: its first payload says so.
    let text = Array("capture 3 event 0".utf8)
    let bytes = try #require(files[path])
    let place = try #require(
      (0..<bytes.count - text.count).first { Array(bytes[$0..<$0 + text.count]) == text })
    files[path]?[place] ^= 1
    let damaged = SimulatedDisk(SimulatedState(files: files))
    let predecessor = try LedgerWriter.predecessor(of: damaged, reason: "a disk failed")
    #expect(predecessor.size == sizes[2])
    #expect(predecessor.root == roots[2])
    let next = SimulatedDisk()
    let successor = try LedgerWriter.create(
      next, origin: History.origin(), predecessor: predecessor, options: History.options())
    try successor.close()
    #expect(try LedgerReader(next).genesis.predecessor == predecessor)
  }

  @Test func initRefusesWhatIsThere() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    try writer.close()
    let error = #expect(throws: LedgerError.self) {
      try LedgerWriter.create(disk, origin: History.origin())
    }
    #expect(error?.kind == .invalid)
    let nothing = #expect(throws: LedgerError.self) { try LedgerReader(SimulatedDisk()) }
    #expect(nothing?.kind == .notALedger)
    let missing = #expect(throws: LedgerError.self) { try LedgerWriter.open(SimulatedDisk()) }
    #expect(missing?.kind == .notALedger)
  }
}
