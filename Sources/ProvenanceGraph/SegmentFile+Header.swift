extension SegmentFile.Header {
  /// The header's page.
  func encoded() -> [UInt8] {
    typealias Field = SegmentFile.Field
    var page = [UInt8](repeating: 0, count: SegmentFile.headerSize)
    func put(_ value: some FixedWidthInteger, at place: Int) {
      withUnsafeBytes(of: value.littleEndian) { bytes in
        for (index, byte) in bytes.enumerated() { page[place + index] = byte }
      }
    }
    page.replaceSubrange(0..<8, with: SegmentFile.magic)
    put(SegmentFile.version, at: Field.version)
    put(flags.rawValue, at: Field.flags)
    put(UInt32(nodeCount), at: Field.nodeCount)
    put(UInt32(sections.count), at: Field.sectionCount)
    put(UInt64(edgeCount), at: Field.edgeCount)
    page.replaceSubrange(Field.binding..<Field.binding + binding.count, with: binding)
    for (index, section) in sections.enumerated() {
      let line = Field.table + index * SegmentFile.lineSize
      put(section.kind, at: line)
      put(UInt64(section.bytes.lowerBound), at: line + 8)
      put(UInt64(section.bytes.count), at: line + 16)
      put(section.checksum, at: line + 24)
    }
    let sum = page.withUnsafeBytes {
      SectionChecksum.of(UnsafeRawBufferPointer(rebasing: $0[..<Field.checksum]))
    }
    put(sum, at: Field.checksum)
    return page
  }

  /// Reads a header and checks it against the length of its file.
  init(_ file: UnsafeRawBufferPointer, path: String) throws(GraphSegmentError) {
    typealias Field = SegmentFile.Field
    guard file.count >= SegmentFile.headerSize else {
      throw GraphSegmentError(
        .notASegment, path: path, detail: "\(file.count) bytes are too few for a header")
    }
    func read<Value: FixedWidthInteger>(_ type: Value.Type, at place: Int) -> Value {
      Value(littleEndian: file.loadUnaligned(fromByteOffset: place, as: type))
    }
    guard file[0..<8].elementsEqual(SegmentFile.magic),
      read(UInt32.self, at: Field.version) == SegmentFile.version
    else {
      throw GraphSegmentError(.notASegment, path: path, detail: "unknown first bytes or version")
    }
    let sum = SectionChecksum.of(UnsafeRawBufferPointer(rebasing: file[..<Field.checksum]))
    let sectionCount = Int(read(UInt32.self, at: Field.sectionCount))
    let edges = read(UInt64.self, at: Field.edgeCount)
    guard sum == read(UInt64.self, at: Field.checksum), edges <= UInt64(UInt32.max),
      sectionCount <= SegmentFile.maximumSections
    else { throw GraphSegmentError(.damaged, path: path, detail: "the header fails its checksum") }
    var sections: [SegmentFile.Section] = []
    for index in 0..<sectionCount {
      let line = Field.table + index * SegmentFile.lineSize
      let start = read(UInt64.self, at: line + 8)
      let (end, overflow) = start.addingReportingOverflow(read(UInt64.self, at: line + 16))
      guard !overflow, start % UInt64(SegmentFile.alignment) == 0, end <= UInt64(file.count) else {
        throw GraphSegmentError(
          .damaged, path: path, detail: "section \(index) reaches beyond \(file.count) bytes")
      }
      sections.append(
        SegmentFile.Section(
          kind: read(UInt32.self, at: line), bytes: Int(start)..<Int(end),
          checksum: read(UInt64.self, at: line + 24)))
    }
    self.init(
      flags: SegmentFile.Flags(rawValue: read(UInt32.self, at: Field.flags)),
      nodeCount: Int(read(UInt32.self, at: Field.nodeCount)), edgeCount: Int(edges),
      binding: Array(file[Field.binding..<Field.binding + SegmentFile.bindingSize]),
      sections: sections, checksum: sum)
  }
}
