/// Writes one JSON document (RFC 8259): members in the order given, strings escaped so that the
/// bytes are also harmless on a terminal.
///
/// The outer two levels stand one element a line, what is inside them on that line.
public struct JSONWriter: Sendable {
  /// The document so far, UTF-8, without what was taken away.
  public private(set) var bytes: [UInt8] = []
  /// For each open container, whether nothing stands in it yet.
  private var isEmpty: [Bool] = []
  private var isAfterKey = false

  private static let openLevels = 2
  /// The largest integer that every JSON reader keeps exactly (RFC 8259 section 6).
  private static let maximumInteger: UInt64 = 1 << 53 - 1

  /// A writer without a document.
  public init() {}

  /// Takes away what was written so far, so that a long document need not stand in memory.
  public mutating func takeBytes() -> [UInt8] {
    defer { bytes.removeAll(keepingCapacity: true) }
    return bytes
  }

  /// Writes an object whose members the body writes.
  public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try container("{", "}", body)
  }

  /// Writes an array whose elements the body writes.
  public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try container("[", "]", body)
  }

  /// Writes the name of a member, whose value must follow.
  public mutating func key(_ name: String) {
    separate()
    string(name)
    append(": ")
    isAfterKey = true
  }

  /// Writes a string.
  public mutating func value(_ text: String) {
    separate()
    string(text)
  }

  /// Writes an integer; one beyond 2^53 − 1 as a string, since readers would round it.
  public mutating func value(_ number: UInt64) {
    guard number <= Self.maximumInteger else { return value(String(number)) }
    separate()
    append(String(number))
  }

  /// Writes an integer; one beyond ±(2^53 − 1) as a string, since readers would round it.
  public mutating func value(_ number: Int) {
    guard number.magnitude <= Self.maximumInteger else { return value(String(number)) }
    separate()
    append(String(number))
  }

  /// Writes `true` or `false`.
  public mutating func value(_ flag: Bool) {
    separate()
    append(flag ? "true" : "false")
  }

  /// Writes `null`.
  public mutating func null() {
    separate()
    append("null")
  }

  // MARK: Members

  /// Writes a member: a string, or `null` for nil.
  public mutating func member(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  /// Writes a member: an integer, or `null` for nil.
  public mutating func member(_ name: String, _ number: UInt64?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  /// Writes a member: an integer.
  public mutating func member(_ name: String, _ number: Int) {
    key(name)
    value(number)
  }

  /// Writes a member: `true` or `false`.
  public mutating func member(_ name: String, _ flag: Bool) {
    key(name)
    value(flag)
  }

  /// Writes a member: an array of strings.
  public mutating func member(_ name: String, _ texts: [String]) {
    key(name)
    array { for text in texts { $0.value(text) } }
  }

  /// Writes a member: an array with an object for each element.
  public mutating func member<Element>(
    _ name: String, each elements: some Sequence<Element>,
    _ body: (inout JSONWriter, Element) throws -> Void
  ) rethrows {
    key(name)
    try array { array in
      for element in elements { try array.object { try body(&$0, element) } }
    }
  }

  // MARK: Bytes

  private mutating func container(
    _ open: String, _ close: String, _ body: (inout JSONWriter) throws -> Void
  ) rethrows {
    separate()
    append(open)
    isEmpty.append(true)
    try body(&self)
    let wasEmpty = isEmpty.removeLast()
    if !wasEmpty, isEmpty.count < Self.openLevels { newLine() }
    append(close)
    if isEmpty.isEmpty { append("\n") }
  }

  /// Writes what stands between the last element and the next.
  private mutating func separate() {
    if isAfterKey {
      isAfterKey = false
      return
    }
    guard let wasEmpty = isEmpty.last else { return }
    isEmpty[isEmpty.count - 1] = false
    if !wasEmpty { append(",") }
    if isEmpty.count <= Self.openLevels {
      newLine()
    } else if !wasEmpty {
      append(" ")
    }
  }

  private mutating func newLine() {
    append("\n")
    for _ in isEmpty { append("  ") }
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) {
      append(text)
    } else {
      for scalar in text.unicodeScalars { escape(scalar) }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": append("\\\"")
    case "\\": append("\\\\")
    case "\n": append("\\n")
    case "\r": append("\\r")
    case "\t": append("\\t")
    case _ where TerminalText.isHarmless(scalar):
      bytes.append(contentsOf: UTF8.encode(scalar)?.map(\.self) ?? [])
    default:
      for unit in UTF16.encode(scalar)?.map(\.self) ?? [] {
        let digits = String(unit, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      }
    }
  }
}
