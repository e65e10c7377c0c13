/// A part of a source in memory, moved forward chunk by chunk.
struct SourceWindow {
  private let source: any ByteSource
  private var bytes: [UInt8]
  /// Where in the document the window begins.
  private var start: Int
  private var count = 0
  /// Where in the window the next byte is.
  private var index = 0
  private let end: Int

  /// A window over `range` of a source that moves by `chunk` bytes.
  init(_ source: any ByteSource, _ range: Range<Int>, chunk: Int) {
    self.source = source
    bytes = [UInt8](repeating: 0, count: max(1, min(chunk, range.count)))
    start = range.lowerBound
    end = range.upperBound
  }

  /// Bytes of the document before the next one.
  var offset: Int { start + index }

  /// The next byte, which stays the next; nil at the end.
  mutating func peek() throws(ByteSourceError) -> UInt8? {
    if index == count, try !refill() { return nil }
    return bytes[index]
  }

  /// Passes the byte that `peek` showed.
  mutating func advance() { index += 1 }

  /// Lends the rest of the window; the body says how many bytes of it are done with. False at the
  /// end of the range.
  mutating func consume(
    _ body: (UnsafeBufferPointer<UInt8>) -> Int
  ) throws(ByteSourceError) -> Bool {
    if index == count, try !refill() { return false }
    let from = index
    let to = count
    let used = bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[from..<to])) }
    index += used
    return true
  }

  private mutating func refill() throws(ByteSourceError) -> Bool {
    start += count
    index = 0
    count = min(bytes.count, end - start)
    guard count > 0 else {
      count = 0
      return false
    }
    var caught: ByteSourceError?
    let (source, offset, wanted) = (source, start, count)
    bytes.withUnsafeMutableBytes { raw in
      do throws(ByteSourceError) {
        try source.read(at: offset, into: UnsafeMutableRawBufferPointer(rebasing: raw[..<wanted]))
      } catch {
        caught = error
      }
    }
    if let caught { throw caught }
    return true
  }
}
