public import TransparencyLog

/// One frame in memory, which is reused for the next: a scan of any length holds one frame.
///
/// Not `Sendable`: each thread loads its own. Every accessor is safe on any bytes once
/// ``isReadable`` is true; whether the bytes are right is what ``problems(after:with:)`` tells.
public final class Frame {
  /// What the header says.
  public private(set) var header: FrameHeader
  /// Where the frame stands.
  public private(set) var position: LogPosition
  /// How much of the frame was loaded.
  public private(set) var extent = FrameExtent.entries
  /// Whether the lengths in the directory add up to those in the header, so that every part of
  /// every record lies within the frame.
  public private(set) var isReadable = false
  /// Whether entries and directory agree with their checksum.
  public private(set) var isTableIntact = false

  private var memory: UnsafeMutableRawBufferPointer
  /// The bytes loaded: up to the end of the directory, of the links, or of the padding.
  private var loaded = UnsafeRawBufferPointer(start: nil, count: 0)
  private var layout: FrameLayout
  /// Where the links and the payload of each record begin, with the end of the last.
  private var linksStarts: [UInt32] = []
  private var payloadStarts: [UInt32] = []

  /// An empty frame to load into.
  public init() {
    memory = .allocate(byteCount: 64 << 10, alignment: 16)
    header = .empty
    position = LogPosition(segment: 0, offset: 0)
    layout = header.layout
  }

  deinit { memory.deallocate() }

  /// The number of records that can be read: none when the frame is not readable.
  public var count: Int { isReadable ? header.entryCount : 0 }

  /// Loads a frame whose header was found at a position.
  ///
  /// - Parameter withPayloads: whether to read the payloads too; an index needs only links.
  /// - Throws: ``LedgerError/Kind/inputOutput`` when the disk fails, and
  ///   ``LedgerError/Kind/corrupt`` when the file ends before the frame does.
  package func load(
    _ header: FrameHeader, at position: LogPosition, of file: any DiskFile, withPayloads: Bool
  ) throws(LedgerError) {
    try load(header, at: position, of: file, extent: withPayloads ? .payloads : .links)
  }

  /// Loads a frame whose header was found at a position, as far as is needed of it.
  package func load(
    _ header: FrameHeader, at position: LogPosition, of file: any DiskFile, extent: FrameExtent
  ) throws(LedgerError) {
    isReadable = false
    isTableIntact = false
    self.header = header
    self.position = position
    self.extent = extent
    layout = header.layout
    let count =
      switch extent {
      case .entries: layout.salts
      case .links: layout.payloads
      case .payloads: layout.paddedEnd
      }
    reserve(count)
    let target = UnsafeMutableRawBufferPointer(rebasing: memory[0..<count])
    let read: Int
    do {
      read = try file.readFully(into: target, at: position.offset)
    } catch {
      throw LedgerError(error, while: "read a frame")
    }
    guard read == count else {
      throw .corrupt("the file ends within a frame", at: position.location())
    }
    loaded = UnsafeRawBufferPointer(target)
    indexDirectory()
  }

  private func reserve(_ count: Int) {
    guard memory.count < count else { return }
    memory.deallocate()
    memory = .allocate(byteCount: max(count, 64 << 10), alignment: 16)
  }

  private func indexDirectory() {
    let entryCount = header.entryCount
    linksStarts.removeAll(keepingCapacity: true)
    payloadStarts.removeAll(keepingCapacity: true)
    linksStarts.reserveCapacity(entryCount + 1)
    payloadStarts.reserveCapacity(entryCount + 1)
    var links = layout.links
    var payloads = layout.payloads
    for record in 0..<entryCount {
      linksStarts.append(UInt32(truncatingIfNeeded: links))
      payloadStarts.append(UInt32(truncatingIfNeeded: payloads))
      let place = layout.directory + record * FrameLayout.directoryByteCount
      payloads += Int(loaded.bigEndian(at: place, as: UInt32.self))
      links += Int(loaded.bigEndian(at: place + 4, as: UInt32.self))
      guard links <= layout.payloads, payloads <= layout.end else { return }
    }
    linksStarts.append(UInt32(truncatingIfNeeded: links))
    payloadStarts.append(UInt32(truncatingIfNeeded: payloads))
    isReadable = links == layout.payloads && payloads == layout.end
    let table = loaded.part(layout.entries, layout.salts - layout.entries)
    isTableIntact = CRC32C.checksum(of: table) == header.tableChecksum
  }
}

/// How much of a frame is read.
public enum FrameExtent: Hashable, Sendable {
  /// Entries and directory.
  case entries
  /// Salts and links too.
  case links
  /// Everything.
  case payloads
}

extension Frame {
  /// Whether payloads were loaded too.
  public var hasPayloads: Bool { extent == .payloads }

  /// The index in the log of a record of this frame.
  public func index(of record: Int) -> EntryIndex {
    EntryIndex(header.firstEntry.rawValue + UInt64(record))
  }

  /// Lends the 96 bytes of an entry.
  public func entryBytes<Result>(
    of record: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    precondition(record >= 0 && record < header.entryCount, "no such record in the frame")
    return body(entryBytes(record))
  }

  /// An entry; `nil` when it is malformed.
  public func entry(_ record: Int) -> Entry? {
    precondition(record >= 0 && record < header.entryCount, "no such record in the frame")
    return Entry(entryBytes(record))
  }

  /// Lends the links of a record without copying them.
  @inline(__always)
  public func links<Result, Failure: Error>(
    of record: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(linksBytes(record))
  }

