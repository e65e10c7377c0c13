import EPCISFormat
import Testing
import Traceability

/// What an event must have, by kind, and which values are refused.
@Suite("Rules for events")
struct EventRuleTests {
  /// An event, the member at fault, and the beginning of what is wrong.
  struct Case: Sendable, CustomTestStringConvertible {
    let event: String
    let path: String
    let problem: String
    var testDescription: String { "\(path): \(problem)" }

    init(_ event: String, _ path: String, _ problem: String) {
      self.event = event
      self.path = path
      self.problem = problem
    }
  }

  private static let parent = #""parentID":"\#(Sample.unit)""#
  private static let children = #""childEPCs":["\#(Sample.lot)"]"#
  private static let lot = Sample.lot

  static let taken: [String] = [
    Sample.object(),
    Sample.object(#""epcList":[]"#, what: #""quantityList":[{"epcClass":"\#(lot)"}]"#),
    Sample.object(#""quantityList":[]"#),
    Sample.object(
      what: #""sensorElementList":[{"sensorReport":[{"type":"Temperature","value":4}]}]"#),
    Sample.object(time: #""eventTime":"2026-03-04T11:00:30Z""#),
    Sample.object(time: #""eventTime":"2026-03-04T11:00:30""#),
    Sample.object(time: #""eventTime":"2026-03-04""#),
    Sample.object(
      time: #""eventTime":"2022-01-20T11:10:14.0250000+00:00","eventTimeZoneOffset":"Z""#),
    Sample.object(time: #""eventTime":"2016-12-31T23:59:60Z","eventTimeZoneOffset":"+00:00""#),
    Sample.object(time: #""eventTime":"2026-03-04T11:00:30+14:00","eventTimeZoneOffset":"-14:00""#),
    Sample.object(#""disposition":null,"transformationID":"","parentID":null"#),
    Sample.object(#""certificationInfo":"https://cert.example/1""#),
    Sample.object(#""certificationInfo":["https://cert.example/1","urn:x:2"]"#),
    Sample.object(#""readPoint":{"id":"geo:47.5,11.1"},"bizLocation":{"id":"urn:x:y","ex:a":1}"#),
    Sample.object(#""_comment_x":["a"],"ex:b":{"c":[1,{"d":null}]},"anything":1"#),
    Sample.object(
      #""quantityList":[{"epcClass":"\#(lot)","quantity":1000.0,"uom":"KGM","ex:n":1}]"#),
    Sample.object(#""quantityList":[{"epcClass":"\#(lot)","quantity":0}]"#),
    Sample.object(#""persistentDisposition":{"set":["recalled"],"unset":["cbv:Disp-damaged"]}"#),
    Sample.object(#""bizTransactionList":[{"bizTransaction":"urn:x:1"}]"#),
    Sample.object(#""eventID":"urn:uuid:deafbc2a-64fe-43ad-94cb-18d9df0cec67U""#),
    Sample.aggregation("ADD", "\(parent),\(children)"), Sample.aggregation("DELETE", parent),
    Sample.aggregation("OBSERVE", children),
    Sample.aggregation("ADD", #"\#(parent),"childQuantityList":[{"epcClass":"\#(lot)"}]"#),
    Sample.association("ADD", "\(parent),\(children)"),
    Sample.association("OBSERVE", "\(parent),\(children)"), Sample.association("DELETE", parent),
    Sample.transformation(#""inputEPCList":["\#(lot)"]"#),
    Sample.transformation(#""outputQuantityList":[{"epcClass":"\#(lot)"}]"#),
    Sample.transformation(#""transformationID":"batch 7""#),
    Sample.transaction(#""bizTransactionList":[{"type":"po","bizTransaction":"urn:x:1"}]"#),
  ]

  static let refused: [Case] = [
    .init(
      #"{"type":"ObjectEvent","action":"ADD","epcList":["urn:x:1"]}"#, "eventTime", "eventTime is"),
    .init(#"{\#(Sample.time)}"#, "type", "the event's type is missing"),
    .init(#"{"type":"objectEvent",\#(Sample.time)}"#, "type", "'objectEvent' is no event type"),
    .init(
      #"{"type":["ObjectEvent"],\#(Sample.time)}"#, "type", "a string is expected, not an array"),
    .init(Sample.object(#""isA":"ObjectEvent""#), "type", "the member 'type' is given twice"),
    .init(Sample.object(#""action":"ADD""#), "action", "the member 'action' is given twice"),
    .init(Sample.object(#""\u0061ction":"ADD""#), "action", "the member 'action' is given twice"),
    .init(
      Sample.object(#""readPoint":{"id":"urn:x:1","ex:a":{"b":1,"b":1}}"#), "readPoint",
      "the member 'b' is given twice"),
    .init(Sample.object(#""ex:a":1,"ex:a":2"#), "", "the member 'ex:a' is given twice"),
    .init(
      Sample.object(#""errorDeclaration":{"declarationTime":"2026-01-01T00:00:00Z","x":1,"x":2}"#),
      "errorDeclaration", "the member 'x' is given twice"),
    .init(
      Sample.object(#""@context":{"a":"urn:a:","a":"urn:b:"}"#), "@context", "the member 'a' is"),
    .init(Sample.object(what: #""epcList":[]"#), "epcList", "an ObjectEvent names no object"),
    .init(
      Sample.object(what: #""epcList":"\#(lot)""#), "epcList", "a list is expected, not a string"),
    .init(
      Sample.object(what: #""epcList":[7]"#), "epcList[0]",
      "an identifier is expected, not a number"),
    .init(
      Sample.object(what: #""epcList":["\#(lot)",""]"#), "epcList[1]", "the identifier is empty"),
    .init(
      Sample.object(what: #""epcList":["no uri"]"#), "epcList[0]", "the identifier has a space"),
    .init(Sample.object(what: #""epcList":["nouri"]"#), "epcList[0]", "'nouri' is no URI"),
    .init(
      #"{"type":"ObjectEvent",\#(Sample.time),"epcList":["\#(lot)"]}"#, "action",
      "action is missing"),
    .init(
      #"{"type":"ObjectEvent",\#(Sample.time),"action":"add","epcList":["\#(lot)"]}"#, "action",
      "'add' is no action"),
    .init(
      Sample.object(#""bizstep":"shipping""#), "", "there is no member 'bizstep' in the standard"),
    .init(
      Sample.object(#""quantityList":[{"epcclass":"\#(lot)"}]"#), "quantityList[0]",
      "there is no member 'epcclass'"),
    .init(
      Sample.object(#""inputEPCList":["\#(lot)"]"#), "inputEPCList", "ObjectEvent has no 'input"),
    .init(
      Sample.transformation(#""epcList":["\#(lot)"]"#), "epcList", "TransformationEvent has no"),
    .init(Sample.transformation(), "inputEPCList", "a TransformationEvent has neither inputs nor"),
    .init(
      Sample.aggregation("ADD", children), "parentID", "AggregationEvent with ADD needs a parentID"),
    .init(
      Sample.aggregation("DELETE"), "parentID", "AggregationEvent with DELETE needs a parentID"),
    .init(
      Sample.aggregation("ADD", parent), "childEPCs", "AggregationEvent with ADD needs children"),
    .init(
      Sample.aggregation("OBSERVE", parent), "childEPCs", "AggregationEvent with OBSERVE needs"),
    .init(Sample.association("ADD", children), "parentID", "AssociationEvent with ADD needs a"),
    .init(Sample.association("DELETE"), "parentID", "AssociationEvent with DELETE needs a"),
    .init(
      Sample.association("ADD", parent), "childEPCs", "AssociationEvent with ADD needs children"),
    .init(Sample.transaction(), "bizTransactionList", "a TransactionEvent names no business"),
    .init(Sample.object(#""readPoint":"urn:x:1""#), "readPoint", "a place is an object with an id"),
    .init(Sample.object(#""readPoint":{}"#), "readPoint.id", "the place has no id"),
    .init(Sample.object(#""bizStep":7"#), "bizStep", "a string is expected, not a number"),
    .init(Sample.object(#""bizStep":"two words""#), "bizStep", "'two words' is neither a term"),
    .init(Sample.object(#""eventID":"17""#), "eventID", "'17' is no URI"),
    .init(
      Sample.object(#""eventID":"urn:x:\u0000""#), "eventID", "the string has a control character"),
    .init(Sample.object(#""sourceList":{}"#), "sourceList", "a list is expected, not an object"),
    .init(
      Sample.object(#""sourceList":[{"source":"urn:x:1"}]"#), "sourceList[0]", "the type is missing"
    ),
    .init(
      Sample.object(#""destinationList":[{"type":"location"}]"#), "destinationList[0]",
      "destination is missing"),
    .init(
      Sample.object(#""bizTransactionList":[{"type":"po"}]"#), "bizTransactionList[0]",
      "bizTransaction is missing"),
    .init(
      Sample.object(#""sensorElementList":[{"sensorReport":[{"value":"4"}]}]"#),
      "sensorElementList[0].sensorReport.value", "a number is expected, not a string"),
    .init(
      Sample.object(#""sensorElementList":[{"sensorReport":[{"time":"2026-02-30T00:00:00Z"}]}]"#),
      "sensorElementList[0].sensorReport", "'2026-02-30T00:00:00Z' is no time"),
    .init(
      Sample.object(#""sensorElementList":[{}]"#), "sensorElementList[0].sensorReport", "a sensor"),
    .init(Sample.object(#""ilmd":[]"#), "ilmd", "an object is expected, not an array"),
    .init(Sample.object(#""recordTime":"yesterday""#), "recordTime", "'yesterday' is no time"),
    .init(
      Sample.object(#""errorDeclaration":{"reason":"did_not_occur"}"#),
      "errorDeclaration.declarationTime", "the time of the declaration is missing"),
  ]

  static let quantities: [(String, String)] = [
    ("-1", "the quantity -1 is negative"), (#""1""#, "a quantity is a number, not a string"),
    ("true", "a quantity is a number, not true or false"),
    ("[1]", "a quantity is a number, not an array"),
    ("1234567890123456789.5", "the quantity 1234567890123456789.5 has over 18 digits"),
  ]

  static let times: [String] = [
    "2026-13-01T00:00:00Z", "2026-02-30T10:00:00Z", "2026-02-29T10:00:00Z", "2026-01-01T24:00:00Z",
    "2026-01-01T10:60:00Z", "2026-01-01T10:00:61Z", "2026-01-01T10:00:60Z",
    "2026-01-01T10:00:00+14:01",
    "2026-01-01T10:00:00+15:00", "2026-1-1T10:00:00Z", "26-01-01T10:00:00Z",
    "2026-01-01T10:00:00.Z",
    "20260101T100000Z", "2026-01-01T10:00:00Zx", "0000-01-01T00:00:00Z", "T10:00:00Z",
  ]

  static let offsets: [String] = ["+14:01", "-15:00", "1", "+1:00", "CET", "+01:60", "01:00"]

  static let wrongKeys: [String] = [
    "https://id.gs1.org/01/09506000134353/10/A", "https://id.gs1.org/01/9506000134353",
    "https://id.gs1.org/00/095060001343520001", "https://id.gs1.org/414/9506000134353",
    "https://id.gs1.org/417/9506000134353", "https://id.gs1.org/253/9506000134353X",
    "https://id.gs1.org/255/9506000134353", "https://id.gs1.org/8003/09506000134353A",
    "https://shop.example/gtin/09506000134353/lot/A", "https://id.gs1.org/01/0950600013435/10/A",
    "https://id.gs1.org/01/0950600013435X/10/A", "https://id.gs1.org/00/09506000134352000",
    "https://dl.example/x/y/01/09506000134353/10/A?17=261231",
  ]

  @Test("Events are taken", arguments: taken)
  func isTaken(event: String) throws {
    for text in [event, Sample.document(event), "[\(event)]", "\(event)\n\(event)"] {
      #expect(try errors(text).isEmpty)
    }
  }

  @Test("Events are refused with member and reason", arguments: refused)
  func isRefused(one: Case) throws {
    let found = try errors(Sample.document(Sample.object(), one.event))
    let hit = found.first { $0.position.path == one.path && $0.problem.hasPrefix(one.problem) }
    #expect(hit != nil, "\(found)")
    #expect(found.allSatisfy { $0.position.event == 2 && !$0.advice.isEmpty })
  }

  @Test("Quantities that are none are refused", arguments: quantities)
  func quantity(value: String, problem: String) throws {
    let list = #"[{"epcClass":"\#(Self.lot)"},{"epcClass":"\#(Self.lot)","quantity":\#(value)}]"#
    for name in ["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"] {
      let event =
        switch name {
        case "quantityList": Sample.object(what: #""quantityList":\#(list)"#)
        case "childQuantityList":
          Sample.aggregation("ADD", #"\#(Self.parent),"childQuantityList":\#(list)"#)
        default: Sample.transformation(#""\#(name)":\#(list)"#)
        }
      let found = try errors(event)
      #expect(found.map(\.problem) == [problem])
      #expect(found.map(\.position.path) == ["\(name)[1].quantity"])
    }
  }

  @Test("Impossible times are refused wherever a time stands", arguments: times)
  func time(text: String) throws {
    let members = [
      #""eventTime":"\#(text)","eventTimeZoneOffset":"+01:00""#,
      Sample.time + #","recordTime":"\#(text)""#,
      Sample.time + #","errorDeclaration":{"declarationTime":"\#(text)"}"#,
      Sample.time
        + #","sensorElementList":[{"sensorMetadata":{"startTime":"\#(text)"},"sensorReport":[{}]}]"#,
    ]
    for member in members {
      let found = try errors(Sample.object(time: member))
      #expect(found.count == 1)
      #expect(found.first?.problem.hasPrefix("'\(text)' is no time") == true, "\(found)")
    }
  }

  @Test("Impossible offsets are refused", arguments: offsets)
  func offset(text: String) throws {
    let found = try errors(
      Sample.object(time: #""eventTime":"2026-03-04T11:00:30","eventTimeZoneOffset":"\#(text)""#))
    #expect(found.map(\.position.path) == ["eventTimeZoneOffset"])
  }

  @Test("A wrong check digit or length is refused wherever a key stands", arguments: wrongKeys)
  func checkDigit(uri: String) throws {
    let places = [
      Sample.object(what: #""epcList":["\#(uri)"]"#),
      Sample.object(what: #""quantityList":[{"epcClass":"\#(uri)"}]"#),
      Sample.aggregation("ADD", #""parentID":"\#(uri)",\#(Self.children)"#),
      Sample.aggregation("ADD", #"\#(Self.parent),"childEPCs":["\#(uri)"]"#),
      Sample.transformation(#""inputEPCList":["\#(uri)"]"#),
      Sample.transformation(#""outputQuantityList":[{"epcClass":"\#(uri)"}]"#),
      Sample.object(#""readPoint":{"id":"\#(uri)"}"#),
      Sample.object(#""bizLocation":{"id":"\#(uri)"}"#),
      Sample.object(#""sourceList":[{"type":"location","source":"\#(uri)"}]"#),
      Sample.object(#""bizTransactionList":[{"type":"po","bizTransaction":"\#(uri)"}]"#),
      Sample.transformation(#""inputEPCList":["urn:x:1"],"transformationID":"\#(uri)""#),
    ]
    for event in places { #expect(try errors(event).count == 1, "\(event)") }
  }

  @Test("What was taken though the standard asks for more is noted")
  func notices() throws {
    #expect(try one(Sample.object()).event.notices == [])
    let assumed = Sample.object(time: #""eventTime":"2026-03-04T11:00:30+01:00""#)
    #expect(try one(assumed).event.notices == .zoneAssumed)
    #expect(try one(assumed).links.time.offsetMinutes == 60)
    let unknown = Sample.object(time: #""eventTime":"2026-03-04T11:00:30""#)
    #expect(try one(unknown).event.notices == .zoneUnknown)
    let irregular = Sample.object(what: #""epcList":["urn:epc:id:sscc:08600031303.0004"]"#)
    #expect(try one(irregular).event.notices == .irregularURN)
    #expect(EventNotices([.zoneAssumed, .zoneUnknown, .irregularURN]).sentences.count == 3)
  }

  @Test("All refusals of a document are told, up to a limit")
  func collected() throws {
    let bad = Sample.object(#""bizStep":7,"readPoint":7"#)
    let good = Sample.object()
    let text = Sample.document(list: "\(bad),\n\(good),\n\(bad)")
    let found = try errors(text)
    #expect(found.map(\.position.event) == [1, 1, 3, 3])
    #expect(found.map(\.position.line) == [1, 1, 3, 3])
    #expect(found.map(\.position.path) == ["bizStep", "readPoint", "bizStep", "readPoint"])
    #expect(
      found[2].description
        == "event 3, line 3, byte \(found[2].position.offset), bizStep: "
        + "a string is expected, not a number; write it in double quotes")
    let many = Sample.document(list: Array(repeating: bad, count: 200).joined(separator: ","))
    let refusal = #expect(throws: EPCISRefusal.self) {
      try EPCISReader(MemoryByteSource(many)).validate()
    }
    #expect(refusal?.errors.count == 100)
    #expect(refusal?.isCutShort == true)
  }
}
