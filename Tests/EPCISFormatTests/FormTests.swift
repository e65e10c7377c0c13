import EPCISFormat
import Testing

@Suite("Forms of documents")
struct FormTests {
  private let a = Sample.object(#""eventID":"urn:x:a""#)
  private let b = Sample.object(#""eventID":"urn:x:b","note":" b ""#)

  @Test("A document gives its events in order, byte for byte, and what surrounds them")
  func document() throws {
    let text = Sample.document(list: "\n \(a) ,\r\n\t\(b)\n")
    let reading = try read(text)
    #expect(reading.outline.form == .document)
    #expect(reading.payloads == [a, b])
    #expect(reading.ids == ["urn:x:a", "urn:x:b"])
    #expect(reading.events.map(\.number) == [1, 2])
    let envelope = String(decoding: reading.outline.envelope, as: UTF8.self)
    #expect(envelope == Sample.document(list: ""))
    for event in reading.events {
      let start = Array(text.utf8)[event.offset..<event.offset + event.payload.count]
      #expect(String(decoding: start, as: UTF8.self) == reading.payloads[event.number - 1])
    }
  }

  @Test("A query document gives its events")
  func queryDocument() throws {
    let text =
      #"{"type":"EPCISQueryDocument","schemaVersion":"2.0","epcisBody":{"queryResults":"#
      + #"{"queryName":"q","resultsBody":{"eventList":[\#(a),\#(b)]}}}}"#
    let reading = try read(text)
    #expect(reading.outline.form == .queryDocument)
    #expect(reading.payloads == [a, b])
  }

  @Test("Header and context may come after the events")
  func anyOrder() throws {
    let text =
      #"{"epcisBody":{"eventList":[\#(Sample.object(#""ex:a":1"#))]},"schemaVersion":"2.0","#
      + #""@context":{"ex":"https://ex.example/"},"type":"EPCISDocument"}"#
    let expanded = Sample.document(
      Sample.object(#""ex:a":1"#), context: #"{"ex":"https://ex.example/"}"#)
    #expect(try read(text).events[0].content == read(expanded).events[0].content)
    #expect(try read(text).outline.form == .document)
  }

  @Test("Names on the way to the list may be escaped, and may occur elsewhere")
  func escapedNames() throws {
    let text =
      #"{"type":"EPCISDocument","x":{"epcisBody":{"eventList":[1]}},"#
      + #""epcisBod\u0079":{"other":{"eventList":[3]},"\u0065ventList":[\#(a)]}}"#
    #expect(try read(text).payloads == [a])
  }

  @Test("An event by itself, and an array of events")
  func bare() throws {
    #expect(try read(" \(a)\n").payloads == [a])
    #expect(try read(a).outline.form == .event)
    #expect(try read("[\(a) , \(b)]").payloads == [a, b])
    #expect(try read("[\(a)]").outline.form == .array)
    #expect(try read("[ ]").events.isEmpty)
    #expect(try read(Sample.document(list: " ")).events.isEmpty)
  }

  @Test("JSON Lines with blank lines, carriage returns and no newline at the end")
  func lines() throws {
    let reading = try read("\n\(a)\r\n \t\r\n\n  \(b) ")
    #expect(reading.outline.form == .lines)
    #expect(reading.payloads == [a, b])
    #expect(reading.events.map(\.line) == [2, 5])
    #expect(reading.outline.batches.map(\.nextLine) == [6])
  }

  @Test("JSON Lines are grouped by lines, and can be gone on with from a line")
  func linesFrom() throws {
    let text = (1...25).map { Sample.object(#""eventID":"urn:x:\#($0)""#) + "\n\n" }.joined()
    var limits = EPCISLimits()
    limits.batchLines = 10
    let reading = try read(text, limits: limits)
    #expect(reading.outline.batches.map(\.count) == [10, 10, 5])
    #expect(reading.outline.batches.map(\.firstLine) == [1, 21, 41])
    #expect(reading.outline.batches.map(\.nextLine) == [20, 40, 50])
    #expect(reading.ids == (1...25).map { "urn:x:\($0)" })
    let rest = try read(text, limits: limits, firstLine: 40)
    #expect(rest.ids == (21...25).map { "urn:x:\($0)" })
    #expect(rest.events.first?.line == 41)
  }

  @Test("A byte order mark of UTF-8 is passed over, other encodings are refused")
  func byteOrderMark() throws {
    for text in [a, Sample.document(a), "\(a)\n\(b)\n", "[\(a)]"] {
      let marked = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
      #expect(try read(marked).payloads == read(text).payloads)
    }
    let utf16: [UInt8] = [0xFF, 0xFE] + a.utf8.flatMap { [$0, 0] as [UInt8] }
    #expect(try errors(utf16).map(\.problem) == ["the text is not UTF-8 here"])
    #expect(try errors([0xEF, 0xBB, 0x20]).map(\.problem) == ["the text is not UTF-8 here"])
  }

  @Test("A second list of events, or one outside the body, is refused: none is lost in silence")
  func strayLists() {
    let event = Sample.object()
    for text in [
      #"{"type":"EPCISDocument","epcisBody":{"queryResults":{"resultsBody":{"eventList":[]}},"#
        + #""eventList":[\#(event)]}}"#,
      #"{"type":"EPCISDocument","epcisBody":{"eventList":[\#(event)]},"eventList":[\#(event)]}"#,
      #"{"eventList":[\#(event)]}"#,
    ] {
      #expect(throws: EPCISRefusal.self) { try read(text) }
    }
  }

  @Test("What is no document is refused with a reason")
  func refused() throws {
    let cases: [(String, String)] = [
      ("", "the document is empty"),
      (" \n", "the document is empty"),
      ("42", "a document starts with { or [, not with '4'"),
      ("{}", "the event's type is missing"),
      (#"{"type":"EPCISDocument","epcisBody":{}}"#, "the document has no event list"),
      (#"{"type":"EPCISDocument"}"#, "the document has no event list"),
      (#"{"epcisBody":{"eventList":[]}}"#, "the document's type is missing"),
      (
        #"{"type":"EPCISDocument","schemaVersion":"3.0","epcisBody":{"eventList":[]}}"#,
        "the document is of EPCIS 3.0"
      ),
      (
        #"{"type":"EPCISDocument","creationDate":"2026-13-01","epcisBody":{"eventList":[]}}"#,
        "'2026-13-01' is no time: month 13 is not in 1 to 12"
      ),
      ("\(a)\n\(Sample.document(b))", "a whole document stands where an event is expected"),
      ("\(Sample.document(a))\n\(b)", "something follows the end of the document"),
      ("\(a) \(b)", "something follows the end of the document"),
      ("[\(a)] x", "something follows the end of the document"),
      ("[\(a),7]", "event 2 is no object: it starts with '7'"),
      ("[\(a),[]]", "an event is an object in braces, not an array"),
    ]
    for (text, problem) in cases {
      let found = try errors(text).first?.problem
      #expect(found == problem)
    }
  }

  @Test("Every chunk size gives the same reading")
  func chunks() throws {
    let documents = [
      Sample.document(list: "\n\(a) ,\(b)\n,\(a)", header: #"{"x":"[\"]\\"}"#),
      "[\(a),\(b) ]", "\(a)\n\n\(b)\r\n\(a)", a,
    ]
    for text in documents {
      let expected = try read(text)
      for chunk in 1...(text.utf8.count + 1) {
        var limits = EPCISLimits()
        limits.chunkBytes = chunk
        limits.batchBytes = chunk % 7 == 0 ? 1 : 1 << 20
        let reading = try read(text, limits: limits)
        #expect(reading.payloads == expected.payloads, "chunk \(chunk)")
        #expect(reading.events.map(\.offset) == expected.events.map(\.offset))
        #expect(reading.events.map(\.number) == expected.events.map(\.number))
        #expect(reading.events.map(\.content) == expected.events.map(\.content))
        #expect(reading.outline.envelope == expected.outline.envelope)
      }
    }
  }

  @Test("Limits are kept: envelope, event, line")
  func limits() throws {
    var limits = EPCISLimits()
    limits.envelopeBytes = 2000
    limits.eventBytes = 1000
    limits.chunkBytes = 64
    let long = String(repeating: "x", count: 3000)
    let event = Sample.object(#""note":"\#(long)""#)
    let header = Sample.document(a, header: #"{"note":"\#(long)"}"#)
    #expect(
      try errors(header, limits: limits).first?.problem
        == "what surrounds the event list has over 2000 bytes")
    #expect(
      try errors(Sample.document(a, event), limits: limits).first?.problem
        == "event 2 has over 1000 bytes")
    #expect(
      try errors("\(a)\n\(event)", limits: limits).first?.problem == "line 2 has over 1000 bytes")
    #expect(try errors("\(a)\n\(b)", limits: limits).isEmpty)
  }
}
