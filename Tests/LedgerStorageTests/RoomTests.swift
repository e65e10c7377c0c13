import Foundation
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// Room that is made in a segment beside the appends, ahead of need.
struct RoomTests {
  private static let extensionByteCount = 16_384

  /// Work that waits until it is told to run.
  private final class Waiting: @unchecked Sendable {
    private let lock = NSLock()
    private var works: [@Sendable () -> Void] = []

    var count: Int { lock.withLock { works.count } }

    func add(_ work: @escaping @Sendable () -> Void) { lock.withLock { works.append(work) } }

    func run() {
      let all = lock.withLock {
        defer { works = [] }
        return works
      }
      for work in all { work() }
    }
  }

  /// A writer that has just asked for room ahead, and how many captures it has taken.
  private func writerThatWantsRoom() throws -> (
    disk: SimulatedDisk, writer: LedgerWriter, waiting: Waiting, count: Int
  ) {
    let disk = SimulatedDisk()
    let waiting = Waiting()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(),
      options: options { work in
        waiting.add(work)
        return true
      })
    var count = 0
    while waiting.count == 0, count < 100 {
      _ = try writer.append(History.draft(count, events: 2))
      count += 1
    }
    return (disk, writer, waiting, count)
  }

  private func options(
    _ background: @escaping @Sendable (@escaping @Sendable () -> Void) -> Bool
  ) -> WriterOptions {
    var options = History.options()
    options.segmentByteCount = 1 << 20
    options.extensionByteCount = Self.extensionByteCount
    options.background = background
    return options
  }

  private func size(_ disk: SimulatedDisk) throws -> Int {
    try #require(disk.state.files[LedgerPaths.segment(0)]).count
  }

  @Test func noAppendMakesRoomOnceThereIsSome() throws {
    let disk = SimulatedDisk()
    let waiting = Waiting()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(),
      options: options { work in
        waiting.add(work)
        return true
      })
    _ = try writer.append(History.draft(0, events: 2))
    var callCounts: Set<Int> = []
    var fillings = 0
    for capture in 1..<100 {
      let before = disk.callCount
      _ = try writer.append(History.draft(capture, events: 2))
      callCounts.insert(disk.callCount - before)
      let size = try size(disk)
      guard waiting.count > 0 else { continue }
      waiting.run()
      fillings += 1
      #expect(try self.size(disk) == size + Self.extensionByteCount)
    }
    // The frame and its sync, `committed`, and one or two files of the tree; a new file's opening.
    #expect(callCounts.max() ?? 0 <= 8, "\(callCounts)")
    #expect(fillings >= 5)
    try writer.close()
    #expect(try History.captures(disk) == Array(0..<100))
    #expect(try LedgerInspection(disk).isIntact)
  }

  /// What threads do to each other, with every call to the disk taking its time.
  @Test(arguments: [0, 40])
  func framesAndZerosKeepApart(microseconds: UInt32) throws {
    let disk = SimulatedDisk()
    var options = options { work in
      Thread.detachNewThread(work)
      return true
    }
    options.segmentByteCount = 100_000
    let writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    disk.observe { _, call in if call % 3 == 0 { usleep(microseconds) } }
    for capture in 0..<150 {
      // Every ninth takes more room than is made, and makes its own.
      _ = try writer.append(History.draft(capture, events: capture % 9 == 8 ? 40 : capture % 4))
    }
    let stream = try writer.begin(capture: Array("999 9".utf8))
    for event in 0..<60 {
      try stream.addEvent(payload: History.payload(9, event), links: History.links(9, event))
    }
    stream.abandon()
    _ = try writer.append(History.draft(150, events: 1))
    disk.observe(nil)
    #expect(try History.captures(disk) == Array(0...150))
    try writer.close()
    #expect(try History.captures(disk) == Array(0...150))
    #expect(try LedgerInspection(disk).isIntact)
  }

  /// A writer with small captures until room is being made, which ends a little later.
  private func writerWithRoomUnderWay(
    _ disk: SimulatedDisk
  ) throws -> (writer: LedgerWriter, captureCount: Int) {
    let begun = DispatchSemaphore(value: 0)
    var options = options { work in
      begun.signal()
      Thread.detachNewThread {
        usleep(20_000)
        work()
      }
      return true
    }
    options.segmentByteCount = UInt64(2 * Self.extensionByteCount + 4_096)
    options.frameByteCount = 2 * Self.extensionByteCount
    let writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    var count = 0
    while begun.wait(timeout: .now()) == .timedOut, count < 100 {
      _ = try writer.append(History.draft(count, events: 2))
      count += 1
    }
    return (writer, count)
  }

  @Test func aSegmentIsSealedWhenNothingIsWrittenToItAnyMore() throws {
    let disk = SimulatedDisk()
    let (writer, count) = try writerWithRoomUnderWay(disk)
    // Does not fit into the segment.
    _ = try writer.append(History.draft(count, events: 120))
    #expect(writer.snapshot.committed.lastFrame.segment > 0)
    _ = try writer.append(History.draft(count + 1, events: 2))
    usleep(30_000)
    try writer.close()
    #expect(try History.captures(disk) == Array(0...count + 1))
    #expect(try LedgerInspection(disk).isIntact)
  }

  @Test func aClosedLedgerEndsWithItsLastFrame() throws {
    let disk = SimulatedDisk()
    let (writer, count) = try writerWithRoomUnderWay(disk)
    try writer.close()
    usleep(30_000)
    let end = writer.snapshot.committed.end.offset
    #expect(try UInt64(size(disk)) == end)
    #expect(try History.captures(disk) == Array(0..<count))
  }

  /// Room that cannot be made ahead of need is no failure yet, and what was taken of it is given back.
  @Test func aFullDiskRefusesOnlyWhatDoesNotFit() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(),
      options: options { work in
        work()
        return true
      })
    _ = try writer.append(History.draft(0, events: 2))
    let prepared = try size(disk)
    let used = disk.state.files.values.reduce(0) { $0 + $1.count }
    disk.limit(capacity: used + Self.extensionByteCount - 1_024)
    var acknowledged = [0]
    var refusal: LedgerError?
    var next = 1
    while refusal == nil, next < 100 {
      do {
        _ = try writer.append(History.draft(next, events: 2))
        acknowledged.append(next)
      } catch let error as LedgerError {
        refusal = error
      }
      #expect(try size(disk) == prepared)
      next += 1
    }
    #expect(refusal?.kind == .diskFull)
    // All that was ready was used: at most one frame's bytes are left of it.
    #expect(UInt64(prepared) - writer.snapshot.committed.end.offset < 1_024)
    #expect(try History.captures(disk) == acknowledged)
    disk.limit(capacity: .max)
    for capture in 500..<560 {
      _ = try writer.append(History.draft(capture, events: 2))
      acknowledged.append(capture)
    }
    try writer.close()
    #expect(try History.captures(disk) == acknowledged)
    #expect(try LedgerInspection(disk).isIntact)
  }

  /// Where no further file can be opened, nothing was written: appends go on, and make room themselves.
  @Test func whereNoFurtherFileCanBeOpenedAppendsGoOn() throws {
    let (disk, writer, waiting, appended) = try writerThatWantsRoom()
    var count = appended
    disk.fail(call: disk.callCount + 1, .inputOutput)
    waiting.run()
    _ = try writer.append(History.draft(count, events: 2))
    count += 1
    #expect(waiting.count == 0, "it is not tried again at every append")
    for _ in 0..<100 {
      _ = try writer.append(History.draft(count, events: 2))
      count += 1
      waiting.run()
    }
    try writer.close()
    #expect(try History.captures(disk) == Array(0..<count))
    #expect(try LedgerInspection(disk).isIntact)
  }

  /// A call that fails beside the appends stops the writer as one of its own does.
  @Test(arguments: 2...3)
  func aFailureBesideTheAppendsStopsTheWriter(call: Int) throws {
    let (disk, writer, waiting, count) = try writerThatWantsRoom()
    // It opens the segment, writes, and syncs.
    disk.fail(call: disk.callCount + call, .inputOutput)
    waiting.run()
    for kind in [LedgerError.Kind.inputOutput, .stopped] {
      let error = #expect(throws: LedgerError.self) {
        try writer.append(History.draft(count, events: 2))
      }
      #expect(error?.kind == kind)
    }
    try writer.close()
    let again = try LedgerWriter.open(disk, options: History.options())
    #expect(try History.captures(disk) == Array(0..<count))
    try again.close()
    #expect(try LedgerInspection(disk).isIntact)
  }

  /// The next writer must not find zeros still being written by one that failed.
  @Test func theLockIsHeldUntilNothingIsWrittenAnyMore() throws {
    let disk = SimulatedDisk()
    let gate = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(),
      options: options { work in
        begun.signal()
        Thread.detachNewThread {
          gate.wait()
          work()
        }
        return true
      })
    var capture = 0
    while begun.wait(timeout: .now()) == .timedOut, capture < 100 {
      _ = try writer.append(History.draft(capture, events: 2))
      capture += 1
    }
    disk.fail(call: disk.callCount + 2, .inputOutput)
    #expect(throws: LedgerError.self) { try writer.append(History.draft(capture, events: 2)) }
    let closed = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      try? writer.close()
      closed.signal()
    }
    usleep(20_000)
    #expect(disk.isLocked(LedgerPaths.lock))
    gate.signal()
    closed.wait()
    let again = try LedgerWriter.open(disk, options: History.options())
    #expect(try History.captures(disk).starts(with: 0..<capture))
    try again.close()
    #expect(try LedgerInspection(disk).isIntact)
  }

  /// Where no thread can be had, room is made when it is needed.
  @Test func withoutThreadsRoomIsMadeWhenItIsNeeded() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: options { _ in false })
    for capture in 0..<60 { _ = try writer.append(History.draft(capture, events: 2)) }
    try writer.close()
    #expect(try History.captures(disk) == Array(0..<60))
    #expect(try LedgerInspection(disk).isIntact)
  }
}
