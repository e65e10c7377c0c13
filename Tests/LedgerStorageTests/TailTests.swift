import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// What is torn, what is unfinished, and what is damage.
@Suite struct TailTests {
  /// A ledger whose writer died after some captures; `committed` is put back to an older state, as
  /// after a power cut.
  private func crashed(captures: Int) throws -> (files: [String: [UInt8]], ends: [LogPosition]) {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    let committed = disk.state.files[LedgerPaths.committed]
    var ends: [LogPosition] = [writer.snapshot.committed.end]
    for capture in 0..<captures {
      _ = try writer.append(History.draft(capture, events: 2))
      ends.append(writer.snapshot.committed.end)
    }
    var files = disk.killProcess().state.files
    files[LedgerPaths.committed] = committed
    return (files, ends)
  }

  private func open(_ files: [String: [UInt8]]) throws -> (Recovery, [Int], SimulatedDisk) {
    let disk = SimulatedDisk(SimulatedState(files: files))
    let writer = try LedgerWriter.open(disk, options: History.options())
    let captures = try History.captures(disk)
    try writer.close()
    return (writer.recovery, captures, disk)
  }

  @Test func wholeFramesAboveCommittedAreKept() throws {
    let (files, _) = try crashed(captures: 3)
    let (recovery, captures, disk) = try open(files)
    #expect(captures == [0, 1, 2])
    #expect(recovery.cause == nil)
    #expect(recovery.keptEntryCount == 9)
    #expect(try LedgerInspection(disk).isIntact)
  }

  @Test func theLastFrameMayBeTornAndIsSetAside() throws {
    var (files, ends) = try crashed(captures: 3)
    let path = ends[2].file
    let place = Int(ends[2].offset) + 700
    files[path]?[place] ^= 0x10
    let whole = try #require(files[path])
    let (recovery, captures, disk) = try open(files)
    #expect(captures == [0, 1])
    let cut = try #require(recovery.cuts.first)
    #expect(cut.file == path)
    #expect(cut.offset == ends[2].offset)
    let kept = try #require(cut.setAside.flatMap { disk.state.files[$0] })
    #expect(kept == Array(whole[Int(cut.offset)...].prefix(Int(cut.byteCount))))
    #expect(recovery.description.contains("set-aside/"))
    #expect(try LedgerInspection(disk).isIntact)
  }

  @Test func aHoleWhereTheHeaderShouldBeIsTorn() throws {
    var (files, ends) = try crashed(captures: 3)
    let path = ends[2].file
    for place in 0..<512 { files[path]?[Int(ends[2].offset) + place] = 0 }
    #expect(try open(files).1 == [0, 1])
  }

  @Test func damageBeforeASoundFrameIsNeverTorn() throws {
    let (files, ends) = try crashed(captures: 3)
    for offset in [0, 40, 100, 300, 700] {
      var damaged = files
      damaged[ends[1].file]?[Int(ends[1].offset) + offset] ^= 1
      let error = #expect(throws: LedgerError.self) { _ = try open(damaged) }
      #expect(error?.kind == .corrupt)
      #expect(error?.exitCode == 3)
    }
  }

  @Test func damageBelowCommittedIsNeverTorn() throws {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    let end = writer.snapshot.committed.end
    _ = try writer.append(History.draft(0, events: 2))
    try writer.close()
    var files = disk.state.files
    files[end.file]?[Int(end.offset) + 30] ^= 1
    let error = #expect(throws: LedgerError.self) { try refuse(files) }
    #expect(error?.kind == .corrupt)
    files = disk.state.files
    files[end.file]?.removeLast(512)
    let cut = #expect(throws: LedgerError.self) { try refuse(files) }
    #expect(cut?.kind == .corrupt)
  }

  private func refuse(_ files: [String: [UInt8]]) throws {
    _ = try LedgerWriter.open(
      SimulatedDisk(SimulatedState(files: files)), options: History.options())
  }

