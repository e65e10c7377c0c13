public import TransparencyLog

/// What a witness decided about a checkpoint, and why.
public enum WitnessDecision: Hashable, Sendable {
  /// It is durable as the witness's newest, and this is the cosignature.
  case cosigned(SignedNote.Signature, VerifiedCheckpoint)
  /// The request is malformed.
  case malformed(MalformedText)
  /// The request's older size is above the newer.
  case sizesReversed(older: TreeSize, newer: TreeSize)
  /// The witness does not know the log.
  case unknownLog(CheckpointOrigin)
  /// The checkpoint is not signed by a key that the witness believes.
  case notSigned(CheckpointRejection)
  /// The witness cosigned a tree of another size last.
  case otherSize(kept: TreeSize)
  /// The proof does not hold, and no fork is shown: whoever asks may have sent the wrong one.
  /// `keptIn` is the file of the witness that holds the request.
  case unproven(ProofFault, keptIn: String)
  /// The log signed two histories. `keptIn` is the file of the witness that holds the evidence; `nil`
  /// when it has enough of it already.
  case forked(ForkEvidence, keptIn: String?)

  /// The protocol's answer (C2SP tlog-witness).
  public var reply: WitnessReply {
    switch self {
    case .cosigned(let signature, _): .cosigned([signature])
    case .malformed, .sizesReversed: .badRequest
    case .unknownLog: .notFound
    case .notSigned: .forbidden
    case .otherSize(let kept): .conflict(kept)
    case .unproven: .unprocessable
    case .forked(let evidence, _):
      evidence.branch == nil ? .conflict(evidence.older.claim.size) : .unprocessable
    }
  }
}

extension WitnessDecision: CustomStringConvertible {
  /// The decision in a sentence, with what to do next.
  public var description: String {
    switch self {
    case .cosigned(_, let head):
      "cosigned \(head.checkpoint.origin) at size \(head.checkpoint.size)"
    case .malformed(let fault): fault.description
    case .sizesReversed(let older, let newer):
      "the request goes from size \(older) to \(newer): the older size comes first"
    case .unknownLog(let origin):
      "the log \(origin) is not known to this witness: name its vkey with --log"
    case .notSigned(let rejection): rejection.description
    case .otherSize(let kept):
      "the witness cosigned size \(kept) last: ask again with a proof from there"
    case .unproven(let fault, let file):
      "the checkpoint is not shown to extend the one cosigned last: \(fault); the request is kept "
        + "in \(file)"
    case .forked(let evidence, let file):
      "\(evidence)the evidence is kept in \(file ?? "earlier files"); nothing was cosigned"
    }
  }
}
