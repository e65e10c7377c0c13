/// Takes lines off the front of a text; a last line without its newline is none.
internal struct LineReader {
  private static let newline = UInt8(ascii: "\n")

  /// What was not read yet.
  internal private(set) var rest: ArraySlice<UInt8>
  /// The number of lines read.
  internal private(set) var line = 0

  internal init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// The next line without its newline; `nil` at the end.
  internal mutating func next() -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: LineReader.newline) else {
      rest = []
      return nil
    }
    defer { rest = rest[(end + 1)...] }
    line += 1
    return rest[..<end]
  }

  /// What follows a word and a space on the next line; `nil` when the line is another.
  internal mutating func next(after word: String) -> ArraySlice<UInt8>? {
    guard let text = next(), text.starts(with: word.utf8) else { return nil }
    let tail = text.dropFirst(word.utf8.count)
    return tail.first == UInt8(ascii: " ") ? tail.dropFirst() : nil
  }
}
