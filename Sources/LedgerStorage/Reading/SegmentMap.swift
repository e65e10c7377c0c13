import TransparencyLog

/// A frame and the file it stands in.
internal struct FoundFrame: Sendable {
  let file: any DiskFile
  let position: LogPosition
  let header: FrameHeader
}

/// Where the frames of a segment stand, learnt from their headers as far as was asked.
internal struct SegmentMap: Sendable {
  private let file: any DiskFile
  private let segment: EntryIndex
  private let logID: LogID
  private var firstEntries: [UInt64] = []
  private var offsets: [UInt64] = []
  private var nextEntry: UInt64
  private var nextOffset = UInt64(SegmentHeader.byteCount)

  init(_ disk: any Disk, _ segment: EntryIndex, logID: LogID) throws(LedgerError) {
    file = try disk.openFile(LedgerPaths.segment(segment), .read, while: "open a segment")
    self.segment = segment
    self.logID = logID
    nextEntry = segment.rawValue
  }

  /// The frame that holds an entry.
  mutating func find(
    _ index: EntryIndex, before end: LogPosition
  ) throws(LedgerError) -> FoundFrame {
    while nextEntry <= index.rawValue { try extend(before: end) }
    var low = 0
    var high = firstEntries.count
    while low < high {
      let middle = (low + high) / 2
      if firstEntries[middle] <= index.rawValue { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { throw damaged(at: 0, index) }
    let offset = offsets[low - 1]
    let header = try header(at: offset, index)
    guard header.firstEntry <= index, index < header.endEntry else {
      throw damaged(at: offset, index)
    }
    let position = LogPosition(segment: segment, offset: offset)
    return FoundFrame(file: file, position: position, header: header)
  }

  private mutating func extend(before end: LogPosition) throws(LedgerError) {
    let index = EntryIndex(nextEntry)
    guard LogPosition(segment: segment, offset: nextOffset) < end else {
      throw damaged(at: nextOffset, index)
    }
    let header = try header(at: nextOffset, index)
    guard header.firstEntry == index else { throw damaged(at: nextOffset, index) }
    firstEntries.append(nextEntry)
    offsets.append(nextOffset)
    nextEntry = header.endEntry.rawValue
    nextOffset += UInt64(header.layout.paddedEnd)
  }

  private func header(
    at offset: UInt64, _ index: EntryIndex
  ) throws(LedgerError) -> FrameHeader {
    do {
      let bytes = try file.bytes(at: offset, count: FrameHeader.byteCount)
      if let header = bytes.withUnsafeBytes({ FrameHeader($0) }), header.logID == logID {
        return header
      }
    } catch {
      throw LedgerError(error, while: "read a frame's header")
    }
    throw damaged(at: offset, index)
  }

  private func damaged(at offset: UInt64, _ index: EntryIndex) -> LedgerError {
    let place = LogLocation(file: LedgerPaths.segment(segment), offset: offset, entry: index)
    return .corrupt("no frame with this entry begins here", at: place)
  }
}

/// Reads one record out of a frame without reading the whole frame.
internal struct RecordReader {
  private let found: FoundFrame
  private let index: EntryIndex
  private let place: Int
  private let layout: FrameLayout

  init(_ found: FoundFrame, _ index: EntryIndex) {
    self.found = found
    self.index = index
    place = Int(index.rawValue - found.header.firstEntry.rawValue)
    layout = found.header.layout
  }

  func entry() throws(LedgerError) -> Entry {
    let offset = layout.entries + place * Entry.byteCount
    let bytes = try read(offset, Entry.byteCount)
    guard let entry = bytes.withUnsafeBytes({ Entry($0) }), entry.index == index else {
      throw damaged("the entry is malformed", offset)
    }
    return entry
  }

  /// - Parameter parts: what a redaction under way destroys of the entry: it counts as erased when
  ///   it is neither whole nor gone.
  func record(whileErasing parts: RedactedParts? = nil) throws(LedgerError) -> LedgerRecord {
    let entry = try entry()
    let directory = try read(layout.directory, (place + 1) * FrameLayout.directoryByteCount)
    let (payloadStart, payloadCount, linksStart, linksCount) = try places(directory)
    let salts = try read(
      layout.salts + place * FrameLayout.saltsByteCount, FrameLayout.saltsByteCount)
    let payload = try read(payloadStart, payloadCount)
    let links = try read(linksStart, linksCount)
    let (salt, linksSalt) = salts.withUnsafeBytes {
      (Salt($0, at: 0), Salt($0, at: Salt.byteCount))
    }
    let line = directory.count - FrameLayout.directoryByteCount
    let (payloadChecksum, linksChecksum) = directory.withUnsafeBytes {
      ($0.bigEndian(at: line + 8, as: UInt32.self), $0.bigEndian(at: line + 12, as: UInt32.self))
    }
    let payloadState = state(salt, payload, payloadChecksum)
    let linksState = state(linksSalt, links, linksChecksum)
    if payloadState == .damaged && parts == nil {
      throw damaged("the payload is damaged", payloadStart)
    }
    if linksState == .damaged && parts != .payloadAndLinks {
      throw damaged("the links are damaged", linksStart)
    }
    if payloadState == .intact && linksState == .intact {
      try check(entry, salt, payload, linksSalt, links)
    }
    return LedgerRecord(
      entry: entry, payload: payloadState == .intact ? payload : nil,
      links: linksState == .intact ? links : nil,
      payloadSalt: payloadState == .intact ? salt : .zero,
      linksSalt: linksState == .intact ? linksSalt : .zero)
  }

  /// The links alone; nil if they were erased.
  /// - Parameter parts: as in `record(whileErasing:)`.
  func links(whileErasing parts: RedactedParts? = nil) throws(LedgerError) -> [UInt8]? {
    let directory = try read(layout.directory, (place + 1) * FrameLayout.directoryByteCount)
    let (_, _, start, count) = try places(directory)
    let offset = layout.salts + place * FrameLayout.saltsByteCount + Salt.byteCount
    let salt = try read(offset, Salt.byteCount).withUnsafeBytes { Salt($0, at: 0) }
    let links = try read(start, count)
    let line = directory.count - FrameLayout.directoryByteCount
    let checksum = directory.withUnsafeBytes { $0.bigEndian(at: line + 12, as: UInt32.self) }
    let state = state(salt, links, checksum)
    if state == .damaged && parts != .payloadAndLinks {
      throw damaged("the links are damaged", start)
    }
    return state == .intact ? links : nil
  }

  private func places(_ directory: [UInt8]) throws(LedgerError) -> (Int, Int, Int, Int) {
    var payload = layout.payloads
    var links = layout.links
    var payloadCount = 0
    var linksCount = 0
    directory.withUnsafeBytes { bytes in
      for line in 0...place {
        payload += payloadCount
        links += linksCount
        let place = line * FrameLayout.directoryByteCount
        payloadCount = Int(bytes.bigEndian(at: place, as: UInt32.self))
        linksCount = Int(bytes.bigEndian(at: place + 4, as: UInt32.self))
      }
    }
    guard payload + payloadCount <= layout.end, links + linksCount <= layout.payloads else {
      throw damaged("the frame's directory is damaged", layout.directory)
    }
    return (payload, payloadCount, links, linksCount)
  }

  private func state(_ salt: Salt, _ part: [UInt8], _ checksum: UInt32) -> PartState {
    var crc = CRC32C()
    salt.withUnsafeBytes { crc.update($0) }
    crc.update(part)
    if crc.value == checksum { return .intact }
    return salt == .zero && part.withUnsafeBytes { $0.isZero } ? .erased : .damaged
  }

  private func check(
    _ entry: Entry, _ salt: Salt, _ payload: [UInt8], _ linksSalt: Salt, _ links: [UInt8]
  ) throws(LedgerError) {
    let commitment: Hash
    do {
      let hasher = try SHA256Hasher()
      let first = payload.withUnsafeBytes {
        Commitment.payloadDigest($0, salt: salt, with: hasher)
      }
      let second = links.withUnsafeBytes {
        Commitment.linksDigest($0, salt: linksSalt, with: hasher)
      }
      commitment = Commitment.join(first, second, with: hasher)
    } catch {
      throw LedgerError(error)
    }
    guard commitment == entry.commitment else {
      throw damaged("the entry does not commit to its payload and links", layout.entries)
    }
  }

  private func read(_ offset: Int, _ count: Int) throws(LedgerError) -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = try found.file.bytes(at: found.position.offset + UInt64(offset), count: count)
    } catch {
      throw LedgerError(error, while: "read a record")
    }
    guard bytes.count == count else { throw damaged("the file ends within a record", offset) }
    return bytes
  }

  private func damaged(_ message: String, _ offset: Int) -> LedgerError {
    let place = LogLocation(
      file: found.position.file, offset: found.position.offset + UInt64(offset), entry: index)
    return .corrupt(message, at: place)
  }
}
