import LedgerStorage
import LedgerTestSupport
import Testing
import TransparencyLog

@testable import LedgerWriter

/// Captures and notes that are appended together.
struct GroupAppendTests {
  private let disk = SimulatedDisk()

  private func writer() throws -> LedgerWriter {
    try LedgerWriter.create(disk, origin: History.origin(), options: History.options())
  }

  @Test func capturesOfAGroupShareAFrameAndKeepTheirOrder() throws {
    let writer = try writer()
    let group = try (0..<3).map { try writer.prepare(History.draft($0, events: 2)) }
    let appended = try writer.append(group)
    #expect(appended.map(\.firstEntry) == [1, 4, 7])
    #expect(appended.map(\.entryCount) == [3, 3, 3])
    #expect(writer.snapshot.committed.nextFrame == 2, "genesis and one frame")
    #expect(try History.captures(disk) == [0, 1, 2])
    #expect(try writer.append([]).isEmpty)
    try writer.close()
  }

  @Test func aGroupThatFitsIntoNoFrameIsRefusedAndChangesNothing() throws {
    let writer = try writer()
    let group = try (0..<9).map { try writer.prepare(History.draft($0, events: 2)) }
    let size = writer.snapshot.size
    let error = #expect(throws: LedgerError.self) { try writer.append(group) }
    #expect(error?.kind == .invalid)
    #expect(writer.snapshot.size == size)
    // One capture of more than a frame is written in several.
    let large = try writer.append([writer.prepare(History.draft(1, events: 60))])
    #expect(large.map(\.entryCount) == [61])
    #expect(try History.captures(disk) == [1])
    try writer.close()
  }

  @Test func aGroupIsStoredWholeOrNotAtAll() throws {
    var outcomes: Set<[Int]> = []
    for call in 1...4 {
      let disk = SimulatedDisk()
      let writer = try LedgerWriter.create(
        disk, origin: History.origin(), options: History.options())
      _ = try writer.append(History.draft(0, events: 1))
      let group = try (1..<4).map { try writer.prepare(History.draft($0, events: 2)) }
      disk.fail(call: disk.callCount + call, .kill)
      let isAcknowledged = (try? writer.append(group)) != nil
      let next = disk.killProcess()
      try LedgerWriter.open(next, options: History.options()).close()
      let captures = try History.captures(next)
      #expect(captures == [0] || captures == [0, 1, 2, 3])
      #expect(captures.count == 4 || !isAcknowledged)
      outcomes.insert(captures)
    }
    #expect(outcomes.count == 2, "both were seen")
  }

  @Test func memoryOfAWrittenCaptureServesAgain() throws {
    let writer = try writer()
    let first = try writer.prepare(History.draft(0, events: 5))
    _ = try writer.append([first])
    var draft = try CaptureDraft(reusing: first, capture: Array("1 2".utf8), links: [])
    for event in 0..<2 {
      try draft.addEvent(payload: History.payload(1, event), links: History.links(1, event))
    }
    _ = try writer.append([writer.prepare(draft)])
    #expect(try History.captures(disk) == [0, 1])
    try writer.close()
  }

  @Test func notesStandAloneInOneFrame() throws {
    let writer = try writer()
    let notes = (0..<100).map { Array("note \($0) ".utf8) + [UInt8](repeating: 7, count: 90) }
    let appended = try #require(try writer.append(notes: notes))
    #expect(appended.firstEntry == 1 && appended.entryCount == 100)
    #expect(try writer.append(notes: []) == nil)
    _ = try writer.append(History.draft(0, events: 2))
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    for (number, note) in notes.enumerated() {
      let index = EntryIndex(UInt64(number + 1))
      let record = try reader.record(index, in: snapshot)
      #expect(record.entry.kind == .note && record.entry.isLastOfCapture)
      #expect(record.entry.capture == index && record.payload == note)
    }
    #expect(snapshot.committed.nextFrame == 3)
    #expect(try History.captures(disk) == [0])
    try writer.close()
    let again = try LedgerWriter.open(disk, options: History.options())
    #expect(again.recovery.isClean && again.snapshot.size == snapshot.size)
    try again.close()
  }
}
