import Foundation
import Testing

@Suite struct RedactCommandTests {
  /// A ledger with one event, and one beside it in a document of its own.
  private func runner() throws -> CommandRunner {
    let runner = try CommandRunner()
    #expect(try runner.run("init").code == 0)
    for (name, lot) in [("a", "LOT-A"), ("b", "LOT-B")] {
      let path = runner.path("\(name).jsonl")
      let text = EventText.object(
        lot, id: "urn:x:\(name)", extra: #""https://x.example/driver":"DRIVER-\#(lot)","#)
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      #expect(try runner.run("capture", path).code == 0)
    }
    return runner
  }

  private func isAnywhere(_ text: String, _ runner: CommandRunner) throws -> Bool {
    try FileManager.default.subpathsOfDirectory(atPath: runner.ledger).contains { name in
      let data = FileManager.default.contents(atPath: "\(runner.ledger)/\(name)") ?? Data()
      return data.range(of: Data(text.utf8)) != nil
    }
  }

  @Test func redactsAnEventAndSaysSoEverywhere() throws {
    let runner = try runner()
    let done = try runner.run("redact", "urn:x:a", "--reason", "gdpr-17", "--yes", "--json")
    #expect(done.code == 0, "\(done.errors)")
    let json = try done.json()
    #expect(json["entry"] as? Int == 7 && json["reason"] as? String == "gdpr-17")
    #expect(json["redacted"] as? [Int] == [2, 3])
    #expect((json["redactedBefore"] as? [Int])?.isEmpty == true)
    #expect(json["links"] as? Bool == false && json["recordTime"] is String)
    #expect((json["ledger"] as? [String: Any])?["size"] as? Int == 8)
    #expect(try !isAnywhere("DRIVER-LOT-A", runner) && isAnywhere("DRIVER-LOT-B", runner))
    let shown = try runner.run("show", "urn:x:a").text
    #expect(shown.contains("reason gdpr-17, by entry 7: the payload") && shown.contains("LOT-A"))
    #expect(try runner.run("show", "7").text.contains("reason gdpr-17"))
    let entry = try runner.run("show", "2", "--json").json()
    #expect(entry["payloadErased"] as? Bool == true && entry["linksErased"] as? Bool == false)
    let notices = try #require(entry["redactions"] as? [[String: Any]])
    #expect(notices.count == 1 && notices[0]["entry"] as? Int == 7)
    #expect(notices[0]["reason"] as? String == "gdpr-17" && notices[0]["links"] as? Bool == false)
    let announced = try runner.run("show", "7", "--json").json()
    #expect((announced["redacted"] as? [Any])?.count == 2)
    let statistics = try runner.run("stats", "--json").json()
    #expect((statistics["redacted"] as? [String: Any])?["entries"] as? Int == 2)
    #expect(try runner.run("stats").text.contains("2 entries"))
    let again = try runner.run("redact", "urn:x:a", "--reason", "x", "--yes")
    #expect(again.code == 0 && again.text.contains("redacted already; nothing was changed"))
    #expect(try runner.run("stats", "--json").json()["events"] as? Int == 2)
  }

  @Test func destroysLinksOnRequestAndTracesSayThatTheyAreCut() throws {
    let runner = try runner()
    let done = try runner.run("redact", "--entry", "2", "--all", "--reason", "court", "--yes")
    #expect(done.code == 0, "\(done.errors)")
    #expect(done.text.contains("the payload and the links") && done.text.contains("backups"))
    #expect(try !isAnywhere("LOT-A", runner))
    let trace = try runner.run("trace", "forward", "LOT-B")
    #expect(trace.code == 0 && trace.text.contains("CUT HERE") && trace.text.contains("court"))
    let cut = try runner.run("trace", "forward", "LOT-B", "--json").json()["cut"]
    #expect((cut as? [[String: Any]])?.first?["entry"] as? Int == 2)
    let lost = try runner.run("trace", "forward", "LOT-A")
    #expect(lost.code == 65 && lost.errors.contains("destroyed by redaction"))
    #expect(try runner.run("redact", "urn:x:a", "--reason", "court", "--yes").code == 65)
  }

  @Test func neverWaitsWhereNobodyCanBeAsked() throws {
    let runner = try runner()
    let asked = try runner.start(["redact", "urn:x:a", "--reason", "r"], input: Pipe()).finish()
    #expect(asked.code == 64 && asked.errors.contains("--yes"))
    let wrong: [([String], Int32)] = [
      (["redact", "--reason", "r", "--yes"], 64), (["redact", "urn:x:a", "--yes"], 64),
      (["redact", "urn:x:a", "--entry", "2", "--reason", "r", "--yes"], 64),
      (["redact", "urn:x:a", "--reason", "two words", "--yes"], 64),
      (["redact", "urn:x:nobody", "--reason", "r", "--yes"], 65),
      (["redact", "--entry", "0", "--reason", "r", "--yes"], 65),
      (["redact", "--entry", "99", "--reason", "r", "--yes"], 65),
    ]
    for (arguments, code) in wrong {
      let run = try runner.start(arguments).finish()
      #expect(run.code == code, "\(arguments): \(run.errors)")
    }
    #expect(try isAnywhere("DRIVER-LOT-A", runner))
  }
}
