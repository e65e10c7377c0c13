import ProvenanceGraph

/// Writes the sections of a sealed index one after another, so that none needs to be in memory whole,
/// and then what covers them: see ``SealedSections``.
final class SectionWriter {
  private let sink: (UnsafeRawBufferPointer) throws -> Void
  private var sums = PageSums(checksum: SealedSections.checksum)
  private let buffer: UnsafeMutableRawPointer
  private var filled = 0
  private var offset = 0
  private var rows: [Row] = []

  private static let bufferSize = 1 << 18

  /// A line of the table of sections.
  private struct Row {
    var id: SectionID
    var width: Int
    var start: Int
    var count: Int
  }

  init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
    self.sink = sink
    buffer = .allocate(byteCount: Self.bufferSize + 8, alignment: 64)
  }

  deinit { buffer.deallocate() }

  // MARK: Sections

  /// A section of bytes that are put in by `body`.
  func section(_ id: SectionID, width: Int = 0, _ body: () throws -> Void) throws {
    let start = offset
    try body()
    rows.append(Row(id: id, width: width, start: start, count: offset - start))
    while offset % 64 != 0 { try put(0, width: 1) }
  }

  /// A section of rows as they are.
  func section<Row: BitwiseCopyable>(_ id: SectionID, _ values: [Row]) throws {
    try section(id) { try values.withUnsafeBytes(put) }
  }

  /// A section of rows as they are.
  func section<Row>(_ id: SectionID, _ column: Column<Row>) throws {
    try section(id) { try column.withBytes(put) }
  }

  /// A section of numbers in as few bytes each as the largest needs.
  func numbers(
    _ id: SectionID, _ indices: Range<Int>, upTo largest: Int, _ number: (Int) -> Int
  ) throws {
    let width = PackedColumn.width(upTo: UInt64(max(0, largest)))
    try section(id, width: width) {
      var index = indices.lowerBound
      while index < indices.upperBound {
        try flush()
        let end = min(indices.upperBound, index + Self.bufferSize / width)
        var place = buffer
        for index in index..<end {
          place.storeBytes(
            of: UInt64(truncatingIfNeeded: number(index)).littleEndian, as: UInt64.self)
          place += width
        }
        filled = (end - index) * width
        offset += filled
        index = end
      }
    }
  }

  func numbers(_ id: SectionID, _ values: [UInt32]) throws {
    try numbers(id, values.indices, upTo: Int(values.max() ?? 0)) { Int(values[$0]) }
  }

  func numbers(_ id: SectionID, _ values: Column<UInt32>) throws {
    var largest: UInt32 = 0
    for index in values.indices { largest = max(largest, values[index]) }
    try numbers(id, values.indices, upTo: Int(largest)) { Int(values[$0]) }
  }

  /// Names with their starts.
  func names(_ heap: SectionID, _ starts: SectionID, _ table: KeyTable) throws {
    try section(heap, table.heap)
    try numbers(starts, table.starts.indices, upTo: table.heap.count) { Int(table.starts[$0]) }
  }

  // MARK: Bytes

  @inline(__always)
  func put(_ number: Int, width: Int) throws {
    if filled > Self.bufferSize - 8 { try flush() }
    (buffer + filled).storeBytes(
      of: UInt64(truncatingIfNeeded: number).littleEndian, as: UInt64.self)
    filled &+= width
    offset &+= width
  }

  func put(_ bytes: UnsafeRawBufferPointer) throws {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    offset += bytes.count
    guard bytes.count > Self.bufferSize - filled else {
      (buffer + filled).copyMemory(from: base, byteCount: bytes.count)
      filled += bytes.count
      return
    }
    try flush()
    sums.update(bytes)
    try sink(bytes)
  }

  private func flush() throws {
    guard filled > 0 else { return }
    let bytes = UnsafeRawBufferPointer(start: buffer, count: filled)
    sums.update(bytes)
    try sink(bytes)
    filled = 0
  }

  /// Writes checksums and trailer.
  func finish(binding: IndexBinding, seed: UInt64) throws {
    typealias Trailer = SealedSections.Trailer
    let origin = Array(binding.origin.utf8)
    guard origin.count <= FactFile.originByteCountMax, binding.root.count == 32 else {
      throw IndexError("the origin or the root has a wrong length")
    }
    try flush()
    let top = try sums.finish(to: sink)
    var trailer = [UInt8](repeating: 0, count: SealedSections.trailerBytes)
    func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
      withUnsafeBytes(of: value.littleEndian) {
        trailer.replaceSubrange(offset..<offset + $0.count, with: $0)
      }
    }
    trailer.replaceSubrange(0..<8, with: SealedSections.magic)
    put(SealedSections.version, at: Trailer.version)
    put(UInt32(rows.count), at: Trailer.sectionCount)
    put(binding.size, at: Trailer.size)
    trailer.replaceSubrange(Trailer.root..<Trailer.root + 32, with: binding.root)
    put(seed, at: Trailer.seed)
    put(UInt64(sums.sums.count * CheckedRegion.pageByteCount), at: Trailer.dataEnd)
    put(UInt64(top.count / 4), at: Trailer.topCount)
    put(top.withUnsafeBytes { SealedSections.checksum($0) }, at: Trailer.topChecksum)
    put(UInt32(origin.count), at: Trailer.originCount)
    trailer.replaceSubrange(Trailer.origin..<Trailer.origin + origin.count, with: origin)
    for (number, row) in rows.enumerated() {
      let at = Trailer.table + number * 24
      put(row.id.rawValue, at: at)
      put(UInt32(row.width), at: at + 4)
      put(UInt64(row.start), at: at + 8)
      put(UInt64(row.count), at: at + 16)
    }
    let sum = trailer.withUnsafeBytes {
      SealedSections.checksum(UnsafeRawBufferPointer(rebasing: $0[..<Trailer.checksum]))
    }
    put(sum, at: Trailer.checksum)
    try trailer.withUnsafeBytes(sink)
  }
}

extension PageSums {
  /// Writes what follows the data: zeros to the end of the page, the checksums of the pages, and the
  /// checksums of the pages of checksums.
  /// - Returns: the last of these, four bytes each, for the trailer to cover.
  mutating func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) throws -> [UInt8] {
    let padding = padding
    try padding.withUnsafeBytes {
      update($0)
      try sink($0)
    }
    let (pages, tops) = sealed()
    try pages.withUnsafeBytes(sink)
    let top = tops.flatMap { sum in withUnsafeBytes(of: sum.littleEndian) { [UInt8]($0) } }
    try top.withUnsafeBytes(sink)
    return top
  }
}
