public import EPCISFormat
import LedgerStorage
import Traceability

extension Ledger {
  /// Captures an EPCIS 2.0 document in JSON-LD: EPCISDocument, EPCISQueryDocument, a bare event, an
  /// array of events, or JSON Lines.
  ///
  /// A document is stored whole or not at all; JSON Lines are stored by the thousand. An event that
  /// is stored already is not stored twice. What returns is durable.
  /// - Returns: how many events were stored, known or refused. A refusal is a value, not an error.
  /// - Throws: `LedgerError` (the ledger was opened for reading, the disk is full, writing failed)
  ///   or `ByteSourceError` (the document cannot be read). What was acknowledged before stands.
  public func capture(
    _ source: any ByteSource, options: CaptureOptions = CaptureOptions()
  ) throws -> CaptureOutcome {
    guard let writer, let gate else {
      throw LedgerError.openedForReading
    }
    do {
      var session = try CaptureSession(writer, gate, source, options)
      session.didAppend = { [signer, upkeep] facts, appended in
        signer?.didAppend()
        upkeep?.didAppend(facts, appended)
      }
      try session.run()
      return session.outcome
    } catch let refusal as EPCISRefusal {
      var outcome = CaptureOutcome()
      outcome.refused = refusal.errors.map(Refusal.init)
      return outcome
    }
  }

  /// Captures a document from memory.
  public func capture(
    _ document: [UInt8], options: CaptureOptions = CaptureOptions()
  ) throws -> CaptureOutcome {
    try capture(MemoryByteSource(document), options: options)
  }

  /// Captures the document in a file.
  public func capture(
    file path: String, options: CaptureOptions = CaptureOptions()
  ) throws -> CaptureOutcome {
    var options = options
    if options.documentName.isEmpty {
      options.documentName = path.split(separator: "/").last.map(String.init) ?? path
    }
    return try capture(FileByteSource(path: path), options: options)
  }
}
