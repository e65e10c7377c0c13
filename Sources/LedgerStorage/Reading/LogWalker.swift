import TransparencyLog

/// A frame that was met on a walk: its header is sound, its body was not looked at.
public struct FrameSighting: Hashable, Sendable {
  /// Where the frame stands.
  public var position: LogPosition
  /// What its header says.
  public var header: FrameHeader
  /// Whether what stands before the frame could not be read, so that nothing is known of the
  /// entry before.
  public var followsGap: Bool
}

/// What a walk over the log meets.
public enum LogStep: Hashable, Sendable {
  /// A segment with a sound header.
  case segment(SegmentHeader)
  /// A frame with a sound header.
  case frame(FrameSighting)
  /// Something that is not as it must be; the walk goes on after it.
  case problem(LogProblem)
}

/// How the log ends.
public struct LogEnd: Hashable, Sendable {
  /// The end of the last frame with a sound header, or of the last segment's header.
  public var position: LogPosition
  /// The zeros that follow, which is the room a writer prepared.
  public var zeroByteCount: UInt64 = 0
  /// Bytes at the end of the last segment that are neither a frame nor zeros: torn if they lie
  /// above what was committed, else damaged.
  public var unreadable: LogProblem?
}

/// A walk over every frame header of the log, or from a position on, through any damage: after
/// unreadable bytes it goes on at the next sound header.
///
/// It reads headers only, in bounded memory, and takes time linear in the files' size at worst.
public final class LogWalker {
  /// How the log ends; known when ``next()`` has returned `nil`.
  public private(set) var end: LogEnd

  private let disk: any Disk
  private let logID: LogID
  private let segments: [EntryIndex]
  private var segmentPlace: Int
  private var file: (any DiskFile)?
  private var fileSize: UInt64 = 0
  private var window = HeaderWindow()
  private var offset: UInt64
  private var pending: [LogStep] = []
  private var expected: Expectation
  private var followsGap = false

  /// What the next frame or segment must say, as far as it is known.
  private struct Expectation {
    var frame: UInt64?
    var entry: EntryIndex?
    var leaf: Hash?
    var segmentNumber: UInt64?
  }

  /// Walks the whole log.
  public init(_ disk: any Disk, logID: LogID) throws(LedgerError) {
    let files = try LogFiles(disk)
    self.disk = disk
    self.logID = logID
    segments = files.segments
    segmentPlace = 0
    offset = 0
    expected = Expectation(frame: 0, entry: 0, leaf: .zero, segmentNumber: 0)
    end = LogEnd(position: LogPosition(segment: files.segments.first ?? 0, offset: 0))
    for name in files.strays {
      let message = "the file does not belong to the log"
      let place = LogLocation(file: "\(LedgerPaths.log)/\(name)")
      pending.append(.problem(LogProblem(.strayFile, at: place, message)))
    }
    if segments.first != 0 {
      let place = LogLocation(file: LedgerPaths.segment(0))
      pending.append(.problem(LogProblem(.missingSegment, at: place, "the segment is missing")))
    }
  }

  /// Walks what lies above what was committed.
  public init(_ disk: any Disk, after committed: Committed) throws(LedgerError) {
    let files = try LogFiles(disk)
    self.disk = disk
    logID = committed.logID
    segments = files.segments.filter { $0 >= committed.end.segment }
    segmentPlace = 0
    offset = committed.end.offset
    expected = Expectation(
      frame: committed.nextFrame, entry: EntryIndex(committed.size.rawValue),
      leaf: committed.lastLeaf)
    end = LogEnd(position: committed.end)
    guard segments.first == committed.end.segment else {
      throw .corrupt(
        "the segment that \(LedgerPaths.committed) names is missing",
        at: LogLocation(file: committed.end.file))
    }
  }

  /// The next thing met; `nil` at the end of the log.
  public func next() throws(LedgerError) -> LogStep? {
    while true {
      if !pending.isEmpty { return pending.removeFirst() }
      do throws(DiskError) {
        if file == nil {
          guard segmentPlace < segments.count else { return nil }
          try openSegment()
        } else if offset >= fileSize {
          closeSegment()
        } else {
          try step()
        }
      } catch {
        throw LedgerError(error, while: "walk the log")
      }
    }
  }

  private var segment: EntryIndex { segments[segmentPlace] }
  private var isLastSegment: Bool { segmentPlace == segments.count - 1 }
  private var place: LogPosition { LogPosition(segment: segment, offset: offset) }

  private func closeSegment() {
    file = nil
    segmentPlace += 1
    offset = 0
  }

  private func report(_ kind: LogProblem.Kind, at offset: UInt64, _ message: String) {
    pending.append(.problem(problem(kind, at: offset, message)))
  }

  private func problem(
    _ kind: LogProblem.Kind, at offset: UInt64, _ message: String
  ) -> LogProblem {
    let place = LogLocation(
      file: LedgerPaths.segment(segment), offset: offset, entry: expected.entry)
    return LogProblem(kind, at: place, message)
  }

  // MARK: Segments

