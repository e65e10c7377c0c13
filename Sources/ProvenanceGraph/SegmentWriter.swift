#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file of sections under a temporary name and puts it in place when it is whole and synced.
struct SegmentWriter: ~Copyable {
  private let descriptor: Int32
  private let path: String
  private let temporaryPath: String
  private var end = SegmentFile.headerSize
  private var sections: [SegmentFile.Section] = []
  private var isFinished = false

  init(path: String) throws(GraphSegmentError) {
    self.path = path
    temporaryPath = path + ".new"
    descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 {
      throw GraphSegmentError(.system(errno), path: temporaryPath, detail: "cannot be created")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if !isFinished { unlink(temporaryPath) }
  }

  /// Appends a section.
  mutating func append(
    _ kind: SegmentFile.Kind, _ bytes: UnsafeRawBufferPointer
  ) throws(GraphSegmentError) {
    let alignment = SegmentFile.alignment
    end = (end + alignment - 1) / alignment * alignment
    try write(bytes, at: end)
    sections.append(
      SegmentFile.Section(
        kind: kind.rawValue, bytes: end..<end + bytes.count, checksum: SectionChecksum.of(bytes)))
    end += bytes.count
  }

  /// Appends a section from typed memory.
  mutating func append<Element: BitwiseCopyable>(
    _ kind: SegmentFile.Kind, _ start: UnsafePointer<Element>, count: Int
  ) throws(GraphSegmentError) {
    try append(kind, UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count)))
  }

  /// Appends a section from an array.
  mutating func append(
    _ kind: SegmentFile.Kind, _ numbers: [UInt32]
  ) throws(GraphSegmentError) {
    let buffer = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: max(1, numbers.count))
    defer { buffer.deallocate() }
    _ = buffer.initialize(from: numbers)
    try append(kind, UnsafePointer(buffer.baseAddress.unsafelyUnwrapped), count: numbers.count)
  }

  /// Writes the header, syncs the file, gives it its name and syncs the directory.
  mutating func finish(_ header: SegmentFile.Header) throws(GraphSegmentError) {
    var header = header
    header.sections = sections
    do {
      try header.encoded().withUnsafeBytes { try write($0, at: 0) }
    } catch let error as GraphSegmentError {
      throw error
    } catch {
      throw GraphSegmentError(.unsuitable, path: path, detail: "\(error)")
    }
    guard ftruncate(descriptor, off_t(end)) == 0, fsync(descriptor) == 0,
      rename(temporaryPath, path) == 0
    else {
      throw GraphSegmentError(.system(errno), path: path, detail: "cannot be put in place")
    }
    isFinished = true
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let parent = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_CLOEXEC)
    if parent >= 0 {
      fsync(parent)
      close(parent)
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, at place: Int
  ) throws(GraphSegmentError) {
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written,
        off_t(place + written))
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw GraphSegmentError(.system(errno), path: temporaryPath, detail: "cannot be written")
      }
      written += count
    }
  }
}
