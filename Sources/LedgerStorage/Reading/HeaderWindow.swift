/// Reads frames' headers one after the other. Where frames are short, a piece of the segment is
/// read at once, since a call to the system takes longer than a copy of a few headers.
internal struct HeaderWindow {
  /// Frames are short when their headers are at most this far apart.
  private static let strideMax: UInt64 = 4 << 10
  private static let byteCount = 16 << 10

  private var bytes: [UInt8] = []
  /// Where the bytes stand in the segment.
  private var start: UInt64 = 0
  private var lastOffset: UInt64?

  /// Forgets what was read, as another segment is next.
  mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    lastOffset = nil
  }

  /// The header at a place; `nil` when no sound one stands there.
  mutating func header(
    of file: any DiskFile, at offset: UInt64
  ) throws(DiskError) -> FrameHeader? {
    if !holds(offset) {
      let isShort = lastOffset.map { offset > $0 && offset - $0 <= HeaderWindow.strideMax } ?? false
      bytes = try file.bytes(
        at: offset, count: isShort ? HeaderWindow.byteCount : FrameHeader.byteCount)
      start = offset
    }
    lastOffset = offset
    guard holds(offset) else { return nil }
    return bytes.withUnsafeBytes {
      FrameHeader($0.part(Int(offset - start), FrameHeader.byteCount))
    }
  }

  private func holds(_ offset: UInt64) -> Bool {
    let needed = UInt64(FrameHeader.byteCount)
    return offset >= start && UInt64(bytes.count) >= needed
      && offset - start <= UInt64(bytes.count) - needed
  }
}
