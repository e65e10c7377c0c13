import LedgerDisclosure
import LedgerStorage
import Testing
import TransparencyLog

@Suite struct OpeningTests {
  private static let payload = Array("what was received".utf8)
  private static let links = Array("what a trace needs".utf8)

  private static func opening(_ hasher: SHA256Hasher) throws -> EntryOpening {
    let salts = try (1...2).map { try #require(Salt([UInt8](repeating: UInt8($0), count: 16))) }
    let a = payload.withUnsafeBytes {
      Commitment.payloadDigest($0, salt: salts[0], with: hasher)
    }
    let b = links.withUnsafeBytes { Commitment.linksDigest($0, salt: salts[1], with: hasher) }
    let entry = Entry(
      kind: .event, isLastOfCapture: true, isClockHeld: false, index: 5,
      time: RecordTime(rawValue: 1_790_000_000_000_000), capture: 4, previous: .zero,
      commitment: Commitment.join(a, b, with: hasher))
    return EntryOpening(
      entry: entry, payload: .shown(salt: salts[0], bytes: payload),
      links: .shown(salt: salts[1], bytes: links))
  }

  @Test func eitherPartCanBeShownWithoutTheOther() throws {
    let hasher = try SHA256Hasher()
    let whole = try Self.opening(hasher)
    #expect(whole.matchesCommitment(with: hasher))
    var linksOnly = whole
    linksOnly.payload = .digest(whole.payloadDigest(with: hasher))
    #expect(linksOnly.matchesCommitment(with: hasher) && linksOnly.payload.bytes == nil)
    var payloadOnly = whole
    payloadOnly.links = .digest(whole.linksDigest(with: hasher))
    #expect(payloadOnly.matchesCommitment(with: hasher))
  }

  @Test func noOtherBytesOrSaltOpenIt() throws {
    let hasher = try SHA256Hasher()
    let whole = try Self.opening(hasher)
    guard case .shown(let salt, let bytes) = whole.payload else { return }
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 1
      var opening = whole
      opening.payload = .shown(salt: salt, bytes: other)
      #expect(!opening.matchesCommitment(with: hasher))
    }
    var swapped = whole
    swapped.payload = whole.links
    swapped.links = whole.payload
    #expect(!swapped.matchesCommitment(with: hasher))
    var unsalted = whole
    unsalted.payload = .shown(salt: .zero, bytes: bytes)
    #expect(!unsalted.matchesCommitment(with: hasher))
  }
}
