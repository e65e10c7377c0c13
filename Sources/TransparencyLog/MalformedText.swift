/// Text from outside that does not follow its format. Nothing of it was used.
public struct MalformedText: Error, Hashable, Sendable {
  /// The format that was expected.
  public enum Format: String, Sendable {
    /// The path of a tile or entry bundle (C2SP tlog-tiles).
    case tilePath = "tile path"
    /// A verifier key (C2SP signed-note).
    case verifierKey = "verifier key"
    /// A signed note (C2SP signed-note).
    case signedNote = "signed note"
    /// A checkpoint's text (C2SP tlog-checkpoint).
    case checkpoint = "checkpoint"
    /// A proof file (C2SP tlog-proof).
    case proof = "tlog-proof"
    /// What a log sends to a witness (C2SP tlog-witness).
    case addCheckpoint = "add-checkpoint request"
    /// What a witness answers (C2SP tlog-witness).
    case witnessReply = "witness's answer"
    /// Two checkpoints of one log that cannot both be honest.
    case fork = "fork evidence"
  }

  /// What does not follow the format.
  public enum Fault: String, Sendable {
    /// The path is neither `tile/<level>/…` nor `tile/entries/…`.
    case badPath = "is not of the form tile/<level>/<index> or tile/entries/<index>"
    /// The level is not a plain number up to 63.
    case badLevel = "has a level that is not a plain number from 0 to 63"
    /// The index is not spelt in padded groups of three digits, or is beyond 64 bits.
    case badIndex = "has an index that is not in groups of three digits, such as x001/234/067"
    /// The width of a partial tile is not a plain number from 1 to 255.
    case badWidth = "has a partial width that is not a plain number from 1 to 255"
    /// The text is larger than any honest one.
    case tooLarge = "is larger than the limit"
    /// The bytes are not UTF-8.
    case notUTF8 = "is not valid UTF-8"
    /// There is a control character that is not a newline.
    case controlCharacter = "holds a control character"
    /// No blank line separates text and signatures.
    case noBlankLine = "has no blank line before its signatures"
    /// Nothing follows the last blank line.
    case noSignature = "has no signature"
    /// The last line is cut off.
    case noFinalNewline = "does not end with a newline"
    /// A signature line is not dash, name, base64, each separated by one space.
    case badSignatureLine = "has a signature line that is not an em dash, a name and base64"
    /// There are more signatures than are accepted.
    case tooManySignatures = "has more signatures than the limit of 100"
    /// A name is empty, or holds a space or a plus sign.
    case badName = "has a name that is empty or holds a space, a plus sign or a control character"
    /// Base64 is not in its one canonical spelling, or has the wrong length.
    case badBase64 = "has base64 that is not canonical or of the wrong length"
    /// The parts of a verifier key are not separated by two plus signs.
    case badKeyParts = "is not of the form name+keyID+base64"
    /// The key ID is not eight hexadecimal digits.
    case badKeyID = "has a key ID that is not eight hexadecimal digits"
    /// The key ID is not that of the name and key.
    case keyIDMismatch = "has a key ID that does not belong to its name and key: it was mistyped"
    /// The signature type is not one this code can verify.
    case unsupportedSignatureType =
      "is of a signature type that is not supported: use Ed25519 (1) or cosignature/v1 (4)"
    /// The origin line is empty.
    case badOrigin = "has no origin line"
    /// The size is not a plain decimal number.
    case badSize = "has a tree size that is not a plain decimal number"
    /// The root hash is not base64 of 32 bytes.
    case badRoot = "has a root hash that is not canonical base64 of 32 bytes"
    /// An extension line is empty.
    case emptyExtension = "has an empty line"
    /// The first line does not name the format.
    case badHeader = "does not begin with its format's name"
    /// The extra data are not canonical base64 of at least one byte.
    case badExtra = "has an extra line that is not canonical base64 of at least one byte"
    /// The index line is missing or not a plain number.
    case badLeafIndex = "has no index line with a plain decimal number"
    /// A line is not the base64 of a hash.
    case badHash = "has a line that is not canonical base64 of a 32-byte hash"
    /// There are more hashes than any tree needs.
    case tooManyHashes = "has more hashes than the limit of 64"
    /// The first line does not give the older tree's size.
    case badOldSize = "does not begin with the word old and a plain decimal number"
    /// There are more hashes than a request may have.
    case tooManyProofLines = "has more hashes than the limit of 63"
    /// The status is none that the protocol has.
    case badStatus = "has a status that the protocol does not have"
    /// A signed note is not in base64 where one should be.
    case badNote = "has no line with a signed note in canonical base64"
    /// The two checkpoints are of different logs, or the larger one comes first.
    case unrelatedNotes = "has two notes that are not an older and a newer one of the same log"
    /// The hashes belong to no proof between the two sizes.
    case badProof = "has hashes that are no proof between its two sizes"
  }

  /// The format that was expected.
  public let format: Format
  /// What does not follow the format.
  public let fault: Fault
  /// The line, counted from 1; 0 where the whole text is meant.
  public let line: Int

  internal init(_ format: Format, _ fault: Fault, line: Int = 0) {
    self.format = format
    self.fault = fault
    self.line = line
  }
}

extension MalformedText: CustomStringConvertible {
  /// The fault in a sentence. It repeats nothing of the text, which may be hostile.
  public var description: String {
    let place = line > 0 ? " (line \(line))" : ""
    return "the \(format.rawValue) \(fault.rawValue)\(place); "
      + "get the original from whoever issued it"
  }
}
