/// The EPC URN schemes of the Tag Data Standard that have a GS1 Digital Link, with their shapes.
struct EPCScheme: Sendable {
  /// How the parts of a URN become a Digital Link.
  enum Shape: Sendable {
    case gtin(ai: String)
    case itip
    case sscc
    case gln(ai: String)
    /// Company prefix and reference of a fixed joint length, check digit, then a serial.
    case numbered(ai: String, length: Int, padding: Int)
    case plain(ai: String)
    /// Company prefix and reference of a fixed joint length and a check digit, nothing after.
    case shipment(ai: String, length: Int)
    case component
  }

  let prefix: StaticString
  let shape: Shape
  let kind: IdentifierKind
  let isPattern: Bool

  private init(
    _ prefix: StaticString, _ shape: Shape, _ kind: IdentifierKind, isPattern: Bool = false
  ) {
    self.prefix = prefix
    self.shape = shape
    self.kind = kind
    self.isPattern = isPattern
  }

  /// In order of how often they occur, since they are tried in turn.
  static let all: [EPCScheme] = [
    .init("urn:epc:class:lgtin:", .gtin(ai: "10"), .lot),
    .init("urn:epc:id:sgtin:", .gtin(ai: "21"), .serialised),
    .init("urn:epc:id:sscc:", .sscc, .logisticUnit),
    .init("urn:epc:id:sgln:", .gln(ai: "414"), .site),
    .init("urn:epc:id:pgln:", .gln(ai: "417"), .party),
    .init("urn:epc:id:grai:", .numbered(ai: "8003", length: 12, padding: 1), .returnableAsset),
    .init("urn:epc:id:giai:", .plain(ai: "8004"), .individualAsset),
    .init("urn:epc:id:gdti:", .numbered(ai: "253", length: 12, padding: 0), .otherKey),
    .init("urn:epc:id:sgcn:", .numbered(ai: "255", length: 12, padding: 0), .otherKey),
    .init("urn:epc:id:gsrn:", .shipment(ai: "8018", length: 17), .otherKey),
    .init("urn:epc:id:gsrnp:", .shipment(ai: "8017", length: 17), .otherKey),
    .init("urn:epc:id:gsin:", .shipment(ai: "402", length: 16), .otherKey),
    .init("urn:epc:id:ginc:", .plain(ai: "401"), .otherKey),
    .init("urn:epc:id:cpi:", .component, .otherKey),
    .init("urn:epc:id:itip:", .itip, .serialised),
    .init("urn:epc:id:upui:", .gtin(ai: "235"), .serialised),
    .init("urn:epc:idpat:sgtin:", .gtin(ai: "21"), .productClass, isPattern: true),
    .init("urn:epc:idpat:itip:", .itip, .productClass, isPattern: true),
    .init("urn:epc:idpat:upui:", .gtin(ai: "235"), .productClass, isPattern: true),
    .init(
      "urn:epc:idpat:grai:", .numbered(ai: "8003", length: 12, padding: 1), .productClass,
      isPattern: true),
    .init(
      "urn:epc:idpat:gdti:", .numbered(ai: "253", length: 12, padding: 0), .otherKey,
      isPattern: true),
    .init(
      "urn:epc:idpat:sgcn:", .numbered(ai: "255", length: 12, padding: 0), .otherKey,
      isPattern: true),
    .init("urn:epc:idpat:cpi:", .component, .otherKey, isPattern: true),
    .init("urn:epc:idpat:sgln:", .gln(ai: "414"), .site, isPattern: true),
  ]
}
