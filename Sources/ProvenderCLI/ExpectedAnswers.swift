/// The answers that stand beside a fixture in `expected.json`, worked out by hand.
struct ExpectedAnswers {
  /// An answer to a trace.
  struct Answer {
    /// Where it starts.
    var seed: String
    /// All its items.
    var items: Set<String>
  }

  let forward: Answer
  let backward: Answer

  /// Reads the file.
  init(path: String) throws(Failure) {
    var reader = Reader(bytes: try Files.read(path))
    guard case .object(let members)? = reader.value(depth: 0),
      let forward = Self.answer(members["forward"]),
      let backward = Self.answer(members["backward"])
    else { throw .data("\(path) does not hold the answers of both traces; restore it") }
    self.forward = forward
    self.backward = backward
  }

  private static func answer(_ value: Value?) -> Answer? {
    guard case .object(let members)? = value, case .text(let seed)? = members["seed"],
      case .list(let items)? = members["items"]
    else { return nil }
    return Answer(seed: seed, items: Set(items.compactMap(\.asText)))
  }

  private indirect enum Value {
    case text(String)
    case list([Value])
    case object([String: Value])

    var asText: String? {
      if case .text(let text) = self { return text }
      return nil
    }
  }

  /// Reads JSON that consists of objects, arrays and strings without escapes.
  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    private static let depthLimit = 8

    mutating func value(depth: Int) -> Value? {
      guard depth < Self.depthLimit, let next = peek() else { return nil }
      switch next {
      case UInt8(ascii: "\""): return string().map(Value.text)
      case UInt8(ascii: "["): return list(depth)
      case UInt8(ascii: "{"): return object(depth)
      default: return nil
      }
    }

    private mutating func list(_ depth: Int) -> Value? {
      var values: [Value] = []
      position += 1
      while let next = peek(), next != UInt8(ascii: "]") {
        guard let value = value(depth: depth + 1) else { return nil }
        values.append(value)
        if peek() == UInt8(ascii: ",") { position += 1 }
      }
      position += 1
      return .list(values)
    }

    private mutating func object(_ depth: Int) -> Value? {
      var members: [String: Value] = [:]
      position += 1
      while let next = peek(), next != UInt8(ascii: "}") {
        guard let name = string(), peek() == UInt8(ascii: ":") else { return nil }
        position += 1
        guard let value = value(depth: depth + 1) else { return nil }
        members[name] = value
        if peek() == UInt8(ascii: ",") { position += 1 }
      }
      position += 1
      return .object(members)
    }

    private mutating func string() -> String? {
      guard peek() == UInt8(ascii: "\"") else { return nil }
      position += 1
      guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\"")) else { return nil }
      defer { position = end + 1 }
      let text = bytes[position..<end]
      return text.contains(UInt8(ascii: "\\")) ? nil : String(decoding: text, as: UTF8.self)
    }

    private mutating func peek() -> UInt8? {
      while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
      return position < bytes.count ? bytes[position] : nil
    }
  }
}