  private func openSegment() throws(DiskError) {
    let opened = try disk.open(LedgerPaths.segment(segment), .read)
    fileSize = try opened.size()
    file = opened
    window.clear()
    // A walk from the middle of a segment: its header was taken in before.
    guard offset == 0 else { return }
    let bytes = try opened.bytes(at: 0, count: SegmentHeader.byteCount)
    offset = UInt64(SegmentHeader.byteCount)
    guard let header = bytes.withUnsafeBytes({ SegmentHeader($0) }), header.logID == logID else {
      return try meetUnreadableHeader()
    }
    if let fault = fault(of: header) { report(.segmentHeader, at: 0, fault) }
    if fault(of: header) == nil { followsGap = false }
    pending.append(.segment(header))
    expected.frame = header.firstFrame
    expected.entry = header.firstEntry
    expected.leaf = header.previousLeaf
    expected.segmentNumber = header.number &+ 1
    end = LogEnd(position: place)
  }

  private func fault(of header: SegmentHeader) -> String? {
    if header.firstEntry != segment {
      return "the segment's header names entry \(header.firstEntry) as its first"
    }
    if let entry = expected.entry, entry != header.firstEntry {
      return "the segment begins with entry \(header.firstEntry) where \(entry) was expected"
    }
    if let frame = expected.frame, frame != header.firstFrame {
      return "the segment begins with frame \(header.firstFrame) where \(frame) was expected"
    }
    if let number = expected.segmentNumber, number != header.number {
      return "the segment has number \(header.number) where \(number) was expected"
    }
    if let leaf = expected.leaf, leaf != header.previousLeaf {
      return "the segment follows hash \(header.previousLeaf), the last entry has \(leaf)"
    }
    return nil
  }

  private func meetUnreadableHeader() throws(DiskError) {
    let fault = problem(.segmentHeader, at: 0, "the segment's header is unreadable")
    // The very next frame may stand right behind the damaged header.
    expected.frame = expected.frame.flatMap { $0 == 0 ? nil : $0 - 1 }
    let found = try search(from: offset)
    if found.header == nil && isLastSegment {
      end.unreadable = fault
      return closeSegment()
    }
    pending.append(.problem(fault))
    expected = Expectation(entry: segment)
    followsGap = true
    guard let next = found.header else { return closeSegment() }
    offset = next
  }

  // MARK: Frames

  private func step() throws(DiskError) {
    guard let file else { return }
    guard let header = try window.header(of: file, at: offset), header.logID == logID else {
      return try meetUnreadableFrame()
    }
    let length = UInt64(header.layout.paddedEnd)
    guard length <= fileSize - offset else {
      let message = "the frame is \(length) bytes long, the file ends after \(fileSize - offset)"
      return try skip(problem(.frameCutShort, at: offset, message))
    }
    checkOrder(header)
    pending.append(
      .frame(FrameSighting(position: place, header: header, followsGap: followsGap)))
    followsGap = false
    expected.frame = header.number + 1
    expected.entry = header.endEntry
    expected.leaf = header.lastLeaf
    offset += length
    end = LogEnd(position: place)
  }

  private func checkOrder(_ header: FrameHeader) {
    if let number = expected.frame, number != header.number {
      report(.frameOrder, at: offset, "frame \(header.number) stands where \(number) should")
      followsGap = true
    } else if let entry = expected.entry, entry != header.firstEntry {
      let first = header.firstEntry
      report(.frameOrder, at: offset, "the frame begins with entry \(first), not \(entry)")
      followsGap = true
    }
  }

  private func meetUnreadableFrame() throws(DiskError) {
    let found = try search(from: offset)
    guard found.isAllZero else {
      return try skip(problem(.frameHeader, at: offset, "no frame begins here"))
    }
    if isLastSegment {
      end.zeroByteCount = fileSize - offset
    } else {
      report(.padding, at: offset, "zeros follow the last frame of a sealed segment")
    }
    closeSegment()
  }

  /// Goes on at the next sound header, or leaves the segment.
  private func skip(_ fault: LogProblem) throws(DiskError) {
    let found = try search(from: offset + UInt64(FrameHeader.alignment))
    if found.header == nil && isLastSegment {
      end.unreadable = fault
      return closeSegment()
    }
    pending.append(.problem(fault))
    expected.entry = nil
    expected.leaf = nil
    followsGap = true
    guard let next = found.header else {
      expected.frame = nil
      return closeSegment()
    }
    // A gap in the numbers is the same fault, not another.
    expected.frame = nil
    offset = next
  }

  /// Looks for a sound header with a number above that of the frame expected here, and whether
  /// anything but zeros stands in the rest of the segment.
  private func search(from start: UInt64) throws(DiskError) -> (header: UInt64?, isAllZero: Bool) {
    guard let file, start < fileSize else { return (nil, true) }
    let chunkByteCount = 128 * FrameHeader.alignment
    var isAllZero = true
    var chunkStart = start
    while chunkStart < fileSize {
      let chunk = try file.bytes(at: chunkStart, count: chunkByteCount)
      if chunk.isEmpty { break }
      let found = chunk.withUnsafeBytes { bytes -> Int? in
        if bytes.isZero { return nil }
        isAllZero = false
        return firstHeader(in: bytes)
      }
      if let found { return (chunkStart + UInt64(found), false) }
      chunkStart += UInt64(chunk.count)
    }
    return (nil, isAllZero)
  }

  private func firstHeader(in chunk: UnsafeRawBufferPointer) -> Int? {
    var place = 0
    while place + FrameHeader.byteCount <= chunk.count {
      if chunk.bigEndian(at: place, as: UInt64.self) == FrameHeader.magic,
        let header = FrameHeader(chunk.part(place, FrameHeader.byteCount)), header.logID == logID,
        header.number > expected.frame ?? 0 || expected.frame == nil
      {
        return place
      }
      place += FrameHeader.alignment
    }
    return nil
  }
}
