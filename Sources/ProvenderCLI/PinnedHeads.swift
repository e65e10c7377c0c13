import Provender

/// Heads as they are given on the command line.
enum PinnedHeads {
  private static let fileLimit = 1 << 20

  /// The head `SIZE:ROOT`, or those in a file.
  static func read(_ text: String) throws -> [PinnedHead] {
    if let head = parse(text) { return [head] }
    guard System.isReadable(text) else {
      throw Failure.usage(
        "'\(text)' is neither SIZE:ROOT (a number, a colon, 64 hexadecimal digits) nor a file")
    }
    let source = try FileByteSource(path: text)
    guard source.byteCount <= fileLimit else {
      throw Failure.data(
        "\(text) has over \(fileLimit) bytes; a pin file has SIZE:ROOT on each line")
    }
    var bytes = [UInt8](repeating: 0, count: source.byteCount)
    var caught: ByteSourceError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(ByteSourceError) { try source.read(at: 0, into: buffer) } catch { caught = error }
    }
    if let caught { throw caught }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    let heads = try lines.enumerated().map { number, line in
      guard let head = parse(String(line)) else {
        throw Failure.data("\(text), line \(number + 1) is not SIZE:ROOT; correct it")
      }
      return head
    }
    guard !heads.isEmpty else { throw Failure.data("\(text) has no line; write SIZE:ROOT in it") }
    return heads
  }

  /// A signed checkpoint in a file.
  static func checkpoint(_ path: String) throws -> PinnedCheckpoint {
    let bytes = try Files.read(path, limit: SignedNote.byteCountMax)
    do throws(MalformedText) {
      return PinnedCheckpoint(name: path, checkpoint: try UnverifiedCheckpoint(parsing: bytes))
    } catch {
      throw Failure.data("\(path) is no signed checkpoint: \(error)")
    }
  }

  private static func parse(_ text: String) -> PinnedHead? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let size = UInt64(parts[0]), let root = Hash(hex: String(parts[1]))
    else { return nil }
    return PinnedHead(size: TreeSize(size), root: root)
  }
}
