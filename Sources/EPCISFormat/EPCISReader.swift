import Traceability

/// Reads EPCIS 2.0 documents in JSON-LD of any size, in bounded memory and two passes.
///
/// The first pass, made by `init`, finds the form, the header and the events. The second reads the
/// events in batches of about a megabyte. A document is captured as a whole or not at all: for one
/// of several batches, call ``validate()`` before the first event is stored. JSON Lines are captured
/// batch by batch.
public struct EPCISReader: Sendable {
  /// What the first pass found.
  public let outline: DocumentOutline
  private let source: any ByteSource
  private let limits: EPCISLimits
  private let firstLine: Int

  /// Finds out what a document is and where its events are.
  ///
  /// - Parameters:
  ///   - source: the document.
  ///   - limits: how much of anything is taken.
  ///   - firstLine: of JSON Lines, the line to begin with, from 1.
  ///   - listsLines: whether the outline has the batches of JSON Lines; else ``lineBatches()`` finds
  ///     them while the first are read already.
  /// - Throws: `EPCISRefusal` if the document is not well-formed around its events or its header is
  ///   at fault; `ByteSourceError` if it cannot be read.
  /// - Complexity: O(bytes); memory for the envelope, not for the events.
  public init(
    _ source: any ByteSource, limits: EPCISLimits = EPCISLimits(), firstLine: Int = 1,
    listsLines: Bool = true
  ) throws {
    self.source = source
    self.limits = limits
    self.firstLine = firstLine
    outline = try DocumentOutliner(source: source, limits: limits, listsLines: listsLines)
      .outline(firstLine: firstLine)
  }

  /// The batches of JSON Lines, as they are found.
  ///
  /// - Throws: `ByteSourceError` if the document cannot be read.
  public func lineBatches() throws(ByteSourceError) -> LineBatches {
    try LineBatches(source, limits, firstLine: firstLine)
  }

  /// A parser for the batches; each thread needs one of its own.
  public func makeParser() throws(ByteSourceError) -> EventParser {
    try EventParser(source, outline, limits: limits)
  }

  /// Calls the body with each batch in order; the batch's memory is used again for the next.
  ///
  /// - Throws: what the body throws; `EPCISRefusal` if a list is malformed; `ByteSourceError`.
  public func forEachBatch(_ body: (inout ParsedBatch) throws -> Void) throws {
    let parser = try makeParser()
    var result = ParsedBatch()
    for batch in outline.batches {
      try parser.parse(batch, into: &result)
      try body(&result)
    }
  }

  /// Reads all events and keeps none.
  ///
  /// - Throws: `EPCISRefusal` with all that is wrong with them, up to the limit.
  public func validate() throws {
    var errors: [EPCISError] = []
    do {
      try forEachBatch { batch in
        errors += batch.refusals
        if errors.count > limits.errors { throw EPCISRefusal([]) }
      }
    } catch let refusal as EPCISRefusal {
      errors += refusal.errors
    }
    guard !errors.isEmpty else { return }
    throw EPCISRefusal(
      Array(errors.prefix(limits.errors)), isCutShort: errors.count >= limits.errors)
  }
}
