import Foundation
import Provender
import Testing

@Suite struct CommandIntegrityTests {
  @Test func verifiesAndFindsAFlippedBit() throws {
    let runner = try CommandRunner.withYoghurt()
    let run = try runner.run("verify", "--json")
    #expect(run.code == 0)
    let report = try run.json()
    #expect(report["intact"] as? Bool == true)
    #expect(report["entries"] as? Int == 215)
    let root = try #require(report["root"] as? String)
    #expect(root.count == 64)
    #expect((report["findings"] as? [Any])?.isEmpty == true)
    #expect(try runner.run("verify", "--pin", "215:\(root)").code == 0)
    let other = "215:" + String(repeating: "0", count: 64)
    #expect(try runner.run("verify", "--pin", other).code == 4)
    let pins = runner.path("pins")
    try Data("215:\(root)\n400:\(root)\n".utf8).write(to: URL(fileURLWithPath: pins))
    #expect(try runner.run("verify", "--pin", pins).code == 4)

    let segment = URL(fileURLWithPath: runner.ledger + "/log/00000000000000000000.seg")
    var bytes = try Data(contentsOf: segment)
    bytes[bytes.count / 2] ^= 0x10
    try bytes.write(to: segment)
    let damaged = try runner.run("verify", "--json")
    #expect(damaged.code == 3)
    let found = try damaged.json()
    #expect(found["intact"] as? Bool == false)
    let finding = try #require((found["findings"] as? [[String: Any]])?.first)
    #expect(finding["kind"] is String && finding["message"] is String)
    #expect(finding["entry"] is Int && finding["offset"] is Int)
    #expect(finding["file"] as? String == "log/00000000000000000000.seg")
  }

  @Test func statisticsSayWhatIsThere() throws {
    let runner = try CommandRunner.withYoghurt()
    let stats = try runner.run("stats", "--json").json()
    #expect(stats["captures"] as? Int == 9)
    #expect(stats["events"] as? Int == 196)
    let index = try #require(stats["index"] as? [String: Any])
    #expect(index["state"] as? String == "current")
    try FileManager.default.removeItem(atPath: runner.ledger + "/index")
    let after = try runner.run("stats", "--json").json()
    #expect((after["index"] as? [String: Any])?["state"] as? String == "missing")
    #expect(try runner.run("trace", "forward", "(01)09521011000106(10)T1-260420").code == 0)
    let built = try runner.run("stats", "--json").json()
    #expect((built["index"] as? [String: Any])?["state"] as? String == "current")
  }

  @Test func interruptedCaptureLeavesALedgerThatVerifies() throws {
    let runner = try CommandRunner()
    try runner.run("init")
    let file = runner.path("history.jsonl")
    #expect(try runner.run("simulate", "--lots", "8000", "--output", file).code == 0)
    let running = try runner.start(["capture", "--json", file])
    try waitForGrowth(of: runner.ledger)
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish()
    #expect(run.code == 130, "\(run.errors)")
    let taken = try run.json()
    #expect(taken["cancelled"] as? Bool == true)
    let line = try #require(taken["resumeLine"] as? Int)
    let captured = try #require(taken["captured"] as? Int)
    #expect(captured > 0 && captured == line - 1)
    #expect(run.errors.contains("--from-line \(line)"))
    let report = try runner.run("verify", "--json").json()
    #expect(report["intact"] as? Bool == true)
    #expect(report["events"] as? Int == captured)
    let rest = try runner.run("capture", "--json", "--from-line", String(line), file)
    #expect(rest.code == 0, "\(rest.errors)")
    #expect(try rest.json()["known"] as? Int == 0)
    #expect(try runner.run("verify").code == 0)
  }

