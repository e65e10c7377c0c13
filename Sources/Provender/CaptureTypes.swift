public import LedgerStorage

/// How a document is captured.
public struct CaptureOptions: Sendable {
  /// Who submitted, as the capturing system knows; kept with the capture.
  public var submitter = ""
  /// The document's name, such as its file name; kept with the capture.
  public var documentName = ""
  /// Whether an event with the ID of a stored one and other content is kept beside it, with a
  /// finding, instead of refusing the document (trace rules, section 1).
  public var keepsConflicts = false
  /// Of JSON Lines, the line to begin with, from 1.
  public var firstLine = 1
  /// Called with the bytes done and all bytes, some times a second on long work.
  public var progress: (@Sendable (_ done: Int, _ total: Int) -> Void)?
  /// Asked between batches whether to stop; what is not acknowledged then leaves nothing behind.
  public var isCancelled: @Sendable () -> Bool = { false }

  /// A document of several batches is kept as it was read, in about twice its size, if it has no more
  /// bytes; a larger one is read a second time.
  var keptByteCountMax = 32 << 20

  /// Plain options.
  public init() {}
}

/// Why a document, or an event of it, was refused.
public struct Refusal: Sendable, Hashable {
  /// Where: event, line and byte.
  public var position: String
  /// What is wrong and what to do.
  public var message: String
}

/// A pair of events with one ID and different contents that were both kept.
public struct EventConflict: Sendable, Hashable {
  /// The ID.
  public var eventID: String
  /// Where the later one stands in its document.
  public var position: String
  /// Where the earlier one is.
  public var other: String
}

/// What became of a document.
public struct CaptureOutcome: Sendable {
  /// How many events were stored and are durable.
  public var captured = 0
  /// How many were stored before, or stand twice in the document.
  public var known = 0
  /// What is wrong; then nothing of the document (of JSON Lines, of the batch) was stored.
  public var refused: [Refusal] = []
  /// Conflicts that were kept.
  public var conflicts: [EventConflict] = []
  /// What was taken though the standard asks for more: a sentence and how often.
  public var notices: [String: Int] = [:]
  /// The log entries that were added.
  public var entries: Range<UInt64>?
  /// Of JSON Lines that were not read to the end, the line to go on from.
  public var resumeLine: Int?
  /// Of JSON Lines, what stopped the capture after some batches were stored: a full disk, say.
  public var failure: LedgerError?
  /// Whether the caller stopped it.
  public var isCancelled = false

  /// The outcome of nothing, to which others can be added.
  public init() {}
}
