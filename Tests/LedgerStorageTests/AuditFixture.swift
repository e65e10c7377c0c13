import LedgerAudit
import LedgerStorage
import LedgerWriter
import Synchronization
import Testing
import Traceability
import TransparencyLog

/// A small seeded generator (SplitMix64): the same tests every time.
struct AuditGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}

/// Makes ledgers in memory for audits.
enum AuditFixture {
  /// Options under which everything comes out the same every time.
  static func options(
    seed: UInt64, segment: UInt64 = 256 << 20, frame: Int = 2 << 20,
    start: Int64 = 1_700_000_000_000_000
  ) -> WriterOptions {
    var options = WriterOptions()
    options.segmentByteCount = segment
    options.extensionByteCount = 4_096
    options.frameByteCount = frame
    options.background = { work in
      work()
      return true
    }
    let time = Atomic64(start)
    options.clock = LedgerClock(wall: { time.advance() }, steady: { time.value })
    let generator = Mutex(AuditGenerator(seed: seed))
    options.random = LedgerRandom { buffer throws(CryptoError) in
      let bytes = generator.withLock { $0.bytes(buffer.count) }
      buffer.copyBytes(from: bytes)
    }
    return options
  }

  static func links(_ number: UInt64) -> [UInt8] {
    var links = LinksBuffer()
    links.eventID = links.run(Array("urn:event:\(number)".utf8))
    links.time = EventTime(
      microseconds: 1_700_000_000_000_000, offsetMinutes: 60, precision: .instant)
    let item = LinksBuffer.Name(
      uri: links.run(Array("https://id.gs1.org/01/09506000134352/10/L\(number)".utf8)), kind: .lot)
    links.mentions.append(
      LinksBuffer.Mention(item: item, role: .object, isClassLevel: false))
    var bytes: [UInt8] = []
    links.encode(into: &bytes)
    return bytes
  }

  static func draft(
    events: Int, payload: Int, _ generator: inout AuditGenerator, receipt: Bool = false
  ) throws -> CaptureDraft {
    var links = CaptureLinks()
    links.submitter = "acme"
    var draft = try CaptureDraft(capture: generator.bytes(20), links: links.encoded)
    for _ in 0..<events {
      let count = Int.random(in: 1...payload, using: &generator)
      try draft.addEvent(
        payload: generator.bytes(count), links: self.links(generator.next() % 1_000))
    }
    if receipt { try draft.addReceipt(payload: generator.bytes(40)) }
    return draft
  }

  /// A closed ledger of some captures, with so many events each.
  static func closed(
    _ captures: [Int], seed: UInt64 = 1, segment: UInt64 = 256 << 20, frame: Int = 2 << 20,
    payload: Int = 60, reopenEvery: Int? = nil
  ) throws -> AuditMemoryDisk {
    let disk = AuditMemoryDisk()
    var generator = AuditGenerator(seed: seed)
    let options = options(seed: seed, segment: segment, frame: frame)
    var writer = try LedgerWriter.create(
      disk, origin: LogOrigin("acme.example/trace"), options: options)
    for (number, events) in captures.enumerated() {
      if let reopenEvery, number % reopenEvery == reopenEvery - 1 {
        try writer.close()
        writer = try LedgerWriter.open(disk, options: options)
      }
      if number % 5 == 3 { _ = try writer.append(.note, payload: Array("noted".utf8)) }
      let draft = try draft(
        events: events, payload: payload, &generator, receipt: number % 3 == 1)
      _ = try writer.append(draft)
    }
    try writer.close()
    return disk
  }

  static func audit(
    _ disk: any Disk, threads: Int = 1, pinned: [PinnedHead] = []
  ) throws -> AuditReport {
    var options = AuditOptions()
    options.threadCount = threads
    options.pinnedHeads = pinned
    return try LedgerAudit.audit(disk, options: options)
  }

  /// Every entry's 96 bytes, by the reader.
  static func entries(_ disk: any Disk) throws -> [[UInt8]] {
    let reader = try LedgerReader(disk)
    let snapshot = try reader.snapshot()
    return try (0..<snapshot.size.rawValue).map {
      try reader.entry(EntryIndex($0), in: snapshot).bytes
    }
  }

  /// The root of a tree by the definition in RFC 6962 section 2.1.
  static func naiveRoot(_ leaves: ArraySlice<Hash>, _ hasher: SHA256Hasher) -> Hash {
    guard let first = leaves.first else { return .emptyTree }
    if leaves.count == 1 { return first }
    var split = 1
    while 2 * split < leaves.count { split *= 2 }
    let middle = leaves.startIndex + split
    return hasher.nodeHash(
      naiveRoot(leaves[..<middle], hasher), naiveRoot(leaves[middle...], hasher))
  }
}

/// A clock that goes on by a second at every look.
final class Atomic64: Sendable {
  private let number: Mutex<Int64>

  init(_ start: Int64) { number = Mutex(start) }

  var value: Int64 { number.withLock { $0 } }

  func advance() -> Int64 {
    number.withLock { number in
      number += 1_000_000
      return number
    }
  }
}
