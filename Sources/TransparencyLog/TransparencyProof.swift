/// A `.tlog-proof` file: that something is in a log, checkable offline with the log's key alone
/// (C2SP tlog-proof).
public struct TransparencyProof: Hashable, Sendable {
  /// The most bytes a proof file may have: the note's limit and as much of extra data.
  public static let byteCountMax = 2 * SignedNote.byteCountMax
  /// The customary end of a file name.
  public static let fileExtension = "tlog-proof"

  private static let header = "c2sp.org/tlog-proof@v1"

  /// Data for the application, authenticated by nothing; never empty.
  public let extra: [UInt8]?
  /// The leaf's place.
  public let index: LeafIndex
  /// The hashes of the inclusion proof, the leaf's sibling first.
  public let hashes: [Hash]
  /// The log's checkpoint, with cosignatures.
  public let checkpoint: UnverifiedCheckpoint

  /// A proof. Empty extra data are none.
  public init(
    extra: [UInt8]? = nil, index: LeafIndex, hashes: [Hash], checkpoint: UnverifiedCheckpoint
  ) {
    self.extra = extra.flatMap { $0.isEmpty ? nil : $0 }
    self.index = index
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// The inclusion proof for the size that the checkpoint claims.
  public var inclusion: InclusionProof {
    InclusionProof(index: index, size: checkpoint.claim.size, hashes: hashes)
  }

  /// The file's bytes.
  public var encoded: [UInt8] {
    var text = TransparencyProof.header + "\n"
    if let extra { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(index)\n"
    for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
    return Array(text.utf8) + "\n".utf8 + checkpoint.note.encoded
  }

  /// Reads a proof file.
  ///
  /// - Throws: ``MalformedText``, for anything that departs from the specification.
  public init(parsing bytes: [UInt8]) throws(MalformedText) {
    guard bytes.count <= TransparencyProof.byteCountMax else {
      throw MalformedText(.proof, .tooLarge)
    }
    var reader = LineReader(bytes)
    guard let header = reader.next(), header.elementsEqual(TransparencyProof.header.utf8) else {
      throw MalformedText(.proof, .badHeader, line: 1)
    }
    var line = reader.next()
    var extra: [UInt8]?
    if let text = line, text.starts(with: "extra ".utf8) {
      guard let data = Base64.decode(text.dropFirst(6)), !data.isEmpty else {
        throw MalformedText(.proof, .badExtra, line: reader.line)
      }
      extra = data
      line = reader.next()
    }
    guard let text = line, text.starts(with: "index ".utf8),
      let index = Decimal.parse(text.dropFirst(6))
    else { throw MalformedText(.proof, .badLeafIndex, line: reader.line) }
    var hashes: [Hash] = []
    while let text = reader.next(), !text.isEmpty {
      guard hashes.count < MerkleProof.hashCountMax else {
        throw MalformedText(.proof, .tooManyHashes, line: reader.line)
      }
      guard let data = Base64.decode(text), let hash = Hash(data) else {
        throw MalformedText(.proof, .badHash, line: reader.line)
      }
      hashes.append(hash)
    }
    self.extra = extra
    self.index = LeafIndex(index)
    self.hashes = hashes
    checkpoint = try UnverifiedCheckpoint(parsing: Array(reader.rest))
  }
}

/// Why a proof file shows nothing.
public enum TransparencyProofRejection: Error, Hashable, Sendable {
  /// The checkpoint is not to be trusted.
  case checkpoint(CheckpointRejection)
  /// The leaf is not shown to be in the checkpoint's tree.
  case inclusion(ProofFault)
}

extension TransparencyProofRejection: CustomStringConvertible {
  /// The reason in a sentence.
  public var description: String {
    switch self {
    case .checkpoint(let rejection): rejection.description
    case .inclusion(let fault): fault.description
    }
  }
}

extension TransparencyProof {
  /// Checks the checkpoint by a policy and the leaf against its root.
  ///
  /// - Parameter leaf: the leaf's hash, recomputed from the data that the proof is to speak for,
  ///   never taken from ``extra`` without such a computation.
  /// - Returns: the checkpoint now believed, or why the proof shows nothing.
  public func verify(
    leaf: Hash, by policy: CheckpointPolicy, with hasher: SHA256Hasher
  ) -> Result<VerifiedCheckpoint, TransparencyProofRejection> {
    switch checkpoint.verify(by: policy) {
    case .failure(let rejection):
      return .failure(.checkpoint(rejection))
    case .success(let verified):
      switch verified.checkInclusion(of: leaf, proof: inclusion, with: hasher) {
      case .valid: return .success(verified)
      case .invalid(let fault): return .failure(.inclusion(fault))
      }
    }
  }
}
