import Testing
import Traceability

@Suite("Links encoding")
struct LinksTests {
  static func sample() throws -> Links {
    var links = Links(
      content: Digest32(words: (1, 2, 3, UInt64.max)), kind: .transformation, action: .none,
      time: EventTime(microseconds: 1_782_907_509_250_000, offsetMinutes: -330, precision: .instant)
    )
    links.eventID = "urn:uuid:1"
    links.bizStep = "commissioning"
    links.disposition = "active"
    links.readPoint = try Identifier("urn:epc:id:sgln:9506000.12345.0")
    links.bizLocation = try Identifier("https://id.gs1.org/414/9506000123455")
    links.items = [
      ItemMention(
        item: try Identifier("urn:epc:class:lgtin:9506000.013435.A"), role: .input,
        isClassLevel: true,
        quantity: Quantity(value: DecimalNumber(mantissa: 125, exponent: -1), unit: "KGM")),
      ItemMention(
        item: try Identifier("urn:epc:id:sgtin:9506000.013435.7"), role: .output,
        lot: try Identifier("urn:epc:class:lgtin:9506000.013435.A")),
    ]
    links.sources = [
      TypedReference(
        type: "owning_party", identifier: try Identifier("urn:epc:id:pgln:9506000.12345"))
    ]
    links.destinations = links.sources
    links.bizTransactions = [
      TypedReference(type: "desadv", identifier: try Identifier("urn:epcglobal:cbv:bt:1:2"))
    ]
    links.transformationID = "batch 7"
    links.lotNumber = "L7"
    links.references = [try Identifier("(00)195060002345678901")]
    links.errorDeclaration = ErrorDeclaration(
      time: EventTime(microseconds: 0, offsetMinutes: nil, precision: .day),
      reason: "incorrect_data",
      correctiveEventIDs: ["urn:uuid:2", "urn:uuid:3"])
    return links
  }

  @Test("What was encoded is read back")
  func roundTrip() throws {
    let links = try Self.sample()
    #expect(try Links(decoding: links.encoded) == links)
    let bare = Links(
      content: Digest32(words: (0, 0, 0, 0)), kind: .object, action: .add,
      time: EventTime(microseconds: -5, offsetMinutes: 0, precision: .instant))
    #expect(try Links(decoding: bare.encoded) == bare)
  }

  @Test("Whatever decodes encodes to the same bytes: the encoding is injective")
  func injective() throws {
    let links = try Self.sample()
    let bytes = links.encoded
    var buffer = LinksBuffer()
    var refused = 0
    for position in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[position] ^= 1 << bit
        let isTaken = changed.withUnsafeBytes { (try? buffer.decode($0)) != nil }
        #expect(changed.withUnsafeBytes { LinksBuffer.isWellFormed($0) } == isTaken)
        guard isTaken else {
          refused += 1
          continue
        }
        var again: [UInt8] = []
        buffer.encode(into: &again)
        #expect(again == changed, "byte \(position) bit \(bit)")
      }
    }
    #expect(refused > 0)
    for length in bytes.indices {
      #expect(throws: LinksError.self) { try Links(decoding: bytes[..<length]) }
    }
    #expect(throws: LinksError.self) { try Links(decoding: bytes + [0]) }
  }

  /// What does not decode must not be called well-formed, and the other way round.
  @Test("Validation takes what decoding takes, and complains in the same words")
  func validation() throws {
    var random = SeededGenerator(seed: 11)
    var buffer = LinksBuffer()
    let honest = try Self.sample().encoded
    // What integers, lengths, codes and flags turn on.
    let telling: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 16, 0x7F, 0x80, 0x81, 0xFF]
    var taken = 0
    for round in 0..<20_000 {
      var bytes = honest
      for _ in 0..<round % 4 {
        let place = Int.random(in: bytes.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(telling.randomElement(using: &random) ?? 0, at: place)
        case 2: bytes.remove(at: place)
        default: bytes[place] = telling.randomElement(using: &random) ?? 0
        }
      }
      bytes.withUnsafeBytes { raw in
        let decoding = Self.error { () throws(LinksError) in try buffer.decode(raw) }
        let validating = Self.error { () throws(LinksError) in try LinksBuffer.validate(raw) }
        #expect(decoding == validating)
        #expect(LinksBuffer.isWellFormed(raw) == (decoding == nil))
        if decoding == nil { taken += 1 }
      }
    }
    #expect(taken > 5_000 && taken < 15_000)
    #expect(!LinksBuffer.isWellFormed(UnsafeRawBufferPointer(start: nil, count: 0)))
    for length in honest.indices {
      honest[..<length].withUnsafeBytes { #expect(!LinksBuffer.isWellFormed($0)) }
    }
  }

  private static func error(_ body: () throws(LinksError) -> Void) -> LinksError? {
    do {
      try body()
      return nil
    } catch {
      return error
    }
  }

  @Test("Moving a character between neighbouring fields changes the encoding")
  func neighbours() throws {
    var first = try Self.sample()
    var second = first
    first.bizStep = "lot1"
    first.disposition = "23"
    second.bizStep = "lot12"
    second.disposition = "3"
    #expect(first.encoded != second.encoded)
  }

  @Test("Master data is read back, and damage never traps")
  func captureLinks() throws {
    var capture = CaptureLinks()
    capture.submitter = "dairy"
    capture.masterData = [
      MasterDataRecord(
        vocabulary: "Location", identifier: try Identifier("urn:epc:id:sgln:9506000.12345.0"),
        attributes: [.init(name: "urn:epcglobal:cbv:mda#name", value: "Silo yard")])
    ]
    let bytes = capture.encoded
    let decoded = try bytes.withUnsafeBytes { raw throws(LinksError) in
      try CaptureLinks(decoding: raw)
    }
    #expect(decoded == capture)
    #expect(decoded.masterData.first?.displayName == "Silo yard")
    for position in bytes.indices {
      var changed = bytes
      changed[position] = ~changed[position]
      _ = changed.withUnsafeBytes { raw in try? CaptureLinks(decoding: raw) }
      let isTaken = bytes[..<position].withUnsafeBytes { (try? CaptureLinks(decoding: $0)) != nil }
      #expect(!isTaken)
    }
  }
}

@Suite("Exact quantities")
struct QuantityTests {
  @Test(
    "JSON numbers are read exactly",
    arguments: [
      ("1000.0", 1, Int16(3), "1000"), ("0.10", 1, -1, "0.1"), ("-12.5e2", -125, 1, "-1250"),
      ("0", 0, 0, "0"), ("0.000", 0, 0, "0"), ("1E3", 1, 3, "1000"), ("0.0001", 1, -4, "0.0001"),
      ("100200.300", 1_002_003, -1, "100200.3"), ("1e300", 1, 300, "1e300"),
    ])
  func exact(text: String, mantissa: Int64, exponent: Int16, shown: String) throws {
    let bytes = Array(text.utf8)
    let value = bytes.withUnsafeBufferPointer { DecimalNumber(json: $0) }
    #expect(value == DecimalNumber(mantissa: mantissa, exponent: exponent))
    #expect(value?.text == shown)
  }

  @Test(
    "What is no exact number is refused",
    arguments: ["", "-", "1x", "1e", "1e99999", "1234567890123456789", "1.2.3", "e5", "--1"])
  func refused(text: String) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBufferPointer { DecimalNumber(json: $0) } == nil)
  }
}
