import LedgerAudit
import LedgerStorage
import Testing
import TransparencyLog

@Suite struct AuditBitFlipTests {
  /// Where frames and entries stand in a small ledger, to say what contains a byte.
  struct Map: Sendable {
    /// First byte, end, and the entries of each frame, by file.
    var frames: [String: [(range: Range<UInt64>, entries: Range<UInt64>)]] = [:]

    init(_ disk: any Disk) throws {
      let identity = try LedgerIdentity(disk)
      let walker = try LogWalker(disk, logID: try #require(identity.logID))
      while let step = try walker.next() {
        guard case .frame(let sighting) = step else { continue }
        let start = sighting.position.offset
        let header = sighting.header
        frames[sighting.position.file, default: []].append(
          (
            start..<start + UInt64(header.layout.paddedEnd),
            header.firstEntry.rawValue..<header.endEntry.rawValue
          ))
      }
    }

    /// The unit that a byte belongs to: a frame, a slot, a hash, a header, or the byte itself.
    func unit(_ file: String, _ byte: Int) -> Range<UInt64> {
      let byte = UInt64(byte)
      if let frame = frames[file]?.first(where: { $0.range.contains(byte) }) { return frame.range }
      if file.hasPrefix("log/") { return 0..<512 }
      let width: UInt64 = file == LedgerPaths.committed ? 512 : file.hasPrefix("tree/") ? 32 : 1
      return byte / width * width..<(byte / width + 1) * width
    }
  }

  /// Audits the ledger with every bit of some bytes flipped, one at a time; returns what was not
  /// found as it should be.
  static func flipEveryBit(
    of path: String, _ bytes: Range<Int>, _ files: [String: [UInt8]], _ map: Map
  ) throws -> [String] {
    var failures: [String] = []
    for byte in bytes {
      let unit = map.unit(path, byte)
      for bit in 0..<8 {
        var changed = files
        changed[path]?[byte] ^= 1 << UInt8(bit)
        let report = try AuditFixture.audit(AuditMemoryDisk(changed))
        let isPlaced = report.findings.contains {
          $0.location.file == path && unit.contains($0.location.offset ?? .max)
        }
        let isTorn = report.findings.contains { $0.severity == .torn }
        guard isPlaced, !isTorn, !report.isIntact, report.exitCode != 0 else {
          let kinds = report.findings.map { "\($0)" }
          failures.append("\(path) byte \(byte) bit \(bit): \(kinds)")
          continue
        }
      }
    }
    return failures
  }

  @Test func everyFlipIsFoundAndPlaced() async throws {
    let disk = try AuditFixture.closed([1], segment: 1_600, payload: 30)
    let files = disk.files.filter { $0.key != LedgerPaths.lock }
    let map = try Map(disk)
    let failures = try await withThrowingTaskGroup(of: [String].self) { group in
      for (path, bytes) in files {
        for start in stride(from: 0, to: bytes.count, by: 128) {
          let range = start..<min(start + 128, bytes.count)
          group.addTask { try Self.flipEveryBit(of: path, range, files, map) }
        }
      }
      var failures: [String] = []
      for try await result in group { failures += result }
      return failures
    }
    #expect(failures.isEmpty, "\(failures.count) flips, such as \(failures.prefix(5))")
    let count = files.values.reduce(0) { $0 + $1.count } * 8
    print("audit: \(count) single-bit flips in \(files.count) files, all found and placed")
  }
}
