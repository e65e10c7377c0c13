import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// Changes every bit of a small closed ledger, one at a time.
@Suite struct FlipTests {
  /// Two segments, three frames, a capture with links: every kind of byte there is, and few of each.
  private static func closedLedger() throws -> SimulatedState {
    let disk = SimulatedDisk()
    var options = History.options()
    options.segmentByteCount = 2_048
    let writer = try LedgerWriter.create(disk, origin: LogOrigin("a.example/t"), options: options)
    _ = try writer.append(History.draft(0, events: 2))
    _ = try writer.append(.note, payload: Array("a note".utf8))
    try writer.close()
    return disk.state
  }

  @Test func everyBitIsFoundAndPlaced() throws {
    let state = try FlipTests.closedLedger()
    #expect(try LedgerInspection(SimulatedDisk(state)).isIntact)
    var flips = 0
    var missed: [String] = []
    var opened = 0
    for (path, bytes) in state.files.sorted(by: { $0.key < $1.key }) {
      for bit in 0..<bytes.count * 8 {
        var files = state.files
        files[path]?[bit / 8] ^= 1 << UInt8(bit % 8)
        let disk = SimulatedDisk(SimulatedState(files: files))
        flips += 1
        if let fault = fault(disk, path, bit / 8) { missed.append("\(path) bit \(bit): \(fault)") }
        // The writer, for time, sees one in five.
        guard bit % 5 == 0 else { continue }
        opened += 1
        if let fault = openingFault(disk, path) { missed.append("\(path) bit \(bit): \(fault)") }
      }
    }
    print("flips: \(flips) bits, \(opened) of them opened for writing, \(missed.count) missed")
    #expect(missed.isEmpty, "\(missed.prefix(5))")
    #expect(flips > 20_000)
  }

  /// Links are held against their own checksum; the payload beside them is not looked at.
  @Test func aLookAtLinksMeetsTheirDamageAlone() throws {
    let state = try FlipTests.closedLedger()
    let segment = LedgerPaths.segment(0)
    func offset(of text: [UInt8]) throws -> Int {
      let bytes = try #require(state.files[segment])
      return try #require(bytes.indices.first { bytes[$0...].starts(with: text) })
    }
    let places = [
      (try offset(of: History.links(0, 0)), true), (try offset(of: History.payload(0, 0)), false),
    ]
    for (place, isOfLinks) in places {
      var files = state.files
      files[segment]?[place + 2] ^= 4
      let reader = try LedgerReader(SimulatedDisk(SimulatedState(files: files)))
      let snapshot = try reader.snapshot()
      #expect(throws: LedgerError.self) { try reader.record(2, in: snapshot) }
      if isOfLinks {
        #expect(throws: LedgerError.self) { try reader.links(2, in: snapshot) }
      } else {
        #expect(try reader.links(2, in: snapshot) == History.links(0, 0))
      }
      #expect(try reader.links(3, in: snapshot) == History.links(0, 1))
      #expect(throws: LedgerError.self) { try reader.links(99, in: snapshot) }
    }
  }

  /// Why a flip was not found or not placed; `nil` when it was.
  private func fault(_ disk: SimulatedDisk, _ path: String, _ offset: Int) -> String? {
    do {
      let inspection = try LedgerInspection(disk)
      if inspection.problems.isEmpty { return "not found: \(inspection.tail as Any)" }
      let isPlaced = inspection.problems.contains { problem in
        let place = problem.location
        return place.file == path && abs(Int(place.offset ?? 0) - offset) <= 1_024
      }
      return isPlaced ? nil : "not placed: \(inspection.problems)"
    } catch {
      return "\(error)"
    }
  }

  /// Whether a writer cuts anything off, or goes on where it must not.
  private func openingFault(_ disk: SimulatedDisk, _ path: String) -> String? {
    do {
      let writer = try LedgerWriter.open(disk, options: History.options())
      if writer.recovery.cause != nil { return "taken for torn" }
      try writer.close()
      // Derived files are put right; damage far from the end is the auditor's to find.
      guard path == LedgerPaths.committed || path.hasPrefix(LedgerPaths.tree) else { return nil }
      let problems = try LedgerInspection(disk).problems
      return problems.isEmpty ? nil : "not put right: \(problems)"
    } catch {
      return error.kind == .corrupt ? nil : "\(error)"
    }
  }

  /// Bytes that are anything at all: no trap, no hang, and never intact.
  @Test func anyBytesAreSurvived() throws {
    let state = try FlipTests.closedLedger()
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<400 {
      var files = state.files
      let path = files.keys.sorted().randomElement(using: &generator) ?? ""
      var bytes = files[path] ?? []
      if bytes.isEmpty { continue }
      let start = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes.removeSubrange(start...)
      case 1: bytes += (0..<600).map { _ in UInt8.random(in: 0...255, using: &generator) }
      case 2:
        for place in start..<min(bytes.count, start + 64) {
          bytes[place] = UInt8.random(in: 0...255, using: &generator)
        }
      default: files[path] = nil
      }
      if files[path] != nil { files[path] = bytes }
      let disk = SimulatedDisk(SimulatedState(files: files))
      let inspection = try? LedgerInspection(disk)
      let isIntact = inspection?.isIntact ?? false
      // Only what lies above `committed` may be cut off without a finding, and nothing does here.
      #expect(!isIntact || files == state.files, "\(path)")
      _ = try? LedgerWriter.open(disk, options: History.options())
    }
  }
}
