/// A text and signatures under it, well-formed but not verified (C2SP signed-note).
public struct SignedNote: Hashable, Sendable {
  /// The most signatures a note may carry; the specification asks for at least 16.
  public static let signatureCountMax = 100
  /// The most bytes a note may have: a hundred of the largest signatures known, and the text.
  public static let byteCountMax = 1 << 20

  /// A signature line.
  public struct Signature: Hashable, Sendable {
    /// The name of the key that is said to have signed.
    public let name: KeyName
    /// The number of that key.
    public let id: KeyID
    /// What follows the key ID: for Ed25519 its 64 bytes, for a cosignature a time before them.
    public let bytes: [UInt8]

    internal init(name: KeyName, id: KeyID, bytes: [UInt8]) {
      self.name = name
      self.id = id
      self.bytes = bytes
    }

    /// The line with its newline.
    public var line: String {
      "\(SignedNote.dash)\(name) \(Base64.encode(id.bytes + bytes))\n"
    }
  }

  private static let dash = "\u{2014} "
  private static let newline = UInt8(ascii: "\n")

  /// The bytes that are signed: the text with its final newline, without the blank line.
  public let textBytes: [UInt8]
  /// The signatures, in the order of the note.
  public let signatures: [Signature]

  internal init(textBytes: [UInt8], signatures: [Signature]) {
    self.textBytes = textBytes
    self.signatures = signatures
  }

  /// The text. Ignore it unless ``verify(with:)`` succeeds.
  public var text: String { String(decoding: textBytes, as: UTF8.self) }

  /// The note's bytes. For a note that was read, they are the bytes it was read from.
  public var encoded: [UInt8] {
    textBytes + "\n".utf8 + signatures.flatMap { $0.line.utf8 }
  }

  /// Reads a note.
  ///
  /// - Throws: ``MalformedText``, for anything that departs from the specification.
  /// - Complexity: O(n) in the bytes given, at most ``byteCountMax``.
  public init(parsing bytes: [UInt8]) throws(MalformedText) {
    guard bytes.count <= SignedNote.byteCountMax else {
      throw MalformedText(.signedNote, .tooLarge)
    }
    try SignedNote.checkCharacters(bytes)
    // The last blank line separates: earlier ones belong to the text.
    guard
      let blank = bytes.indices.dropLast().last(where: {
        bytes[$0] == SignedNote.newline && bytes[$0 + 1] == SignedNote.newline
      })
    else { throw MalformedText(.signedNote, .noBlankLine) }
    textBytes = Array(bytes[...blank])
    var rest = bytes[(blank + 2)...]
    guard let last = rest.last else { throw MalformedText(.signedNote, .noSignature) }
    guard last == SignedNote.newline else { throw MalformedText(.signedNote, .noFinalNewline) }
    rest.removeLast()
    let firstLine = textBytes.count(where: { $0 == SignedNote.newline }) + 2
    signatures = try SignedNote.signatures(rest, at: firstLine, of: .signedNote)
  }

  /// Reads signature lines, of which the last one's newline was taken off.
  internal static func signatures(
    _ text: ArraySlice<UInt8>, at firstLine: Int, of format: MalformedText.Format
  ) throws(MalformedText) -> [Signature] {
    let lines = text.split(
      separator: SignedNote.newline, maxSplits: SignedNote.signatureCountMax,
      omittingEmptySubsequences: false)
    guard lines.count <= SignedNote.signatureCountMax else {
      throw MalformedText(format, .tooManySignatures, line: firstLine)
    }
    var signatures: [Signature] = []
    for (place, line) in lines.enumerated() {
      signatures.append(try SignedNote.signature(line, at: firstLine + place, of: format))
    }
    return signatures
  }

  internal static func checkCharacters(
    _ bytes: [UInt8], of format: MalformedText.Format = .signedNote
  ) throws(MalformedText) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw MalformedText(format, .notUTF8)
    }
    guard bytes.allSatisfy({ $0 >= 0x20 || $0 == newline }) else {
      throw MalformedText(format, .controlCharacter)
    }
  }

  private static func signature(
    _ line: ArraySlice<UInt8>, at number: Int, of format: MalformedText.Format
  ) throws(MalformedText) -> Signature {
    guard line.starts(with: dash.utf8) else {
      throw MalformedText(format, .badSignatureLine, line: number)
    }
    let parts = line.dropFirst(dash.utf8.count).split(
      separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw MalformedText(format, .badSignatureLine, line: number)
    }
    guard let name = KeyName(String(decoding: parts[0], as: UTF8.self)) else {
      throw MalformedText(format, .badName, line: number)
    }
    guard let blob = Base64.decode(parts[1]), blob.count > 4 else {
      throw MalformedText(format, .badBase64, line: number)
    }
    let id = blob.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    return Signature(
      name: name, id: KeyID(rawValue: id), bytes: Array(blob.dropFirst(4)))
  }
}
