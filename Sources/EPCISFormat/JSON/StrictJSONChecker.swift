/// A plain, slow JSON checker after RFC 8259 that says where and why a text is refused.
///
/// simdjson decides what is taken; it does not say where a fault is. This walks the same grammar
/// byte by byte, and only after a refusal.
struct StrictJSONChecker {
  let text: UnsafeBufferPointer<UInt8>
  /// Containers that may be open at once.
  let depthLimit: Int
  var position = 0
  /// True for each open object, false for each open array.
  private var open: [Bool] = []
  /// Elements of the outermost array that are complete.
  private(set) var completeElements = 0

  init(_ text: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
    self.text = text
    self.depthLimit = depthLimit
  }

  /// Checks that the text is exactly one value with white space around it.
  ///
  /// - Complexity: O(n), memory for the depth.
  mutating func check() throws(JSONFault) {
    skipBlanks()
    try value()
    while let isObject = open.last {
      skipBlanks()
      guard let byte = current else { throw unfinished() }
      let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
      if byte == closing {
        close()
      } else if byte == UInt8(ascii: ",") {
        position += 1
        try afterComma(isObject, closing)
      } else {
        throw unexpected(byte, isObject)
      }
    }
    skipBlanks()
    guard position == text.count else {
      throw JSONFault(position, "something follows the end of the JSON value")
    }
  }

  var current: UInt8? { position < text.count ? text[position] : nil }

  mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func afterComma(_ isObject: Bool, _ closing: UInt8) throws(JSONFault) {
    let comma = position - 1
    skipBlanks()
    if current == closing {
      throw JSONFault(comma, "a comma stands before the closing bracket", "remove the comma")
    }
    if isObject { try key() }
    try value()
  }

  /// A member's name and colon.
  private mutating func key() throws(JSONFault) {
    skipBlanks()
    guard let byte = current else { throw unfinished() }
    guard byte == UInt8(ascii: "\"") else {
      throw JSONFault(position, "a member name in double quotes is expected here")
    }
    try string()
    skipBlanks()
    guard current == UInt8(ascii: ":") else {
      if current == nil { throw unfinished() }
      throw JSONFault(position, "a colon is missing after a member name")
    }
    position += 1
  }

  /// A scalar, or the opening of containers down to their first scalar.
  private mutating func value() throws(JSONFault) {
    while true {
      skipBlanks()
      guard let byte = current else { throw unfinished() }
      guard byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else {
        try scalar(byte)
        completeElement()
        return
      }
      let isObject = byte == UInt8(ascii: "{")
      guard open.count < depthLimit else {
        throw JSONFault(
          position, "containers are nested too deep: at most \(depthLimit) are taken here",
          "flatten the extension")
      }
      open.append(isObject)
      position += 1
      skipBlanks()
      if current == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
        close()
        return
      }
      if isObject { try key() }
    }
  }

  private mutating func close() {
    open.removeLast()
    position += 1
    completeElement()
  }

  private mutating func completeElement() {
    if open == [false] { completeElements += 1 }
  }

  private mutating func scalar(_ byte: UInt8) throws(JSONFault) {
    switch byte {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    case UInt8(ascii: "-"), 48...57: try number()
    case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
      throw JSONFault(position, "a value is missing here")
    case 0: throw JSONFault(position, "a NUL byte stands here")
    default:
      throw JSONFault(position, "no JSON value starts with \(StrictJSONChecker.shown(byte))")
    }
  }

  private mutating func literal(_ word: StaticString) throws(JSONFault) {
    let start = position
    for i in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[i] else {
        throw JSONFault(start, "'\(word)' is cut short or misspelled")
      }
      position += 1
    }
    try delimiter(start)
  }

  /// After a literal or number, something that ends it.
  func delimiter(_ start: Int) throws(JSONFault) {
    guard let byte = current else { return }
    let isEnd =
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
      || byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 || byte == UInt8(ascii: ":")
    guard isEnd else {
      throw JSONFault(
        position, "\(StrictJSONChecker.shown(byte)) cannot follow the value before it")
    }
  }

  private func unexpected(_ byte: UInt8, _ isObject: Bool) -> JSONFault {
    if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
      return JSONFault(
        position,
        "\(StrictJSONChecker.shown(byte)) closes \(isObject ? "an object" : "an array")")
    }
    return JSONFault(position, "a comma or a closing bracket is expected here")
  }

  private func unfinished() -> JSONFault {
    JSONFault(text.count, "the text ends within a value", "send the whole document")
  }

  /// A byte for an error message: never a control character.
  static func shown(_ byte: UInt8) -> String {
    guard byte > 0x20, byte < 0x7F else { return "byte 0x" + String(byte, radix: 16) }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }
}
