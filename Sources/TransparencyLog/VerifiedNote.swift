/// A note with at least one signature that was verified, and none by a known key that failed.
///
/// Only ``SignedNote/verify(with:)`` makes one.
public struct VerifiedNote: Hashable, Sendable {
  /// A signature that was verified.
  public struct Signature: Hashable, Sendable {
    /// The key it was verified with.
    public let key: VerifierKey
    /// For a cosignature, when the witness says it made it: seconds since 1970 (POSIX).
    public let time: UInt64?
  }

  /// The note itself.
  public let note: SignedNote
  /// The verified signatures in the order of the note, one for each key.
  public let verified: [Signature]
  /// The signatures by keys that are not known, in the order of the note, without repetitions.
  public let unverified: [SignedNote.Signature]

  fileprivate init(
    note: SignedNote, verified: [Signature], unverified: [SignedNote.Signature]
  ) {
    self.note = note
    self.verified = verified
    self.unverified = unverified
  }

  /// The text that was signed.
  public var text: String { note.text }
}

/// Why a well-formed note is not to be trusted.
public enum NoteRejection: Error, Hashable, Sendable {
  /// No signature is by a known key.
  case noKnownSignature
  /// A signature by a known key is wrong: the text or the signature was changed.
  case badSignature(KeyName, KeyID)
  /// Two of the keys given have the same name and number, and the note uses them.
  case ambiguousKey(KeyName, KeyID)
  /// libcrypto failed, so that nothing is known.
  case libcrypto(CryptoError)
}

extension NoteRejection: CustomStringConvertible {
  /// The reason in a sentence, with what to do next.
  public var description: String {
    switch self {
    case .noKnownSignature:
      "the note is not signed by any key given: ask its issuer for the right vkey"
    case .badSignature(let name, let id):
      "the signature of \(name)+\(id) is wrong: the note was changed after signing, keep it as "
        + "evidence and ask its issuer"
    case .ambiguousKey(let name, let id):
      "two keys \(name)+\(id) were given: keep one"
    case .libcrypto(let error):
      error.description
    }
  }
}

extension SignedNote {
  /// Checks every signature that points to a known key.
  ///
  /// The specification lets a client pass over a failed signature by a known key; here it rejects
  /// the note, and a repeated signature by the same key is checked as well.
  ///
  /// - Returns: the verified note, or why it is rejected.
  public func verify(with keys: [VerifierKey]) -> Result<VerifiedNote, NoteRejection> {
    var verified: [VerifiedNote.Signature] = []
    var unverified: [Signature] = []
    var seen: Set<Signature> = []
    for signature in signatures {
      let matches = keys.filter { $0.name == signature.name && $0.id == signature.id }
      guard let key = matches.first else {
        if seen.insert(signature).inserted { unverified.append(signature) }
        continue
      }
      guard matches.count == 1 else {
        return .failure(.ambiguousKey(signature.name, signature.id))
      }
      do {
        guard let good = try check(signature, with: key) else {
          return .failure(.badSignature(signature.name, signature.id))
        }
        if !verified.contains(where: { $0.key == key }) { verified.append(good) }
      } catch {
        return .failure(.libcrypto(error))
      }
    }
    guard !verified.isEmpty else { return .failure(.noKnownSignature) }
    return .success(VerifiedNote(note: self, verified: verified, unverified: unverified))
  }

  private func check(
    _ signature: Signature, with key: VerifierKey
  ) throws(CryptoError) -> VerifiedNote.Signature? {
    switch key.type {
    case .ed25519:
      guard try key.publicKey.verifies(signature.bytes, over: textBytes) else { return nil }
      return VerifiedNote.Signature(key: key, time: nil)
    case .cosignature:
      guard let parts = Cosignature(blob: signature.bytes),
        let message = Cosignature.message(time: parts.time, checkpoint: textBytes),
        try key.publicKey.verifies(parts.signature, over: message)
      else { return nil }
      return VerifiedNote.Signature(key: key, time: parts.time)
    }
  }
}
