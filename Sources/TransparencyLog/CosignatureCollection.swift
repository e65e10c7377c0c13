/// A checkpoint with the cosignatures that witnesses returned, as far as they hold.
public struct CosignatureCollection: Hashable, Sendable {
  /// The checkpoint with every cosignature that holds.
  public let checkpoint: UnverifiedCheckpoint
  /// The cosignatures that were added.
  public let added: [VerifiedCheckpoint.Cosignature]
  /// Lines by keys that were not given; they were left out.
  public let unknown: [SignedNote.Signature]
  /// Lines by keys that were given, whose signatures do not hold over this checkpoint.
  public let wrong: [SignedNote.Signature]
}

extension UnverifiedCheckpoint {
  /// Adds the cosignatures of known witnesses, each checked; one replaces an older one by the same
  /// key. Nothing is said about the log's own signature.
  ///
  /// - Parameters:
  ///   - lines: what the witnesses returned.
  ///   - witnesses: their keys; signatures by others are ignored, as the specification demands.
  /// - Throws: ``MalformedText`` when the note would have more signatures than any reader takes,
  ///   ``CryptoError`` when libcrypto fails.
  public func collecting(
    _ lines: [SignedNote.Signature], by witnesses: [VerifierKey]
  ) throws -> CosignatureCollection {
    let witnesses = witnesses.filter { $0.type == .cosignature }
    var added: [VerifiedCheckpoint.Cosignature] = []
    var kept: [SignedNote.Signature] = []
    var unknown: [SignedNote.Signature] = []
    var wrong: [SignedNote.Signature] = []
    for line in lines {
      let note = SignedNote(textBytes: note.textBytes, signatures: [line])
      switch note.verify(with: witnesses) {
      case .success(let verified):
        guard let first = verified.verified.first, let time = first.time else { continue }
        // Of several by one key the last counts.
        added.removeAll { $0.witness == first.key }
        kept.removeAll { $0.name == line.name && $0.id == line.id }
        added.append(VerifiedCheckpoint.Cosignature(witness: first.key, time: time))
        kept.append(line)
      case .failure(.noKnownSignature), .failure(.ambiguousKey): unknown.append(line)
      case .failure(.badSignature): wrong.append(line)
      case .failure(.libcrypto(let error)): throw error
      }
    }
    let checkpoint = adding(kept)
    guard checkpoint.note.signatures.count <= SignedNote.signatureCountMax else {
      throw MalformedText(.witnessReply, .tooManySignatures)
    }
    return CosignatureCollection(
      checkpoint: checkpoint, added: added, unknown: unknown, wrong: wrong)
  }
}
