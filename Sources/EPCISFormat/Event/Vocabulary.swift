/// The value lists of the Core Business Vocabulary, whose terms have four spellings (CBV 2.0
/// section 7; EPCIS 2.0 section 10.2): bare, CURIE, web URI and URN.
struct Vocabulary: Sendable {
  /// What stands before a term in a web URI after `…/cbv/`, as `BizStep-`.
  let webPrefix: StaticString
  /// What stands before a term in a URN after `urn:epcglobal:cbv:`, as `bizstep:`.
  let urnPrefix: StaticString

  static let bizStep = Vocabulary(webPrefix: "BizStep-", urnPrefix: "bizstep:")
  static let disposition = Vocabulary(webPrefix: "Disp-", urnPrefix: "disp:")
  static let transactionType = Vocabulary(webPrefix: "BTT-", urnPrefix: "btt:")
  static let partyType = Vocabulary(webPrefix: "SDT-", urnPrefix: "sdt:")
  static let errorReason = Vocabulary(webPrefix: "ER-", urnPrefix: "er:")

  private static let bases: [StaticString] = [
    "https://ref.gs1.org/cbv/", "https://ns.gs1.org/cbv/", "http://ref.gs1.org/cbv/",
    "http://ns.gs1.org/cbv/",
  ]

  /// The bare term, if the text is one of this list in any spelling without a prefix; else nil.
  func term(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    if text.hasPrefix("urn:epcglobal:cbv:") {
      let rest = text.from(18)
      guard rest.hasPrefix(urnPrefix) else { return nil }
      return nonEmpty(rest.from(urnPrefix.utf8CodeUnitCount))
    }
    for base in Self.bases where text.hasPrefix(base) {
      let rest = text.from(base.utf8CodeUnitCount)
      guard rest.hasPrefix(webPrefix) else { return nil }
      return nonEmpty(rest.from(webPrefix.utf8CodeUnitCount))
    }
    return nil
  }

  private func nonEmpty(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    text.isEmpty ? nil : text
  }
}
