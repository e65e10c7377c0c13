import EPCISFormat
import Testing
import Traceability

/// What of an event goes into its links, and the master data of a header.
@Suite("Links of events")
struct LinksTests {
  private let gtin = "https://id.gs1.org/01/09506000134352"

  private func item(
    _ uri: String, _ kind: IdentifierKind, _ role: ItemRole, quantity: Quantity? = nil,
    isClass: Bool = false, lot: String? = nil
  ) -> ItemMention {
    ItemMention(
      item: Identifier(canonical: uri, kind: kind), role: role, isClassLevel: isClass,
      quantity: quantity, lot: lot.map { Identifier(canonical: $0, kind: .lot) })
  }

  @Test("An ObjectEvent with every member")
  func object() throws {
    let (event, links) = try one(
      #"{"type":"ObjectEvent","eventID":"urn:uuid:1","eventTime":"2026-03-04T11:00:30.25+01:00","#
        + #""eventTimeZoneOffset":"+02:00","action":"ADD","bizStep":"cbv:BizStep-commissioning","#
        + #""disposition":"urn:x:disp:own","readPoint":{"id":"urn:epc:id:sgln:4012345.00011.987"},"#
        + #""bizLocation":{"id":"urn:x:place"},"epcList":["\#(gtin)/21/7"],"#
        + #""quantityList":[{"epcClass":"\#(gtin)/10/A","quantity":12.50,"uom":"KGM"},"#
        + #"{"epcClass":"urn:epc:idpat:sgtin:4054739.099914.*","uom":"KGM"}],"#
        + #""bizTransactionList":[{"type":"po","bizTransaction":"urn:x:po:1"}],"#
        + #""sourceList":[{"type":"owning_party","source":"urn:epc:id:pgln:4012345.00000"}],"#
        + #""destinationList":[{"type":"urn:x:sdt:z","destination":"urn:x:d"}]}"#)
    var expected = Links(
      content: event.content, kind: .object, action: .add,
      time: EventTime(
        microseconds: 1_772_618_430_250_000, offsetMinutes: 120, precision: .instant))
    expected.eventID = "urn:uuid:1"
    expected.bizStep = "commissioning"
    expected.disposition = "urn:x:disp:own"
    expected.readPoint = Identifier(
      canonical: "https://id.gs1.org/414/4012345000115/254/987", kind: .site)
    expected.bizLocation = Identifier(canonical: "urn:x:place", kind: .other)
    expected.items = [
      item("\(gtin)/21/7", .serialised, .object),
      item(
        "\(gtin)/10/A", .lot, .object,
        quantity: Quantity(value: DecimalNumber(mantissa: 125, exponent: -1), unit: "KGM"),
        isClass: true),
      item("https://id.gs1.org/01/04054739999148", .productClass, .object, isClass: true),
    ]
    expected.bizTransactions = [
      TypedReference(type: "po", identifier: Identifier(canonical: "urn:x:po:1", kind: .other))
    ]
    expected.sources = [
      TypedReference(
        type: "owning_party",
        identifier: Identifier(canonical: "https://id.gs1.org/417/4012345000009", kind: .party))
    ]
    expected.destinations = [
      TypedReference(
        type: "urn:x:sdt:z", identifier: Identifier(canonical: "urn:x:d", kind: .other))
    ]
    #expect(links == expected)
  }

  @Test("Roles and order of the items of containment and transformation")
  func roles() throws {
    let packed = try one(
      Sample.aggregation(
        "ADD",
        #""childQuantityList":[{"epcClass":"urn:x:3"}],"childEPCs":["urn:x:1","urn:x:2"],"#
          + #""parentID":"\#(Sample.unit)""#)
    ).links
    #expect(packed.kind == .aggregation)
    #expect(packed.items.map(\.role) == [.parent, .child, .child, .child])
    #expect(packed.items.map(\.item.uri) == [Sample.unit, "urn:x:1", "urn:x:2", "urn:x:3"])
    #expect(packed.items.map(\.isClassLevel) == [false, false, false, true])
    #expect(packed.items[0].item.kind == .logisticUnit)
    let made = try one(
      Sample.transformation(
        #""outputQuantityList":[{"epcClass":"urn:x:4"}],"inputQuantityList":[{"epcClass":"urn:x:2"}],"#
          + #""outputEPCList":["urn:x:3"],"inputEPCList":["urn:x:1"],"transformationID":"batch 7""#)
    ).links
    #expect(made.kind == .transformation)
    #expect(made.action == .none)
    #expect(made.items.map(\.role) == [.input, .output, .input, .output])
    #expect(made.items.map(\.item.uri) == ["urn:x:1", "urn:x:3", "urn:x:2", "urn:x:4"])
    #expect(made.transformationID == "batch 7")
    let number = "urn:epc:id:gdti:4012345.55555.1234"
    let numbered = try one(
      Sample.transformation(#""inputEPCList":["urn:x:1"],"transformationID":"\#(number)""#)
    ).links
    #expect(numbered.transformationID == "https://id.gs1.org/253/40123455555541234")
    #expect(
      try one(Sample.association("DELETE", #""parentID":"urn:x:1""#)).links.kind == .association)
    let sale = #""bizTransactionList":[{"bizTransaction":"urn:x:1"}],"parentID":"urn:x:2""#
    let sold = try one(Sample.transaction(sale)).links
    #expect(sold.kind == .transaction)
    #expect(sold.items.map(\.role) == [.parent])
    #expect(sold.bizTransactions.map(\.type) == [""])
  }

  @Test(
    "The lot number of the ILMD in any spelling is the lot of serialised items",
    arguments: [
      "cbvmda:lotNumber", "lotNumber", "urn:epcglobal:cbv:mda:lotNumber", "gs1:hasBatchLotNumber",
      "urn:epcglobal:cbv:mda#lotNumber", "https://gs1.org/voc/hasBatchLotNumber",
      "https://ref.gs1.org/cbv/lotNumber",
    ])
  func lotNumber(name: String) throws {
    func event(_ action: String) -> String {
      #"{"type":"ObjectEvent",\#(Sample.time),"action":"\#(action)","epcList":["#
        + #""\#(gtin)/21/7","\#(Sample.unit)"],"ilmd":{"\#(name)":"A/1"}}"#
    }
    let made = try one(event("ADD")).links
    #expect(made.lotNumber == "A/1")
    #expect(made.items.map(\.lot?.uri) == ["\(gtin)/10/A%2F1", nil])
    let seen = try one(event("OBSERVE")).links
    #expect(seen.lotNumber == "A/1")
    #expect(seen.items.map(\.lot?.uri) == [nil, nil])
    let packed = try one(
      Sample.transformation(
        #""inputEPCList":["\#(gtin)/21/1"],"outputEPCList":["\#(gtin)/21/2"],"#
          + #""ilmd":{"\#(name)":4711}"#)
    ).links
    #expect(packed.items.map(\.lot?.uri) == [nil, "\(gtin)/10/4711"])
  }

  @Test("A spelling with lot and serial gives both")
  func lotAndSerial() throws {
    let links = try one(
      Sample.object(what: #""epcList":["https://dl.example/01/09506000134352/10/A/21/7"]"#)
    ).links
    #expect(links.items.map(\.item.uri) == ["\(gtin)/21/7"])
    #expect(links.items.map(\.lot?.uri) == ["\(gtin)/10/A"])
  }

  @Test("Items that ILMD values name are hints, whatever else stands there is not")
  func references() throws {
    let links = try one(
      Sample.object(
        #""ilmd":{"a:x":"urn:epc:class:lgtin:9506000.013435.B","a:y":[{"z":"urn:gdst:lot:1"},"text"],"#
          + #""a:site":"https://id.gs1.org/414/4012345000115","a:w":"https://page.example/01/x","#
          + #""a:c":"urn:epcglobal:cbv:bizstep:x","a:bad":"https://id.gs1.org/01/09506000134353"}"#)
    ).links
    #expect(links.references.map(\.uri) == ["\(gtin)/10/B", "urn:gdst:lot:1"])
    #expect(links.references.map(\.kind) == [.lot, .other])
  }

  @Test(
    "The ID is found in the binary links, however long it is", arguments: [0, 1, 127, 128, 2000])
  func eventID(count: Int) throws {
    let id = count == 0 ? "" : "u:" + String(repeating: "x", count: count)
    let reading = try read(id.isEmpty ? Sample.object() : Sample.object(#""eventID":"\#(id)""#))
    #expect(reading.ids == [id])
    #expect(reading.links[0].eventID == id)
  }

  @Test("Midnight and dates are days, and a missing zone is known to be missing")
  func times() throws {
    func time(_ text: String) throws -> EventTime {
      try one(Sample.object(time: text)).links.time
    }
    #expect(try time(#""eventTime":"2026-03-04T00:00:00+01:00""#).precision == .day)
    #expect(try time(#""eventTime":"2026-03-04","eventTimeZoneOffset":"+01:00""#).precision == .day)
    #expect(try time(Sample.time).precision == .instant)
    #expect(try time(#""eventTime":"2026-03-04T10:00:00""#).offsetMinutes == nil)
  }

  @Test("Master data of the header are taken with names as spelled")
  func masterData() throws {
    let header =
      #"{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:Location","#
      + #""vocabularyElementList":[{"id":"urn:epc:id:sgln:4012345.00011.0","attributes":["#
      + #"{"id":"cbvmda:name","attribute":"Dairy \"North\""},"#
      + #"{"id":"urn:epcglobal:cbv:mda#city","attribute":"Kiel"},"#
      + #"{"id":"x:address","attribute":{"street":["A\n",1.50,null,true,false]}}],"#
      + #""children":["urn:x:1"]}]},{"isA":"EPCClass","vocabularyElementList":["#
      + #"{"id":"urn:gdst:class:1","attributes":[],"cbvmda:descriptionShort":"Cup"}]},{"type":"Party"}]}}"#
    let data = try read(Sample.document(Sample.object(), header: header)).outline.masterData
    #expect(data.map(\.vocabulary) == ["Location", "EPCClass"])
    #expect(
      data.map(\.identifier.uri) == ["https://id.gs1.org/414/4012345000115", "urn:gdst:class:1"])
    #expect(data.first?.identifier.kind == .site)
    #expect(data.first?.displayName == #"Dairy "North""#)
    #expect(
      data.first?.attributes.map(\.name) == [
        "cbvmda:name", "urn:epcglobal:cbv:mda#city", "x:address",
      ])
    #expect(data.last?.displayName == "Cup")
    #expect(data.first?.attributes.last?.value == #"{"street":["A\u000a",1.50,null,true,false]}"#)
  }

  @Test("A wrong key in the header is refused with its place")
  func wrongMasterData() throws {
    let header =
      #"{"epcisMasterData":{"vocabularyList":[{"type":"Location","vocabularyElementList":["#
      + #"{"id":"https://id.gs1.org/414/4012345000116"},{"attributes":[]}]}]}}"#
    let found = try errors(Sample.document(Sample.object(), header: header))
    let path = "epcisHeader.epcisMasterData.vocabularyList[0].vocabularyElementList"
    #expect(found.map(\.position.path) == ["\(path)[0].id", "\(path)[1]"])
    #expect(found.first?.problem.contains("wrong check digit") == true)
  }
}
