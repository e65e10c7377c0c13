import Testing
import TransparencyLog

/// Parsers get honest texts with seeded damage. None may trap, and what is accepted is spelt in
/// the one way that the writer spells it, so that no two files mean the same.
@Suite("Damaged texts")
struct ParserFuzzTests {
  static let roundCount = 6000

  /// SplitMix64, so that every run damages alike.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
      return mixed ^ mixed >> 31
    }
  }

  static let tokens: [[UInt8]] = [
    [10], [10, 10], [32], [0], [0xff], [0x80], Array("=".utf8), Array("+".utf8), Array("A".utf8),
    Array("\u{2014} ".utf8), Array("0".utf8), Array("99999999999999999999".utf8),
    Array("extra ".utf8), Array("index ".utf8), Array("x001/".utf8), Array(".p/".utf8), [13, 10],
    Array("/".utf8), Array("\u{a0}".utf8),
  ]

  static func damage(_ bytes: [UInt8], with generator: inout Seeded) -> [UInt8] {
    var damaged = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: 0...damaged.count, using: &generator)
      let end = min(damaged.count, place + Int.random(in: 0...40, using: &generator))
      switch Int.random(in: 0..<6, using: &generator) {
      case 0 where place < damaged.count:
        damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1:
        damaged.insert(contentsOf: tokens.randomElement(using: &generator) ?? [], at: place)
      case 2:
        damaged.removeSubrange(place..<end)
      case 3:
        damaged.insert(contentsOf: damaged[place..<end], at: place)
      case 4:
        damaged.removeSubrange(place...)
      default:
        damaged.replaceSubrange(
          place..<min(end, place + 1), with: tokens.randomElement(using: &generator) ?? [])
      }
    }
    return damaged
  }

  static func proof() throws -> TransparencyProof {
    let origin = try #require(CheckpointOrigin("example.com/log"))
    let log = try NoteVerificationTests.signer("example.com/log", seed: 1)
    let checkpoint = try log.sign(Checkpoint(origin: origin, size: 9, root: .emptyTree))
    return TransparencyProof(
      extra: [1, 2, 3, 4], index: 8, hashes: [.zero, .emptyTree], checkpoint: checkpoint)
  }

  @Test("notes, checkpoints and proof files", arguments: [1, 2, 3] as [UInt64])
  func notes(seed: UInt64) throws {
    var generator = Seeded(state: seed)
    let proof = try Self.proof().encoded
    let note = try Self.proof().checkpoint.note.encoded
    let text = try Self.proof().checkpoint.note.textBytes
    var accepted = 0
    for _ in 0..<(Self.roundCount / 3) {
      let damagedProof = Self.damage(proof, with: &generator)
      if let read = try? TransparencyProof(parsing: damagedProof) {
        #expect(read.encoded == damagedProof)
        accepted += 1
      }
      let damagedNote = Self.damage(note, with: &generator)
      if let read = try? SignedNote(parsing: damagedNote) {
        #expect(read.encoded == damagedNote)
        accepted += 1
      }
      let damagedText = Self.damage(text, with: &generator)
      if let read = try? Checkpoint(parsing: damagedText) {
        #expect(read.textBytes == damagedText)
        accepted += 1
      }
    }
    // The damage is not so great that nothing is ever read.
    #expect(accepted > Self.roundCount / 100)
  }

  @Test("verifier keys, tile paths and entry bundles")
  func others() throws {
    var generator = Seeded(state: 4)
    let bundle = try EntryBundle.encode([[1, 2, 3], [], [UInt8](repeating: 9, count: 300), [4]])
    for _ in 0..<Self.roundCount {
      let key = Self.damage(Array(NoteTests.vkey.utf8), with: &generator)
      let keyText = String(decoding: key, as: UTF8.self)
      if let read = try? VerifierKey(parsing: keyText) {
        #expect(read.description.lowercased() == keyText.lowercased())
      }
      let path = Self.damage(Array("tile/3/x001/x234/067.p/5".utf8), with: &generator)
      let pathText = String(decoding: path, as: UTF8.self)
      if let read = try? TileCoordinate(path: pathText) { #expect(read.path == pathText) }
      let damaged = Self.damage(bundle, with: &generator)
      if let entries = try? EntryBundle.entries(damaged, width: 4) {
        #expect(try EntryBundle.encode(entries) == damaged)
      }
      let pem = Self.damage(Array(Ed25519Tests.plainPEM.utf8), with: &generator)
      _ = try? Ed25519PrivateKey.read(pem: pem)
    }
  }
}
