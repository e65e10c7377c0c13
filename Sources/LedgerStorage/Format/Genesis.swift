public import TransparencyLog

/// What entry 0 says: the log's name, its number, and what it continues.
public struct Genesis: Hashable, Sendable {
  /// A ledger that this one continues.
  public struct Predecessor: Hashable, Sendable {
    /// Its origin.
    public var origin: LogOrigin
    /// Its intact entries.
    public var size: TreeSize
    /// The root of the tree of those entries.
    public var root: Hash
    /// Why it was continued, in words.
    public var reason: String

    /// A ledger to continue.
    public init(origin: LogOrigin, size: TreeSize, root: Hash, reason: String) {
      self.origin = origin
      self.size = size
      self.root = root
      self.reason = reason
    }
  }

  private static let version: UInt8 = 1

  /// The log's name.
  public var origin: LogOrigin
  /// The random number in all of the ledger's files.
  public var logID: LogID
  /// What the ledger continues, if anything.
  public var predecessor: Predecessor?

  /// The facts of a new ledger.
  public init(origin: LogOrigin, logID: LogID, predecessor: Predecessor? = nil) {
    self.origin = origin
    self.logID = logID
    self.predecessor = predecessor
  }

  /// Reads the payload of entry 0; `nil` for anything that ``payload()`` does not write.
  public init?(payload: [UInt8]) {
    var reader = PayloadReader(payload)
    guard reader.integer(UInt8.self) == Genesis.version, let name = reader.text(),
      let origin = try? LogOrigin(name), let id = reader.raw(LogID.byteCount),
      let logID = LogID(id), let flag = reader.integer(UInt8.self), flag <= 1
    else { return nil }
    self.init(origin: origin, logID: logID)
    if flag == 1 {
      guard let name = reader.text(), let origin = try? LogOrigin(name),
        let size = reader.integer(UInt64.self), let root = reader.hash(),
        let reason = reader.text()
      else { return nil }
      predecessor = Predecessor(origin: origin, size: TreeSize(size), root: root, reason: reason)
    }
    guard reader.isAtEnd else { return nil }
  }

  /// The payload of entry 0: version, origin, log id, and the predecessor after a flag.
  public func payload() throws(LedgerError) -> [UInt8] {
    var writer = PayloadWriter()
    writer.append(Genesis.version)
    try writer.append(origin.name, naming: "origin")
    writer.appendRaw(logID.bytes)
    writer.append(UInt8(predecessor == nil ? 0 : 1))
    if let predecessor {
      try writer.append(predecessor.origin.name, naming: "predecessor's origin")
      writer.append(predecessor.size.rawValue)
      writer.append(predecessor.root)
      try writer.append(predecessor.reason, naming: "reason")
    }
    return writer.bytes
  }

  /// The exact text of the file `FORMAT`.
  public var formatText: String {
    "provender 1\norigin \(origin.name)\nlog \(logID)\n"
  }
}

/// What the first entry of a capture says: what was submitted, and by whom.
public struct CapturePayload: Hashable, Sendable {
  private static let version: UInt8 = 1

  /// Who submitted, as the submitter was known to the system that captured; may be empty.
  public var submitter: String
  /// The document's name, such as its file name; may be empty.
  public var documentName: String
  /// The document's media type, such as `application/ld+json`.
  public var mediaType: String
  /// The number of bytes of the whole document.
  public var documentByteCount: UInt64
  /// The number of event entries that follow.
  public var eventCount: UInt64
  /// What the document's events share and cannot be read without, such as a JSON-LD context.
  public var context: [UInt8]

  /// What was submitted, and by whom.
  public init(
    submitter: String, documentName: String, mediaType: String, documentByteCount: UInt64,
    eventCount: UInt64, context: [UInt8]
  ) {
    self.submitter = submitter
    self.documentName = documentName
    self.mediaType = mediaType
    self.documentByteCount = documentByteCount
    self.eventCount = eventCount
    self.context = context
  }

  /// Reads a payload; `nil` for anything that ``payload()`` does not write.
  public init?(payload: [UInt8]) {
    var reader = PayloadReader(payload)
    guard reader.integer(UInt8.self) == CapturePayload.version, let submitter = reader.text(),
      let documentName = reader.text(), let mediaType = reader.text(),
      let documentByteCount = reader.integer(UInt64.self),
      let eventCount = reader.integer(UInt64.self), let context = reader.part(), reader.isAtEnd
    else { return nil }
    self.init(
      submitter: submitter, documentName: documentName, mediaType: mediaType,
      documentByteCount: documentByteCount, eventCount: eventCount, context: context)
  }

  /// The payload's bytes.
  public func payload() throws(LedgerError) -> [UInt8] {
    var writer = PayloadWriter()
    writer.append(CapturePayload.version)
    try writer.append(submitter, naming: "submitter")
    try writer.append(documentName, naming: "document's name")
    try writer.append(mediaType, naming: "media type")
    writer.append(documentByteCount)
    writer.append(eventCount)
    try writer.append(context, naming: "context")
    return writer.bytes
  }
}

/// What the last entry of a capture may say: the digest of the whole document, and the submitter's
/// signature over it.
public struct ReceiptPayload: Hashable, Sendable {
  private static let version: UInt8 = 1

  /// SHA-256 of the whole document.
  public var documentDigest: Hash
  /// The number of bytes of the whole document.
  public var documentByteCount: UInt64
  /// How the signature is to be checked, empty without one.
  public var signatureScheme: String
  /// The submitter's signature, empty without one.
  public var signature: [UInt8]

  /// The digest of a document, and what the submitter signed.
  public init(
    documentDigest: Hash, documentByteCount: UInt64, signatureScheme: String = "",
    signature: [UInt8] = []
  ) {
    self.documentDigest = documentDigest
    self.documentByteCount = documentByteCount
    self.signatureScheme = signatureScheme
    self.signature = signature
  }

  /// Reads a payload; `nil` for anything that ``payload()`` does not write.
  public init?(payload: [UInt8]) {
    var reader = PayloadReader(payload)
    guard reader.integer(UInt8.self) == ReceiptPayload.version, let digest = reader.hash(),
      let count = reader.integer(UInt64.self), let scheme = reader.text(),
      let signature = reader.part(), reader.isAtEnd
    else { return nil }
    self.init(
      documentDigest: digest, documentByteCount: count, signatureScheme: scheme,
      signature: signature)
  }

  /// The payload's bytes.
  public func payload() throws(LedgerError) -> [UInt8] {
    var writer = PayloadWriter()
    writer.append(ReceiptPayload.version)
    writer.append(documentDigest)
    writer.append(documentByteCount)
    try writer.append(signatureScheme, naming: "signature scheme")
    try writer.append(signature, naming: "signature")
    return writer.bytes
  }
}
