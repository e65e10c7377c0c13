/// The identity of a log, the first line of its checkpoints. Origins are compared byte by byte.
public struct CheckpointOrigin: Hashable, Sendable, CustomStringConvertible {
  /// The origin's UTF-8 bytes.
  public let bytes: [UInt8]

  /// An origin; `nil` when it is empty or holds a control character below U+0020. The
  /// specification recommends a URL without scheme, spaces or plus signs, but forbids nothing more.
  public init?(_ text: String) {
    self.init(utf8: text.utf8)
  }

  /// The origin of a log whose key signs under the log's own name. A key's name holds nothing that
  /// an origin may not hold.
  public init(_ name: KeyName) { bytes = name.bytes }

  /// An origin from bytes that the caller knows to be UTF-8.
  internal init?(utf8: some Collection<UInt8>) {
    guard !utf8.isEmpty, utf8.allSatisfy({ $0 >= 0x20 }) else { return nil }
    bytes = Array(utf8)
  }

  /// The origin as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The origin as text.
  public var description: String { text }
}

/// The statement a log signs: who it is, how many leaves it has, and their root (C2SP
/// tlog-checkpoint). By itself it is only a claim.
public struct Checkpoint: Hashable, Sendable {
  /// The log's identity.
  public let origin: CheckpointOrigin
  /// The number of leaves.
  public let size: TreeSize
  /// The root of the tree of so many leaves.
  public let root: Hash
  /// Lines after the third, as bytes. Nobody can audit them, and none of ours are written.
  public let extensions: [[UInt8]]

  /// A checkpoint without extension lines.
  public init(origin: CheckpointOrigin, size: TreeSize, root: Hash) {
    self.origin = origin
    self.size = size
    self.root = root
    extensions = []
  }

  /// Reads the text of a note.
  ///
  /// - Throws: ``MalformedText``.
  public init(parsing text: [UInt8]) throws(MalformedText) {
    guard String(validating: text, as: UTF8.self) != nil else {
      throw MalformedText(.checkpoint, .notUTF8)
    }
    guard text.last == UInt8(ascii: "\n") else {
      throw MalformedText(.checkpoint, .noFinalNewline)
    }
    let lines = text.dropLast().split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, let origin = CheckpointOrigin(utf8: first) else {
      throw MalformedText(.checkpoint, .badOrigin, line: 1)
    }
    guard lines.count >= 2, let size = Decimal.parse(lines[1]) else {
      throw MalformedText(.checkpoint, .badSize, line: 2)
    }
    guard lines.count >= 3, let bytes = Base64.decode(lines[2]), let root = Hash(bytes) else {
      throw MalformedText(.checkpoint, .badRoot, line: 3)
    }
    for (place, line) in lines.enumerated().dropFirst(3) {
      guard !line.isEmpty else {
        throw MalformedText(.checkpoint, .emptyExtension, line: place + 1)
      }
      guard line.allSatisfy({ $0 >= 0x20 }) else {
        throw MalformedText(.checkpoint, .controlCharacter, line: place + 1)
      }
    }
    self.origin = origin
    self.size = TreeSize(size)
    self.root = root
    extensions = lines.dropFirst(3).map { Array($0) }
  }

  /// The text to be signed, with its final newline.
  public var textBytes: [UInt8] {
    let newline = UInt8(ascii: "\n")
    var text = origin.bytes
    text.append(newline)
    text.append(contentsOf: "\(size)\n\(Base64.encode(root.bytes))\n".utf8)
    for line in extensions {
      text.append(contentsOf: line)
      text.append(newline)
    }
    return text
  }
}
