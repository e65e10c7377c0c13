/// Something in a ledger's files that is not as it must be: a value, never thrown by those that
/// look for them.
public struct LogProblem: Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: String, Sendable, CaseIterable {
    /// `FORMAT` is missing or is not what genesis implies.
    case format
    /// A slot of `committed` is unreadable, or the file has another size.
    case committedSlot
    /// `committed` tells another story than the log.
    case committedMismatch
    /// A file in `log/` has a name that no segment has.
    case strayFile
    /// A segment is missing between two others, or the first one is.
    case missingSegment
    /// A segment's header is unreadable or does not follow from the segment before.
    case segmentHeader
    /// Bytes stand where a frame's header should.
    case frameHeader
    /// A frame does not follow from the one before by number or first entry.
    case frameOrder
    /// A segment ends in the middle of a frame.
    case frameCutShort
    /// A frame's entries and directory disagree with their checksum or with the header.
    case frameTable
    /// A frame's padding, or the room after the last frame, is not zero.
    case padding
    /// An entry is malformed, or its index, capture, time or flags do not follow.
    case entry
    /// An entry does not name the hash of the entry before it, or the header not the last.
    case chain
    /// A payload, its salt or both disagree with their checksum.
    case payload
    /// The links or their salt disagree with their checksum.
    case links
    /// An entry does not commit to its payload and links, though both agree with their checksums.
    case commitment
    /// A payload and its salt are zeros.
    case erasedPayload
    /// The links and their salt are zeros.
    case erasedLinks
    /// A capture begins and has no end.
    case unfinishedCapture
    /// Genesis is missing or malformed.
    case genesis
    /// A file of the tree has another size or another hash than the log implies.
    case tree
  }

  /// What is wrong.
  public var kind: Kind
  /// Where.
  public var location: LogLocation
  /// What was expected and what was found.
  public var message: String

  /// A problem of its parts.
  public init(_ kind: Kind, at location: LogLocation, _ message: String) {
    self.kind = kind
    self.location = location
    self.message = message
  }

  /// The problem in a sentence with its place.
  public var description: String { "\(message) (\(location))" }
}
