extension StrictJSONChecker {
  /// A string: UTF-8 without control characters, with the escapes of RFC 8259 section 7.
  mutating func string() throws(JSONFault) {
    let start = position
    position += 1
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"):
        try escape()
      case 0..<0x20:
        throw JSONFault(
          position, "a control character (byte 0x\(String(byte, radix: 16))) stands in a string",
          "close the string before it, or write it as \\u00\(byte < 16 ? "0" : "")"
            + String(byte, radix: 16))
      case 0x80...:
        try character()
      default:
        position += 1
      }
    }
    throw JSONFault(start, "this string has no end", "close it with a double quote")
  }

  private mutating func escape() throws(JSONFault) {
    let start = position
    position += 1
    switch current {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 1
    case UInt8(ascii: "u"):
      position += 1
      let unit = try codeUnit(start)
      guard unit & 0xF800 == 0xD800 else { return }
      guard unit < 0xDC00, current == UInt8(ascii: "\\"), position + 1 < text.count,
        text[position + 1] == UInt8(ascii: "u")
      else { throw JSONFault(start, "half a surrogate pair is no character") }
      position += 2
      guard try codeUnit(start) & 0xFC00 == 0xDC00 else {
        throw JSONFault(start, "half a surrogate pair is no character")
      }
    default:
      throw JSONFault(start, "no such escape exists", "write a backslash as \\\\")
    }
  }

  private mutating func codeUnit(_ start: Int) throws(JSONFault) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Self.hexadecimal(byte) else {
        throw JSONFault(start, "\\u takes four hexadecimal digits")
      }
      unit = unit << 4 | UInt16(digit)
      position += 1
    }
    return unit
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    if byte &- 48 <= 9 { return byte &- 48 }
    let lower = (byte | 0x20) &- UInt8(ascii: "a")
    return lower <= 5 ? lower &+ 10 : nil
  }

  /// One character of two to four bytes (RFC 3629 section 4).
  private mutating func character() throws(JSONFault) {
    let first = text[position]
    let fault = JSONFault(position, "the text is not UTF-8 here", "convert the document to UTF-8")
    let count: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0xC2...0xDF: count = 2
    case 0xE0...0xEF:
      count = 3
      if first == 0xE0 { second = 0xA0...0xBF }
      if first == 0xED { second = 0x80...0x9F }
    case 0xF0...0xF4:
      count = 4
      if first == 0xF0 { second = 0x90...0xBF }
      if first == 0xF4 { second = 0x80...0x8F }
    default: throw fault
    }
    guard position + count <= text.count else {
      position = text.count
      throw fault
    }
    guard second.contains(text[position + 1]) else { throw fault }
    for i in 2..<max(2, count) where text[position + i] & 0xC0 != 0x80 { throw fault }
    position += count
  }

  /// A number (RFC 8259 section 6) that 64 bits hold.
  mutating func number() throws(JSONFault) {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let integer = position
    guard skipDigits() > 0 else { throw JSONFault(start, "a number has no digits") }
    if text[integer] == 48, position > integer + 1 {
      throw JSONFault(start, "a number starts with a surplus zero", "remove the zero")
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard skipDigits() > 0 else { throw JSONFault(start, "no digit follows the decimal point") }
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      guard skipDigits() > 0 else { throw JSONFault(start, "the exponent has no digits") }
    }
    try delimiter(start)
    try range(start, isInteger)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = current, byte &- 48 <= 9 { position += 1 }
    return position - start
  }

  private func range(_ start: Int, _ isInteger: Bool) throws(JSONFault) {
    let spelled = String(decoding: text[start..<position], as: UTF8.self)
    let fits =
      isInteger
      ? Int64(spelled) != nil || UInt64(spelled) != nil : Double(spelled)?.isFinite == true
    guard fits else {
      throw JSONFault(
        start, "the number \(spelled.prefix(40)) is beyond what 64 bits hold",
        "write it as a string in double quotes")
    }
  }
}
