/// A primary GS1 key as it stands in a Digital Link or an element string: its application
/// identifier, the form of its value and which qualifiers identify further.
///
/// Source: GS1 Digital Link URI Syntax 1.4 section 4; GS1 General Specifications section 3.
struct GS1Key: Sendable {
  let ai: String
  let conveniences: [String]
  /// Number of leading digits that end in a check digit; 0 for keys without one.
  let digits: Int
  /// Whether characters may follow the digits (a serial component).
  let hasSerial: Bool
  /// Qualifiers in canonical order, each with its most bytes.
  let qualifiers: [(ai: String, conveniences: [String], maximum: Int)]
  let kind: IdentifierKind

  static let all: [GS1Key] = [
    GS1Key(
      ai: "01", conveniences: ["gtin"], digits: 14, hasSerial: false,
      qualifiers: [
        ("22", ["cpv"], 20), ("10", ["lot"], 20), ("21", ["ser"], 20), ("235", [], 28),
      ], kind: .productClass),
    GS1Key(
      ai: "00", conveniences: ["sscc"], digits: 18, hasSerial: false, qualifiers: [],
      kind: .logisticUnit),
    GS1Key(
      ai: "414", conveniences: ["gln"], digits: 13, hasSerial: false,
      qualifiers: [("254", ["glnx"], 20)], kind: .site),
    GS1Key(
      ai: "417", conveniences: ["party"], digits: 13, hasSerial: false, qualifiers: [],
      kind: .party),
    GS1Key(
      ai: "8003", conveniences: ["grai"], digits: 14, hasSerial: true, qualifiers: [],
      kind: .returnableAsset),
    GS1Key(
      ai: "8004", conveniences: ["giai"], digits: 0, hasSerial: true, qualifiers: [],
      kind: .individualAsset),
    GS1Key(
      ai: "8006", conveniences: ["itip"], digits: 14, hasSerial: true,
      qualifiers: [("22", ["cpv"], 20), ("10", ["lot"], 20), ("21", ["ser"], 20)],
      kind: .productClass),
    GS1Key(
      ai: "8010", conveniences: ["cpid"], digits: 0, hasSerial: true,
      qualifiers: [("8011", ["cpsn"], 12)], kind: .otherKey),
    GS1Key(
      ai: "253", conveniences: ["gdti"], digits: 13, hasSerial: true, qualifiers: [],
      kind: .otherKey),
    GS1Key(
      ai: "255", conveniences: ["gcn"], digits: 13, hasSerial: true, qualifiers: [],
      kind: .otherKey),
    GS1Key(
      ai: "8017", conveniences: ["gsrnp"], digits: 18, hasSerial: false,
      qualifiers: [("8019", ["srin"], 10)], kind: .otherKey),
    GS1Key(
      ai: "8018", conveniences: ["gsrn"], digits: 18, hasSerial: false,
      qualifiers: [("8019", ["srin"], 10)], kind: .otherKey),
    GS1Key(
      ai: "401", conveniences: ["ginc"], digits: 0, hasSerial: true, qualifiers: [],
      kind: .otherKey),
    GS1Key(
      ai: "402", conveniences: ["gsin"], digits: 17, hasSerial: false, qualifiers: [],
      kind: .otherKey),
  ]

  /// The key that an application identifier or a convenience name stands for.
  static func named(_ name: some Collection<UInt8>) -> GS1Key? {
    all.first { key in
      key.ai.utf8.elementsEqual(name)
        || key.conveniences.contains { $0.utf8.elementsEqual(name) }
    }
  }

  func qualifier(_ name: some Collection<UInt8>) -> (ai: String, maximum: Int)? {
    for qualifier in qualifiers
    where qualifier.ai.utf8.elementsEqual(name)
      || qualifier.conveniences.contains(where: { $0.utf8.elementsEqual(name) })
    {
      return (qualifier.ai, qualifier.maximum)
    }
    return nil
  }

  /// The value in full length, GTIN-8, -12 and -13 padded to 14 digits (General Specifications 3.2).
  /// - Throws: `IdentifierError` on a wrong length, character or check digit.
  func normalised(_ value: [UInt8]) throws(IdentifierError) -> [UInt8] {
    var value = value
    if ai == "01", [8, 12, 13].contains(value.count) {
      value = [UInt8](repeating: 48, count: 14 - value.count) + value
    }
    let text = String(decoding: value, as: UTF8.self)
    guard value.count >= digits, hasSerial || value.count == digits, !value.isEmpty else {
      throw IdentifierError("(\(ai)) takes \(digits) digits, '\(text)' has \(value.count)")
    }
    guard value.count <= 64 else { throw IdentifierError("(\(ai)) '\(text)' is too long") }
    guard digits > 0 else { return value }
    let number = value.prefix(digits)
    guard number.allSatisfy(\.isASCIIDigit) else {
      throw IdentifierError("(\(ai)) takes \(digits) digits, '\(text)' has other characters")
    }
    guard GS1CheckDigit.isValid(number) else {
      let right = Character(Unicode.Scalar(GS1CheckDigit.compute(number.dropLast())))
      throw IdentifierError(
        "(\(ai)) '\(text)' has a wrong check digit: \(right) would be right; "
          + "compare the number with the label")
    }
    return value
  }
}
