extension IdentifierCanonicaliser {
  /// `urn:epc:id:…`, `urn:epc:class:lgtin:…` and `urn:epc:idpat:…` (EPC TDS section 6.3).
  ///
  /// A URN carries the length of the company prefix, so this direction needs no table.
  mutating func epcURN(_ text: UnsafeBufferPointer<UInt8>) -> IdentifierKind {
    let known = EPCScheme.all.first { text.starts(withASCII: $0.prefix) }
    guard let scheme = known else {
      output.append(contentsOf: text)
      return .other
    }
    let rest = UnsafeBufferPointer(rebasing: text[scheme.prefix.utf8CodeUnitCount...])
    if write(scheme, rest) {
      return scheme.kind
    }
    output.removeAll(keepingCapacity: true)
    output.append(contentsOf: text)
    return scheme.kind
  }

  /// Writes the Digital Link of a URN's parts; false if a part has a wrong length or character.
  private mutating func write(_ scheme: EPCScheme, _ rest: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let dot = rest.firstIndex(of: UInt8(ascii: ".")) else { return false }
    let company = rest[..<dot]
    guard company.count >= 4, company.count <= 12, company.allSatisfy(\.isASCIIDigit) else {
      return false
    }
    let after = rest[(dot + 1)...]
    let second = after.firstIndex(of: UInt8(ascii: ".")) ?? after.endIndex
    let reference = after[..<second]
    let tail = second < after.endIndex ? after[(second + 1)...] : nil
    appendDomain()
    switch scheme.shape {
    case .gtin(let ai):
      return gtin(company, reference) && value(ai, tail, pattern: scheme.isPattern)
    case .itip:
      return itip(company, reference, tail, pattern: scheme.isPattern)
    case .sscc:
      guard tail == nil, company.count + reference.count == 17 else { return false }
      return leadingDigit("00", company, reference)
    case .gln(let ai):
      guard company.count + reference.count == 12 else { return false }
      guard digits(ai, company, reference, padding: 0, check: true) else { return false }
      return extensionPart(scheme, tail)
    case .numbered(let ai, let length, let padding):
      guard company.count + reference.count == length else { return false }
      guard digits(ai, company, reference, padding: padding, check: true) else { return false }
      guard let tail else { return false }
      return scheme.isPattern && tail.elementsEqual([UInt8(ascii: "*")]) || encoded(tail)
    case .plain(let ai):
      guard tail == nil else { return false }
      output.append(ascii: "/\(ai)/")
      output.append(contentsOf: company)
      return encoded(reference)
    case .shipment(let ai, let length):
      guard tail == nil, company.count + reference.count == length else { return false }
      return digits(ai, company, reference, padding: 0, check: true)
    case .component:
      output.append(ascii: "/8010/")
      output.append(contentsOf: company)
      return encoded(reference) && value("8011", tail, pattern: scheme.isPattern)
    }
  }

  private mutating func appendDomain() { output.append(ascii: "https://id.gs1.org") }

