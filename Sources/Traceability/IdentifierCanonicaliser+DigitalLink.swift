extension IdentifierCanonicaliser {
  /// A key or qualifier with its decoded value.
  private struct Element {
    var name: [UInt8]
    var value: [UInt8]
  }

  /// The qualifiers of a key that were given: few, so that they are looked for one by one.
  private struct Qualified {
    private var given: [Element] = []

    subscript(ai: String) -> [UInt8]? {
      given.first { $0.name.elementsEqual(ai.utf8) }?.value
    }

    /// Takes one in; false if it was given before.
    mutating func add(_ ai: String, _ value: [UInt8]) -> Bool {
      guard self[ai] == nil else { return false }
      given.append(Element(name: Array(ai.utf8), value: value))
      return true
    }
  }

  /// A web URI: a GS1 Digital Link on any domain, or another web page, which stands as given.
  ///
  /// The key may follow any path prefix; the query and the fragment do not identify.
  mutating func digitalLink(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(IdentifierError) -> IdentifierKind {
    let isGS1 = text.starts(withASCII: "https://id.gs1.org/")
    guard let elements = Self.pathElements(text) else {
      output.append(contentsOf: text)
      return .other
    }
    for start in elements.indices {
      guard let key = GS1Key.named(elements[start]), start + 1 < elements.count else { continue }
      let rest = elements[start...]
      guard rest.count.isMultiple(of: 2) else { continue }
      let pairs = stride(from: start, to: elements.count, by: 2).map {
        Element(name: elements[$0], value: elements[$0 + 1])
      }
      let isQualified = pairs.dropFirst().allSatisfy { key.qualifier($0.name) != nil }
      if !isGS1, !isQualified || !Self.looksLikeKey(key, pairs[0].value) { continue }
      return try write(key, pairs)
    }
    guard !isGS1 else {
      throw IdentifierError(
        "'\(String(decoding: text, as: UTF8.self))' is no GS1 Digital Link: "
          + "write /{key}/{value}, such as /01/09506000134352/10/AB-12")
    }
    output.append(contentsOf: text)
    return .other
  }

  /// On a domain of one's own, a path is taken for a Digital Link only where its value has the
  /// length and digits of the key: `/01/2024` is a page.
  private static func looksLikeKey(_ key: GS1Key, _ value: [UInt8]) -> Bool {
    guard key.digits > 0 else { return false }
    let number = value.prefix(key.digits)
    if key.ai == "01", value.count == 8 || value.count == 12 {
      return value.allSatisfy(\.isASCIIDigit) && GS1CheckDigit.isValid(value)
    }
    if key.ai == "01", value.count == 13 { return value.allSatisfy(\.isASCIIDigit) }
    return number.count == key.digits && number.allSatisfy(\.isASCIIDigit)
      && (key.hasSerial || value.count == key.digits)
  }

  /// `(01)09506000134352(10)AB-12(17)260131`: GS1 element strings as people type them.
  mutating func elementString(
    _ text: UnsafeBufferPointer<UInt8>
  ) throws(IdentifierError) -> IdentifierKind {
    var pairs: [Element] = []
    var i = 0
    while i < text.count {
      guard text[i] == UInt8(ascii: "("),
        let close = text[i...].firstIndex(of: UInt8(ascii: ")")), close - i >= 3, close - i <= 5,
        text[(i + 1)..<close].allSatisfy(\.isASCIIDigit)
      else {
        throw IdentifierError("expected an application identifier such as (01) at byte \(i + 1)")
      }
      let end = Self.nextElement(text, after: close + 1)
      pairs.append(
        Element(name: Array(text[(i + 1)..<close]), value: Array(text[(close + 1)..<end])))
      i = end
    }
    guard let at = pairs.firstIndex(where: { GS1Key.named($0.name) != nil }),
      let key = GS1Key.named(pairs[at].name)
    else { throw IdentifierError("no GS1 key such as (01), (00) or (414) in the element string") }
    let primary = pairs.remove(at: at)
    // Attributes such as best-before (17) describe the item and do not identify it.
    return try write(key, [primary] + pairs.filter { key.qualifier($0.name) != nil })
  }

  /// Where the value ends: at the next `(digits)`, since a lot may itself hold parentheses.
  private static func nextElement(_ text: UnsafeBufferPointer<UInt8>, after start: Int) -> Int {
    var i = start
    while i < text.count {
      if text[i] == UInt8(ascii: "("), let close = text[i...].firstIndex(of: UInt8(ascii: ")")),
        close - i >= 3, close - i <= 5, text[(i + 1)..<close].allSatisfy(\.isASCIIDigit)
      {
        return i
      }
      i += 1
    }
    return text.count
  }

  private mutating func write(
    _ key: GS1Key, _ pairs: [Element]
  ) throws(IdentifierError) -> IdentifierKind {
    let primary = try key.normalised(pairs[0].value)
    Self.append(key.ai, primary, to: &output)
    var values = Qualified()
    for pair in pairs.dropFirst() {
      guard let qualifier = key.qualifier(pair.name) else {
        throw IdentifierError(
          "'\(String(decoding: pair.name, as: UTF8.self))' does not qualify a (\(key.ai)) key")
      }
      guard !pair.value.isEmpty, pair.value.count <= qualifier.maximum else {
        throw IdentifierError(
          "(\(qualifier.ai)) takes 1 to \(qualifier.maximum) characters, "
            + "'\(String(decoding: pair.value, as: UTF8.self))' has \(pair.value.count)")
      }
      guard values.add(qualifier.ai, pair.value) else {
        throw IdentifierError("(\(qualifier.ai)) is given twice")
      }
    }
    return finish(key, primary, values)
  }

  /// Adds what identifies: the serial alone where there is one (trace rules, section 2), else the
  /// lot. The consumer product variant (AI 22) is dropped, as the event hash does.
  private mutating func finish(
    _ key: GS1Key, _ primary: [UInt8], _ values: Qualified
  ) -> IdentifierKind {
    if let serial = values["21"] ?? values["235"] {
      if let lotCode = values["10"] {
        Self.append(key.ai, primary, to: &lot)
        Self.append(qualifier: "10", lotCode, to: &lot)
      }
      Self.append(qualifier: values["21"] == nil ? "235" : "21", serial, to: &output)
      return .serialised
    }
    if let lotCode = values["10"] {
      Self.append(qualifier: "10", lotCode, to: &output)
      return .lot
    }
    for qualifier in key.qualifiers where qualifier.ai != "22" {
      // GLN extension 0 names the location itself (EPC TDS section 6.3.3).
      if let value = values[qualifier.ai], !(qualifier.ai == "254" && value == [48]) {
        Self.append(qualifier: qualifier.ai, value, to: &output)
      }
    }
    let isAssetType = key.kind == .returnableAsset && primary.count == key.digits
    return isAssetType ? .productClass : key.kind
  }

  private static func append(_ key: String, _ value: [UInt8], to target: inout [UInt8]) {
    target.append(ascii: "https://id.gs1.org")
    append(qualifier: key, value, to: &target)
  }

  private static func append(qualifier: String, _ value: [UInt8], to target: inout [UInt8]) {
    target.append(UInt8(ascii: "/"))
    target.append(contentsOf: qualifier.utf8)
    target.append(UInt8(ascii: "/"))
    for byte in value { target.append(percentEncoding: byte) }
  }

  /// The percent-decoded path segments after the authority; nil if an escape is broken.
  private static func pathElements(_ text: UnsafeBufferPointer<UInt8>) -> [[UInt8]]? {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    guard let slash = text[(colon + 3)...].firstIndex(of: UInt8(ascii: "/")) else { return [] }
    let end =
      text[slash...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
      ?? text.endIndex
    var elements: [[UInt8]] = []
    var start = slash + 1
    while start <= end {
      let next = text[start..<end].firstIndex(of: UInt8(ascii: "/")) ?? end
      guard let decoded = percentDecoded(text[start..<next]) else { return nil }
      elements.append(decoded)
      start = next + 1
    }
    if elements.last?.isEmpty == true { elements.removeLast() }
    return elements
  }

  private static func percentDecoded(_ part: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(part.count)
    var i = part.startIndex
    while i < part.endIndex {
      guard part[i] == UInt8(ascii: "%") else {
        result.append(part[i])
        i += 1
        continue
      }
      guard i + 2 < part.endIndex, let high = part[i + 1].hexValue, let low = part[i + 2].hexValue
      else { return nil }
      result.append(high << 4 | low)
      i += 3
    }
    return result
  }
}
