/// What a witness answers to an ``AddCheckpointRequest`` (C2SP tlog-witness).
public enum WitnessReply: Hashable, Sendable {
  /// The witness's signature lines over the checkpoint (200).
  case cosigned([SignedNote.Signature])
  /// The body is malformed, or the older size above the newer (400).
  case badRequest
  /// No key that the witness trusts for this log signed the checkpoint (403).
  case forbidden
  /// The witness does not know the log (404).
  case notFound
  /// The witness's newest checkpoint has another size than the request says, or the same size and
  /// another root (409). Ask again with a proof from this size.
  case conflict(TreeSize)
  /// The proof does not hold (422).
  case unprocessable

  /// The media type of a conflict's body.
  private static let sizeType = "text/x.tlog.size"

  /// The status code of HTTP.
  public var status: Int {
    switch self {
    case .cosigned: 200
    case .badRequest: 400
    case .forbidden: 403
    case .notFound: 404
    case .conflict: 409
    case .unprocessable: 422
    }
  }

  /// The media type of the body.
  public var contentType: String {
    if case .conflict = self { return WitnessReply.sizeType }
    return "text/plain; charset=utf-8"
  }

  /// The body: signature lines, or the size that the witness cosigned last, or nothing.
  public var body: [UInt8] {
    switch self {
    case .cosigned(let signatures): signatures.flatMap { $0.line.utf8 }
    case .conflict(let size): Array("\(size)\n".utf8)
    case .badRequest, .forbidden, .notFound, .unprocessable: []
    }
  }

  /// Reads an answer. Of an error without a size only the status counts.
  ///
  /// - Throws: ``MalformedText`` for a status that the protocol does not have, and for a body that
  ///   is not what its status promises.
  public init(status: Int, body: [UInt8]) throws(MalformedText) {
    guard body.count <= SignedNote.byteCountMax else {
      throw MalformedText(.witnessReply, .tooLarge)
    }
    switch status {
    case 200: self = .cosigned(try WitnessReply.signatures(body))
    case 400: self = .badRequest
    case 403: self = .forbidden
    case 404: self = .notFound
    case 409:
      guard body.last == UInt8(ascii: "\n"), let size = Decimal.parse(body.dropLast()) else {
        throw MalformedText(.witnessReply, .badSize, line: 1)
      }
      self = .conflict(TreeSize(size))
    case 422: self = .unprocessable
    default: throw MalformedText(.witnessReply, .badStatus)
    }
  }

  /// Reads signature lines, at least one, each with its newline. The answers of several witnesses,
  /// one after the other, are signature lines as well.
  ///
  /// - Throws: ``MalformedText``.
  public static func signatures(_ body: [UInt8]) throws(MalformedText) -> [SignedNote.Signature] {
    guard body.count <= SignedNote.byteCountMax else {
      throw MalformedText(.witnessReply, .tooLarge)
    }
    try SignedNote.checkCharacters(body, of: .witnessReply)
    guard let last = body.last else { throw MalformedText(.witnessReply, .noSignature) }
    guard last == UInt8(ascii: "\n") else {
      throw MalformedText(.witnessReply, .noFinalNewline)
    }
    return try SignedNote.signatures(body.dropLast(), at: 1, of: .witnessReply)
  }
}
