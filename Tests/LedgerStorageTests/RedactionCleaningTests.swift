import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Synchronization
import Testing
import TransparencyLog

/// That a redaction leaves none of the files that may repeat what it erases, whatever becomes of one
/// of them meanwhile.
@Suite struct RedactionCleaningTests {
  private static let copies = ["current", "facts-1", "facts-2", "new-77"]

  private func ledger() throws -> (SimulatedDisk, LedgerWriter) {
    let disk = SimulatedDisk()
    let writer = try LedgerWriter.create(
      disk, origin: History.origin(), options: History.options())
    _ = try writer.append(History.draft(0, events: 3))
    try disk.createDirectory("index")
    for name in Self.copies { _ = try disk.open("index/\(name)", .create) }
    return (disk, writer)
  }

  private func names(_ state: SimulatedState) -> Set<String> {
    Set(state.files.keys.filter { $0.hasPrefix("index/") }.map { String($0.dropFirst(6)) })
  }

  @Test func aFileThatAReaderTookAwayDoesNotKeepTheOthers() throws {
    let (disk, writer) = try ledger()
    disk.observe { state, _ in
      let names = names(state)
      guard !names.contains("current"), names.contains("facts-1") else { return }
      try? disk.remove("index/facts-1")
    }
    _ = try writer.redact([2], parts: .payload, reason: "r")
    disk.observe(nil)
    #expect(names(disk.state) == [])
    try writer.close()
  }

  @Test func aFileThatCannotBeRemovedDoesNotKeepTheOthers() throws {
    let (disk, writer) = try ledger()
    let isArmed = Mutex(true)
    disk.observe { state, call in
      guard names(state) == ["facts-1", "facts-2", "new-77"],
        isArmed.withLock({ armed in
          defer { armed = false }; return armed
        })
      else { return }
      disk.fail(call: call + 1, .inputOutput)
    }
    #expect(throws: LedgerError.self) {
      _ = try writer.redact([2], parts: .payload, reason: "r")
    }
    disk.observe(nil)
    #expect(names(disk.state) == ["facts-1"])
    try? writer.close()
    // The next writer finishes it.
    let next = try LedgerWriter.open(disk, options: History.options())
    #expect(names(disk.state) == [])
    try next.close()
  }
}
