import LedgerAudit
import LedgerStorage
import LedgerWriter
import Testing
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that were made to lead an audit astray, and disks that fail it.
@Suite struct AuditHostileTests {
  /// A disk on which some reads of one file fail.
  final class FailingDisk: Disk {
    final class FailingFile: DiskFile {
      let file: any DiskFile
      let range: Range<UInt64>

      init(_ file: any DiskFile, _ range: Range<UInt64>) {
        self.file = file
        self.range = range
      }

      func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
      ) throws(DiskError) -> Int {
        if range.overlaps(offset..<offset + UInt64(buffer.count)) {
          throw AuditMemoryDisk.failure(.other(5), "failing")
        }
        return try file.read(into: buffer, at: offset)
      }

      func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(DiskError) -> Int { 0 }
      func syncData() throws(DiskError) {}
      func truncate(to size: UInt64) throws(DiskError) {}
      func size() throws(DiskError) -> UInt64 { try file.size() }
      func dropCache(from offset: UInt64) {}
    }

    let disk: AuditMemoryDisk
    let path: String
    let range: Range<UInt64>
    let location = "failing"

    init(_ disk: AuditMemoryDisk, _ path: String, _ range: Range<UInt64>) {
      self.disk = disk
      self.path = path
      self.range = range
    }

    func open(_ path: String, _ access: FileAccess) throws(DiskError) -> any DiskFile {
      let file = try disk.open(path, access)
      return path == self.path ? FailingFile(file, range) : file
    }

    func list(_ directory: String) throws(DiskError) -> [String] { try disk.list(directory) }
    func createDirectory(_ path: String) throws(DiskError) {}
    func rename(_ old: String, to new: String) throws(DiskError) {}
    func remove(_ path: String) throws(DiskError) {}
    func syncDirectory(_ path: String) throws(DiskError) {}
    func lock(_ path: String) throws(DiskError) -> any DiskLock { try disk.lock(path) }
    func isLocked(_ path: String) -> Bool { disk.isLocked(path) }
  }

  @Test func everyReadMayFail() throws {
    let disk = try AuditFixture.closed([4, 6, 1, 30], segment: 4_096, frame: 2_048)
    var count = 0
    for (path, bytes) in disk.files where path != LedgerPaths.lock {
      for start in stride(from: 0, to: bytes.count, by: 96) {
        let failing = FailingDisk(disk, path, UInt64(start)..<UInt64(start) + 1)
        let report = try AuditFixture.audit(failing, threads: 2)
        #expect(!report.isIntact && report.exitCode == 74, "\(path) \(start)")
        #expect(report.findings.contains { $0.kind == .unreadable })
        #expect(!report.findings.contains { $0.severity == .torn })
        count += 1
      }
    }
    print("audit: \(count) places where a read fails")
  }

  @Test func forgedCommitted() throws {
    let disk = try AuditFixture.closed([4, 6, 1], segment: 4_096)
    let files = disk.files
    let logID = try #require(LedgerIdentity(disk).logID)
    let numbers: [UInt64] = [
      0, 1, 2, 13, 14, 512, 1 << 32, UInt64(Int64.max) - 1, UInt64(Int64.max), .max,
    ]
    var count = 0
    for number in numbers {
      for field in 0..<9 {
        var forged: [UInt8] = []
        for slot in try CommittedFile(disk, logID: logID).slots {
          var slot = try #require(slot)
          switch field {
          case 0: slot.size = TreeSize(number)
          case 1: slot.nextFrame = number
          case 2: slot.end.segment = EntryIndex(number)
          case 3: slot.end.offset = number
          case 4: slot.lastFrame.segment = EntryIndex(number)
          case 5: slot.lastFrame.offset = number
          case 6: slot.lastTime = RecordTime(rawValue: Int64(bitPattern: number))
          case 7:
            slot.size = TreeSize(number)
            slot.treeSize = slot.size
          default: slot.root = Hash([UInt8](repeating: UInt8(number & 0xff), count: 32)) ?? .zero
          }
          forged += slot.bytes
        }
        var changed = files
        changed[LedgerPaths.committed] = forged
        guard changed != files else { continue }
        let report = try AuditFixture.audit(AuditMemoryDisk(changed))
        #expect(!report.isIntact, "field \(field) is \(number)")
        #expect(report.exitCode == 3, "field \(field) is \(number): \(report.findings)")
        count += 1
      }
    }
    print("audit: \(count) forgeries of committed")
  }

  @Test func onTheFileSystem() throws {
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    let number = UInt64.random(in: 0..<UInt64.max)
    let directory = "\(temporary)/provender-audit-\(number)"
    let disk = PosixDisk(directory)
    defer { removeLedger(directory, disk) }
    var generator = AuditGenerator(seed: 3)
    let writer = try LedgerWriter.create(
      disk, origin: LogOrigin("acme.example/trace"), options: AuditFixture.options(seed: 3))
    for events in 0..<10 {
      _ = try writer.append(try AuditFixture.draft(events: events, payload: 90, &generator))
    }
    let beside = try LedgerAudit.audit(directory: directory)
    #expect(beside.findings == [] && beside.notices.map(\.kind) == [.writerAtWork])
    try writer.close()
    let names = try disk.list("").sorted()
    let after = try LedgerAudit.audit(directory: directory)
    #expect(after.isIntact && after.notices == [] && after.root == beside.root)
    #expect(try disk.list("").sorted() == names)
    // A pipe in the place of a file gives no bytes; waiting for some would take forever.
    try disk.remove("tree/0")
    #expect(mkfifo("\(directory)/tree/0", 0o644) == 0)
    #expect(try LedgerAudit.audit(directory: directory).exitCode == 1)
  }

  private func removeLedger(_ directory: String, _ disk: PosixDisk) {
    for folder in ["log", "tree", ""] {
      let prefix = folder.isEmpty ? "" : "\(folder)/"
      for name in (try? disk.list(folder)) ?? [] { try? disk.remove(prefix + name) }
      rmdir("\(directory)/\(folder)")
    }
  }
}
