import EPCISFormat
import Testing
import Traceability

/// The digest of an event's content: equal for every spelling of one content, different for others.
@Suite("Identity of content")
struct IdentityTests {
  /// Two spellings of one content.
  static let same: [(String, String)] = {
    let urn = #""epcList":["urn:epc:id:sgtin:0614141.107346.2017"]"#
    let link = #""epcList":["https://id.gs1.org/01/10614141073464/21/2017"]"#
    let lots = "https://id.gs1.org/01/09506000134352/10/"
    func times(_ time: String, _ zone: String = "+01:00") -> String {
      Sample.object(time: #""eventTime":"\#(time)","eventTimeZoneOffset":"\#(zone)""#)
    }
    func step(_ text: String) -> String { Sample.object(#""bizStep":"\#(text)""#) }
    func uri(_ text: String) -> String { Sample.object(what: #""epcList":["\#(text)"]"#) }
    return [
      (Sample.object(), Sample.object() + "\n"),
      (
        Sample.object(#""a":{"x":1,"y":[1, 2]}"#),
        #"{ "a" : {"y":[1,2],"x":1}, "epcList":["\#(Sample.lot)"],"action":"OBSERVE","#
          + #""eventTimeZoneOffset":"+01:00","type":"ObjectEvent","#
          + #""eventTime":"2026-03-04T11:00:30+01:00"}"#
      ),
      (Sample.object(#""a":"é\/""#), Sample.object(#""\u0061":"\u00e9/""#)),
      (Sample.object(what: urn), Sample.object(what: link)),
      (
        uri("https://id.gs1.org/01/09506000134352/10/A%2FB"),
        uri("urn:epc:class:lgtin:9506000.013435.A%2FB")
      ),
      (uri("https://dl.example/p/01/9506000134352/lot/A?x=1"), uri("\(lots)A")),
      (uri("https://dl.example/gtin/9506000134352/lot/A"), uri("\(lots)A")),
      (
        Sample.object(#""readPoint":{"id":"urn:epc:id:sgln:4012345.00011.0"}"#),
        Sample.object(#""readPoint":{"id":"https://id.gs1.org/414/4012345000115"}"#)
      ),
      (step("shipping"), step("https://ref.gs1.org/cbv/BizStep-shipping")),
      (step("shipping"), step("cbv:BizStep-shipping")),
      (step("shipping"), step("urn:epcglobal:cbv:bizstep:shipping")),
      (step("shipping"), step("https://ns.gs1.org/cbv/BizStep-shipping")),
      (
        Sample.object(#""disposition":"in_transit""#),
        Sample.object(#""disposition":"urn:epcglobal:cbv:disp:in_transit""#)
      ),
      (
        Sample.object(#""sourceList":[{"type":"owning_party","source":"urn:x:1"}]"#),
        Sample.object(
          #""sourceList":[{"source":"urn:x:1","type":"urn:epcglobal:cbv:sdt:owning_party"}]"#)
      ),
      (
        Sample.object(#""bizTransactionList":[{"type":"po","bizTransaction":"urn:x:1"}]"#),
        Sample.object(#""bizTransactionList":[{"type":"cbv:BTT-po","bizTransaction":"urn:x:1"}]"#)
      ),
      (Sample.object(), Sample.object().replacing(#""type":"O"#, with: #""isA":"epcis:O"#)),
      (times("2026-03-04T11:00:30+01:00"), times("2026-03-04T10:00:30.000Z")),
      (times("2026-03-04T11:00:30.5+01:00"), times("2026-03-04T11:00:30.5000000000")),
      (Sample.object(), Sample.object(time: #""eventTime":"2026-03-04T11:00:30+01:00""#)),
      (Sample.object(#""quantityList":[]"#), Sample.object()),
      (Sample.object(#""bizStep":null"#), Sample.object(#""bizStep":"""#)),
      (
        Sample.object(what: #""quantityList":[{"epcClass":"\#(lots)A","quantity":1000}]"#),
        Sample.object(what: #""quantityList":[{"quantity":1.0e3,"epcClass":"\#(lots)A"}]"#)
      ),
      (Sample.object(#""ex:n":-0.50"#), Sample.object(#""ex:n":-5e-1"#)),
      (Sample.object(#""ex:n":0"#), Sample.object(#""ex:n":-0.0e7"#)),
      (
        Sample.object(what: #""epcList":["urn:x:1","urn:x:2"]"#),
        Sample.object(what: #""epcList":["urn:x:2","urn:x:1"]"#)
      ),
      (
        Sample.object(#""persistentDisposition":{"set":["a","b"]}"#),
        Sample.object(#""persistentDisposition":{"set":["b","cbv:Disp-a"]}"#)
      ),
      (
        Sample.object(#""certificationInfo":"urn:x:1""#),
        Sample.object(#""certificationInfo":["urn:x:1"]"#)
      ),
      (
        Sample.object(#""ex:a":1,"@context":[{"ex":"https://a.example/"}]"#),
        Sample.object(#""y:a":1,"@context":{"y":{"@id":"https://a.example/"}}"#)
      ),
      (Sample.object(), Sample.object(#""recordTime":"2026-03-05T00:00:00Z""#)),
      (
        Sample.object(),
        Sample.object(#""errorDeclaration":{"declarationTime":"2026-03-05T00:00:00Z"}"#)
      ),
      (
        Sample.object(
          #""sensorElementList":[{"sensorReport":[{"type":"Temperature","value":4.0}]}]"#),
        Sample.object(
          #""sensorElementList":[{"sensorReport":[{"value":4,"type":"gs1:Temperature"}]}]"#)
      ),
    ]
  }()

  /// Different contents, however little.
  static let different: [(String, String)] = {
    func uri(_ text: String) -> String { Sample.object(what: #""epcList":["\#(text)"]"#) }
    return [
      (Sample.object(), Sample.object(#""eventID":"urn:x:1""#)),
      (Sample.object(), Sample.object(#""ex:a":1"#)),
      (Sample.object(#""ex:a":1"#), Sample.object(#""ex:a":"1""#)),
      (Sample.object(#""ex:a":1"#), Sample.object(#""ex:b":1"#)),
      (Sample.object(#""ex:a":0.1"#), Sample.object(#""ex:a":0.10000000000000001"#)),
      (Sample.object(#""ex:a":1e3"#), Sample.object(#""ex:a":1e-3"#)),
      (Sample.object(#""ex:a":-1"#), Sample.object(#""ex:a":1"#)),
      (Sample.object(#""ex:a":[1,2]"#), Sample.object(#""ex:a":[2,1]"#)),
      (Sample.object(#""ex:a":[]"#), Sample.object(#""ex:a":{}"#)),
      (Sample.object(#""ex:a":null"#), Sample.object(#""ex:a":false"#)),
      (Sample.object(#""ex:a":["bc"]"#), Sample.object(#""ex:a":["b","c"]"#)),
      (Sample.object(#""ex:a":[[1],2]"#), Sample.object(#""ex:a":[[1,2]]"#)),
      (Sample.object(#""ex:a":{"b":1},"ex:c":2"#), Sample.object(#""ex:a":{"b":1,"ex:c":2}"#)),
      (
        Sample.object(#""ex:a":1,"@context":{"ex":"https://a.example/"}"#),
        Sample.object(#""ex:a":1,"@context":{"ex":"https://b.example/"}"#)
      ),
      (
        uri("https://id.gs1.org/01/09506000134352/10/A"),
        uri("https://id.gs1.org/01/09506000134352/10/a")
      ),
      (
        uri("https://id.gs1.org/01/09506000134352/10/A"),
        uri("https://id.gs1.org/01/09506000134352/21/A")
      ),
      (
        uri("https://id.gs1.org/01/09506000134352/10/A/21/1"),
        uri("https://id.gs1.org/01/09506000134352/21/1")
      ),
      (
        uri("urn:x:1"),
        Sample.object(what: #""quantityList":[{"epcClass":"urn:x:1"}]"#)
      ),
      (
        Sample.transformation(#""inputEPCList":["urn:x:1"],"outputEPCList":["urn:x:2"]"#),
        Sample.transformation(#""inputEPCList":["urn:x:2"],"outputEPCList":["urn:x:1"]"#)
      ),
      (
        Sample.object(time: #""eventTime":"2026-03-04T11:00:30Z","eventTimeZoneOffset":"+01:00""#),
        Sample.object(time: #""eventTime":"2026-03-04T11:00:30Z","eventTimeZoneOffset":"+02:00""#)
      ),
      (
        Sample.object(time: #""eventTime":"2026-03-04T11:00:30.0000001Z""#),
        Sample.object(time: #""eventTime":"2026-03-04T11:00:30.0000002Z""#)
      ),
      (
        Sample.object(#""bizStep":"shipping""#),
        Sample.object(#""bizStep":"urn:x:bizstep:shipping""#)
      ),
      (
        Sample.object(#""readPoint":{"id":"urn:x:1"}"#),
        Sample.object(#""bizLocation":{"id":"urn:x:1"}"#)
      ),
      (
        Sample.object(what: #""quantityList":[{"epcClass":"urn:x:1","quantity":1,"uom":"KGM"}]"#),
        Sample.object(what: #""quantityList":[{"epcClass":"urn:x:1","quantity":1,"uom":"LBR"}]"#)
      ),
      (
        Sample.object(what: #""quantityList":[{"epcClass":"urn:x:1","quantity":0}]"#),
        Sample.object(what: #""quantityList":[{"epcClass":"urn:x:1"}]"#)
      ),
      (
        Sample.aggregation("DELETE", #""parentID":"urn:x:1","childEPCs":["urn:x:2"]"#),
        Sample.association("DELETE", #""parentID":"urn:x:1","childEPCs":["urn:x:2"]"#)
      ),
    ]
  }()

  @Test("Spellings of one content have one digest", arguments: same)
  func isSame(first: String, second: String) throws {
    #expect(try content(first) == content(second))
  }

  @Test("Different contents have different digests", arguments: different)
  func isDifferent(first: String, second: String) throws {
    #expect(try content(first) != content(second))
  }

  @Test("All these contents differ from one another")
  func injective() throws {
    var seen: [String: String] = [:]
    for text in Self.different.flatMap({ [$0, $1] })
      + JSONStrictnessTests.taken.map({
        Sample.object(#""ex:a":\#($0)"#)
      })
    {
      let digest = "\(try content(text).bytes)"
      if let other = seen[digest], other != text { continue }
      seen[digest] = text
    }
    // 0, -0 and 0e99999 are one number, 1e3 and 1E+3 another; `[]`, `[ ]`, `{}`, `{ }` are spelled twice.
    #expect(seen.count > 60)
  }

  @Test("The digest is that of the documented form, as computed from the document alone")
  func knownAnswer() throws {
    let event =
      #"{"@context":{"n":"https://ns.example/"},"n:a":[-2.0,0,false,null],"z":{"k":true},"#
      + #""quantityList":[{"uom":"KGM","quantity":12.50,"epcClass":"\#(Sample.lot)"}],"#
      + #""epcList":["urn:x:b","urn:x:a"],"readPoint":{"id":"urn:epc:id:sgln:4012345.00011.0"},"#
      + #""bizStep":"cbv:BizStep-shipping","action":"OBSERVE","eventTimeZoneOffset":"+01:00","#
      + #""eventTime":"2026-03-04T11:00:30.2500005+01:00","eventID":"urn:x:1","type":"ObjectEvent"}"#
    let hex = try content(event).bytes.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    #expect(
      hex.joined() == "b1c9815032ec4ded25de778fe8a87bfd8a7727e8fd5bd3db8ed560360a83ac81")
  }

  @Test("A declaration of error has a digest of its own")
  func declaration() throws {
    func event(_ reason: String) -> String {
      Sample.object(
        #""errorDeclaration":{"declarationTime":"2026-03-05T00:00:00Z","reason":"\#(reason)","#
          + #""correctiveEventIDs":["urn:x:2","urn:x:1"]}"#)
    }
    let (first, links) = try one(event("incorrect_data"))
    #expect(try first.content == content(Sample.object()))
    #expect(try one(Sample.object()).event.declaration == nil)
    #expect(first.declaration != nil)
    #expect(try first.declaration == one(event("cbv:ER-incorrect_data")).event.declaration)
    #expect(try first.declaration != one(event("did_not_occur")).event.declaration)
    #expect(links.errorDeclaration?.reason == "incorrect_data")
    #expect(links.errorDeclaration?.correctiveEventIDs == ["urn:x:2", "urn:x:1"])
    #expect(links.errorDeclaration?.time.microseconds == 1_772_668_800_000_000)
  }

  @Test("A context of the document binds prefixes of its events")
  func documentContext() throws {
    let first = try read(
      Sample.document(Sample.object(#""p:a":1"#), context: #"{"p":"https://a.example/"}"#))
    let second = try read(
      Sample.document(Sample.object(#""q:a":1"#), context: #"{"q":"https://a.example/"}"#))
    let third = try read(
      Sample.document(Sample.object(#""p:a":1"#), context: #"{"p":"https://b.example/"}"#))
    #expect(first.events[0].content == second.events[0].content)
    #expect(first.events[0].content != third.events[0].content)
  }

  @Test("An identifier with a bound prefix is the identifier in full, and no other")
  func boundIdentifiers() throws {
    func item(_ text: String, _ context: String) throws -> String {
      let event = Sample.object(what: #""epcList":["\#(text)"]"#)
      return try read(Sample.document(event, context: context)).links[0].items[0].item.uri
    }
    let context = #"{"x":"https://acme.example/lot/","dl":"https://id.gs1.org/"}"#
    #expect(try item("x:7", context) == "https://acme.example/lot/7")
    #expect(try item("x:7", #"{"x":"https://other.example/"}"#) == "https://other.example/7")
    #expect(try item("x:7", "") == "x:7")
    #expect(try item("dl:01/09506000134352/10/AB-12", context) == Sample.lot)
    let wrong = Sample.object(what: #""epcList":["dl:01/09506000134353/10/A"]"#)
    let problem = try errors(Sample.document(wrong, context: context)).first?.problem
    #expect(problem?.contains("check digit") == true)
  }

  @Test("A binding of one event does not reach the next")
  func eventContext() throws {
    let bound = Sample.object(#""ex:a":1,"@context":{"ex":"https://a.example/"}"#)
    let unbound = Sample.object(#""ex:a":1"#)
    let reading = try read("[\(bound),\(unbound)]")
    #expect(try reading.events[1].content == content(unbound))
    #expect(reading.events[0].content != reading.events[1].content)
  }
}
