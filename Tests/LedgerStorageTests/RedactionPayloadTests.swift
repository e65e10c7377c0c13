import LedgerStorage
import LedgerTestSupport
import Testing
import TransparencyLog

/// What a redaction entry says is read in one way only, and only as it was written.
@Suite struct RedactionPayloadTests {
  private func digest(_ byte: UInt8) throws -> Hash {
    try #require(Hash([UInt8](repeating: byte, count: Hash.byteCount)))
  }

  private func example() throws -> RedactionPayload {
    try RedactionPayload(
      reason: "gdpr-17",
      targets: [
        .init(entry: 2, scope: .payload(digest: try digest(7))),
        .init(entry: 3, scope: .payloadAndLinks),
        .init(entry: 900, scope: .payload(digest: try digest(9))),
      ])
  }

  @Test func theBytesAreThoseOfTheFormat() throws {
    let bytes = try RedactionPayload(
      reason: "a.B_1-", targets: [.init(entry: 258, scope: .payloadAndLinks)]
    ).payload()
    #expect(bytes == [1, 0, 6] + Array("a.B_1-".utf8) + [0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 2])
    let first = try example()
    #expect(RedactionPayload(payload: try first.payload()) == first)
    #expect(try first.payload().count == 1 + 2 + 7 + 2 + 3 * 9 + 2 * 32)
  }

  @Test func whatIsNotWrittenIsNotRead() throws {
    let bytes = try example().payload()
    for count in 0..<bytes.count {
      #expect(RedactionPayload(payload: Array(bytes.prefix(count))) == nil, "\(count) bytes")
    }
    #expect(RedactionPayload(payload: bytes + [0]) == nil)
    // Whatever is read, is written as the same bytes: no two texts say the same.
    var generator = SeededGenerator(seed: 3)
    var read = 0
    for place in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[place] ^= 1 << bit
        guard let payload = RedactionPayload(payload: changed) else { continue }
        read += 1
        #expect(try payload.payload() == changed, "bit \(bit) of byte \(place)")
      }
      var noise = bytes
      for _ in 0..<3 {
        noise[Int.random(in: noise.indices, using: &generator)] = UInt8.random(
          in: 0...255, using: &generator)
      }
      if let payload = RedactionPayload(payload: noise) {
        #expect(try payload.payload() == noise)
      }
    }
    // Digests, some letters and some numbers of entries: all else is refused.
    #expect(read >= 2 * 256 && read < bytes.count * 8)
  }

  @Test func targetsAreInOrderAndFew() throws {
    func targets(_ entries: [UInt64]) -> [RedactionPayload.Target] {
      entries.map { .init(entry: EntryIndex($0), scope: .payloadAndLinks) }
    }
    for wrong in [[], [3, 2], [2, 2], Array(0...65_535)] as [[UInt64]] {
      #expect(throws: LedgerError.self) {
        try RedactionPayload(reason: "r", targets: targets(wrong))
      }
    }
    let most = try RedactionPayload(reason: "r", targets: targets(Array(1...65_535)))
    #expect(RedactionPayload(payload: try most.payload()) == most)
    // An empty list, and one out of order, are not read either.
    #expect(RedactionPayload(payload: [1, 0, 1, 114, 0, 0]) == nil)
    let one = try RedactionPayload(reason: "r", targets: targets([2])).payload()
    let twice = one.prefix(4) + [0, 2] + one.suffix(9) + one.suffix(9)
    #expect(RedactionPayload(payload: Array(twice)) == nil)
  }

  @Test func aReasonIsACode() throws {
    for reason in ["", " ", "a b", "ä", "a\n", "a/b", String(repeating: "x", count: 65)] {
      #expect(!RedactionPayload.isReason(reason), "\(reason)")
    }
    #expect(RedactionPayload.isReason(String(repeating: "x", count: 64)))
  }

  @Test func aMarkerIsReadOnlyAsItWasWritten() throws {
    let logID = try #require(LogID([UInt8](1...16)))
    let marker = RedactionMarker(logID: logID, entry: 12)
    let bytes = Array(marker.text.utf8)
    #expect(RedactionMarker(bytes) == marker && bytes.count < RedactionMarker.byteCountMax)
    #expect(
      RedactionMarker(Array(RedactionMarker(logID: logID, entry: EntryIndex(.max)).text.utf8))
        != nil)
    for place in bytes.indices {
      #expect(RedactionMarker(Array(bytes[..<place])) == nil)
      for bit in 0..<8 {
        var changed = bytes
        changed[place] ^= 1 << bit
        if let other = RedactionMarker(changed) { #expect(Array(other.text.utf8) == changed) }
      }
    }
  }
}
