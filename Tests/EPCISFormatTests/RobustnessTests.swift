import CSimdJSON
import Foundation
import Testing
import Traceability

@testable import EPCISFormat

/// A generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("Robustness")
struct RobustnessTests {
  /// A small document of each form.
  private static let seeds: [[UInt8]] = {
    let events = [
      Sample.object(
        #""ilmd":{"cbvmda:lotNumber":"A","x":[1,{"y":-1.5e3}]},"readPoint":{"id":"urn:x:1"}"#),
      Sample.aggregation("ADD", #""parentID":"\#(Sample.unit)","childEPCs":["urn:x:\u00e9"]"#),
      Sample.object(
        #""quantityList":[{"epcClass":"\#(Sample.lot)","quantity":1.5,"uom":"KGM"}],"#
          + #""sensorElementList":[{"sensorReport":[{"type":"Temperature","value":4}]}],"#
          + #""errorDeclaration":{"declarationTime":"2026-01-01T00:00:00Z"}"#),
    ]
    let header =
      #"{"epcisMasterData":{"vocabularyList":[{"type":"Party","vocabularyElementList":["#
      + #"{"id":"urn:x:1","attributes":[{"id":"name","attribute":"N"}]}]}]}}"#
    return [
      Sample.document(list: events.joined(separator: ",\n"), header: header),
      "[\(events.joined(separator: " , "))]", events.joined(separator: "\n"), events[2],
    ].map { Array($0.utf8) }
  }()

  private static let interesting: [[UInt8]] =
    [
      "{", "}", "[", "]", "\"", "\\", ",", ":", "\n", "\u{0}", "null", "1e309", "-", "\\u0000",
      "\\ud800",
      "[[[[", "{\"a\":", "\"\"", "0", "9999999999", "T", "Z", "+15:00", "urn:",
      "https://id.gs1.org/",
    ].map { Array($0.utf8) } + [[0xFF], [0xEF, 0xBB, 0xBF], [0xC3]]

  private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      let end = min(bytes.count, at + Int.random(in: 1...20, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.removeSubrange(at..<end)
      case 2: bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
      case 3: bytes.insert(contentsOf: Self.interesting.randomElement(using: &random) ?? [], at: at)
      case 4: bytes.removeSubrange(at...)
      default:
        let other = Int.random(in: 0..<bytes.count, using: &random)
        bytes.swapAt(at, other)
      }
    }
    return bytes
  }

  /// Reads a document if it can be read; what it gives must hold together.
  private func check(_ bytes: [UInt8], _ limits: EPCISLimits) throws -> Bool {
    let reader: EPCISReader
    do {
      reader = try EPCISReader(MemoryByteSource(bytes), limits: limits)
    } catch let refusal as EPCISRefusal {
      #expect(refusal.errors.allSatisfy { $0.position.offset <= bytes.count })
      return false
    }
    var isSound = true
    do {
      try reader.forEachBatch { batch in
        isSound = isSound && batch.refusals.isEmpty
        for event in batch.events {
          let place = event.offset..<event.offset + event.payload.count
          #expect(batch.payload(event).elementsEqual(bytes[place]))
          _ = try batch.decodedLinks(event)
        }
      }
    } catch let refusal as EPCISRefusal {
      #expect(refusal.errors.allSatisfy { $0.position.offset <= bytes.count })
      return false
    }
    return isSound
  }

  @Test("Documents with random damage are read or refused, and JSON is as Foundation has it")
  func mutations() throws {
    var random = SeededGenerator(seed: 20_261_122)
    var sound = 0
    for round in 0..<4000 {
      let bytes = mutate(Self.seeds[round % Self.seeds.count], &random)
      var limits = EPCISLimits()
      limits.chunkBytes = 1 << Int.random(in: 0...12, using: &random)
      limits.batchBytes = 1 << Int.random(in: 0...10, using: &random)
      guard try check(bytes, limits), round % Self.seeds.count != 2 else { continue }
      sound += 1
      let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text)) }
    }
    #expect(sound > 20)
  }

  @Test(
    "Published documents with random damage are read or refused",
    .enabled(if: !Vectors.documents.isEmpty, "no shared/vectors here"))
  func mutatedVectors() throws {
    var random = SeededGenerator(seed: 7)
    for name in Vectors.documents {
      let bytes = try Vectors.bytes(name)
      for _ in 0..<(bytes.count > 20_000 ? 12 : 40) {
        _ = try check(mutate(bytes, &random), EPCISLimits())
      }
    }
  }

  @Test("Every document cut off anywhere is refused, but for JSON Lines and white space")
  func cutOff() throws {
    for (index, bytes) in Self.seeds.enumerated() where index != 2 {
      for count in 0..<bytes.count {
        #expect(try !errors(Array(bytes[..<count])).isEmpty, "\(index) cut at \(count)")
      }
    }
  }

  @Test("The checker that explains agrees with the parser that decides")
  func checkerAgrees() throws {
    let parser = try #require(JSONParser(depth: 64))
    var random = SeededGenerator(seed: 99)
    var verdicts = [0, 0]
    let corpus = (JSONStrictnessTests.taken + JSONStrictnessTests.refused).map { Array($0.utf8) }
    for round in 0..<6000 {
      let base = round % 2 == 0 ? Self.seeds[3] : corpus[round / 2 % corpus.count]
      let bytes = round < 2 * corpus.count ? base : mutate(base, &random)
      guard !bytes.isEmpty else { continue }
      var text = PaddedText()
      text.resize(to: bytes.count)
      for (position, byte) in bytes.enumerated() { text[position] = byte }
      text.withText { bytes in
        var checker = StrictJSONChecker(bytes, depthLimit: 64)
        let isJSON = (try? checker.check()) != nil
        var isParsed = false
        if case .parsed = parser.parse(bytes) { isParsed = true }
        #expect(isJSON == isParsed, "\(String(decoding: bytes, as: UTF8.self))")
        verdicts[isJSON ? 1 : 0] += 1
      }
    }
    #expect(verdicts.allSatisfy { $0 > 100 })
  }

  @Test("The quick scan for brackets finds what a plain one finds, for any cut into pieces")
  func skip() {
    var random = SeededGenerator(seed: 3)
    let alphabet = Array(#"{}[]"\\\ax:, "#.utf8)
    for _ in 0..<3000 {
      let count = Int.random(in: 1...200, using: &random)
      let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0x20 }
      let text = [UInt8(ascii: "[")] + bytes
      let expected = Self.plainSkip(text)
      var scan = provender_json_scan()
      var position = 0
      var found: Int?
      while position < text.count, found == nil {
        let piece = min(Int.random(in: 1...100, using: &random), text.count - position)
        let part = Array(text[position..<position + piece])
        let used = provender_json_skip(&scan, 0, part, part.count)
        position += used
        if scan.depth == 0 { found = position }
      }
      #expect(found == expected, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  /// Escapes matter to quotes only, wherever they stand.
  private static func plainSkip(_ text: [UInt8]) -> Int? {
    var depth = 0
    var inString = false
    var isEscaped = false
    for (index, byte) in text.enumerated() {
      defer { isEscaped = byte == UInt8(ascii: "\\") && !isEscaped }
      if byte == UInt8(ascii: "\""), !isEscaped { inString.toggle() }
      if inString { continue }
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
      if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
      if depth == 0 { return index + 1 }
    }
    return nil
  }

  @Test("The quick way to identifiers gives what the canonicaliser gives")
  func identifiers() throws {
    var random = SeededGenerator(seed: 11)
    var reader = IdentifierReader()
    defer { reader.deallocate() }
    var canonicaliser = IdentifierCanonicaliser()
    let bases = [
      Sample.lot, Sample.unit, "https://id.gs1.org/01/09506000134352/21/7",
      "https://id.gs1.org/01/09506000134352", "https://id.gs1.org/414/9506000134352",
      "https://id.gs1.org/417/9506000134352", "urn:epc:class:lgtin:9506000.013435.A", "urn:x:1",
      "urn:epc:id:sgtin:950600.0013435.7-x", "urn:epc:id:sscc:9506000.0123456789",
      "urn:epc:id:sgln:4012345.00011.987", "urn:epc:id:sgln:401234500011..0",
      "urn:epc:id:pgln:4012345.00000", "urn:epc:class:lgtin:950600001343.05.A",
      "https://id.gs1.org/01/09506000134352/10/A%2f",
      "https://dl.example/gtin/09506000134352/lot/A",
    ].map { Array($0.utf8) }
    for round in 0..<16_000 {
      let base = bases[round % bases.count]
      let bytes = round < 40 ? base : mutate(base, &random)
      bytes.withUnsafeBufferPointer { text in
        let expected = try? canonicaliser.canonicalise(text)
        let result = try? reader.read(text)
        #expect(result?.kind == expected)
        guard let result, expected != nil else { return }
        #expect(Array(result.uri) == canonicaliser.output)
        #expect(Array(result.lot) == canonicaliser.lot)
      }
    }
  }
}
