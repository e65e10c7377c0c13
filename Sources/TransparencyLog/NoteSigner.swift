/// Signs notes and checkpoints under a name, with Ed25519 over the text.
public struct NoteSigner: Sendable {
  /// What others verify with.
  public let verifierKey: VerifierKey

  private let key: Ed25519PrivateKey

  /// A signer.
  ///
  /// - Throws: ``CryptoError`` when libcrypto cannot hash.
  public init(name: KeyName, key: Ed25519PrivateKey) throws(CryptoError) {
    verifierKey = try VerifierKey(name: name, type: .ed25519, publicKey: key.publicKey)
    self.key = key
  }

  /// Signs a text.
  ///
  /// - Parameter text: UTF-8 that ends with a newline and has no other control character.
  /// - Throws: ``MalformedText`` for any other text, ``CryptoError`` when libcrypto fails.
  public func sign(text: String) throws -> SignedNote {
    let bytes = Array(text.utf8)
    guard bytes.last == UInt8(ascii: "\n") else {
      throw MalformedText(.signedNote, .noFinalNewline)
    }
    // What could not be read back must not be signed.
    return try SignedNote(parsing: try signed(bytes).encoded)
  }

  /// Signs a checkpoint. The log answers for it: it must be consistent with every checkpoint it
  /// signed before.
  ///
  /// - Throws: ``MalformedText`` when the checkpoint could not be read back, ``CryptoError`` when
  ///   libcrypto fails.
  public func sign(_ checkpoint: Checkpoint) throws -> UnverifiedCheckpoint {
    try UnverifiedCheckpoint(parsing: try signed(checkpoint.textBytes).encoded)
  }

  private func signed(_ text: [UInt8]) throws(CryptoError) -> SignedNote {
    let signature = SignedNote.Signature(
      name: verifierKey.name, id: verifierKey.id, bytes: try key.sign(text))
    return SignedNote(textBytes: text, signatures: [signature])
  }
}

/// Signs checkpoints as a witness: that at a time, a log's largest tree seen was this one (C2SP
/// tlog-cosignature, version 1).
public struct Cosigner: Sendable {
  /// What others verify with.
  public let verifierKey: VerifierKey

  private let key: Ed25519PrivateKey

  /// A witness. Its key is used for nothing else, since the message does not name the witness.
  ///
  /// - Throws: ``CryptoError`` when libcrypto cannot hash.
  public init(name: KeyName, key: Ed25519PrivateKey) throws(CryptoError) {
    verifierKey = try VerifierKey(name: name, type: .cosignature, publicKey: key.publicKey)
    self.key = key
  }

  /// Makes the signature for a checkpoint that was verified and is consistent with all that this
  /// witness signed before.
  ///
  /// - Parameters:
  ///   - checkpoint: what is signed.
  ///   - time: now, in seconds since 1970.
  /// - Throws: ``CosignError``.
  public func cosign(
    _ checkpoint: VerifiedCheckpoint, time: UInt64
  ) throws(CosignError) -> SignedNote.Signature {
    guard time <= Cosignature.timeMax else { throw .timeOutOfRange(time) }
    guard let message = Cosignature.message(time: time, checkpoint: checkpoint.note.textBytes)
    else { throw .notACheckpoint }
    do {
      let signature = try key.sign(message)
      return SignedNote.Signature(
        name: verifierKey.name, id: verifierKey.id,
        bytes: Cosignature.blob(time: time, signature: signature))
    } catch {
      throw .libcrypto(error)
    }
  }
}

/// A cosignature that cannot be made.
public enum CosignError: Error, Hashable, Sendable {
  /// The time is beyond 2^63 - 1 seconds.
  case timeOutOfRange(UInt64)
  /// The text is no checkpoint.
  case notACheckpoint
  /// libcrypto failed.
  case libcrypto(CryptoError)
}

extension CosignError: CustomStringConvertible {
  /// The fault in a sentence.
  public var description: String {
    switch self {
    case .timeOutOfRange(let time):
      "a cosignature cannot carry the time \(time): set the clock"
    case .notACheckpoint:
      "only a checkpoint can be cosigned"
    case .libcrypto(let error):
      error.description
    }
  }
}

extension SignedNote {
  /// The note with signatures added. One by a key that signed already takes the place of the
  /// older.
  public func adding(_ added: [Signature]) -> SignedNote {
    let kept = signatures.filter { old in
      !added.contains { $0.name == old.name && $0.id == old.id }
    }
    return SignedNote(textBytes: textBytes, signatures: kept + added)
  }
}
