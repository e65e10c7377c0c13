import Traceability

extension IdentifierReader {
  /// The kinds of URN that are read quickly, with what stands in their Digital Link.
  private enum Shape {
    case tradeItem(qualifier: StaticString)
    case unit
    case place
    case party
  }

  /// Writes the Digital Link of the commonest EPC URNs to `uri`; nil for all else, right or wrong.
  ///
  /// Source: EPC Tag Data Standard 2.0 section 6.3. What is unusual, such as an escape or a wrong
  /// length, is left to `IdentifierCanonicaliser`, with which this must agree.
  mutating func quickURN(_ text: UnsafeBufferPointer<UInt8>) -> IdentifierKind? {
    guard text.count > 20, text.hasPrefix("urn:epc:") else { return nil }
    let rest = text.from(8)
    if rest.hasPrefix("class:lgtin:") {
      return link(rest.from(12), .tradeItem(qualifier: "/10/"), .lot)
    }
    if rest.hasPrefix("id:sgtin:") {
      return link(rest.from(9), .tradeItem(qualifier: "/21/"), .serialised)
    }
    if rest.hasPrefix("id:sscc:") { return link(rest.from(8), .unit, .logisticUnit) }
    if rest.hasPrefix("id:sgln:") { return link(rest.from(8), .place, .site) }
    if rest.hasPrefix("id:pgln:") { return link(rest.from(8), .party, .party) }
    return nil
  }

  /// `{company prefix}.{reference}[.{tail}]` as a Digital Link.
  private mutating func link(
    _ text: UnsafeBufferPointer<UInt8>, _ shape: Shape, _ kind: IdentifierKind
  ) -> IdentifierKind? {
    let companyCount = Self.digits(text)
    guard companyCount >= 6, companyCount <= 12, companyCount < text.count,
      text[companyCount] == UInt8(ascii: ".")
    else { return nil }
    let company = text.upTo(companyCount)
    let after = text.from(companyCount + 1)
    let referenceCount = Self.digits(after)
    let hasTail = referenceCount < after.count
    guard !hasTail || after[referenceCount] == UInt8(ascii: ".") else { return nil }
    let reference = after.upTo(referenceCount)
    let tail = hasTail ? after.from(referenceCount + 1) : after.upTo(0)
    guard !hasTail || !tail.isEmpty && tail.count <= 20 && tail.allSatisfy(Self.isUnreserved) else {
      return nil
    }
    uri.removeAll()
    switch shape {
    case .tradeItem(let qualifier):
      guard hasTail, companyCount + referenceCount == 13, referenceCount > 0 else { return nil }
      uri.append("https://id.gs1.org/01/")
      appendLeading(company, reference)
      uri.append(qualifier)
      uri.append(tail)
    case .unit:
      guard !hasTail, companyCount + referenceCount == 17 else { return nil }
      uri.append("https://id.gs1.org/00/")
      appendLeading(company, reference)
    case .place:
      guard hasTail, companyCount + referenceCount == 12 else { return nil }
      uri.append("https://id.gs1.org/414/")
      appendPlain(company, reference)
      if !tail.equals("0") {
        uri.append("/254/")
        uri.append(tail)
      }
    case .party:
      guard !hasTail, companyCount + referenceCount == 12 else { return nil }
      uri.append("https://id.gs1.org/417/")
      appendPlain(company, reference)
    }
    return kind
  }

  private static func digits(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var count = 0
    while count < text.count, text[count] &- 48 <= 9 { count &+= 1 }
    return count
  }

  /// The first digit of the reference, the company prefix, the other digits, the check digit.
  private mutating func appendLeading(
    _ company: UnsafeBufferPointer<UInt8>, _ reference: UnsafeBufferPointer<UInt8>
  ) {
    let start = uri.count
    uri.append(reference.upTo(1))
    uri.append(company)
    uri.append(reference.from(1))
    appendCheckDigit(from: start)
  }

  private mutating func appendPlain(
    _ company: UnsafeBufferPointer<UInt8>, _ reference: UnsafeBufferPointer<UInt8>
  ) {
    let start = uri.count
    uri.append(company)
    uri.append(reference)
    appendCheckDigit(from: start)
  }

  /// GS1 General Specifications section 7.9: weights 3 and 1 from the right.
  private mutating func appendCheckDigit(from start: Int) {
    var sum = 0
    var weight = 3
    var position = uri.count
    while position > start {
      position &-= 1
      sum &+= weight &* Int(uri.base[position] &- 48)
      weight = 4 &- weight
    }
    uri.append(UInt8(truncatingIfNeeded: 48 &+ (10 &- sum % 10) % 10))
  }
}
