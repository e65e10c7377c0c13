public import EPCISFormat
public import LedgerDisclosure
import LedgerStorage
public import TransparencyLog

extension Ledger {
  /// A maker of proofs and bundles against a signed checkpoint of this ledger.
  ///
  /// - Parameter checkpoint: the checkpoint; by default the newest that the ledger keeps.
  /// - Throws: `LedgerError`: the ledger was never signed, or the checkpoint is not of it.
  /// - Complexity: O(entries), to find those about keys and redactions.
  public func evidence(checkpoint: UnverifiedCheckpoint? = nil) throws -> EvidenceMaker {
    guard let checkpoint = try checkpoint ?? reader.newestCheckpoint() else {
      throw LedgerError(
        .invalid, "the ledger was never signed",
        advice: "sign it with `provender checkpoint`, then proofs lead to that checkpoint")
    }
    return try EvidenceMaker(
      reader, in: snapshot(), checkpoint: checkpoint, with: SHA256Hasher())
  }
}

/// An event found in a document that a proof is about.
public struct FoundEvent: Sendable {
  /// The event, byte for byte.
  public let bytes: [UInt8]
  /// Its place in the document, from 1; `nil` when the document is the event and nothing else.
  public let number: Int?
}

extension ProofExtra {
  private static let eventByteCountMax = 32 << 20

  /// Finds the event that this proof is about in a document: the whole of it, or one of its events.
  ///
  /// - Returns: the event; `nil` when the document is not about it, or is none that can be read.
  /// - Throws: `ByteSourceError`, `CryptoError`.
  /// - Complexity: O(bytes); memory for the largest event.
  public func event(in document: any ByteSource) throws -> FoundEvent? {
    let hasher = try SHA256Hasher()
    if document.byteCount <= Self.eventByteCountMax {
      let bytes = try document.bytes(at: 0, count: document.byteCount)
      if isAbout(bytes, with: hasher) { return FoundEvent(bytes: bytes, number: nil) }
    }
    var found: FoundEvent?
    do {
      try EPCISReader(document).forEachBatch { batch in
        for event in batch.events where found == nil {
          let bytes = Array(batch.payload(event))
          guard isAbout(bytes, with: hasher) else { continue }
          found = FoundEvent(bytes: bytes, number: event.number)
        }
      }
    } catch is EPCISRefusal {
      // What is no EPCIS document holds no further event; those found before count.
    }
    return found
  }
}

extension ByteSource {
  /// At most so many bytes from an offset on; fewer, or none, only at the end.
  fileprivate func bytes(at offset: Int, count: Int) throws(ByteSourceError) -> [UInt8] {
    guard offset < byteCount, count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: min(count, byteCount - offset))
    let result = bytes.withUnsafeMutableBytes { buffer in
      Result<Void, ByteSourceError> { () throws(ByteSourceError) in
        try read(at: offset, into: buffer)
      }
    }
    try result.get()
    return bytes
  }
}

/// Evidence in a file, or wherever else a document can be.
public struct DocumentEvidence: EvidenceSource {
  private let source: any ByteSource

  /// The evidence that a document is.
  public init(_ source: any ByteSource) { self.source = source }

  /// At most so many bytes from an offset on.
  public func bytes(at offset: UInt64, count: Int) throws -> [UInt8] {
    guard let start = Int(exactly: offset) else { return [] }
    return try source.bytes(at: start, count: count)
  }
}
