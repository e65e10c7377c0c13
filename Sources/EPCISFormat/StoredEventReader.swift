public import Traceability

/// Reads events again that were stored before, in the context that was stored with them, as their
/// capture did.
public final class StoredEventReader {
  /// What the context says of sites, parties and products.
  public let masterData: [MasterDataRecord]

  private let outline: DocumentOutline
  /// Whether there is a context: what surrounded the events in their document.
  private let hasContext: Bool

  /// A reader for the events of one context; empty where there was none.
  ///
  /// - Throws: `EPCISRefusal` if the context cannot be read, `ByteSourceError`.
  public init(context: [UInt8]) throws {
    hasContext = !context.isEmpty
    if hasContext {
      outline = try EPCISReader(MemoryByteSource(context)).outline
      guard outline.eventCount == 0, outline.form != .event else {
        throw EPCISRefusal([Self.fault("there are events in the context", "")])
      }
    } else {
      outline = DocumentOutline(
        form: .array, envelope: [], batches: [], masterData: [], byteCount: 0,
        namespaces: EnvelopeReader.Result().namespaces, depth: 0)
    }
    masterData = outline.masterData
  }

  /// Reads several events at once, which are given with a comma between one and the next.
  ///
  /// - Parameters:
  ///   - text: the events.
  ///   - spans: where each is.
  /// - Returns: the links of each, as capturing gives them; `nil` for what is not read as the one
  ///   event that it should be: ``links(of:)`` says why.
  /// - Throws: `ByteSourceError` without memory.
  public func links(in text: [UInt8], _ spans: [Range<Int>]) throws -> [[UInt8]?] {
    var found = [[UInt8]?](repeating: nil, count: spans.count)
    guard let batch = try? parse(text, count: spans.count) else { return found }
    var place = 0
    for event in batch.events {
      while place < spans.count, spans[place].lowerBound < event.offset { place += 1 }
      guard place < spans.count else { break }
      let span = spans[place]
      // White space around an event is none of it.
      guard span.lowerBound == event.offset, span.count == event.payload.count else { continue }
      found[place] = Array(batch.links[event.links])
    }
    return found
  }

  /// The links that a capture can have given to an event: one encoding or, where the event may have
  /// been a document of its own, two.
  ///
  /// - Throws: `EPCISRefusal` with all that is wrong with the event, `ByteSourceError`.
  public func links(of event: [UInt8]) throws -> [[UInt8]] {
    var all: [[UInt8]] = []
    var refusal: EPCISRefusal?
    do {
      let batch = try parse(event, count: 1)
      all = batch.events.map { Array(batch.links[$0.links]) }
      if !batch.refusals.isEmpty { refusal = EPCISRefusal(batch.refusals) }
    } catch let error as EPCISRefusal {
      refusal = error
    }
    if !hasContext, let own = try? ownDocument(event) { all.append(own) }
    if all.isEmpty, let refusal { throw refusal }
    return all
  }

  private func parse(_ text: [UInt8], count: Int) throws -> ParsedBatch {
    let parser = try EventParser(MemoryByteSource(text), outline)
    var batch = ParsedBatch()
    try parser.parse(
      EventBatch(
        range: 0..<text.count, firstEvent: 1, count: count, firstLine: nil, nextLine: nil),
      into: &batch)
    return batch
  }

  /// The links of an event that was a document of its own, with a context of its own within it.
  private func ownDocument(_ event: [UInt8]) throws -> [UInt8]? {
    let document = try EPCISReader(MemoryByteSource(event))
    guard document.outline.form == .event, let group = document.outline.batches.first else {
      return nil
    }
    var batch = ParsedBatch()
    try document.makeParser().parse(group, into: &batch)
    return batch.events.first.map { Array(batch.links[$0.links]) }
  }

  private static func fault(_ problem: String, _ advice: String) -> EPCISError {
    EPCISError(position: .init(line: 1, offset: 0), problem: problem, advice: advice)
  }
}
