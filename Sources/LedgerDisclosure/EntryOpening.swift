public import LedgerStorage
public import TransparencyLog

/// One of the two parts an entry commits to, payload or links: shown, or only its digest.
public enum OpenedPart: Hashable, Sendable {
  /// What stands in the commitment for bytes that are not shown. The salt that is not shown either
  /// keeps them from being guessed.
  case digest(Hash)
  /// The bytes with their salt.
  case shown(salt: Salt, bytes: [UInt8])

  /// The bytes, where they are shown.
  public var bytes: [UInt8]? {
    if case .shown(_, let bytes) = self { return bytes }
    return nil
  }
}

/// An entry with what is shown of the two parts it commits to.
///
/// By itself it is a claim. ``matchesCommitment(with:)`` ties the parts to the entry, and an
/// inclusion proof of ``leafHash(with:)`` ties the entry to a log.
public struct EntryOpening: Hashable, Sendable {
  /// The entry.
  public var entry: Entry
  /// The payload, or its digest A.
  public var payload: OpenedPart
  /// The links, or their digest B.
  public var links: OpenedPart

  /// An entry and what is shown of its parts.
  public init(entry: Entry, payload: OpenedPart, links: OpenedPart) {
    self.entry = entry
    self.payload = payload
    self.links = links
  }

  /// The entry's leaf in the log's tree.
  public func leafHash(with hasher: SHA256Hasher) -> Hash { entry.leafHash(with: hasher) }

  /// The digest A of the payload.
  public func payloadDigest(with hasher: SHA256Hasher) -> Hash {
    switch payload {
    case .digest(let digest): digest
    case .shown(let salt, let bytes):
      bytes.withUnsafeBytes { Commitment.payloadDigest($0, salt: salt, with: hasher) }
    }
  }

  /// The digest B of the links.
  public func linksDigest(with hasher: SHA256Hasher) -> Hash {
    switch links {
    case .digest(let digest): digest
    case .shown(let salt, let bytes):
      bytes.withUnsafeBytes { Commitment.linksDigest($0, salt: salt, with: hasher) }
    }
  }

  /// Whether the parts are those that the entry commits to.
  public func matchesCommitment(with hasher: SHA256Hasher) -> Bool {
    let payload = payloadDigest(with: hasher)
    let links = linksDigest(with: hasher)
    return Commitment.join(payload, links, with: hasher) == entry.commitment
  }
}
