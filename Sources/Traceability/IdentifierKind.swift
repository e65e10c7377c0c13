/// What a canonical identifier names.
///
/// The raw values are part of the links encoding and of the index: they never change.
public enum IdentifierKind: UInt8, Sendable, Hashable, CaseIterable {
  /// Any other URI. Where it stands as an item, it is treated as a lot.
  case other = 0
  /// A batch or lot: GTIN (AI 01) with lot (AI 10).
  case lot = 1
  /// A serialised item: GTIN with serial (AI 21), or ITIP with serial.
  case serialised = 2
  /// A product class without lot or serial: a GTIN alone, or an EPC pattern.
  case productClass = 3
  /// A logistic unit: SSCC (AI 00).
  case logisticUnit = 4
  /// A returnable asset: GRAI (AI 8003).
  case returnableAsset = 5
  /// An individual asset: GIAI (AI 8004).
  case individualAsset = 6
  /// A physical location: GLN (AI 414), with or without extension (AI 254).
  case site = 7
  /// A party: GLN (AI 417).
  case party = 8
  /// Documents, coupons, shipments, service relations, components: GS1 keys that carry no food.
  case otherKey = 9

  /// Whether goods can be inside it: a logistic unit or an asset.
  public var isContainer: Bool {
    self == .logisticUnit || self == .returnableAsset || self == .individualAsset
  }

  /// Whether it names one physical thing, which can be in one place only.
  public var isInstance: Bool { self == .serialised || isContainer }
}
