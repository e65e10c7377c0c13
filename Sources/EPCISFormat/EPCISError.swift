/// Why a document or an event of it is refused: where, what is wrong, and what to do.
public struct EPCISError: Error, Sendable, Hashable {
  /// Where in the document.
  public struct Position: Sendable, Hashable {
    /// The event's place in the document, from 1; nil where the envelope is at fault.
    public var event: Int?
    /// The line, from 1, of the fault in JSON, else of the event's first byte.
    public var line: Int
    /// Bytes of the document before that place.
    public var offset: Int
    /// The member at fault, such as `quantityList[2].quantity`; empty where the whole is meant.
    public var path: String

    /// A position from its parts.
    public init(event: Int? = nil, line: Int, offset: Int, path: String = "") {
      self.event = event
      self.line = line
      self.offset = offset
      self.path = path
    }
  }

  /// Where.
  public var position: Position
  /// What is wrong.
  public var problem: String
  /// What to do.
  public var advice: String

  /// An error from its parts.
  public init(position: Position, problem: String, advice: String) {
    self.position = position
    self.problem = problem
    self.advice = advice
  }
}

extension EPCISError: CustomStringConvertible {
  /// One line for people: position, problem, advice.
  public var description: String {
    var text = position.event.map { "event \($0), " } ?? ""
    text += "line \(position.line), byte \(position.offset)"
    if !position.path.isEmpty { text += ", \(position.path)" }
    return "\(text): \(problem); \(advice)"
  }
}

/// A document that is refused, with all that is wrong with it as far as it could be read on.
public struct EPCISRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// At least one error, in the document's order.
  public let errors: [EPCISError]
  /// Whether more than these were found and left out.
  public let isCutShort: Bool

  init(_ errors: [EPCISError], isCutShort: Bool = false) {
    self.errors = errors
    self.isCutShort = isCutShort
  }

  /// One line for each error.
  public var description: String {
    errors.map(\.description).joined(separator: "\n") + (isCutShort ? "\nand more" : "")
  }
}

/// A document that cannot be read: an error of the system, not of the document.
public struct ByteSourceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was tried, and what the system says.
  public let description: String

  /// An error from its text.
  public init(_ description: String) { self.description = description }
}

/// How much of anything is taken from a document, so that none exhausts memory.
public struct EPCISLimits: Sendable, Hashable {
  /// Bytes outside the event list: context, header, master data.
  public var envelopeBytes = 32 << 20
  /// Bytes of one event.
  public var eventBytes = 16 << 20
  /// Events are parsed in groups of about so many bytes.
  public var batchBytes = 1 << 20
  /// Events of JSON Lines are grouped by at most so many lines.
  public var batchLines = 1000
  /// Containers open at once, those of the envelope counted.
  public var depth = 64
  /// Errors that are collected before reading stops.
  public var errors = 100
  /// Bytes read at a time while event boundaries are sought.
  public var chunkBytes = 1 << 18

  /// The limits that the command uses.
  public init() {}
}
