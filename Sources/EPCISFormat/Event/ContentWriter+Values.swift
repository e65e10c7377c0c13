extension ContentWriter {
  /// Any value of an extension, by its own form.
  ///
  /// Elements of arrays keep their order; members are ordered by their names. A member that occurs
  /// twice is left in `duplicate`. The depth is bounded by the parser's.
  mutating func value(_ index: Int, _ tape: JSONTape) {
    switch tape.kind(index) {
    case JSONTape.Kind.string:
      bytes.append(Tag.text)
      bytes.appendCounted(tape.string(index))
    case JSONTape.Kind.object:
      bytes.append(Tag.object)
      let first = beginSet()
      var member = index + 1
      let end = tape.end(index)
      while member < end {
        beginElement()
        key(tape.string(member))
        value(member + 1, tape)
        member = tape.after(member + 1)
      }
      endMembers(first)
      bytes.append(Tag.endOfMembers)
    case JSONTape.Kind.array:
      bytes.append(Tag.array)
      var element = index + 1
      let end = tape.end(index)
      while element < end {
        value(element, tape)
        element = tape.after(element)
      }
      bytes.append(Tag.endOfMembers)
    case JSONTape.Kind.yes: bytes.append(Tag.yes)
    case JSONTape.Kind.no: bytes.append(Tag.no)
    case JSONTape.Kind.null: bytes.append(Tag.null)
    default: number(tape.number(index))
    }
  }

  /// The name of an extension member, its prefix replaced by what the context binds it to.
  mutating func key(_ name: UnsafeBufferPointer<UInt8>) {
    guard let (namespace, prefixCount) = namespaces.resolve(name) else {
      bytes.append(Tag.plainKey)
      bytes.appendCounted(name)
      return
    }
    let local = name.from(prefixCount + 1)
    bytes.append(Tag.expandedKey)
    bytes.append(length: namespace.count + local.count)
    bytes.append(namespace)
    bytes.append(local)
  }

  /// A number by its exact decimal value: sign, digits without zeros at either end, power of ten.
  mutating func number(_ text: UnsafeBufferPointer<UInt8>) {
    bytes.append(Tag.number)
    let start = bytes.count
    var i = 0
    let isNegative = text.first == UInt8(ascii: "-")
    if isNegative { i = 1 }
    bytes.append(isNegative ? UInt8(ascii: "-") : UInt8(ascii: "+"))
    var power = 0
    var hasPoint = false
    var last = bytes.count
    while i < text.count, text[i] | 0x20 != UInt8(ascii: "e") {
      if text[i] == UInt8(ascii: ".") {
        hasPoint = true
      } else {
        if hasPoint { power -= 1 }
        if text[i] != 48 || bytes.count > start + 1 { bytes.append(text[i]) }
        if text[i] != 48 { last = bytes.count }
      }
      i += 1
    }
    guard last > start + 1 else {
      bytes.truncate(to: start)
      bytes.append(UInt8(ascii: "0"))
      bytes.append(Tag.endOfMembers)
      return
    }
    power += bytes.count - last
    bytes.truncate(to: last)
    bytes.append(UInt8(ascii: "e"))
    // The parser has refused what exceeds a binary number, but not ten to the minus anything.
    let (sum, isOver) = power.addingReportingOverflow(Self.exponent(text.from(i + 1)))
    bytes.append(word: UInt64(bitPattern: Int64(isOver ? Int.min : sum)))
  }

  private static func exponent(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var value = 0
    var isNegative = false
    for byte in text {
      if byte == UInt8(ascii: "-") { isNegative = true }
      guard byte &- 48 <= 9 else { continue }
      let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
      // Exponents of 19 digits are one: nobody writes two of them that matter.
      guard !isOver, tenfold < 1 << 60 else { return isNegative ? -(1 << 60) : 1 << 60 }
      value = tenfold + Int(byte &- 48)
    }
    return isNegative ? -value : value
  }
}