  /// Lends the payload of a record without copying it; the program stops unless payloads were
  /// loaded.
  public func payload<Result, Failure: Error>(
    of record: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(hasPayloads, "the frame was loaded without payloads")
    return try body(payloadBytes(record))
  }

  /// The salt of a payload.
  public func payloadSalt(_ record: Int) -> Salt { Salt(loaded, at: saltsOffset(record)) }

  /// The salt of a record's links.
  public func linksSalt(_ record: Int) -> Salt {
    Salt(loaded, at: saltsOffset(record) + Salt.byteCount)
  }

  /// Whether a payload agrees with its checksum, is zeros as redaction leaves it, or neither.
  public func payloadState(_ record: Int) -> PartState {
    precondition(hasPayloads, "the frame was loaded without payloads")
    let salt = saltsOffset(record)
    return state(
      salt: loaded.part(salt, Salt.byteCount), part: payloadBytes(record),
      checksum: loaded.bigEndian(at: directoryOffset(record) + 8))
  }

  /// Whether links agree with their checksum, are zeros as full redaction leaves them, or neither.
  public func linksState(_ record: Int) -> PartState {
    let salt = saltsOffset(record) + Salt.byteCount
    return state(
      salt: loaded.part(salt, Salt.byteCount), part: linksBytes(record),
      checksum: loaded.bigEndian(at: directoryOffset(record) + 12))
  }

  /// The place of a record's payload in its file.
  public func payloadLocation(_ record: Int) -> LogLocation {
    location(Int(payloadStarts[record]), record)
  }

  /// The place of a record's links in its file.
  public func linksLocation(_ record: Int) -> LogLocation {
    location(Int(linksStarts[record]), record)
  }

  /// The place of an entry in its file.
  public func entryLocation(_ record: Int) -> LogLocation {
    location(layout.entries + record * Entry.byteCount, record)
  }

  /// The place of a record's salts in its file.
  package func saltsLocation(_ record: Int) -> LogLocation {
    location(saltsOffset(record), record)
  }

  /// The place of a record's line in the directory.
  package func directoryLocation(_ record: Int) -> LogLocation {
    location(directoryOffset(record), record)
  }

  /// Where in the file the parts of a record and their salts stand.
  package func places(of record: Int) -> RecordPlaces {
    let start = position.offset
    let salts = start + UInt64(saltsOffset(record))
    let linksSalt = salts + UInt64(Salt.byteCount)
    return RecordPlaces(
      payloadSalt: salts..<linksSalt, linksSalt: linksSalt..<linksSalt + UInt64(Salt.byteCount),
      payload: start + UInt64(payloadStarts[record])..<start + UInt64(payloadStarts[record + 1]),
      links: start + UInt64(linksStarts[record])..<start + UInt64(linksStarts[record + 1]))
  }

  /// The first byte of the padding that is not zero.
  package var dirtyPadding: LogLocation? {
    guard hasPayloads else { return nil }
    let padding = loaded.part(layout.end, layout.paddedEnd - layout.end)
    return padding.firstNonZero.map {
      LogLocation(file: position.file, offset: position.offset + UInt64(layout.end + $0))
    }
  }

  private func location(_ offset: Int, _ record: Int) -> LogLocation {
    LogLocation(
      file: position.file, offset: position.offset + UInt64(offset), entry: index(of: record))
  }

  private func directoryOffset(_ record: Int) -> Int {
    layout.directory + record * FrameLayout.directoryByteCount
  }

  private func saltsOffset(_ record: Int) -> Int {
    precondition(extent != .entries, "the frame was loaded without salts")
    precondition(record >= 0 && record < count, "no such record in the frame")
    return layout.salts + record * FrameLayout.saltsByteCount
  }

  @inline(__always)
  private func entryBytes(_ record: Int) -> UnsafeRawBufferPointer {
    loaded.part(layout.entries + record * Entry.byteCount, Entry.byteCount)
  }

  @inline(__always)
  private func linksBytes(_ record: Int) -> UnsafeRawBufferPointer {
    precondition(record >= 0 && record < count, "no such record in the frame")
    let start = Int(linksStarts[record])
    return loaded.part(start, Int(linksStarts[record + 1]) - start)
  }

  private func payloadBytes(_ record: Int) -> UnsafeRawBufferPointer {
    precondition(record >= 0 && record < count, "no such record in the frame")
    let start = Int(payloadStarts[record])
    return loaded.part(start, Int(payloadStarts[record + 1]) - start)
  }

  private func state(
    salt: UnsafeRawBufferPointer, part: UnsafeRawBufferPointer, checksum: UInt32
  ) -> PartState {
    var crc = CRC32C()
    crc.update(salt)
    crc.update(part)
    if crc.value == checksum { return .intact }
    return salt.isZero && part.isZero ? .erased : .damaged
  }
}

/// Where in a segment the parts of a record and their salts stand, in bytes from its start.
package struct RecordPlaces: Hashable, Sendable {
  /// The payload's salt.
  package let payloadSalt: Range<UInt64>
  /// The salt of the links.
  package let linksSalt: Range<UInt64>
  /// The payload.
  package let payload: Range<UInt64>
  /// The links.
  package let links: Range<UInt64>
}

/// What became of a payload or of links.
public enum PartState: String, Sendable {
  /// The bytes agree with their checksum.
  case intact
  /// Bytes and salt are zeros, as redaction leaves them.
  case erased
  /// Anything else.
  case damaged
}
