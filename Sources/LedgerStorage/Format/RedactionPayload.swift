public import TransparencyLog

/// How much of an entry is destroyed.
public enum RedactedParts: String, Hashable, Sendable, CaseIterable {
  /// The payload and its salt; the links stay, and traces hold.
  case payload
  /// Payload, links and both salts; traces are cut there.
  case payloadAndLinks
}

/// What an entry of kind redaction says: which parts of which entries are destroyed, and why.
///
/// The payload is published. It names entries by their number, never an event, and for each
/// payload whose links stay the digest A of the commitment, so that the links can still be verified.
public struct RedactionPayload: Hashable, Sendable {
  /// What is destroyed of an entry, and what stands in for it.
  public enum Scope: Hashable, Sendable {
    /// Payload and its salt. The digest A stands in for them: salted with what is destroyed, it
    /// tells nothing.
    case payload(digest: Hash)
    /// Payload, links and both salts.
    case payloadAndLinks

    /// How much is destroyed.
    public var parts: RedactedParts {
      switch self {
      case .payload: .payload
      case .payloadAndLinks: .payloadAndLinks
      }
    }
  }

  /// One entry that is redacted.
  public struct Target: Hashable, Sendable {
    /// The entry, before the redaction entry in the log.
    public let entry: EntryIndex
    /// What of it is destroyed.
    public let scope: Scope

    /// An entry to redact.
    public init(entry: EntryIndex, scope: Scope) {
      self.entry = entry
      self.scope = scope
    }
  }

  /// The most bytes of a reason.
  public static let reasonByteCountMax = 64
  private static let version: UInt8 = 1

  /// Why: a code of 1 to 64 letters, digits, `.`, `_` and `-` of ASCII, such as `gdpr-17`.
  public let reason: String
  /// What is redacted, in ascending order of entries, each once.
  public let targets: [Target]

  /// A redaction.
  ///
  /// - Throws: ``LedgerError/Kind/invalid`` when the reason is no code, or there are no targets, more
  ///   than 65,535, or targets out of order.
  public init(reason: String, targets: [Target]) throws(LedgerError) {
    guard RedactionPayload.isReason(reason) else {
      throw .invalid(
        "the reason is not a code of 1 to \(Self.reasonByteCountMax) letters, digits, '.', '_', '-'"
      )
    }
    guard !targets.isEmpty, targets.count <= Int(UInt16.max),
      zip(targets, targets.dropFirst()).allSatisfy({ $0.entry < $1.entry })
    else { throw .invalid("a redaction names 1 to 65,535 entries in ascending order") }
    self.reason = reason
    self.targets = targets
  }

  /// Reads a payload; `nil` for anything that ``payload()`` does not write.
  public init?(payload: [UInt8]) {
    var reader = PayloadReader(payload)
    guard reader.integer(UInt8.self) == RedactionPayload.version, let reason = reader.text(),
      let count = reader.integer(UInt16.self)
    else { return nil }
    var targets: [Target] = []
    for _ in 0..<count {
      guard let entry = reader.integer(UInt64.self), let scope = reader.integer(UInt8.self)
      else { return nil }
      switch scope {
      case 1:
        guard let digest = reader.hash() else { return nil }
        targets.append(Target(entry: EntryIndex(entry), scope: .payload(digest: digest)))
      case 2: targets.append(Target(entry: EntryIndex(entry), scope: .payloadAndLinks))
      default: return nil
      }
    }
    guard reader.isAtEnd, let value = try? RedactionPayload(reason: reason, targets: targets)
    else { return nil }
    self = value
  }

  /// The payload's bytes: version, reason, and the targets after their number.
  public func payload() throws(LedgerError) -> [UInt8] {
    var writer = PayloadWriter()
    writer.append(RedactionPayload.version)
    try writer.append(reason, naming: "reason")
    // The initialiser allows no more.
    writer.append(UInt16(truncatingIfNeeded: targets.count))
    for target in targets {
      writer.append(target.entry.rawValue)
      switch target.scope {
      case .payload(let digest):
        writer.append(UInt8(1))
        writer.append(digest)
      case .payloadAndLinks:
        writer.append(UInt8(2))
      }
    }
    return writer.bytes
  }

  /// Whether a text can be a reason.
  public static func isReason(_ text: String) -> Bool {
    (1...reasonByteCountMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
