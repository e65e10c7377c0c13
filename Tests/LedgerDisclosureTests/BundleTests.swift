import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import Testing
import TransparencyLog

@Suite struct BundleTests {
  private static let context = Array("{\"@context\":[],\"epcisBody\":{}}".utf8)

  /// Genesis, keys, four events of which one is redacted, and the redaction.
  private static func log() throws -> HandLog {
    let log = try HandLog()
    try log.establish()
    let digest = log.hasher.hash(context)
    try log.addEvent("{\"a\":1}", context: digest)
    try log.addEvent("{\"b\":2}")
    try log.addEvent("{\"c\":3}", context: digest)
    let gone = try log.addEvent("{\"d\":4}")
    let digestA = try #require(log.openings[5].parts).payloadDigest(with: log.hasher)
    let redaction = try RedactionPayload(
      reason: "gdpr-17",
      targets: [RedactionPayload.Target(entry: gone, scope: .payload(digest: digestA))])
    try log.add(.redaction, payload: redaction.payload(), links: [])
    return log
  }

  private static func records(_ log: HandLog) throws -> [BundleRecord] {
    let size = log.size
    var destroyed = try log.proven(4, size)
    destroyed.opening.parts = nil
    return [
      .entry(try log.proven(0, size)), .entry(try log.proven(1, size)), .context(context),
      .entry(try log.proven(2, size)), .entry(try log.proven(3, size, linksOnly: true)),
      .entry(destroyed), .entry(try log.proven(5, size, linksOnly: true)),
      .entry(try log.proven(6, size)),
    ]
  }

  private static func check(
    _ bytes: [UInt8], _ log: HandLog
  ) throws -> (Result<CheckedBundle, EvidenceRejection>, [DisclosedEntry]) {
    var entries: [DisclosedEntry] = []
    let result = try log.policy().check(bundle: MemoryEvidence(bytes), with: log.hasher) {
      entries.append($0)
    }
    return (result, entries)
  }

  @Test func showsWhatWasPutIn() throws {
    let log = try Self.log()
    let file = try log.bundle(of: Self.records(log), in: log.sign())
    let (result, entries) = try Self.check(file, log)
    let bundle = try result.get()
    #expect(bundle.entryCount == 7 && bundle.eventCount == 4 && bundle.shownCount == 1)
    #expect(bundle.linksOnlyCount == 2 && bundle.withheldCount == 1 && bundle.contextCount == 1)
    #expect(bundle.destroyedCount == 0 && entries[4].isWithheld && !entries[5].isWithheld)
    #expect(bundle.head.standing == .valid)
    #expect(entries.map(\.entry.index.rawValue) == Array(0..<7))
    #expect(entries[2].event?.event == Array("{\"a\":1}".utf8) && entries[2].hasContext)
    #expect(entries[3].event == nil && entries[3].parts?.links.bytes != nil)
    #expect(entries[4].parts == nil)
    #expect(entries[5].redaction?.reason == "gdpr-17" && entries[5].redaction?.entry == 6)
    #expect(entries[3].redaction == nil)
  }

  @Test func aTreeOfOneLeafHasAnEmptyPath() throws {
    let log = try HandLog()
    let file = try log.bundle(of: [.entry(log.proven(0, 1))], in: log.sign())
    let (result, _) = try Self.check(file, log)
    #expect(try result.get().head.standing == .unknown)
    let (none, entries) = try Self.check(log.bundle(of: [], in: log.sign()), log)
    #expect(try none.get().entryCount == 0 && entries.isEmpty)
  }

  @Test func whatDoesNotBelongIsRejected() throws {
    let log = try Self.log()
    let checkpoint = try log.sign()
    let records = try Self.records(log)
    func code(_ records: [BundleRecord]) throws -> Int32? {
      try Self.check(log.bundle(of: records, in: checkpoint), log).0.rejection?.exitCode
    }
    #expect(try code(records) == nil)
    let stray = [.context(Array("another".utf8))] + records
    #expect(try code(stray) == 4)
    #expect(try code(Array(records[..<2]) + [records[2]] + records[2...]) == 4)
    var other = try log.proven(3, log.size)
    other.opening.parts = log.openings[5].parts
    #expect(try code(Array(records[..<4]) + [.entry(other)]) == 4)
    var elsewhere = try log.proven(3, log.size)
    elsewhere.path = try log.path(4, log.size)
    #expect(try code(Array(records[..<4]) + [.entry(elsewhere)]) == 4)
    #expect(throws: LedgerError.self) {
      try log.bundle(of: [records[4], records[3]], in: checkpoint)
    }
    // Entries out of order cannot be written; put there by hand they are malformed.
    let two = try log.bundle(of: [records[1], records[4]], in: checkpoint)
    let first = try log.bundle(of: [records[1]], in: checkpoint)
    let second = try log.bundle(of: [records[4]], in: checkpoint)
    let note = checkpoint.note.encoded.count + "checkpoint\n".utf8.count
    let head = BundleFormat.header.utf8.count + 2
    #expect(two == Array(first.dropLast(note)) + second.dropFirst(head))
    let reversed = Array(second.dropLast(note)) + first.dropFirst(head)
    #expect(throws: MalformedEvidence.self) { try Self.check(reversed, log) }
  }

  @Test func noChangedByteIsAccepted() throws {
    let log = try Self.log()
    let file = try log.bundle(of: Self.records(log), in: log.sign())
    var random = SeededGenerator(seed: 9)
    for place in file.indices {
      var bytes = file
      bytes[place] ^= place.isMultiple(of: 2) ? 1 : UInt8(truncatingIfNeeded: random.next() | 1)
      #expect(!Self.isAccepted(bytes, log), "byte \(place)")
      guard place % 7 == 0 || file[place] == 10 else { continue }
      #expect(!Self.isAccepted(Array(file[..<place]), log), "cut at \(place)")
    }
    #expect(Self.isAccepted(file, log))
  }

  @Test func anyBytesAreReadOrRefused() throws {
    let log = try Self.log()
    let file = try log.bundle(of: Self.records(log), in: log.sign())
    var random = SeededGenerator(seed: 3)
    for _ in 0..<400 {
      var bytes = file
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 0...200, using: &random))
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: bytes[place..<end], at: place)
        default:
          for hit in place..<end { bytes[hit] = UInt8(truncatingIfNeeded: random.next()) }
        }
        guard !bytes.isEmpty else { break }
      }
      if bytes != file { #expect(!Self.isAccepted(bytes, log)) }
    }
    for bytes in [[], [10], Array("provender-bundle@v1\n\ncheckpoint\n".utf8)] as [[UInt8]] {
      #expect(!Self.isAccepted(bytes, log))
    }
  }

  private static func isAccepted(_ bytes: [UInt8], _ log: HandLog) -> Bool {
    guard let (result, _) = try? check(bytes, log) else { return false }
    return result.rejection == nil
  }

  @Test func readsPieceByPiece() throws {
    let log = try Self.log()
    try log.addEvent(String(repeating: "x", count: 60_000))
    var records = try Self.records(log)
    records.append(.entry(try log.proven(7, log.size)))
    let file = try log.bundle(of: records, in: log.sign())
    let slow = Trickle(content: file)
    let result = try log.policy().check(bundle: slow, with: log.hasher)
    #expect(try result.get().shownCount == 2)
  }
}

/// Gives fewer bytes than it is asked for.
private struct Trickle: EvidenceSource {
  let content: [UInt8]

  func bytes(at offset: UInt64, count: Int) -> [UInt8] {
    MemoryEvidence(content).bytes(at: offset, count: min(count, 1 + Int(offset % 5_000)))
  }
}
