/// Finds the line of a byte, counting on from the last answer.
struct LineCounter {
  private let source: any ByteSource
  private var offset = 0
  private var line = 1

  init(_ source: any ByteSource) { self.source = source }

  /// The line, from 1, on which the byte at `target` stands.
  ///
  /// - Complexity: O(bytes since the last answer), or from the start for an earlier byte.
  mutating func line(of target: Int) throws(ByteSourceError) -> Int {
    if target < offset {
      offset = 0
      line = 1
    }
    var window = SourceWindow(source, offset..<max(offset, target), chunk: 1 << 18)
    var found = 0
    while try window.consume({ bytes in
      for byte in bytes where byte == 0x0A { found += 1 }
      return bytes.count
    }) {}
    line += found
    offset = max(offset, target)
    return line
  }
}