  /// `{prefix}.{indicator}{item}` → `/01/{indicator}{prefix}{item}{check}`.
  private mutating func gtin(
    _ company: Slice<UnsafeBufferPointer<UInt8>>, _ reference: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Bool {
    company.count + reference.count == 13 && leadingDigit("01", company, reference)
  }

  /// The first digit of the reference goes before the company prefix, the check digit to the end.
  private mutating func leadingDigit(
    _ ai: String, _ company: Slice<UnsafeBufferPointer<UInt8>>,
    _ reference: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Bool {
    guard let lead = reference.first, reference.allSatisfy(\.isASCIIDigit) else { return false }
    output.append(ascii: "/\(ai)/")
    let start = output.count
    output.append(lead)
    output.append(contentsOf: company)
    output.append(contentsOf: reference.dropFirst())
    output.append(GS1CheckDigit.compute(output[start...]))
    return true
  }

  private mutating func digits(
    _ ai: String, _ company: Slice<UnsafeBufferPointer<UInt8>>,
    _ reference: Slice<UnsafeBufferPointer<UInt8>>, padding: Int, check: Bool
  ) -> Bool {
    guard reference.allSatisfy(\.isASCIIDigit) else { return false }
    output.append(ascii: "/\(ai)/")
    let start = output.count
    for _ in 0..<padding { output.append(48) }
    output.append(contentsOf: company)
    output.append(contentsOf: reference)
    if check { output.append(GS1CheckDigit.compute(output[start...])) }
    return true
  }

  /// The serial or lot after a class key; a pattern's `*` names the class alone.
  private mutating func value(
    _ ai: String, _ tail: Slice<UnsafeBufferPointer<UInt8>>?, pattern: Bool
  ) -> Bool {
    guard let tail, !tail.isEmpty else { return false }
    if pattern, tail.count == 1, tail.first == UInt8(ascii: "*") { return true }
    output.append(ascii: "/\(ai)/")
    return encoded(tail)
  }

  private mutating func extensionPart(
    _ scheme: EPCScheme, _ tail: Slice<UnsafeBufferPointer<UInt8>>?
  ) -> Bool {
    if scheme.kind == .party { return tail == nil }
    guard let tail, !tail.isEmpty else { return false }
    if tail.count == 1, tail.first == 48 { return true }
    if scheme.isPattern, tail.first == UInt8(ascii: "*") { return true }
    output.append(ascii: "/254/")
    return encoded(tail)
  }

  /// `{prefix}.{indicator}{item}.{piece}.{total}.{serial}` → `/8006/{GTIN}{piece}{total}/21/{serial}`.
  private mutating func itip(
    _ company: Slice<UnsafeBufferPointer<UInt8>>, _ reference: Slice<UnsafeBufferPointer<UInt8>>,
    _ tail: Slice<UnsafeBufferPointer<UInt8>>?, pattern: Bool
  ) -> Bool {
    guard let tail, tail.count >= 7, company.count + reference.count == 13 else { return false }
    let parts = tail.split(separator: UInt8(ascii: "."), maxSplits: 2)
    guard parts.count == 3, parts[0].count == 2, parts[1].count == 2,
      parts[0].allSatisfy(\.isASCIIDigit), parts[1].allSatisfy(\.isASCIIDigit),
      leadingDigit("8006", company, reference)
    else { return false }
    output.append(contentsOf: parts[0])
    output.append(contentsOf: parts[1])
    if pattern, parts[2].count == 1, parts[2].first == UInt8(ascii: "*") { return true }
    output.append(ascii: "/21/")
    return encoded(parts[2])
  }

  /// Percent-decodes a URN component and encodes it canonically.
  private mutating func encoded(_ part: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    !part.isEmpty && appendCanonical(part)
  }

  /// Appends a value percent-encoded canonically: all but RFC 3986 unreserved characters, with
  /// upper-case hexadecimal. False if the input has a broken escape.
  mutating func appendCanonical(_ part: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    var i = part.startIndex
    while i < part.endIndex {
      var byte = part[i]
      i += 1
      if byte == UInt8(ascii: "%") {
        guard i + 1 < part.endIndex, let high = part[i].hexValue, let low = part[i + 1].hexValue
        else { return false }
        byte = high << 4 | low
        i += 2
      }
      output.append(percentEncoding: byte)
    }
    return true
  }
}

extension [UInt8] {
  mutating func append(ascii text: String) { append(contentsOf: text.utf8) }

  /// Appends a byte, percent-encoded unless RFC 3986 calls it unreserved.
  package mutating func append(percentEncoding byte: UInt8) {
    let isUnreserved =
      byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
    if isUnreserved {
      append(byte)
      return
    }
    append(UInt8(ascii: "%"))
    for nibble in [byte >> 4, byte & 15] { append(nibble < 10 ? 48 + nibble : 55 + nibble) }
  }
}
