import Testing
import Traceability

@Suite("Canonical identity")
struct IdentifierTests {
  /// URNs whose Digital Links follow from EPC TDS section 6.3 and the check digit rule.
  static let spellings: [(String, String, IdentifierKind)] = [
    (
      "urn:epc:class:lgtin:9506000.013435.AB-12", "https://id.gs1.org/01/09506000134352/10/AB-12",
      .lot
    ),
    (
      "urn:epc:id:sgtin:9506000.013435.7", "https://id.gs1.org/01/09506000134352/21/7", .serialised
    ),
    ("urn:epc:idpat:sgtin:9506000.013435.*", "https://id.gs1.org/01/09506000134352", .productClass),
    (
      "urn:epc:id:sscc:9506000.1234567890", "https://id.gs1.org/00/195060002345678901",
      .logisticUnit
    ),
    ("urn:epc:id:sgln:9506000.12345.0", "https://id.gs1.org/414/9506000123455", .site),
    ("urn:epc:id:sgln:9506000.12345.A7", "https://id.gs1.org/414/9506000123455/254/A7", .site),
    ("urn:epc:id:pgln:9506000.12345", "https://id.gs1.org/417/9506000123455", .party),
    (
      "urn:epc:id:grai:9506000.12345.88", "https://id.gs1.org/8003/0950600012345588",
      .returnableAsset
    ),
    (
      "urn:epc:id:giai:9506000.TANK%2F4", "https://id.gs1.org/8004/9506000TANK%2F4",
      .individualAsset
    ),
    ("(01)09506000134352(10)AB-12", "https://id.gs1.org/01/09506000134352/10/AB-12", .lot),
    (
      "(17)260131(01)09506000134352(10)A(B)", "https://id.gs1.org/01/09506000134352/10/A%28B%29",
      .lot
    ),
    ("(00)195060002345678901", "https://id.gs1.org/00/195060002345678901", .logisticUnit),
    (
      "https://brand.example/p/gtin/9506000134352/lot/ab%2f1?17=260131#x",
      "https://id.gs1.org/01/09506000134352/10/ab%2F1", .lot
    ),
    (
      "http://id.example.org/01/09506000134352/22/V2/10/L1",
      "https://id.gs1.org/01/09506000134352/10/L1", .lot
    ),
    (
      "https://id.gs1.org/414/9506000123455/254/0", "https://id.gs1.org/414/9506000123455", .site
    ),
    ("https://example.org/01/2024", "https://example.org/01/2024", .other),
    ("https://example.org/archive/01/20240115", "https://example.org/archive/01/20240115", .other),
    (
      "urn:gdst:example.org:product:lot:class:X.1", "urn:gdst:example.org:product:lot:class:X.1",
      .other
    ),
    // Real documents carry serial references of a wrong length: kept as spelled, still a unit.
    ("urn:epc:id:sscc:08600031303.0004", "urn:epc:id:sscc:08600031303.0004", .logisticUnit),
    (
      "urn:epc:id:itip:9506000.013435.01.02.9",
      "https://id.gs1.org/8006/095060001343520102/21/9", .serialised
    ),
  ]

  @Test("Every spelling of a key has one canonical form", arguments: spellings)
  func canonical(spelling: String, uri: String, kind: IdentifierKind) throws {
    let identifier = try Identifier(spelling)
    #expect(identifier.uri == uri)
    #expect(identifier.kind == kind)
    #expect(try Identifier(uri) == identifier, "canonical forms are their own")
  }

  @Test("A key with a wrong check digit, length or character is refused with the reason")
  func malformed() {
    let cases: [(String, String)] = [
      ("https://id.gs1.org/01/09506000134353/10/A", "check digit: 2 would be right"),
      ("(00)195060002345678902", "check digit"),
      ("https://id.gs1.org/01/0950600013435/10/A", "check digit"),
      ("https://id.gs1.org/01/095060001343/10/A", "check digit"),
      ("https://id.gs1.org/01/09506/10/A", "takes 14 digits"),
      ("https://id.gs1.org/unknown/1", "no GS1 Digital Link"),
      ("https://id.gs1.org/01/09506000134352/10/123456789012345678901", "1 to 20"),
      ("AB-12", "is no URI"), ("", "empty"), ("urn:x:a b", "space"),
      ("(01", "application identifier"),
      ("(10)AB", "no GS1 key"),
    ]
    for (text, reason) in cases {
      do {
        let taken = try Identifier(text)
        Issue.record("\(text) was taken as \(taken)")
      } catch {
        #expect(error.description.contains(reason), "\(text): \(error)")
      }
    }
  }

  @Test("A serial with its lot is one serialised item, and the lot comes along")
  func lotAndSerial() throws {
    var canonicaliser = IdentifierCanonicaliser()
    let text = Array("https://id.gs1.org/01/09506000134352/10/L1/21/S9".utf8)
    let kind = try text.withUnsafeBufferPointer { bytes throws(IdentifierError) in
      try canonicaliser.canonicalise(bytes)
    }
    #expect(kind == .serialised)
    #expect(canonicaliser.output == Array("https://id.gs1.org/01/09506000134352/21/S9".utf8))
    #expect(canonicaliser.lot == Array("https://id.gs1.org/01/09506000134352/10/L1".utf8))
  }

  @Test("Unicode forms of a lot code are not merged")
  func unicode() throws {
    let composed = Identifier(canonical: "urn:x:caf\u{E9}", kind: .other)
    let decomposed = Identifier(canonical: "urn:x:cafe\u{301}", kind: .other)
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
  }

  @Test("No bytes make the canonicaliser trap")
  func robustness() {
    var random = SeededGenerator(seed: 5)
    let seeds = Self.spellings.map { Array($0.0.utf8) }
    var canonicaliser = IdentifierCanonicaliser()
    var taken = 0
    for round in 0..<20_000 {
      var bytes = seeds[round % seeds.count]
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
          bytes[Int.random(in: bytes.indices, using: &random)] = .random(
            in: 0...255, using: &random)
        case 1: bytes.remove(at: Int.random(in: bytes.indices, using: &random))
        default: bytes.insert(.random(in: 32...126, using: &random), at: 0)
        }
      }
      bytes.withUnsafeBufferPointer { text in
        if (try? canonicaliser.canonicalise(text)) != nil { taken += 1 }
      }
    }
    #expect(taken > 0)
  }
}

/// SplitMix64: the same sequence everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
