import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import LedgerWriter
import Testing
import TransparencyLog

/// A competitor has all published files, knows the product and the form of its events, and tries
/// every lot code there can be.
@Suite struct GuessingTests {
  private static let lotCount = 10_000
  private static let lots = [7, 42, 815, 1_234, 4_711, 9_998]

  private static func digits(_ lot: Int) -> String {
    String(String(10_000 + lot).dropFirst())
  }

  private static func payload(_ lot: Int) -> [UInt8] {
    Array(
      ("{\"type\":\"ObjectEvent\",\"action\":\"OBSERVE\",\"bizStep\":\"shipping\","
        + "\"epcList\":[\"https://id.gs1.org/01/09506000134352/10/\(digits(lot))\"]}").utf8)
  }

  private static func links(_ lot: Int) -> [UInt8] {
    Array("https://id.gs1.org/01/09506000134352/10/\(digits(lot))".utf8)
  }

  private static func ledger(_ random: LedgerRandom?) throws -> PublishedLedger {
    let ledger = try PublishedLedger(origin: "guess.example/g", random: random)
    var draft = try CaptureDraft(capture: Array("one delivery".utf8))
    for lot in lots {
      try draft.addEvent(payload: payload(lot), links: links(lot))
    }
    try draft.addReceipt(payload: lots.flatMap { payload($0) })
    _ = try ledger.writer.append(draft)
    try ledger.grow(to: 300)
    return ledger
  }

  private static func published(_ ledger: PublishedLedger) throws -> [String: [UInt8]] {
    let target = SimulatedDisk()
    try ledger.publish(to: target)
    return target.publishedFiles
  }

  /// Every 32 bytes in the files that could be a digest: those of tiles and of entries, and any
  /// that stand in checkpoint and payloads.
  private static func digests(_ files: [String: [UInt8]]) -> Set<Hash> {
    var found: Set<Hash> = []
    for (path, bytes) in files {
      let step = path.hasPrefix("tile/") && !path.hasPrefix("tile/entries") ? 32 : 1
      for start in stride(from: 0, through: bytes.count - 32, by: step) {
        if let hash = Hash(bytes[start..<start + 32]) { found.insert(hash) }
      }
    }
    return found
  }

  /// Salts that somebody might try: none, zeros, the log's number, and what stands in the files.
  private static func salts(_ ledger: PublishedLedger) throws -> [Salt] {
    let logID = ledger.writer.genesis.logID.bytes
    return try [[UInt8](repeating: 0, count: 16), logID, Array(logID.reversed())]
      .map { try #require(Salt($0)) }
  }

  /// The lots whose event leads to a digest in the files, by any of the ways to hash it.
  private static func guessed(
    _ digests: Set<Hash>, salts: [Salt], with hasher: SHA256Hasher
  ) -> Set<Int> {
    var hits: Set<Int> = []
    for lot in 0..<lotCount {
      let (payload, links) = (payload(lot), links(lot))
      var candidates = [
        hasher.hash(payload), hasher.hash(links), hasher.leafHash(payload),
        hasher.leafHash(links), hasher.hash([2] + payload), hasher.hash([3] + links),
      ]
      for salt in salts {
        let first = payload.withUnsafeBytes {
          Commitment.payloadDigest($0, salt: salt, with: hasher)
        }
        let second = links.withUnsafeBytes {
          Commitment.linksDigest($0, salt: salt, with: hasher)
        }
        candidates += [first, second, Commitment.join(first, second, with: hasher)]
      }
      if candidates.contains(where: digests.contains) { hits.insert(lot) }
    }
    return hits
  }

  @Test func noLotIsGuessedFromWhatIsPublished() throws {
    let hasher = try SHA256Hasher()
    let ledger = try Self.ledger(nil)
    let digests = Self.digests(try Self.published(ledger))
    let hits = Self.guessed(digests, salts: try Self.salts(ledger), with: hasher)
    #expect(hits.isEmpty, "\(hits)")
  }

  @Test func theSameAttackSucceedsWithoutSalts() throws {
    let hasher = try SHA256Hasher()
    let unsalted = LedgerRandom { buffer throws(CryptoError) in
      for place in buffer.indices { buffer[place] = 0 }
    }
    let ledger = try Self.ledger(unsalted)
    let digests = Self.digests(try Self.published(ledger))
    let hits = Self.guessed(digests, salts: try Self.salts(ledger), with: hasher)
    #expect(hits == Set(Self.lots))
  }

  /// Not even a few bytes of any payload, links or salt stand in the files, nor do their lengths.
  @Test func nothingOfAnEventIsInTheFiles() throws {
    let ledger = try Self.ledger(nil)
    let files = try Self.published(ledger)
    let width = 8
    var published: Set<ArraySlice<UInt8>> = []
    for bytes in files.values where bytes.count >= width {
      for start in 0...bytes.count - width { published.insert(bytes[start..<start + width]) }
    }
    #expect(published.count > 20_000)
    let reader = try ledger.reader()
    let snapshot = try reader.snapshot()
    var secretCount = 0
    for index in 0..<snapshot.size.rawValue {
      let record = try reader.record(EntryIndex(index), in: snapshot)
      if record.entry.kind.isPublic { continue }
      let secrets = [
        record.payload ?? [], record.links ?? [], record.payloadSalt.bytes, record.linksSalt.bytes,
      ]
      for secret in secrets where secret.count >= width {
        for start in 0...secret.count - width {
          let part = secret[start..<start + width]
          #expect(!published.contains(part), "entry \(index): \(Array(part))")
          secretCount += 1
        }
      }
    }
    #expect(secretCount > 10_000)
    for (path, bytes) in files where path.hasPrefix("tile/entries") {
      #expect(bytes.count % (2 + Entry.byteCount) == 0, "\(path)")
    }
  }
}
