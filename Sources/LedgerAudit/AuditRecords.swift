import LedgerStorage
import TransparencyLog

/// A key or redaction entry that commits to its payload: what it says is judged in the order of the
/// log.
internal struct PublicStatement {
  /// No payload of a key entry or a redaction entry is longer; what is longer is malformed.
  private static let byteCountMax = 4 << 20

  var index: EntryIndex
  var kind: EntryKind
  var time: RecordTime
  /// `nil` when it is longer than any that has a meaning.
  var payload: [UInt8]?
  /// The segment that holds the entry, and where its payload begins there.
  var segment: EntryIndex
  var offset: UInt64

  var location: LogLocation {
    LogLocation(file: LedgerPaths.segment(segment), offset: offset, entry: index)
  }

  /// `nil` for entries of other kinds.
  init?(
    _ entry: Entry, at index: EntryIndex, _ payload: UnsafeRawBufferPointer, _ place: LogPosition
  ) {
    guard entry.kind == .key || entry.kind == .redaction else { return nil }
    self.index = index
    segment = place.segment
    offset = place.offset
    kind = entry.kind
    time = entry.time
    self.payload = payload.count <= PublicStatement.byteCountMax ? [UInt8](payload) : nil
  }
}

/// A record of which payload, links or both are zeros, or on their way there.
internal struct ErasedRecord {
  var index: EntryIndex
  var kind: EntryKind
  var payload: PartState
  var links: PartState
  var commitment: Hash
  /// The digest B of links that agree with their checksum; `nil` for others.
  var linksDigest: Hash?
  var segment: EntryIndex
  var payloadOffset: UInt64
  var linksOffset: UInt64

  var payloadLocation: LogLocation { location(payloadOffset) }
  var linksLocation: LogLocation { location(linksOffset) }

  private func location(_ offset: UInt64) -> LogLocation {
    LogLocation(file: LedgerPaths.segment(segment), offset: offset, entry: index)
  }
}
