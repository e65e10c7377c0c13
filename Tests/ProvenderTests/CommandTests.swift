import Foundation
import Provender
import Testing

@Suite struct CommandTests {
  @Test func capturesAndTracesTheYoghurtBothWays() throws {
    let runner = try CommandRunner()
    let started = try runner.run("init", "--json").json()
    #expect((started["ledger"] as? [String: Any])?["origin"] as? String == "localhost/test")
    let capture = try runner.start(["capture", "--json"] + CommandRunner.yoghurt()).finish()
    #expect(capture.code == 0, "\(capture.errors)")
    let taken = try capture.json()
    #expect(taken["captured"] as? Int == 196)
    #expect(taken["known"] as? Int == 1)
    #expect((taken["refused"] as? [Any])?.isEmpty == true)
    #expect((taken["files"] as? [Any])?.count == 9)
    #expect(taken["resumeLine"] is NSNull)
    let fixture = try YoghurtFixture()
    for direction in ["forward", "backward"] {
      let (seed, expected) = try fixture.expected(direction)
      let answer = try runner.run("trace", direction, seed, "--json").json()
      let items = try #require(answer["items"] as? [[String: Any]])
      #expect(Set(items.compactMap { $0["id"] as? String }) == expected)
      #expect(answer["seeds"] as? [String] == [seed])
      #expect(answer["direction"] as? String == direction)
      let events = try #require(answer["events"] as? [[String: Any]])
      #expect(events.allSatisfy { $0["eventID"] is String && $0["entry"] is Int })
      #expect(Set(events.compactMap { $0["role"] as? String }).isSubset(of: ["path", "mention"]))
      for list in ["sites", "parties", "uncertain", "excluded"] {
        #expect(answer[list] is [[String: Any]], "\(list)")
      }
      for doubt in answer["uncertain"] as? [[String: Any]] ?? [] {
        #expect(doubt["item"] is String && doubt["reason"] is String)
        #expect(doubt["explanation"] is String)
      }
    }
  }

  @Test func findsItemsByAnySpelling() throws {
    let runner = try CommandRunner.withYoghurt()
    let spellings = [
      "(01)09521011001011(10)L6112", "https://id.gs1.org/01/09521011001011/10/L6112",
      "urn:epc:class:lgtin:9521011.000101.L6112",
    ]
    for spelling in spellings {
      let answer = try runner.run("trace", "backward", spelling, "--json").json()
      #expect((answer["items"] as? [Any])?.count == 36, "\(spelling)")
    }
    let ambiguous = try runner.run("trace", "backward", "L6112", "--json")
    #expect(ambiguous.code == 65)
    #expect(ambiguous.errors.contains("--all-matching"))
    let error = try #require(try ambiguous.json()["error"] as? [String: Any])
    #expect((error["candidates"] as? [String])?.count == 5)
    let all = try runner.run("trace", "backward", "L6112", "--json", "--all-matching").json()
    #expect((all["seeds"] as? [String])?.count == 5)
  }

  @Test func endsWithTheCodeForWhatHappened() throws {
    let runner = try CommandRunner.withYoghurt()
    let bad = runner.path("bad.jsonld")
    try Data("{\"type\":\"ObjectEvent\",}".utf8).write(to: URL(fileURLWithPath: bad))
    let codes: [([String], Int32)] = [
      ([], 0), (["--help"], 0), (["frobnicate"], 64), (["capture"], 64),
      (["trace", "up", "x"], 64),
      (["capture", "--from-line", "0", bad], 64), (["capture", bad], 65),
      (["capture", runner.path("missing.jsonld")], 74), (["trace", "forward", "nobody-knows"], 65),
      (["show", "99999"], 65), (["show", "--as", "event", "no-such-event"], 65),
      (["verify", "--pin", "nonsense"], 64), (["init"], 65),
      (["stats", "--ledger", runner.path("none")], 64),
      (["capture", "--ledger", runner.path("none"), bad], 64),
      (["verify", "--ledger", runner.path("none")], 64),
      (["simulate", "--lots", "5", "--output", runner.path("no/such/folder")], 74),
      (["simulate", "--lots", "-1"], 64), (["demo", "--fixtures", runner.path("none")], 64),
    ]
    for (arguments, code) in codes {
      let run = try runner.start(arguments).finish()
      #expect(run.code == code, "\(arguments): \(run.errors)")
      if code != 0 {
        #expect(run.errors.hasPrefix("provender: ") || run.text.contains("refused"), "\(arguments)")
      }
    }
    let refused = try runner.run("capture", bad, "--json").json()
    let first = try #require((refused["refused"] as? [[String: Any]])?.first)
    #expect(first["position"] is String && first["message"] is String)
    #expect(refused["captured"] as? Int == 0)
  }

