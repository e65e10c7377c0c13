import Provender

/// Verifier keys as they are given on the command line.
enum VerifierKeyText {
  private static let fileByteCountMax = 64 << 10

  /// The vkey that a text is, or that stands on the first line of a file.
  static func read(_ text: String) throws -> VerifierKey {
    do {
      return try VerifierKey(parsing: text)
    } catch let error as MalformedText {
      guard System.isReadable(text) else {
        throw Failure.usage("'\(text)' is neither a vkey nor a file that holds one: \(error)")
      }
    }
    let bytes = try Files.read(text, limit: fileByteCountMax)
    let line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first
    do {
      return try VerifierKey(parsing: String(line ?? ""))
    } catch let error as MalformedText {
      throw Failure.usage("the first line of \(text): \(error)")
    }
  }
}
