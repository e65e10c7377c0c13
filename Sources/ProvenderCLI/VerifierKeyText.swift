import Provender

/// Verifier keys as they are given on the command line.
enum VerifierKeyText {
  private static let fileByteCountMax = 64 << 10

  /// A vkey that signs for a log.
  static func log(_ text: String) throws -> VerifierKey {
    let key = try read(text)
    guard key.type != .cosignature else {
      throw Failure.usage("\(key) is a witness's key; give the vkey of the log")
    }
    return key
  }

  /// A vkey that cosigns.
  static func witness(_ text: String) throws -> VerifierKey {
    let key = try read(text)
    guard key.type == .cosignature else {
      throw Failure.usage("\(key) is no witness's key; `provender witness --vkey` prints one")
    }
    return key
  }

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