  @Test func everySubcommandHelpsWithExamples() throws {
    let runner = try CommandRunner()
    let names = [
      "init", "capture", "trace", "show", "verify", "prove", "disclose", "check", "stats",
      "simulate", "demo",
    ]
    let withoutLedger = ["simulate", "check"]
    for name in names {
      let run = try runner.run(name, "--help")
      #expect(run.code == 0)
      #expect(run.text.contains("provender \(name) ") && run.text.contains("Examples:"), "\(name)")
      #expect(
        run.text.contains("--json")
          && (withoutLedger.contains(name) || run.text.contains("--ledger")))
    }
  }

  @Test func refusesASecondWriterAndLetsReadersIn() throws {
    let runner = try CommandRunner.withYoghurt()
    let writer = try Ledger.open(at: runner.ledger, for: .writing)
    let document = try CommandRunner.yoghurt()[0]
    let run = try runner.run("capture", document)
    #expect(run.code == 74)
    #expect(run.errors.contains("writer"))
    #expect(try runner.run("stats").code == 0)
    #expect(try runner.run("verify").code == 0)
    try writer.close()
    #expect(try runner.run("capture", document).code == 0)
  }

  @Test func takesADocumentFromStandardInput() throws {
    var runner = try CommandRunner()
    try runner.run("init")
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: try CommandRunner.yoghurt()[0]))
    let run = try runner.run("capture", "-", "--json", "--submitter", "gate 2", input: file)
    #expect(run.code == 0, "\(run.errors)")
    #expect(try run.json()["captured"] as? Int == 22)
    let shown = try runner.run("show", "1", "--json").json()
    let submission = try #require(shown["submission"] as? [String: Any])
    #expect(submission["submitter"] as? String == "gate 2")
    #expect(submission["document"] as? String == "standard input")
    runner.environment["TMPDIR"] = runner.path("none")
    #expect(try runner.run("capture", "-").code == 74)
  }

  @Test func oneRefusalDoesNotKeepOthersOut() throws {
    let runner = try CommandRunner()
    try runner.run("init")
    let bad = runner.path("bad.jsonld")
    try Data("not json".utf8).write(to: URL(fileURLWithPath: bad))
    let good = try CommandRunner.yoghurt()[1]
    let run = try runner.run("capture", "--json", bad, good)
    #expect(run.code == 65)
    let taken = try run.json()
    #expect(taken["captured"] as? Int == 19)
    #expect((taken["refused"] as? [Any])?.count == 1)
  }

  @Test func showsItemsEventsAndEntries() throws {
    let runner = try CommandRunner.withYoghurt()
    let item = try runner.run("show", "(00)195210190008804064", "--json").json()
    #expect(item["understood"] as? String == "item")
    let first = try #require((item["items"] as? [[String: Any]])?.first)
    #expect((first["contents"] as? [Any])?.count == 2)
    #expect((first["events"] as? [Any])?.count == 4)
    let id = "urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd"
    let event = try runner.run("show", id, "--json").json()
    #expect(event["understood"] as? String == "event")
    let entries = try #require(event["entries"] as? [[String: Any]])
    #expect(entries.count == 2)
    let declaration = entries.compactMap { $0["event"] as? [String: Any] }
      .compactMap { $0["errorDeclaration"] as? [String: Any] }
    #expect(declaration.count == 1)
    let payload = try #require(entries.first?["payload"] as? String)
    let parsed = try JSONSerialization.jsonObject(with: Data(payload.utf8)) as? [String: Any]
    #expect(parsed?["eventID"] as? String == id)
    let entry = try runner.run("show", "0", "--json").json()
    #expect(entry["kind"] as? String == "genesis")
    let text = try runner.run("show", "12").text
    #expect(text.contains("ENTRY 12") && text.contains("leaf hash") && text.contains("AS RECEIVED"))
  }

  @Test func demonstrationComesOutAsExpected() throws {
    let runner = try CommandRunner()
    let run = try runner.run("demo", "--json", "--fixtures", YoghurtFixture.folder.path)
    #expect(run.code == 0, "\(run.text)")
    let demo = try run.json()
    #expect(demo["expected"] as? Bool == true)
    #expect((demo["steps"] as? [Any])?.count == 6)
    #expect(!FileManager.default.fileExists(atPath: runner.ledger))
  }

  @Test func simulatesTheSameBytesForTheSameSeed() throws {
    let runner = try CommandRunner()
    let file = runner.path("history.jsonl")
    let run = try runner.run("simulate", "--lots", "50", "--seed", "9", "--output", file, "--json")
    #expect(run.code == 0)
    let piped = try runner.run("simulate", "--lots", "50", "--seed", "9")
    let written = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(piped.output == written && !written.isEmpty)
    #expect(try run.json()["bytes"] as? Int == written.count)
    try runner.run("init")
    let capture = try runner.run("capture", file, "--json").json()
    #expect(capture["captured"] as? Int == (try run.json()["events"] as? Int))
  }
}
