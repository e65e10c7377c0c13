public import LedgerStorage
public import TransparencyLog

/// What Provender puts into the extra data of a `.tlog-proof`, version 1: the entry, and what it
/// takes to compare an event with it.
///
/// Whoever holds the salt can test guesses of the event's text; the file is for those who may know
/// the event.
public struct ProofExtra: Hashable, Sendable {
  /// How the payload can be compared.
  public enum Payload: Hashable, Sendable {
    /// With the event as received: the payload is made of it, its context's digest and the salt.
    case event(salt: Salt, contextDigest: Hash?)
    /// It is shown whole, as of entries that are published.
    case shown(salt: Salt, bytes: [UInt8])
    /// It cannot any more: only its digest A is left.
    case erased(digest: Hash)
  }

  private static let version: UInt8 = 1

  /// The entry.
  public var entry: Entry
  /// The payload, and the links or their digest B; `nil` where both were destroyed.
  public var parts: (payload: Payload, links: OpenedPart)? {
    get { storedParts.map { ($0.payload, $0.links) } }
    set { storedParts = newValue.map { Parts(payload: $0.payload, links: $0.links) } }
  }
  /// The log's keys.
  public var keys: KeyEvidence

  private var storedParts: Parts?

  private struct Parts: Hashable {
    var payload: Payload
    var links: OpenedPart
  }

  /// The extra data of a proof.
  public init(
    entry: Entry, parts: (payload: Payload, links: OpenedPart)?, keys: KeyEvidence = KeyEvidence()
  ) {
    self.entry = entry
    self.keys = keys
    storedParts = parts.map { Parts(payload: $0.payload, links: $0.links) }
  }

  /// The entry with its parts, where what came along or an event suffices for that.
  ///
  /// - Parameter event: the event as it was received.
  public func opening(with event: [UInt8]?) -> EntryOpening? {
    guard let storedParts else { return EntryOpening(entry: entry, parts: nil) }
    let payload: OpenedPart
    switch storedParts.payload {
    case .shown(let salt, let bytes): payload = .shown(salt: salt, bytes: bytes)
    case .erased(let digest): payload = .digest(digest)
    case .event(let salt, let context):
      guard let event, UInt32(exactly: event.count) != nil else { return nil }
      var bytes: [UInt8] = []
      event.withUnsafeBytes {
        EventPayload.append(contextDigest: context, event: $0, to: &bytes)
      }
      payload = .shown(salt: salt, bytes: bytes)
    }
    return EntryOpening(
      entry: entry, parts: OpenedParts(payload: payload, links: storedParts.links))
  }

  /// Whether an event is the one that the entry commits to.
  public func isAbout(_ event: [UInt8], with hasher: SHA256Hasher) -> Bool {
    guard case .event? = storedParts?.payload, let opening = opening(with: event) else {
      return shownEvent == event
    }
    return !opening.contradictsCommitment(with: hasher)
  }

  /// The event, where the payload is shown whole.
  private var shownEvent: [UInt8]? {
    guard case .shown(_, let bytes)? = storedParts?.payload else { return nil }
    return EventPayload(payload: bytes)?.event
  }
}

// MARK: Binary form

extension ProofExtra {
  /// The bytes: version, entry, payload, links, keys.
  ///
  /// - Throws: ``LedgerStorage/LedgerError/Kind/invalid`` when a part is too long for the format.
  public func encoded() throws(LedgerError) -> [UInt8] {
    var writer = PayloadWriter()
    writer.append(ProofExtra.version)
    writer.appendRaw(entry.bytes)
    if let parts {
      try append(parts.payload, to: &writer)
      try append(parts.links, to: &writer)
    } else {
      writer.append(Form.destroyed.rawValue)
    }
    try keys.append(to: &writer)
    return writer.bytes
  }

  private enum Form: UInt8 {
    case digest = 0
    case shown = 1
    case event = 2
    case eventInContext = 3
    case destroyed = 4
  }

  private func append(_ payload: Payload, to writer: inout PayloadWriter) throws(LedgerError) {
    switch payload {
    case .erased(let digest): try append(OpenedPart.digest(digest), to: &writer)
    case .shown(let salt, let bytes):
      try append(OpenedPart.shown(salt: salt, bytes: bytes), to: &writer)
    case .event(let salt, let context):
      writer.append((context == nil ? Form.event : Form.eventInContext).rawValue)
      writer.appendRaw(salt.bytes)
      if let context { writer.append(context) }
    }
  }

  private func append(_ part: OpenedPart, to writer: inout PayloadWriter) throws(LedgerError) {
    switch part {
    case .digest(let digest):
      writer.append(Form.digest.rawValue)
      writer.append(digest)
    case .shown(let salt, let bytes):
      writer.append(Form.shown.rawValue)
      writer.appendRaw(salt.bytes)
      try writer.append(bytes, naming: "part shown")
    }
  }

  /// Reads the bytes; `nil` for anything that ``encoded()`` does not write.
  public init?(_ bytes: [UInt8]) {
    var reader = PayloadReader(bytes)
    guard reader.integer(UInt8.self) == ProofExtra.version, let entry = reader.entry(),
      let form = reader.integer(UInt8.self).flatMap(Form.init)
    else { return nil }
    var parts: (payload: Payload, links: OpenedPart)?
    if form != .destroyed {
      guard let payload = ProofExtra.payload(form, &reader),
        let linksForm = reader.integer(UInt8.self).flatMap(Form.init),
        let links = ProofExtra.part(linksForm, &reader)
      else { return nil }
      parts = (payload, links)
    }
    guard let keys = KeyEvidence(&reader), reader.isAtEnd else { return nil }
    self.init(entry: entry, parts: parts, keys: keys)
  }

  private static func payload(_ form: Form, _ reader: inout PayloadReader) -> Payload? {
    switch form {
    case .event: return reader.salt().map { .event(salt: $0, contextDigest: nil) }
    case .eventInContext:
      guard let salt = reader.salt(), let context = reader.hash() else { return nil }
      return .event(salt: salt, contextDigest: context)
    default:
      switch part(form, &reader) {
      case .digest(let digest): return .erased(digest: digest)
      case .shown(let salt, let bytes): return .shown(salt: salt, bytes: bytes)
      case nil: return nil
      }
    }
  }

  private static func part(_ form: Form, _ reader: inout PayloadReader) -> OpenedPart? {
    switch form {
    case .digest: return reader.hash().map { .digest($0) }
    case .shown:
      guard let salt = reader.salt(), let bytes = reader.part() else { return nil }
      return .shown(salt: salt, bytes: bytes)
    default: return nil
    }
  }
}
