import Traceability

/// The members of an event that the standard names (ISO/IEC 19987 section 7.4), in the order of the
/// canonical form. Raw values are part of that form: they never change.
enum EventField: UInt8, CaseIterable {
  case type = 0
  case eventID = 1
  case eventTime = 2
  case eventTimeZoneOffset = 3
  case action = 4
  case bizStep = 5
  case disposition = 6
  case persistentDisposition = 7
  case readPoint = 8
  case bizLocation = 9
  case parentID = 10
  case epcList = 11
  case childEPCs = 12
  case inputEPCList = 13
  case outputEPCList = 14
  case quantityList = 15
  case childQuantityList = 16
  case inputQuantityList = 17
  case outputQuantityList = 18
  case transformationID = 19
  case bizTransactionList = 20
  case sourceList = 21
  case destinationList = 22
  case certificationInfo = 23
  case sensorElementList = 24
  case ilmd = 25
  // What follows is no part of an event's content (trace rules, section 1).
  case recordTime = 26
  case errorDeclaration = 27
  case context = 28

  /// The member's name.
  var name: String { self == .context ? "@context" : "\(self)" }

  static let table = KeyTable(
    allCases.map(\.name), aliases: ["isA": "type", "@type": "type"])

  /// Members that are lists: an empty one is as good as none.
  var isList: Bool {
    switch self {
    case .epcList, .childEPCs, .inputEPCList, .outputEPCList, .quantityList, .childQuantityList,
      .inputQuantityList, .outputQuantityList, .bizTransactionList, .sourceList, .destinationList,
      .certificationInfo, .sensorElementList:
      true
    default: false
    }
  }

  /// This member as one bit of a set.
  var bit: UInt32 { 1 << UInt32(rawValue) }

  /// The members of `itemFields` as bits, for each raw value of a kind.
  static let itemBits: [UInt32] = (0...5).map { raw in
    EventKind(rawValue: raw).map { itemFields(of: $0).reduce(0) { $0 | $1.bit } } ?? 0
  }

  /// The lists that hold items, for each kind of event.
  static func itemFields(of kind: EventKind) -> [EventField] {
    switch kind {
    case .object: [.epcList, .quantityList]
    case .aggregation, .association: [.parentID, .childEPCs, .childQuantityList]
    case .transaction: [.parentID, .epcList, .quantityList]
    case .transformation:
      [.inputEPCList, .outputEPCList, .inputQuantityList, .outputQuantityList]
    }
  }

  /// All members that hold items.
  static let allItemFields = Self.parentID.rawValue...Self.outputQuantityList.rawValue

  /// What the items of this member are in the event.
  var role: ItemRole {
    switch self {
    case .parentID: .parent
    case .childEPCs, .childQuantityList: .child
    case .inputEPCList, .inputQuantityList: .input
    case .outputEPCList, .outputQuantityList: .output
    default: .object
    }
  }
}

/// Tables of the objects inside events. Aliases are those of JSON-LD.
enum NestedKeys {
  static let place = KeyTable(["id"], aliases: ["@id": "id"])
  static let quantity = KeyTable(["epcClass", "quantity", "uom"])
  static let bizTransaction = KeyTable(["type", "bizTransaction"], aliases: ["@type": "type"])
  static let source = KeyTable(["type", "source"], aliases: ["@type": "type"])
  static let destination = KeyTable(["type", "destination"], aliases: ["@type": "type"])
  static let persistentDisposition = KeyTable(["set", "unset"])
  static let declaration = KeyTable(["declarationTime", "reason", "correctiveEventIDs"])
  static let sensorElement = KeyTable(["sensorMetadata", "sensorReport"])
  static let sensorMetadata = KeyTable([
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData",
    "dataProcessingMethod", "bizRules",
  ])
  static let sensorReport = KeyTable(
    [
      "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
      "microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue",
      "hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank",
      "percValue", "uom", "coordinateReferenceSystem", "bizRules",
    ], aliases: ["@type": "type"])
}
