import LedgerAudit
import LedgerStorage
import Testing
import TransparencyLog

@Suite struct AuditCleanTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var name: String
    var captures: [Int]
    var segment: UInt64 = 256 << 20
    var frame = 2 << 20
    var reopenEvery: Int?
    var testDescription: String { name }
  }

  static let shapes = [
    Shape(name: "genesis alone", captures: []),
    Shape(name: "an empty capture", captures: [0]),
    Shape(name: "one event", captures: [1]),
    Shape(name: "seven captures", captures: [3, 1, 4, 1, 5, 9, 2]),
    Shape(name: "several segments", captures: Array(repeating: 5, count: 40), segment: 8_192),
    Shape(name: "a capture over many frames", captures: [2, 90, 1], frame: 2_048),
    Shape(
      name: "captures over frames and segments", captures: [50, 0, 70, 3], segment: 6_000,
      frame: 2_048),
    Shape(name: "reopened", captures: Array(0..<20), segment: 16_384, reopenEvery: 3),
    Shape(name: "more than a tile", captures: [200, 200, 200, 13]),
    Shape(name: "a full tile", captures: [254]),
  ]

  @Test(arguments: shapes) func noFalseAlarm(_ shape: Shape) throws {
    let disk = try AuditFixture.closed(
      shape.captures, segment: shape.segment, frame: shape.frame, reopenEvery: shape.reopenEvery)
    let entries = try AuditFixture.entries(disk)
    let hasher = try SHA256Hasher()
    let leaves = entries.map { hasher.leafHash($0) }
    for threads in 1...3 {
      let report = try AuditFixture.audit(disk, threads: threads)
      #expect(report.findings == [])
      #expect(report.notices == [])
      #expect(report.isIntact && report.exitCode == 0)
      #expect(report.size.rawValue == UInt64(entries.count))
      #expect(report.entryCount == UInt64(entries.count))
      #expect(report.captureCount == UInt64(shape.captures.count))
      #expect(report.eventCount == UInt64(shape.captures.reduce(0, +)))
      #expect(report.root == AuditFixture.naiveRoot(leaves[...], hasher))
      #expect(report.origin?.name == "acme.example/trace")
      #expect(report.statements.contains { $0.contains("No checkpoint was pinned") })
    }
  }

  @Test func everyPinnedSizeIsConfirmed() throws {
    let disk = try AuditFixture.closed([7, 150, 120, 9], segment: 8_192, frame: 4_096)
    let hasher = try SHA256Hasher()
    let leaves = try AuditFixture.entries(disk).map { hasher.leafHash($0) }
    let heads = (0...leaves.count).map {
      PinnedHead(
        size: TreeSize(UInt64($0)), root: AuditFixture.naiveRoot(leaves[..<$0], hasher))
    }
    let report = try AuditFixture.audit(disk, threads: 2, pinned: heads)
    #expect(report.findings == [])
    #expect(report.statements.filter { $0.contains("pinned head") }.count == heads.count)
    let wrong = heads.map { head in
      PinnedHead(size: head.size, root: Hash(head.root.bytes.map { $0 ^ 1 }) ?? .zero)
    }
    let refused = try AuditFixture.audit(disk, threads: 2, pinned: wrong)
    #expect(refused.findings.count == heads.count)
    #expect(refused.findings.allSatisfy { $0.kind == .pinnedRoot })
    #expect(refused.exitCode == 4)
    print("audit: \(heads.count) pinned heads confirmed, \(wrong.count) wrong ones refused")
  }
}
