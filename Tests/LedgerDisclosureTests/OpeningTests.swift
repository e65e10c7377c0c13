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
    let parts = OpenedParts(
      payload: .shown(salt: salts[0], bytes: payload), links: .shown(salt: salts[1], bytes: links))
    return EntryOpening(entry: entry, parts: parts)
  }

  @Test func eitherPartCanBeShownWithoutTheOther() throws {
    let hasher = try SHA256Hasher()
    let whole = try Self.opening(hasher)
    #expect(!whole.contradictsCommitment(with: hasher))
    let parts = try #require(whole.parts)
    var linksOnly = whole
    linksOnly.parts?.payload = .digest(parts.payloadDigest(with: hasher))
    #expect(!linksOnly.contradictsCommitment(with: hasher))
    #expect(linksOnly.parts?.payload.bytes == nil && linksOnly.parts?.links.bytes == Self.links)
    var payloadOnly = whole
    payloadOnly.parts?.links = .digest(parts.linksDigest(with: hasher))
    #expect(!payloadOnly.contradictsCommitment(with: hasher))
  }

  @Test func noOtherBytesOrSaltOpenIt() throws {
    let hasher = try SHA256Hasher()
    let whole = try Self.opening(hasher)
    guard let parts = whole.parts, case .shown(let salt, let bytes) = parts.payload else { return }
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 1
      var opening = whole
      opening.parts?.payload = .shown(salt: salt, bytes: other)
      #expect(opening.contradictsCommitment(with: hasher))
    }
    var swapped = whole
    swapped.parts = OpenedParts(payload: parts.links, links: parts.payload)
    #expect(swapped.contradictsCommitment(with: hasher))
    var unsalted = whole
    unsalted.parts?.payload = .shown(salt: .zero, bytes: bytes)
    #expect(unsalted.contradictsCommitment(with: hasher))
  }
}
