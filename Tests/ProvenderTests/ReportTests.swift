import Foundation
import RecallReports
import Testing

@Suite struct ReportTests {
  @Test func everyStringSurvivesJSON() throws {
    let strings = [
      "", "plain", "\"quoted\" \\ back", "line\nfeed\ttab\r", "\u{0}\u{1F}\u{7F}\u{85}\u{9B}",
      "\u{202E}\u{2028}\u{2029}\u{FEFF}", "Łąka 草 🍓 e\u{301}", "\u{E000}\u{10FFFF}",
    ]
    var writer = JSONWriter()
    writer.object { json in
      json.member("strings", strings)
      json.member("big", UInt64.max)
      json.member("small", UInt64(9_007_199_254_740_991))
      json.member("none", nil as String?)
      json.member("objects", each: [1, 2]) { $0.member("number", $1) }
      json.key("empty")
      json.array { _ in }
    }
    #expect(writer.bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
    let value = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
    let document = try #require(value)
    #expect(
      (document["strings"] as? [String])?.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
    #expect(document["big"] as? String == "18446744073709551615")
    #expect(document["small"] as? Int == 9_007_199_254_740_991)
    #expect((document["objects"] as? [[String: Int]]) == [["number": 1], ["number": 2]])
  }

  @Test func linesAreHarmless() {
    #expect(TerminalText.line("a\u{1B}[2Jb\u{202E}c\nd") == "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d")
    #expect(TerminalText.lines("a\r\n\tb") == ["a", "  b"])
    #expect(TerminalText.line("Łąka 草莓") == "Łąka 草莓")
  }

  @Test func columnsAreCountedAsTheyAreShown() {
    #expect(TerminalText.width("Łąka") == 4)
    #expect(TerminalText.width("草莓") == 4)
    #expect(TerminalText.cut("strawberry", to: 6) == "straw…")
    #expect(TerminalText.cut("草莓酸奶", to: 5) == "草莓…")
    #expect(TerminalText.padded("ab", to: 4) + "|" == "ab  |")
    #expect(TerminalText.padded("ab", to: 4, isRight: true) == "  ab")
  }

  @Test func tablesFitTheWidth() {
    var table = TextTable([.init("id"), .init("name", minimum: 6), .init("n", isRight: true)])
    table.row(["(01)1234", "a rather long name of a product", "7"])
    var report = TextReport(ReportStyle(width: 30))
    report.table(table)
    #expect(report.lines.allSatisfy { TerminalText.width($0) <= 30 })
    #expect(report.lines.last?.contains("(01)1234") == true)
    #expect(report.lines.last?.contains("…") == true)
    var wide = TextReport(ReportStyle())
    wide.table(table)
    #expect(wide.lines.last?.contains("a rather long name of a product") == true)
  }

  @Test func shortFormsReadBackAsTheSame() {
    let uri = "https://id.gs1.org/01/09521015003103/10/EB%2F26-103"
    #expect(IdentifierText.short(uri) == "(01)09521015003103(10)EB/26-103")
    #expect(IdentifierText.short("urn:x:y") == "urn:x:y")
    let odd = "https://id.gs1.org/01/09521015003103/10/A%2821%29B"
    #expect(IdentifierText.short(odd) == odd)
  }
}
