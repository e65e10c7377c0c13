import Foundation
import Testing
import TransparencyLog

@Suite("Verification of notes")
struct NoteVerificationTests {
  let first: NoteSigner
  let second: NoteSigner

  init() throws {
    first = try Self.signer("first.example", seed: 1)
    second = try Self.signer("second.example", seed: 2)
  }

  static func signer(_ name: String, seed: UInt8) throws -> NoteSigner {
    try NoteSigner(
      name: try #require(KeyName(name)),
      key: try Ed25519PrivateKey(seed: [UInt8](repeating: seed, count: 32)))
  }

  @Test("unknown keys are ignored, even if they share a name or an ID")
  func unknownKeys() throws {
    let note = try first.sign(text: "a\n").adding(second.sign(text: "a\n").signatures)
    let verified = try note.verify(with: [second.verifierKey]).get()
    #expect(verified.verified.map(\.key) == [second.verifierKey])
    #expect(verified.unverified.map(\.name.text) == ["first.example"])
    #expect(note.verify(with: []) == .failure(.noKnownSignature))
    let namesake = try Self.signer("first.example", seed: 3)
    #expect(note.verify(with: [namesake.verifierKey]) == .failure(.noKnownSignature))
  }

  @Test("a wrong signature by a known key rejects the note, whoever else signed")
  func wrongSignature() throws {
    let other = try first.sign(text: "b\n").signatures
    let note = try second.sign(text: "a\n").adding(other)
    let key = first.verifierKey
    #expect(
      note.verify(with: [second.verifierKey, key]) == .failure(.badSignature(key.name, key.id)))
    #expect(throws: Never.self) { try note.verify(with: [second.verifierKey]).get() }
  }

  /// The specification says that a signature by a known key must be verified, and makes no
  /// exception for a second one; sumdb/note passes over it.
  @Test("a second signature by a known key is checked too")
  func repeatedSignature() throws {
    let good = try first.sign(text: "a\n")
    let bad = try #require(try first.sign(text: "b\n").signatures.first)
    let text = String(decoding: good.encoded, as: UTF8.self)
    let line = "\u{2014} \(bad.name) " + Base64.encode(bad.id.bytes + bad.bytes) + "\n"
    let key = first.verifierKey
    let both = try SignedNote(parsing: Array((text + line).utf8))
    #expect(both.signatures.count == 2)
    #expect(both.verify(with: [key]) == .failure(.badSignature(key.name, key.id)))
  }

  @Test("one of two keys with the same name and ID cannot be chosen, unless neither is used")
  func ambiguous() throws {
    let note = try first.sign(text: "a\n")
    let key = first.verifierKey
    let twice = [key, second.verifierKey, key]
    #expect(note.verify(with: twice) == .failure(.ambiguousKey(key.name, key.id)))
    #expect(throws: Never.self) { try second.sign(text: "a\n").verify(with: twice).get() }
  }

  @Test("names that only look alike are different names")
  func lookalikes() throws {
    let composed = try #require(KeyName("caf\u{e9}.example"))
    let decomposed = try #require(KeyName("cafe\u{301}.example"))
    #expect(composed != decomposed)
    let note = try Self.signer("caf\u{e9}.example", seed: 1).sign(text: "a\n")
    let lookalike = try Self.signer("cafe\u{301}.example", seed: 1)
    #expect(note.verify(with: [lookalike.verifierKey]) == .failure(.noKnownSignature))
    #expect(CheckpointOrigin("caf\u{e9}") != CheckpointOrigin("cafe\u{301}"))
  }

  struct NoteRow: Decodable {
    let name: String
    let noteB64: String
    let vkeys: [String]?
    let ok: Bool
    let text: String?
    let verified: [String]?
    let unverified: [String]?
  }

  private func check(_ row: NoteRow) throws {
    let bytes = try #require(Data(base64Encoded: row.noteB64))
    let keys = try (row.vkeys ?? []).map { try VerifierKey(parsing: $0) }
    let outcome = NoteTests.outcome([UInt8](bytes), keys)
    guard row.ok else {
      #expect(throws: (any Error).self, "\(row.name)") { try outcome.get() }
      return
    }
    let note = try outcome.get()
    #expect(note.text == row.text)
    #expect(note.verified.map(\.key.name.text) == row.verified)
    #expect(note.unverified.map(\.name.text) == row.unverified)
    #expect(note.note.encoded == [UInt8](bytes))
  }

  @Test("published notes", .needsVectors)
  func publishedNotes() throws {
    let rows = try Vectors.rows("notes.jsonl", as: NoteRow.self)
    #expect(rows.count == 50)
    for row in rows { try check(row) }
  }

  @Test("published cosignatures", .needsVectors)
  func publishedCosignatures() throws {
    let rows = try Vectors.rows("cosignatures.jsonl", as: NoteRow.self)
    #expect(rows.count == 12)
    for row in rows { try check(row) }
  }

  struct KeyRow: Decodable {
    let vkey: String
    let okFormats: Bool
  }

  @Test("published verifier keys", .needsVectors)
  func publishedKeys() throws {
    let rows = try Vectors.rows("vkeys.jsonl", as: KeyRow.self)
    #expect(rows.count == 40)
    for row in rows {
      let isAccepted = (try? VerifierKey(parsing: row.vkey)) != nil
      #expect(isAccepted == row.okFormats, "\(row.vkey)")
    }
  }
}
