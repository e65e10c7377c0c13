/// What a log sends to a witness: its newest checkpoint, and the proof that it extends the one the
/// witness cosigned last (the body of `add-checkpoint`, C2SP tlog-witness).
public struct AddCheckpointRequest: Hashable, Sendable {
  /// The most hashes a request may have.
  public static let hashCountMax = 63
  /// The most bytes a request may have: the note's limit, and room for the lines before it.
  public static let byteCountMax = SignedNote.byteCountMax + 4096

  /// The size of the checkpoint that the witness is believed to have cosigned last; 0 for none.
  public let olderSize: TreeSize
  /// The consistency proof from that size, in the order of RFC 6962.
  public let hashes: [Hash]
  /// The checkpoint to be cosigned.
  public let checkpoint: UnverifiedCheckpoint

  /// A request.
  ///
  /// - Throws: ``MalformedText`` when there are more hashes than a request may have.
  public init(
    olderSize: TreeSize, hashes: [Hash], checkpoint: UnverifiedCheckpoint
  ) throws(MalformedText) {
    guard hashes.count <= AddCheckpointRequest.hashCountMax else {
      throw MalformedText(.addCheckpoint, .tooManyProofLines)
    }
    self.olderSize = olderSize
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// The request for a checkpoint by whoever holds the log's tree.
  ///
  /// - Throws: ``ProofRequestError`` when the checkpoint is smaller than the older size, what the
  ///   reader throws, or ``HashReaderError``.
  /// - Complexity: O((log n)²) hashes read, at most.
  public static func make(
    from olderSize: TreeSize, to checkpoint: UnverifiedCheckpoint, reader: inout some HashReader,
    with hasher: SHA256Hasher
  ) throws -> AddCheckpointRequest {
    // From the empty tree there is nothing to prove, and no proof is sent.
    guard olderSize > 0 else {
      return try AddCheckpointRequest(olderSize: 0, hashes: [], checkpoint: checkpoint)
    }
    let proof = try ConsistencyProof.make(
      older: olderSize, newer: checkpoint.claim.size, reader: &reader, with: hasher)
    return try AddCheckpointRequest(
      olderSize: olderSize, hashes: proof.hashes, checkpoint: checkpoint)
  }

  /// The consistency proof between the two sizes, to be checked.
  public var proof: ConsistencyProof {
    ConsistencyProof(older: olderSize, newer: checkpoint.claim.size, hashes: hashes)
  }

  /// The request's body.
  public var encoded: [UInt8] {
    var text = "old \(olderSize)\n"
    for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
    return Array(text.utf8) + "\n".utf8 + checkpoint.note.encoded
  }

  /// Reads a request's body. Whether its sizes and hashes belong together is for the witness to
  /// judge.
  ///
  /// - Throws: ``MalformedText``, for anything that departs from the specification: the answer is
  ///   then ``WitnessReply/badRequest``.
  public init(parsing body: [UInt8]) throws(MalformedText) {
    guard body.count <= AddCheckpointRequest.byteCountMax else {
      throw MalformedText(.addCheckpoint, .tooLarge)
    }
    var reader = LineReader(body)
    guard let digits = reader.next(after: "old"), let olderSize = Decimal.parse(digits) else {
      throw MalformedText(.addCheckpoint, .badOldSize, line: 1)
    }
    var hashes: [Hash] = []
    while true {
      guard let line = reader.next() else { throw MalformedText(.addCheckpoint, .noBlankLine) }
      guard !line.isEmpty else { break }
      guard hashes.count < AddCheckpointRequest.hashCountMax else {
        throw MalformedText(.addCheckpoint, .tooManyProofLines, line: reader.line)
      }
      guard let data = Base64.decode(line), let hash = Hash(data) else {
        throw MalformedText(.addCheckpoint, .badHash, line: reader.line)
      }
      hashes.append(hash)
    }
    try self.init(
      olderSize: TreeSize(olderSize), hashes: hashes,
      checkpoint: UnverifiedCheckpoint(parsing: Array(reader.rest)))
  }
}
