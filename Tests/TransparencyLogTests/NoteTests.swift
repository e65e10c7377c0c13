import Testing
import TransparencyLog

@Suite("Signed notes and verifier keys")
struct NoteTests {
  static let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

  let signer: NoteSigner
  let key: VerifierKey

  init() throws {
    let name = try #require(KeyName("example.com/log"))
    let secret = try Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32))
    signer = try NoteSigner(name: name, key: secret)
    key = signer.verifierKey
  }

  static func outcome(_ bytes: [UInt8], _ keys: [VerifierKey]) -> Result<VerifiedNote, any Error> {
    Result { try SignedNote(parsing: bytes).verify(with: keys).get() }
  }

  @Test("a verifier key is read and written alike; changed ones are refused")
  func verifierKey() throws {
    let peter = try VerifierKey(parsing: Self.vkey)
    #expect(peter.description == Self.vkey)
    #expect(peter.name.text == "PeterNeumann")
    #expect(peter.id.rawValue == 0xc74f_20a3)
    #expect(peter.type == .ed25519)
    let bytes = Array(Self.vkey.utf8)
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      let text = String(decoding: changed, as: UTF8.self)
      // Only the case of a hexadecimal digit makes no difference.
      if let other = try? VerifierKey(parsing: text) { #expect(other == peter, "\(text)") }
    }
    for count in 0..<bytes.count {
      #expect(throws: MalformedText.self) {
        try VerifierKey(parsing: String(decoding: bytes[..<count], as: UTF8.self))
      }
    }
  }

  @Test("verifier keys: what is refused and why")
  func verifierKeyFaults() {
    let material = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    let cases: [(String, MalformedText.Fault)] = [
      ("PeterNeumann", .badKeyParts), ("PeterNeumann+c74f20a3", .badKeyParts),
      ("+c74f20a3+\(material)", .badName), ("Peter Neumann+c74f20a3+\(material)", .badName),
      ("Peter\u{a0}N+c74f20a3+\(material)", .badName),
      ("Peter\u{2003}N+c74f20a3+\(material)", .badName),
      ("Peter\u{1}N+c74f20a3+\(material)", .badName),
      ("PeterNeumann+c74f20a+\(material)", .badKeyID),
      ("PeterNeumann+c74f20a3a+\(material)", .badKeyID),
      ("PeterNeumann+0x4f20a3+\(material)", .badKeyID),
      ("PeterNeumann+c74f20a3+\(material)\n", .badBase64),
      ("PeterNeumann+c74f20a3+\(material.dropLast(4))10T=", .badBase64),
      ("PeterNeumann+c74f20a3+", .badBase64),
      ("PeterNeumann+c74f20a3+AR==", .badBase64),
      (
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        .unsupportedSignatureType
      ),
      ("PeterNeumann+c74f20a4+\(material)", .keyIDMismatch),
      ("PeterNeumanN+c74f20a3+\(material)", .keyIDMismatch),
      (String(repeating: "n", count: 5000) + "+c74f20a3+\(material)", .tooLarge),
    ]
    for (text, fault) in cases {
      let error = #expect(throws: MalformedText.self) { try VerifierKey(parsing: text) }
      #expect(error?.fault == fault, "\(text)")
    }
  }

  @Test("signing and verifying; every flipped bit and every cut is noticed")
  func flippedBits() throws {
    let note = try signer.sign(text: "lot 1\n\nlot 2\n")
    let bytes = note.encoded
    #expect(try SignedNote(parsing: bytes) == note)
    let verified = try Self.outcome(bytes, [key]).get()
    #expect(verified.text == "lot 1\n\nlot 2\n")
    #expect(verified.verified.map(\.key) == [key])
    for bit in 0..<(bytes.count * 8) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: (any Error).self) { try Self.outcome(changed, [key]).get() }
    }
    for count in 0..<bytes.count {
      #expect(throws: (any Error).self) { try Self.outcome(Array(bytes[..<count]), [key]).get() }
    }
  }

  @Test("a text that could not be read back is not signed")
  func badTexts() {
    for text in ["", "no newline", "tab\t\n", "nul\0\n", "return\r\n"] {
      #expect(throws: MalformedText.self) { try signer.sign(text: text) }
    }
    #expect(throws: Never.self) { try signer.sign(text: "\n") }
  }

  /// The text ends at the last blank line, and its own final newline is signed.
  @Test("blank lines inside a text belong to it")
  func lastBlankLine() throws {
    for text in ["\n", "\n\n", "a\n\n", "a\n\n\u{2014} b c\n", "\n\na\n"] {
      let bytes = try signer.sign(text: text).encoded
      #expect(try SignedNote(parsing: bytes).text == text)
      #expect(try Self.outcome(bytes, [key]).get().text == text)
    }
  }

  @Test("malformed notes: what is refused and why")
  func malformed() throws {
    let text = "text\n"
    let line = try #require(
      String(decoding: signer.sign(text: text).encoded, as: UTF8.self).split(separator: "\n").last)
    let blob = try #require(line.split(separator: " ").last)
    let many = String(repeating: "\(line)\n", count: 101)
    let cases: [(String, MalformedText.Fault)] = [
      ("", .noBlankLine), ("text\n", .noBlankLine), ("text\n\(line)\n", .noBlankLine),
      ("\n\(line)\n", .noBlankLine), ("text\n\n", .noSignature),
      ("text\n\n\(line)\n\n", .noSignature), ("text\n\n\(line)", .noFinalNewline),
      ("text\r\n\n\(line)\n", .controlCharacter), ("text\n\n\(line)\r\n", .controlCharacter),
      ("te\u{0}xt\n\n\(line)\n", .controlCharacter), ("te\txt\n\n\(line)\n", .controlCharacter),
      ("text\n\n\(line)\nmore\n", .badSignatureLine),
      ("text\n\n- example.com/log \(blob)\n", .badSignatureLine),
      ("text\n\n\u{2014}example.com/log \(blob)\n", .badSignatureLine),
      ("text\n\n\u{2013} example.com/log \(blob)\n", .badSignatureLine),
      ("text\n\n \(line)\n", .badSignatureLine), ("text\n\n\u{2014} \n", .badSignatureLine),
      ("text\n\n\u{2014}  example.com/log \(blob)\n", .badName),
      ("text\n\n\u{2014} a+b \(blob)\n", .badName),
      ("text\n\n\u{2014} a\u{a0}b \(blob)\n", .badName),
      ("text\n\n\u{2014} a\u{2028}b \(blob)\n", .badName),
      ("text\n\n\u{2014} a\u{85}b \(blob)\n", .badName),
      ("text\n\n\u{2014} example.com/log  \(blob)\n", .badBase64),
      ("text\n\n\u{2014} example.com/log \(blob) \n", .badBase64),
      ("text\n\n\u{2014} example.com/log \n", .badBase64),
      ("text\n\n\u{2014} example.com/log AAAAAA==\n", .badBase64),
      ("text\n\n\u{2014} example.com/log AAAAAAB=\n", .badBase64),
      ("text\n\n\(many)", .tooManySignatures),
    ]
    for (note, fault) in cases {
      let error = #expect(throws: MalformedText.self) {
        try SignedNote(parsing: Array(note.utf8))
      }
      #expect(error?.fault == fault, "\(note)")
    }
    for bytes in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]] as [[UInt8]] {
      let error = #expect(throws: MalformedText.self) {
        try SignedNote(parsing: bytes + Array("text\n\n\(line)\n".utf8))
      }
      #expect(error?.fault == .notUTF8)
    }
    let huge = [UInt8](repeating: 10, count: SignedNote.byteCountMax + 1)
    #expect(throws: MalformedText.self) { try SignedNote(parsing: huge) }
    let hundred = "text\n\n" + String(repeating: "\(line)\n", count: 100)
    #expect(try Self.outcome(Array(hundred.utf8), [key]).get().verified.count == 1)
  }
}
