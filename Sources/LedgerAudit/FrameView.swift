import LedgerStorage
import TransparencyLog

/// A frame's bytes in memory. Everything read through it lies within them, whatever they are.
internal struct FrameView {
  let header: FrameHeader
  let layout: FrameLayout
  let position: LogPosition
  /// Exactly as many bytes as the header announces, padding included.
  let bytes: UnsafeRawBufferPointer
  private let start: UnsafeMutableRawPointer

  /// The bytes behind a frame that must be there, whatever they hold, to be lent with its last.
  static let roomByteCount = SHA256Hasher.paddingByteCountMax

  /// - Parameter memory: the frame's bytes, behind which ``roomByteCount`` more may be written to.
  init?(_ sighting: FrameSighting, _ memory: UnsafeMutableRawBufferPointer) {
    header = sighting.header
    layout = header.layout
    position = sighting.position
    guard memory.count == layout.paddedEnd, let start = memory.baseAddress else { return nil }
    self.start = start
    bytes = UnsafeRawBufferPointer(memory)
  }

  var entryCount: Int { header.entryCount }

  /// The index in the log of a record of this frame.
  func index(of record: Int) -> EntryIndex {
    EntryIndex(header.firstEntry.rawValue + UInt64(record))
  }

  func part(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// The first of some bytes to lend, and ``roomByteCount`` more behind them; whoever changes any
  /// puts them back.
  func lend(_ offset: Int, _ count: Int) -> UnsafeMutableRawPointer {
    precondition(offset >= 0 && count >= 0 && count <= bytes.count - offset, "not in the frame")
    return start + offset
  }

  /// The 96 bytes of an entry.
  func entryBytes(_ record: Int) -> UnsafeRawBufferPointer {
    part(layout.entries + record * Entry.byteCount, Entry.byteCount)
  }

  /// The CRC-32C of entries and directory.
  var tableChecksum: UInt32 {
    CRC32C.checksum(of: part(layout.entries, layout.salts - layout.entries))
  }

  /// What the directory says of a record.
  func line(_ record: Int) -> DirectoryLine {
    let place = layout.directory + record * FrameLayout.directoryByteCount
    return DirectoryLine(
      payloadByteCount: Int(word(place)), linksByteCount: Int(word(place + 4)),
      payloadChecksum: word(place + 8), linksChecksum: word(place + 12))
  }

  /// Whether the lengths in the directory add up to those in the header.
  var isDirectorySound: Bool {
    var payloads = 0
    var links = 0
    for record in 0..<entryCount {
      let line = line(record)
      payloads += line.payloadByteCount
      links += line.linksByteCount
    }
    return payloads == header.payloadsByteCount && links == header.linksByteCount
  }

  /// Where the salts of a record stand: first the payload's, then that of the links.
  func saltsOffset(_ record: Int) -> Int {
    layout.salts + record * FrameLayout.saltsByteCount
  }

  /// The offset of the first byte of the padding that is not zero.
  var dirtyPadding: Int? {
    if part(layout.end, layout.paddedEnd - layout.end).isAllZero { return nil }
    return (layout.end..<layout.paddedEnd).first { bytes[$0] != 0 }
  }

  func location(_ offset: Int, _ record: Int? = nil) -> LogLocation {
    let entry = record.map { EntryIndex(header.firstEntry.rawValue + UInt64($0)) }
    return LogLocation(
      file: position.file, offset: position.offset + UInt64(offset),
      entry: entry ?? header.firstEntry)
  }

  func entryLocation(_ record: Int, field: Int = 0) -> LogLocation {
    location(layout.entries + record * Entry.byteCount + field, record)
  }

  private func word(_ offset: Int) -> UInt32 {
    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}

/// A record's line in a frame's directory.
internal struct DirectoryLine {
  let payloadByteCount: Int
  let linksByteCount: Int
  let payloadChecksum: UInt32
  let linksChecksum: UInt32
}

extension UnsafeRawBufferPointer {
  /// Whether every byte is zero; eight bytes a step.
  internal var isAllZero: Bool {
    var place = 0
    while place &+ 8 <= count {
      if loadUnaligned(fromByteOffset: place, as: UInt64.self) != 0 { return false }
      place &+= 8
    }
    return self[place...].allSatisfy { $0 == 0 }
  }
}
