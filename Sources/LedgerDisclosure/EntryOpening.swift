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

/// The two parts that an entry commits to, as far as they are shown.
public struct OpenedParts: Hashable, Sendable {
  /// The payload, or its digest A.
  public var payload: OpenedPart
  /// The links, or their digest B.
  public var links: OpenedPart

  /// Two parts.
  public init(payload: OpenedPart, links: OpenedPart) {
    self.payload = payload
    self.links = links
  }

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

  /// What an entry with these parts commits to.
  public func commitment(with hasher: SHA256Hasher) -> Hash {
    let payload = payloadDigest(with: hasher)
    let links = linksDigest(with: hasher)
    return Commitment.join(payload, links, with: hasher)
  }
}

/// An entry with what is shown of the two parts it commits to.
///
/// By itself it is a claim: the commitment ties the parts to the entry, an inclusion proof the entry
/// to a log.
public struct EntryOpening: Hashable, Sendable {
  /// The entry.
  public var entry: Entry
  /// The parts; `nil` where both were destroyed, so that nothing opens the commitment any more.
  public var parts: OpenedParts?

  /// An entry and what is shown of its parts.
  public init(entry: Entry, parts: OpenedParts?) {
    self.entry = entry
    self.parts = parts
  }

  /// Whether parts are given that the entry does not commit to.
  public func contradictsCommitment(with hasher: SHA256Hasher) -> Bool {
    guard let parts else { return false }
    return parts.commitment(with: hasher) != entry.commitment
  }
}

/// An entry, opened as far as it is, with the way from its leaf to the root of a tree.
public struct ProvenEntry: Hashable, Sendable {
  /// The entry and its parts.
  public var opening: EntryOpening
  /// The hashes of the inclusion proof, the leaf's sibling first.
  public var path: [Hash]

  /// An entry with its proof.
  public init(opening: EntryOpening, path: [Hash]) {
    self.opening = opening
    self.path = path
  }

  /// The entry.
  public var entry: Entry { opening.entry }

  /// Whether the parts are what the entry commits to, and the entry is where it says in the tree of
  /// a checkpoint.
  ///
  /// - Returns: `nil` when all of it holds.
  public func fault(in claim: Checkpoint, with hasher: SHA256Hasher) -> EvidenceRejection? {
    guard !opening.contradictsCommitment(with: hasher) else { return .commitment(entry.index) }
    let proof = InclusionProof(index: entry.index, size: claim.size, hashes: path)
    switch proof.check(leaf: entry.leafHash(with: hasher), root: claim.root, with: hasher) {
    case .valid: return nil
    case .invalid(let fault): return .inclusion(entry.index, fault)
    }
  }
}
