import TransparencyLog

/// Loads the frames of a snapshot one after the other into the same memory.
///
/// Entries and links of a frame are checked against their checksums and the order of the log
/// before they are handed out; the hash chain is the auditor's to check.
public final class FrameCursor {
  /// The frame that ``next()`` loaded last.
  public let frame = Frame()
  /// The first record of the loaded frame that was asked for: 0 in all frames but the first.
  public private(set) var firstRecord = 0

  private let disk: any Disk
  private let committed: Committed
  private let extent: FrameExtent
  private var place: LogPosition?
  private var nextEntry: EntryIndex
  private var startRecord: Int
  private var file: (any DiskFile)?
  private var fileSegment: EntryIndex?

  /// A cursor at the end.
  internal init(_ disk: any Disk, _ committed: Committed) {
    self.disk = disk
    self.committed = committed
    extent = .entries
    nextEntry = 0
    startRecord = 0
  }

  internal init(
    _ disk: any Disk, _ committed: Committed, start: LogPosition, first: EntryIndex, record: Int,
    extent: FrameExtent
  ) {
    self.disk = disk
    self.committed = committed
    self.extent = extent
    place = start
    nextEntry = first
    startRecord = record
  }

  /// A cursor over what lies below a committed end, from the frame on that stands at a position
  /// and begins with an entry.
  package convenience init(
    _ disk: any Disk, upTo committed: Committed, from index: EntryIndex, at position: LogPosition,
    extent: FrameExtent
  ) {
    self.init(disk, committed, start: position, first: index, record: 0, extent: extent)
  }

  /// A cursor over what lies below a committed end, from an entry on; at the end when there is no
  /// such entry.
  package convenience init(
    _ disk: any Disk, upTo committed: Committed, from index: EntryIndex,
    extent: FrameExtent = .links
  ) throws(LedgerError) {
    guard index.rawValue < committed.size.rawValue else {
      self.init(disk, committed)
      return
    }
    guard let segment = try LogFiles(disk).segment(holding: index) else {
      throw .corrupt("the first segment is missing", at: LogLocation(file: LedgerPaths.log))
    }
    var map = try SegmentMap(disk, segment, logID: committed.logID)
    let found = try map.find(index, before: committed.end)
    self.init(
      disk, committed, start: found.position, first: found.header.firstEntry,
      record: Int(index.rawValue - found.header.firstEntry.rawValue), extent: extent)
  }

  /// Loads the next frame; returns false at the end of the snapshot.
  ///
  /// - Throws: ``LedgerError/Kind/corrupt`` with the place of the damage,
  ///   ``LedgerError/Kind/inputOutput``.
  public func next() throws(LedgerError) -> Bool {
    guard var place, nextEntry.rawValue < committed.size.rawValue else { return false }
    if fileSegment != place.segment { try open(place.segment) }
    var header = try header(at: place)
    if header == nil {
      // A segment ends where its last frame does, or in zeros while the next is being made.
      guard nextEntry > place.segment, nextEntry <= committed.end.segment else {
        throw .corrupt("no frame begins here", at: location(place))
      }
      place = LogPosition(segment: nextEntry, offset: UInt64(SegmentHeader.byteCount))
      try open(place.segment)
      header = try self.header(at: place)
    }
    guard let header, header.logID == committed.logID, header.firstEntry == nextEntry,
      header.endEntry.rawValue <= committed.size.rawValue, let file
    else {
      throw .corrupt("no frame with the next entry begins here", at: location(place))
    }
    try frame.load(header, at: place, of: file, extent: extent)
    guard frame.isReadable, frame.isTableIntact else {
      throw .corrupt(
        "entries and directory disagree with their checksum", at: location(place))
    }
    try checkParts(header, place, file)
    firstRecord = startRecord
    startRecord = 0
    nextEntry = header.endEntry
    place.offset += UInt64(header.layout.paddedEnd)
    self.place = place
    return true
  }

  private func open(_ segment: EntryIndex) throws(LedgerError) {
    do {
      file = try disk.open(LedgerPaths.segment(segment), .read)
    } catch {
      guard error.code == .notFound else { throw LedgerError(error, while: "open a segment") }
      throw .corrupt(
        "no frame with the next entry ends the segment before, and this one is missing",
        at: LogLocation(file: error.path, offset: nil, entry: nextEntry))
    }
    fileSegment = segment
  }

  /// The header at a place; `nil` at the end of the segment's frames.
  private func header(at place: LogPosition) throws(LedgerError) -> FrameHeader? {
    do {
      let bytes = try file?.bytes(at: place.offset, count: FrameHeader.byteCount) ?? []
      return bytes.withUnsafeBytes { FrameHeader($0) }
    } catch {
      throw LedgerError(error, while: "read a frame's header")
    }
  }

  private func checkParts(
    _ header: FrameHeader, _ place: LogPosition, _ file: any DiskFile
  ) throws(LedgerError) {
    var isReloaded = false
    var record = 0
    while record < frame.count {
      guard let entry = frame.entry(record), entry.index == frame.index(of: record) else {
        throw .corrupt("the entry is malformed", at: frame.entryLocation(record))
      }
      guard let damage = damage(record) else {
        record += 1
        continue
      }
      // What a redaction is just erasing is not damaged. If none is, one may have ended meanwhile.
      let parts = try LedgerReader(disk).partsBeingErased(of: entry.index)
      if parts == .payloadAndLinks || (parts == .payload && !damage.isOfLinks) {
        record += 1
        continue
      }
      guard !isReloaded else { throw damage.error }
      isReloaded = true
      try frame.load(header, at: place, of: file, extent: extent)
    }
  }

  private func damage(_ record: Int) -> (isOfLinks: Bool, error: LedgerError)? {
    if extent != .entries && frame.linksState(record) == .damaged {
      return (true, .corrupt("the links are damaged", at: frame.linksLocation(record)))
    }
    if extent == .payloads && frame.payloadState(record) == .damaged {
      return (false, .corrupt("the payload is damaged", at: frame.payloadLocation(record)))
    }
    return nil
  }

  private func location(_ place: LogPosition) -> LogLocation {
    place.location(entry: nextEntry)
  }
}
