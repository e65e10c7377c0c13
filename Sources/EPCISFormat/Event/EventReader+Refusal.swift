extension EventReader {
  /// Notes a fault of the event at the present place.
  ///
  /// - Parameter member: a member of the present object, where it is not the leaf.
  @inline(never)
  mutating func refuse(_ problem: String, _ advice: String, at member: String? = nil) {
    guard problems.count < Self.problemLimit else { return }
    var path = field?.name ?? ""
    if let element { path += "[\(element)]" }
    if let leaf { path += path.isEmpty ? "\(leaf)" : ".\(leaf)" }
    if let member { path += path.isEmpty ? member : ".\(member)" }
    problems.append(Problem(path: path, problem: problem, advice: advice))
  }

  /// What a value is, in words.
  func typeName(_ index: Int) -> String {
    switch tape.kind(index) {
    case JSONTape.Kind.object: "an object"
    case JSONTape.Kind.array: "an array"
    case JSONTape.Kind.string: "a string"
    case JSONTape.Kind.yes, JSONTape.Kind.no: "true or false"
    case JSONTape.Kind.null: "null"
    default: "a number"
    }
  }

  /// A string that is not empty and has no control character; nil after a refusal.
  mutating func string(_ index: Int) -> UnsafeBufferPointer<UInt8>? {
    guard tape.kind(index) == JSONTape.Kind.string else {
      refuse("a string is expected, not \(typeName(index))", "write it in double quotes")
      return nil
    }
    let text = tape.string(index)
    guard !text.isEmpty else {
      refuse("the string is empty", "leave the member out or give it a value")
      return nil
    }
    for byte in text where byte < 0x20 || byte == 0x7F {
      refuse("the string has a control character", "remove it")
      return nil
    }
    return text
  }

  /// Whether a value is an array, else a refusal.
  mutating func isArray(_ index: Int) -> Bool {
    if tape.kind(index) == JSONTape.Kind.array { return true }
    refuse("a list is expected, not \(typeName(index))", "write it in square brackets")
    return false
  }

  /// Whether a value is an object, else a refusal.
  mutating func isObject(_ index: Int) -> Bool {
    if tape.kind(index) == JSONTape.Kind.object { return true }
    refuse("an object is expected, not \(typeName(index))", "write it in braces")
    return false
  }

  /// Calls the body for each element of an array, with the place set to it.
  @inline(__always)
  mutating func forEach(_ array: Int, _ body: (inout Self, Int) -> Void) {
    var index = array + 1
    let end = tape.end(array)
    var number = 0
    while index < end {
      element = number
      body(&self, index)
      number &+= 1
      index = tape.after(index)
    }
    element = nil
  }

  /// Whether a text starts with a URI scheme (RFC 3986 section 3.1) and goes on.
  static func hasScheme(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = text.first, (first | 0x20) &- 97 <= 25 else { return false }
    var i = 1
    while i < text.count {
      let byte = text[i]
      if byte == UInt8(ascii: ":") { return i + 1 < text.count }
      guard
        byte &- 48 <= 9 || (byte | 0x20) &- 97 <= 25 || byte == UInt8(ascii: "+")
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      else { return false }
      i &+= 1
    }
    return false
  }
}
