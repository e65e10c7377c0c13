import Benchmark
import LedgerStorage
import LedgerWriter
import TransparencyLog

/// Captures on their way into the log; times are those of a whole capture.
func appendBenchmarks() {
  for count in [1, 100, 1000] {
    appendBenchmark("append-durable-\(count)", count) { $0 }
  }
  // Commitments, frame and tree, without waiting for the disk.
  appendBenchmark("append-unsynced-1000", 1000) { UnsyncedDisk(disk: $0) }

  Benchmark("append-draft-of-1000") { benchmark, records in
    for _ in benchmark.scaledIterations { blackHole(try makeDraft(records).byteCount) }
  } setup: {
    try SampleHistory.records(100..<1100)
  }
}

private func appendBenchmark(
  _ name: String, _ count: Int, _ disk: @escaping @Sendable (PosixDisk) -> any Disk
) {
  Benchmark(name) { benchmark, state in
    for _ in benchmark.scaledIterations { blackHole(try state.writer.append(state.draft)) }
  } setup: {
    try AppendState(count, disk)
  } teardown: {
    TemporaryDirectory.removeAll()
  }
}

/// A ledger with nothing in it yet, and a capture for it.
private struct AppendState {
  let writer: LedgerWriter
  let draft: CaptureDraft

  init(_ count: Int, _ disk: (PosixDisk) -> any Disk) throws {
    let path = try TemporaryDirectory.make() + "/append.ledger"
    writer = try LedgerWriter.create(
      disk(PosixDisk(path)), origin: LogOrigin("bench.example/append"))
    draft = try makeDraft(SampleHistory.records(100..<100 + count))
  }
}

private func makeDraft(_ records: [(payload: [UInt8], links: [UInt8])]) throws -> CaptureDraft {
  var draft = try CaptureDraft(capture: Array("benchmark".utf8))
  for record in records { try draft.addEvent(payload: record.payload, links: record.links) }
  return draft
}

/// A directory on the machine's own file system that says that all is durable and waits for nothing.
private struct UnsyncedDisk: Disk {
  let disk: PosixDisk

  var location: String { disk.location }
  func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
    UnsyncedFile(try disk.open(path, access))
  }
  func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
  func createDirectory(_ path: String) throws(DiskError) { try disk.createDirectory(path) }
  func rename(_ old: String, to new: String) throws(DiskError) { try disk.rename(old, to: new) }
  func remove(_ path: String) throws(DiskError) { try disk.remove(path) }
  func syncDirectory(_ path: String) {}
  func lock(_ path: String) throws(DiskError) -> any DiskLock { try disk.lock(path) }
  func isLocked(_ path: String) -> Bool { disk.isLocked(path) }
}

private final class UnsyncedFile: DiskFile {
  private let file: any DiskFile

  init(_ file: any DiskFile) { self.file = file }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int
  {
    try file.read(into: buffer, at: offset)
  }
  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int {
    try file.write(bytes, at: offset)
  }
  func syncData() {}
  func truncate(to size: UInt64) throws(DiskError) { try file.truncate(to: size) }
  func size() throws(DiskError) -> UInt64 { try file.size() }
  func dropCache(from offset: UInt64) {}
}
