import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

@Suite struct FormatTests {
  @Test func anEntryIsNinetySixKnownBytes() throws {
    let entry = Entry(
      kind: .event, isLastOfCapture: true, isClockHeld: false, index: 0x0102_0304_0506_0708,
      time: RecordTime(rawValue: 0x1112_1314_1516_1718), capture: 0x2122_2324_2526_2728,
      previous: Hash([UInt8](repeating: 0xaa, count: 32)) ?? .zero,
      commitment: Hash([UInt8](repeating: 0xbb, count: 32)) ?? .zero)
    let expected: [UInt8] =
      [1, 2, 0, 1, 0, 0, 0, 0] + [1, 2, 3, 4, 5, 6, 7, 8]
      + [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]
      + [0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28]
      + [UInt8](repeating: 0xaa, count: 32) + [UInt8](repeating: 0xbb, count: 32)
    #expect(entry.bytes == expected)
    #expect(expected.withUnsafeBytes { Entry($0) } == entry)
    for (place, value) in [(0, UInt8(2)), (2, 1), (3, 4), (4, 1), (7, 1)] {
      var wrong = expected
      wrong[place] = value
      #expect(wrong.withUnsafeBytes { Entry($0) } == nil, "byte \(place)")
    }
    #expect(expected.dropLast().withUnsafeBytes { Entry($0) } == nil)
  }

  @Test func theCommitmentIsWhatTheFormatSays() throws {
    let hasher = try SHA256Hasher()
    let salt = [UInt8](0..<16)
    let payload = Array("payload".utf8)
    let links = Array("links".utf8)
    let first = hasher.hash([2] + salt + payload)
    let second = hasher.hash([3] + salt + links)
    let whole = hasher.hash(Array("provender/payload/v1\n".utf8) + first.bytes + second.bytes)
    let value = try #require(Salt(salt))
    let left = payload.withUnsafeBytes {
      Commitment.payloadDigest($0, salt: value, with: hasher)
    }
    let right = links.withUnsafeBytes { Commitment.linksDigest($0, salt: value, with: hasher) }
    #expect(left == first)
    #expect(right == second)
    #expect(Commitment.join(left, right, with: hasher) == whole)
  }

  @Test func ownPayloadsAreReadBackAndNothingElseIs() throws {
    let id = try #require(LogID([UInt8](1...16)))
    var genesis = Genesis(origin: try History.origin(), logID: id)
    #expect(Genesis(payload: try genesis.payload()) == genesis)
    genesis.predecessor = Genesis.Predecessor(
      origin: try LogOrigin("old.example/t"), size: 77, root: .emptyTree, reason: "disk")
    let bytes = try genesis.payload()
    #expect(Genesis(payload: bytes) == genesis)
    #expect(Genesis(payload: bytes + [0]) == nil)
    for count in 0..<bytes.count { #expect(Genesis(payload: Array(bytes.prefix(count))) == nil) }
    #expect(
      genesis.formatText
        == "provender 1\norigin acme.example/trace\nlog 0102030405060708090a0b0c0d0e0f10\n")
    let capture = CapturePayload(
      submitter: "dairy", documentName: "a.jsonld", mediaType: "application/ld+json",
      documentByteCount: 9, eventCount: 2, context: [1, 2, 3])
    #expect(CapturePayload(payload: try capture.payload()) == capture)
    #expect(CapturePayload(payload: try capture.payload().dropLast()) == nil)
    let receipt = ReceiptPayload(
      documentDigest: .emptyTree, documentByteCount: 9, signatureScheme: "x", signature: [4])
    #expect(ReceiptPayload(payload: try receipt.payload()) == receipt)
    #expect(ReceiptPayload(payload: try receipt.payload() + [1]) == nil)
  }

  @Test(arguments: ["", "a b", "a+b", "a\nb", "a\u{85}b", "a\u{2028}b", "a\u{202E}b", "a\u{a0}b"])
  func anOriginThatANoteCannotNameIsRefused(_ name: String) {
    #expect(throws: LedgerError.self) { try LogOrigin(name) }
  }

  @Test func anOriginHasAtMost255Bytes() throws {
    #expect(try LogOrigin(String(repeating: "a", count: 255)).name.count == 255)
    #expect(throws: LedgerError.self) { try LogOrigin(String(repeating: "a", count: 256)) }
    // Bytes count, not what Unicode holds for the same.
    #expect(try LogOrigin("caf\u{e9}") != LogOrigin("cafe\u{301}"))
  }

  /// The tree's edge is the frontier, cut into levels; it can be taken up from its files.
  @Test func theTreesFilesHoldItsHashes() throws {
    let hasher = try SHA256Hasher()
    var edge = TreeEdge()
    var frontier = MerkleFrontier()
    var levels: [[Hash]] = [[], [], []]
    for leaf in 0..<70_000 {
      var bytes = [UInt8](repeating: 0, count: 8)
      for place in 0..<3 { bytes[place] = UInt8(leaf >> (8 * place) & 255) }
      let hash = hasher.leafHash(bytes)
      edge.append(hash, with: hasher) { levels[$0].append($1) }
      frontier.append(hash, with: hasher)
      if leaf < 600 || leaf % 4_099 == 0 || leaf > 69_990 {
        #expect(edge.root(with: hasher) == frontier.root(with: hasher))
        #expect(edge.frontier == frontier)
      }
    }
    // C2SP tlog-tiles gives these widths for 70,000.
    #expect(levels.map(\.count) == [70_000, 273, 1])
    let files = Dictionary(
      uniqueKeysWithValues: levels.enumerated().map {
        (LedgerPaths.treeLevel($0), $1.flatMap(\.bytes))
      })
    let disk = SimulatedDisk(SimulatedState(files: files))
    let again = try #require(try TreeEdge(disk, size: 70_000, with: hasher))
    #expect(again.root(with: hasher) == frontier.root(with: hasher))
    #expect(try TreeEdge(disk, size: 80_000, with: hasher) == nil)
  }
}