  @Test func interruptedDocumentLeavesNothing() throws {
    let runner = try CommandRunner()
    try runner.run("init")
    let file = runner.path("history.jsonld")
    #expect(
      try runner.run("simulate", "--lots", "20000", "--document", "--output", file).code == 0)
    let running = try runner.start(["capture", "--json", file])
    Thread.sleep(forTimeInterval: 0.5)
    kill(running.process.processIdentifier, SIGTERM)
    let run = try running.finish()
    #expect(run.code == 143, "\(run.errors)")
    #expect(try run.json()["captured"] as? Int == 0)
    let report = try runner.run("verify", "--json").json()
    #expect(report["intact"] as? Bool == true)
    #expect(report["entries"] as? Int == 1)
  }

  @Test func interruptedSimulationLeavesNoFile() throws {
    let runner = try CommandRunner()
    let file = runner.path("history.jsonl")
    let running = try runner.start(["simulate", "--lots", "1000000", "--output", file])
    for _ in 0..<200 where try parts(of: runner).isEmpty { Thread.sleep(forTimeInterval: 0.02) }
    #expect(try parts(of: runner).count == 1)
    kill(running.process.processIdentifier, SIGINT)
    #expect(try running.finish().code == 130)
    #expect(try parts(of: runner).isEmpty)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  /// What is written of a bundle until then are events with their salts.
  @Test func interruptedDisclosureLeavesNoFile() throws {
    let runner = try CommandRunner()
    try runner.run("init", "--origin", "test.example/yoghurt")
    let file = runner.path("history.jsonl")
    #expect(try runner.run("simulate", "--lots", "600", "--output", file).code == 0)
    #expect(try runner.run("capture", file).code == 0)
    let name = try #require(KeyName("test.example/yoghurt"))
    try SignedLedger(runner, try NoteSigner(name: name, key: .generate())).sign()
    let entries = (2...1_001).map { String($0) }
    let running = try runner.start(["disclose", "-o", runner.path("b")] + entries)
    for _ in 0..<2_000 where try parts(of: runner).isEmpty { Thread.sleep(forTimeInterval: 0.002) }
    kill(running.process.processIdentifier, SIGTERM)
    let run = try running.finish()
    #expect(try parts(of: runner).isEmpty)
    // On a fast machine it may have been done by then.
    let isDone = run.code == 0
    #expect(isDone || run.code == 143, "\(run.errors)")
    #expect(FileManager.default.fileExists(atPath: runner.path("b")) == isDone)
  }

  private func parts(of runner: CommandRunner) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: runner.folder.path)
      .filter { $0.contains(".partial-") }
  }

  /// Waits until entries beyond genesis are acknowledged.
  private func waitForGrowth(of ledger: String) throws {
    let file = URL(fileURLWithPath: ledger + "/committed")
    let before = try Data(contentsOf: file)
    for _ in 0..<1000 {
      if try Data(contentsOf: file) != before { return }
      Thread.sleep(forTimeInterval: 0.005)
    }
    Issue.record("the capture did not begin")
  }

  @Test func endsQuietlyWhenNobodyReads() throws {
    let runner = try CommandRunner.withYoghurt()
    let item = "'(01)09521011000106(10)T1-260420'"
    let run = try runner.shell("\"$PROVENDER\" trace forward \(item) --json | head -n 1")
    #expect(run.text == "{\n")
    #expect(run.errors.isEmpty)
    let pipe = try runner.shell("\"$PROVENDER\" simulate --lots 100000 | head -c 10")
    #expect(pipe.output.count == 10)
    #expect(pipe.errors.isEmpty)
    let full = try runner.shell("\"$PROVENDER\" stats > /dev/full")
    #expect(full.code == 74)
    #expect(full.errors.contains("No space left"))
  }

  @Test func nothingFromADocumentReachesTheTerminal() throws {
    let runner = try CommandRunner()
    try runner.run("init")
    let hostile = #"\u001b[31mred\u202Eevil\u0007\u009b2J"#
    let document = """
      {"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
       "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
       "epcisHeader": {"epcisMasterData": {"vocabularyList": [{
         "type": "urn:epcglobal:epcis:vtype:EPCClass", "vocabularyElementList": [{
           "id": "https://id.gs1.org/01/09521011001011", "attributes": [{
             "id": "urn:epcglobal:cbv:mda#descriptionShort", "attribute": "\(hostile)"}]}]}]}},
       "epcisBody": {"eventList": [{"type": "ObjectEvent", "action": "ADD",
         "eventID": "urn:x:\(hostile.replacingOccurrences(of: "[", with: ""))",
         "eventTime": "2026-01-01T10:00:00Z", "eventTimeZoneOffset": "+00:00",
         "bizStep": "commissioning",
         "quantityList": [{"epcClass": "https://id.gs1.org/01/09521011001011/10/A"}],
         "readPoint": {"id": "https://id.gs1.org/414/9521011000014"}}]}}
      """
    let file = runner.path("hostile.jsonld")
    try Data(document.utf8).write(to: URL(fileURLWithPath: file))
    let capture = try runner.run("capture", file)
    var outputs = [capture.output, Data(capture.errors.utf8)]
    for arguments in [
      ["trace", "forward", "(01)09521011001011(10)A"], ["show", "(01)09521011001011(10)A"],
      ["show", "1"], ["show", "2"], ["show", hostile], ["trace", "forward", "\u{1B}[31m"],
    ] {
      for flags in [[], ["--json"]] {
        let run = try runner.start(arguments + flags).finish()
        outputs += [run.output, Data(run.errors.utf8)]
        if !flags.isEmpty { _ = try run.json() }
      }
    }
    for output in outputs {
      let text = String(decoding: output, as: UTF8.self)
      let bad = text.unicodeScalars.filter {
        ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value)
          || (0x202A...0x202E).contains($0.value)
      }
      #expect(bad.isEmpty, "\(text.debugDescription)")
    }
    if capture.code == 0 {
      let answer = try runner.run("trace", "forward", "(01)09521011001011(10)A", "--json").json()
      let product = (answer["items"] as? [[String: Any]])?.first?["product"] as? String
      #expect(product == "\u{1B}[31mred\u{202E}evil\u{07}\u{9B}2J")
    }
  }

  /// A limit on the size of files stands for a full disk: both stop the log half way.
  @Test func tellsWhatWasStoredBeforeTheDiskWasFull() throws {
    let runner = try CommandRunner()
    #expect(try runner.start(["init"]).finish().code == 0)
    let lines = runner.path("history.jsonl")
    let simulate = ["simulate", "--lots", "6000", "--seed", "3", "--output", lines]
    #expect(try runner.start(simulate).finish().code == 0)
    let shell = Process()
    let output = Pipe()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = [
      "-c", "ulimit -f 6000; exec \"$0\" capture --json --ledger \"$1\" \"$2\"",
      CommandRunner.executable.path, runner.ledger, lines,
    ]
    shell.standardOutput = output
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 74)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let captured = try #require(json["captured"] as? Int)
    #expect(captured >= 1000)
    #expect(json["error"] != nil)
    let verify = try runner.start(["verify", "--json"]).finish()
    #expect(verify.code == 0)
    let size = try #require(try verify.json()["entries"] as? Int)
    #expect(size > captured, "what was acknowledged is there")
    // With room again the same lines go on from where they stopped.
    let rest = try runner.start(["capture", "--json", lines]).finish()
    #expect(rest.code == 0)
    #expect(try rest.json()["known"] as? Int == captured)
  }
}
