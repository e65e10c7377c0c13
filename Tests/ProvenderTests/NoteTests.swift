import Testing

@testable import Provender

@Suite("Notes")
struct NoteTests {
  @Test("Stand beside the events, whole or not at all, and nobody mistakes them for events")
  func notes() throws {
    let directory = try TemporaryDirectory()
    let ledger = try Ledger.create(at: directory.path + "/l", origin: "test.example/log")
    #expect(try ledger.append(notes: []).isEmpty)
    let notes = (0..<1_000).map { Array("reading \($0)".utf8) }
    #expect(try ledger.append(notes: notes) == 1..<1_001)
    #expect(try ledger.capture(Array(EventText.object("A").utf8)).captured == 1)
    let size = try ledger.snapshot().size
    #expect(throws: LedgerError.self) {
      try ledger.append(notes: Array(repeating: [1], count: 65_537))
    }
    #expect(try ledger.snapshot().size == size)
    #expect(try ledger.record(at: 500).payload == notes[499])
    #expect(try ledger.index().eventCount == 1)
    try ledger.close()
    #expect(try Ledger.verify(at: ledger.directory).isIntact)
    let reading = try Ledger.open(at: ledger.directory)
    #expect(throws: LedgerError.self) { try reading.append(notes: notes) }
  }
}