  @Test func theWalkerGoesOnThroughDamage() throws {
    let (files, ends) = try crashed(captures: 12)
    var damaged = files
    for place in [2, 5, 9] { damaged[ends[place].file]?[Int(ends[place].offset) + 9] ^= 1 }
    let disk = SimulatedDisk(SimulatedState(files: damaged))
    let logID = try #require(try LedgerIdentity(disk).logID)
    let walker = try LogWalker(disk, logID: logID)
    var frames = 0
    var problems: [LogProblem] = []
    while let step = try walker.next() {
      if case .frame = step { frames += 1 }
      if case .problem(let problem) = step { problems.append(problem) }
    }
    #expect(frames == 13 - 3)
    let places = problems.map(\.location.offset)
    #expect(places == [2, 5, 9].map { ends[$0].offset })
    #expect(problems.allSatisfy { $0.kind == .frameHeader })
  }

  @Test func aMissingSegmentIsFound() throws {
    let disk = SimulatedDisk()
    var options = History.options()
    options.segmentByteCount = 3_000
    let writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    for capture in 0..<9 { _ = try writer.append(History.draft(capture, events: 2)) }
    try writer.close()
    let names = disk.state.files.keys.filter { $0.hasPrefix(LedgerPaths.log) }.sorted()
    #expect(names.count > 3)
    for name in names {
      var files = disk.state.files
      files[name] = nil
      let inspection = try LedgerInspection(SimulatedDisk(SimulatedState(files: files)))
      #expect(!inspection.problems.isEmpty, "\(name)")
    }
  }

  @Test func aMissingOrWrongTreeIsWrittenAnew() throws {
    let (files, _) = try crashed(captures: 3)
    let whole = try open(files).2.state.files
    for damage in [0, 1, 2] {
      var files = whole
      if damage == 0 { files = files.filter { !$0.key.hasPrefix(LedgerPaths.tree) } }
      if damage == 1 { files[LedgerPaths.treeLevel(0)]?[40] ^= 1 }
      if damage == 2 { files[LedgerPaths.treeLevel(0)]?.removeLast(32) }
      let (recovery, captures, disk) = try open(files)
      #expect(recovery.didRebuildTree)
      #expect(recovery.description.contains("tree"))
      #expect(captures == [0, 1, 2])
      for (path, bytes) in whole where path != LedgerPaths.committed {
        #expect(disk.state.files[path] == bytes, "\(path)")
      }
    }
  }

  /// Old frames of an unfinished capture stand where new ones are written: the cut must be durable
  /// first, or a torn new frame would have sound old ones behind it.
  @Test func theFirstFramesAfterACutAreNotMixedWithTheOld() throws {
    let disk = SimulatedDisk()
    var options = History.options()
    options.segmentByteCount = 1 << 20
    let writer = try LedgerWriter.create(disk, origin: History.origin(), options: options)
    _ = try writer.append(History.draft(0, events: 2))
    let stream = try writer.begin(capture: Array("1 999".utf8))
    for event in 0..<80 {
      try stream.addEvent(payload: History.payload(1, event), links: History.links(1, event))
    }
    let next = disk.killProcess()
    let states = States()
    next.observe { state, _ in states.all.append(state) }
    let again = try LedgerWriter.open(next, options: options)
    #expect(again.recovery.cause == .unfinishedCapture(4))
    #expect(again.recovery.cutEntryCount > 40)
    _ = try again.append(History.draft(2, events: 1))
    next.observe(nil)
    let choices: [SimulatedState.Choice] =
      [.nothing, .everything, .dataWithoutMetadata] + (0..<6).map { .random(seed: $0) }
    for state in states.all {
      for choice in choices {
        let cut = SimulatedDisk(state.crashed(choice, granularity: 512))
        let captures = try {
          try LedgerWriter.open(cut, options: options).close()
          return try History.captures(cut)
        }()
        #expect(captures == [0] || captures == [0, 2])
      }
    }
  }

  private final class States: @unchecked Sendable {
    var all: [SimulatedState] = []
  }
}
