import EPCISFormat
import Testing

/// JSON is taken exactly as RFC 8259 has it, and never with a member twice.
@Suite("Strict JSON")
struct JSONStrictnessTests {
  static let taken: [String] = [
    "0", "-0", "1", "-1", "12.5", "1e3", "1E+3", "1.25e-7", "18446744073709551615",
    "-9223372036854775808", "0.0000001", "true", "false", "null", #""""#, #""a""#,
    #""\" \\ \/ \b \f \n \r \t \u00e9 \uD83C\uDF53""#, "\"\u{7F}\"", #""\u0000""#, "\"é🍓\"", "[]",
    "[ ]", "{}", "{ }", "[1,2]", "[1 , 2 ]", #"{"a":1,"b":[{"a":1},{"a":2}]}"#, #"{"":1}"#,
    #"{"a":{"a":{"a":1}}}"#, "\t[\n1\r]\n ", #"{"A":1,"a":2}"#, #"["a","a"]"#, "0e99999", "[0.1]",
  ]

  static let refused: [String] = [
    "", "01", "-", "+1", "1.", ".5", "1e", "1e+", "0x10", "1_000", "NaN", "Infinity", "-Infinity",
    "TRUE", "True", "tru", "nul", "truefalse", "'a'", "a", #""a"#, #"a""#, "\"a\nb\"", "\"a\tb\"",
    "\"\u{0}\"", "\u{0}", #""\x41""#, #""\u12""#, #""\u12G4""#, #""\'""#, #""\""#, #""\ud800""#,
    #""\udc00""#, #""\ud800\u0041""#, #""\ud800\ud800""#, "[1,]", "[,1]", "[1,,2]", "[1 2]", "[",
    "]", "[1", "[1}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a" 1}"#, #"{a:1}"#,
    #"{1:1}"#, #"{"a":1 "b":2}"#, #"{"a":1;"b":2}"#, #"{"a":1"#, #"{"a":1]"#, "[1]]", "{}}", "1 2",
    "/* c */ 1", "1 // c", "18446744073709551616", "-9223372036854775809", "1e400", "[1]x",
    #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"b":[{"x":{"a":1,"a":1}}]}"#, "\u{FEFF}1",
    "[\u{B}1]", "[\u{A0}1]", #"{"a":1,"b":2,"a":null}"#,
  ]

  @Test("Values are taken in an extension, an ILMD and a header", arguments: taken)
  func isTaken(value: String) throws {
    #expect(try errors(Sample.object(#""ex:a":\#(value)"#)).isEmpty)
    #expect(try errors(Sample.object(#""ilmd":{"ex:a":\#(value)}"#)).isEmpty)
    #expect(try errors(Sample.document(Sample.object(), header: #"{"x":\#(value)}"#)).isEmpty)
    let tail = #"{"epcisBody":{"eventList":[]},"type":"EPCISDocument","x":\#(value)}"#
    #expect(try errors(tail).isEmpty)
  }

  @Test("Values are refused in every place", arguments: refused)
  func isRefused(value: String) throws {
    #expect(try !errors(Sample.object(#""ex:a":\#(value)"#)).isEmpty)
    #expect(try !errors("[\(Sample.object()),\(Sample.object(#""ex:a":\#(value)"#))]").isEmpty)
    #expect(try !errors("\(Sample.object())\n\(Sample.object(#""a":\#(value)"#))\n").isEmpty)
    #expect(try !errors(Sample.document(Sample.object(), header: #"{"x":\#(value)}"#)).isEmpty)
    let tail = #"{"epcisBody":{"eventList":[]},"type":"EPCISDocument","x":\#(value)}"#
    #expect(try !errors(tail).isEmpty)
    #expect(try !errors(Sample.document(Sample.object(#""ex:a":\#(value)"#))).isEmpty)
  }

  @Test("Bytes that are no UTF-8 are refused wherever they stand")
  func malformedUTF8() throws {
    let wrong: [[UInt8]] = [
      [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80],
      [0xF8], [0xFF], [0xE2, 0x82],
    ]
    for bytes in wrong {
      for text in [
        Sample.object(#""a":"@""#), Sample.document(Sample.object(#""a":"@""#)),
        Sample.document(Sample.object(), header: #"{"a":"@"}"#),
        "\(Sample.object())\n\(Sample.object(#""a":"@""#))",
      ] {
        let parts = text.split(separator: "@").map { Array($0.utf8) }
        let all =
          parts.count == 2 ? parts[0] + bytes + parts[1] : Array(parts.joined(separator: bytes))
        #expect(try !errors(all).isEmpty, "\(bytes) in \(text)")
      }
    }
  }

  @Test("Mistakes around the events are refused where they stand")
  func listFaults() throws {
    let event = Sample.object()
    let head = #"{"type":"EPCISDocument","epcisBody":{"eventList":["#
    let cases: [(String, Int, String)] = [
      ("\(head)\(event),]}}", 0, "the event list ends with a comma"),
      ("\(head),\(event)]}}", 0, "event 1 is no object: it starts with ','"),
      ("\(head)\(event) \(event)]}}", 1, "a comma or ] is expected after event 1"),
      ("\(head)\(event)}}}", 0, "a comma or ] is expected after event 1"),
      ("\(head)\(event)]}", 0, "the document ends within its outermost object"),
      ("\(head)\(event)]}}}", 0, "something follows the end of the document"),
      ("\(head)\(event)]}],", 0, "']' closes an object"),
      ("\(head)\(event)", 0, "the document ends within its event list"),
      ("\(head)\(event.dropLast())", 0, "the document ends within event 1"),
    ]
    for (text, _, problem) in cases {
      let found = try errors(text)
      #expect(found.map(\.problem) == [problem])
    }
  }

  @Test("A missing quote is told where it is missing, not where its consequences are")
  func missingQuote() throws {
    let good = Sample.object()
    let bad = "{\n\"type\":\"ObjectEvent,\n\"action\":\"OBSERVE\"}"
    let text = Sample.document(list: "\(good),\n\(bad),\n\(good)")
    let found = try #require(try errors(text).first)
    #expect(found.problem == "a control character (byte 0xa) stands in a string")
    #expect(found.position.line == 3)
  }

  @Test("The position of a fault is its event, line and byte")
  func position() throws {
    let good = Sample.object()
    let text = "[\(good),\n\(good),\n{\"a\" 1}]"
    let found = try #require(try errors(text).first)
    #expect(found.position.event == 3)
    #expect(found.position.line == 3)
    #expect(found.position.offset == 2 * good.utf8.count + 5 + 5)
    #expect(found.problem == "a colon is missing after a member name")
  }

  @Test("A fault behind the event list is told with its place in the document")
  func positionBehindList() throws {
    let event = Sample.object()
    let head =
      "{\"type\":\"EPCISDocument\",\n\"epcisBody\":{\"eventList\":[\(event),\n\(event)]},\n"
    let found = try #require(try errors("\(head)\"x\":01}").first)
    #expect(found.position == .init(line: 4, offset: head.utf8.count + 4))
    #expect(found.problem == "a number starts with a surplus zero")
    let before = try #require(try errors("{\n\"x\":01,\(head.dropFirst())\"y\":1}").first)
    #expect(before.position == .init(line: 2, offset: 6))
  }

  @Test("In JSON Lines each malformed line is told, and the others are read")
  func badLines() throws {
    let good = Sample.object()
    let text = "\(good)\n{\"a\":\n\(good)\n\n\(good) \(good)\n\(good.dropLast())\n[]\n\(good)"
    let reading = try read(text)
    #expect(reading.events.map(\.line) == [1, 3, 8])
    #expect(reading.refusals.map(\.position.line) == [2, 5, 6, 7])
    #expect(
      reading.refusals.map(\.problem) == [
        "the text ends within a value", "something follows the end of the JSON value",
        "the text ends within a value", "an event is an object in braces, not an array",
      ])
  }

  @Test("Lines that are JSON only together are refused")
  func brokenLines() throws {
    let first = #"{"type":"ObjectEvent","eventTime":"2026-03-04T11:00:30Z""#
    let second = #""action":"OBSERVE","epcList":["\#(Sample.lot)"]}"#
    let text = "\(Sample.object())\n\(first)\n\(second)\n"
    #expect(try errors(text).map(\.position.line) == [2, 3])
    // As many values as lines, though not one on each.
    let shifted = "\(Sample.object())\n\(Sample.object()),\(first)\n\(second)\n"
    #expect(try errors(shifted).map(\.position.line) == [2, 3])
  }

  @Test("Sixty-four containers are taken, sixty-five are refused, in all forms")
  func depth() throws {
    func nested(_ count: Int) -> String {
      let arrays = count - 1
      return Sample.object(
        "\"a\":" + String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays))
    }
    let wrappers: [(Int, (String) -> String)] = [
      (0, { $0 }), (1, { "[\($0)]" }), (3, { Sample.document($0) }),
      (0, { "\(Sample.object())\n\($0)\n" }),
    ]
    for (around, wrap) in wrappers {
      #expect(try errors(wrap(nested(64 - around))).isEmpty, "\(around)")
      let deep = try #require(try errors(wrap(nested(65 - around))).first, "\(around)")
      #expect(deep.problem.hasPrefix("containers are nested too deep"))
    }
    let header = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
    #expect(try errors(Sample.document(Sample.object(), header: header)).isEmpty)
    #expect(try !errors(Sample.document(Sample.object(), header: "[\(header)]")).isEmpty)
  }
}
