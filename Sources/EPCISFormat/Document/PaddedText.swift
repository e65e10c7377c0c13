/// Text with the bytes behind it that the parser reads beyond its end; its memory is kept.
struct PaddedText {
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0

  /// Makes room for a text of `newCount` bytes, whatever stands there.
  mutating func resize(to newCount: Int) {
    let wanted = newCount + JSONParser.padding
    if bytes.count < wanted {
      bytes.append(contentsOf: repeatElement(0, count: wanted - bytes.count))
    }
    count = newCount
    for i in newCount..<wanted { bytes[i] = 0 }
  }

  /// Copies bytes of a document to a place in the text.
  mutating func fill(
    _ position: Int, from source: any ByteSource, _ range: Range<Int>
  ) throws(ByteSourceError) {
    var caught: ByteSourceError?
    bytes.withUnsafeMutableBytes { raw in
      let part = UnsafeMutableRawBufferPointer(rebasing: raw[position..<position + range.count])
      do throws(ByteSourceError) {
        try source.read(at: range.lowerBound, into: part)
      } catch {
        caught = error
      }
    }
    if let caught { throw caught }
  }

  subscript(position: Int) -> UInt8 {
    get { bytes[position] }
    set { bytes[position] = newValue }
  }

  /// Lends the text, behind which the padding can be read.
  func withText<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[..<count])) }
  }
}
