/// A read-only walk over the tape that simdjson leaves: one word for each value and key, containers
/// with the index behind their end. Nothing is checked: the tape is the library's own output.
struct JSONTape: @unchecked Sendable {
  /// What stands at a tape index.
  enum Kind {
    static let object = UInt8(ascii: "{")
    static let array = UInt8(ascii: "[")
    static let string = UInt8(ascii: "\"")
    static let integer = UInt8(ascii: "l")
    static let unsigned = UInt8(ascii: "u")
    static let double = UInt8(ascii: "d")
    static let yes = UInt8(ascii: "t")
    static let no = UInt8(ascii: "f")
    static let null = UInt8(ascii: "n")
  }

  let words: UnsafePointer<UInt64>
  let strings: UnsafePointer<UInt8>
  /// The parsed text, for the spelling of numbers.
  let text: UnsafePointer<UInt8>

  /// The first value.
  static let root = 1

  @inline(__always)
  func kind(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: words[index] >> 56) }

  @inline(__always)
  func isNumber(_ index: Int) -> Bool {
    let kind = kind(index)
    return kind == Kind.integer || kind == Kind.unsigned || kind == Kind.double
  }

  /// The index behind the value.
  @inline(__always)
  func after(_ index: Int) -> Int {
    switch kind(index) {
    case Kind.object, Kind.array: Int(UInt32(truncatingIfNeeded: words[index]))
    case Kind.integer, Kind.unsigned, Kind.double: index &+ 2
    default: index &+ 1
    }
  }

  /// The index of a container's closing word.
  @inline(__always)
  func end(_ index: Int) -> Int { Int(UInt32(truncatingIfNeeded: words[index])) &- 1 }

  /// Whether a container holds nothing.
  @inline(__always)
  func isEmpty(_ index: Int) -> Bool { end(index) == index &+ 1 }

  /// The unescaped bytes of a string or key.
  @inline(__always)
  func string(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let start = strings + Int(words[index] & 0x00FF_FFFF_FFFF_FFFF)
    let count = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
    return UnsafeBufferPointer(start: start + 4, count: Int(count))
  }

  /// A number as it is spelled in the text.
  func number(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let start = text + Int(words[index] & 0x00FF_FFFF_FFFF_FFFF)
    var count = 0
    while Self.isNumberByte(start[count]) { count &+= 1 }
    return UnsafeBufferPointer(start: start, count: count)
  }

  @inline(__always)
  private static func isNumberByte(_ byte: UInt8) -> Bool {
    byte &- 48 <= 9 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
  }

  /// The value of an object's member, by a slow search: for the envelope, not for events.
  func member(_ object: Int, _ name: String) -> Int? {
    guard kind(object) == Kind.object else { return nil }
    var index = object + 1
    let end = end(object)
    while index < end {
      if string(index).elementsEqual(name.utf8) { return index + 1 }
      index = after(index + 1)
    }
    return nil
  }

  /// The elements of an array, or nothing for another value.
  func elements(_ array: Int) -> [Int] {
    guard kind(array) == Kind.array else { return [] }
    var result: [Int] = []
    var index = array + 1
    let end = end(array)
    while index < end {
      result.append(index)
      index = after(index)
    }
    return result
  }

  /// A string as a Swift value; nil for another value.
  func text(_ index: Int?) -> String? {
    guard let index, kind(index) == Kind.string else { return nil }
    return String(decoding: string(index), as: UTF8.self)
  }
}

extension JSONTape {
  /// A tape of nothing, before the first text is parsed.
  static let none: JSONTape = {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
    words.initialize(repeating: 0, count: 2)
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    bytes.initialize(to: 0)
    return JSONTape(words: words, strings: bytes, text: bytes)
  }()
}
