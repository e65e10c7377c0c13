import Foundation
import Provender
import Testing

@Suite struct DisclosureCommandTests {
  private static let lot = "(01)09521011001011(10)L6112"

  @Test func disclosesAWholeTrace() throws {
    let signed = try SignedLedger()
    let made = try signed.runner.run(
      "disclose", "--trace", "backward", Self.lot, "-o", "b", "--json")
    #expect(made.code == 0, "\(made.errors)")
    let trace = try signed.runner.run("trace", "backward", Self.lot, "--json").json()
    let events = try #require(trace["events"] as? [[String: Any]])
    let run = try signed.check("b", "--json")
    #expect(run.code == 0, "\(run.errors)")
    let json = try run.json()
    let entries = try #require(json["entries"] as? [[String: Any]])
    let disclosed = entries.filter { $0["kind"] as? String == "event" }
    let numbers = Set(disclosed.compactMap { $0["entry"] as? Int })
    #expect(numbers.isSuperset(of: events.compactMap { $0["entry"] as? Int }))
    #expect(try made.json()["events"] as? Int == numbers.count)
    for event in disclosed.prefix(6) {
      let number = try #require(event["entry"] as? Int)
      let record = try signed.runner.run("show", "\(number)", "--json").json()
      #expect(event["payload"] as? String == record["payload"] as? String)
      #expect(event["recordTime"] as? String == record["recordTime"] as? String)
      let fields = try #require(event["event"] as? NSDictionary)
      #expect(fields == record["event"] as? NSDictionary)
    }
    let text = try signed.check("b").text
    #expect(text.contains("SHOWN: \(numbers.count) events in the log"))
    #expect(text.contains("AS RECEIVED") && text.contains("NOT SHOWN"))
  }

  @Test func linksAloneShowNoText() throws {
    let signed = try SignedLedger()
    #expect(try signed.runner.run("disclose", "12", "--links", "-o", "b").code == 0)
    let json = try signed.check("b", "--json").json()
    let entries = try #require(json["entries"] as? [[String: Any]])
    let event = try #require(entries.first { $0["entry"] as? Int == 12 })
    #expect(event["payload"] is NSNull && event["event"] is [String: Any])
    let file = try signed.read("b")
    let raw = Array(try signed.runner.run("show", "12", "--raw").output)
    let shown = try Bundled(file)
    #expect(!shown.holds(raw[..<24]))
    #expect(!shown.lines.contains { $0.hasPrefix("context ") })
  }

  /// Nothing of any other event's payload, links or salts is in the file.
  @Test func revealsNothingOfOtherEntries() throws {
    let signed = try SignedLedger()
    let chosen: Set<UInt64> = [12, 40, 41]
    let arguments = ["disclose", "--no-context", "-o", "b"] + chosen.map(String.init)
    #expect(try signed.runner.start(arguments).finish().code == 0)
    let shown = try Bundled(signed.read("b"))
    let ledger = try Ledger.open(at: signed.runner.ledger)
    let records = try (0..<ledger.snapshot().size.rawValue).map {
      try ledger.record(at: EntryIndex($0))
    }
    let own = records.filter { chosen.contains($0.entry.index.rawValue) || $0.entry.index == 0 }
      .flatMap { Self.parts(of: $0) }
    var count = 0
    for record in records where record.entry.index > 0 {
      let index = record.entry.index.rawValue
      for salt in [record.payloadSalt, record.linksSalt] {
        #expect(shown.holds(salt.bytes) == chosen.contains(index), "salt of entry \(index)")
      }
      for part in Self.parts(of: record) where !chosen.contains(index) {
        // What the events disclosed say too, such as their type, is no secret of others.
        for start in stride(from: 0, to: max(0, part.count - 16), by: 16) {
          let piece = part[start..<start + 16]
          guard !own.contains(where: { $0.range(of: piece) != nil }) else { continue }
          #expect(!shown.holds(piece), "entry \(index), byte \(start)")
          count += 1
        }
      }
    }
    #expect(count > 1_000)
  }

  private static func parts(of record: LedgerRecord) -> [Data] {
    [record.payload, record.links].compactMap { $0.map { Data($0) } }
  }

  /// With the context too: the document around the events, and none of them.
  @Test func theContextHoldsNoOtherEvent() throws {
    let runner = try CommandRunner()
    #expect(try runner.run("init", "--origin", "test.example/yoghurt").code == 0)
    let events = (0..<30).map { number in
      """
      {"type": "ObjectEvent", "action": "OBSERVE", "eventID": "urn:uuid:secret-\(100 + number)",
       "eventTime": "2026-04-20T10:00:00Z", "eventTimeZoneOffset": "+00:00",
       "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521011.000101.SECRET\(100 + number)"}]}
      """
    }
    let document = """
      {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
       "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-04-20T10:00:00Z",
       "epcisBody": {"eventList": [\(events.joined(separator: ","))]}}
      """
    let name = try #require(KeyName("test.example/yoghurt"))
    let signed = SignedLedger(runner, try NoteSigner(name: name, key: .generate()))
    try signed.write(Array(document.utf8), to: "document.jsonld")
    let capture = try runner.run("capture", "document.jsonld")
    #expect(capture.code == 0, "\(capture.errors)")
    try signed.sign()
    #expect(try runner.run("disclose", "7", "-o", "b").code == 0)
    let shown = try Bundled(signed.read("b"))
    #expect(shown.lines.contains { $0.hasPrefix("context ") })
    #expect(shown.holds(Array("epcis-context.jsonld".utf8)))
    for number in 0..<30 {
      for text in ["secret-\(100 + number)", "SECRET\(100 + number)"] {
        // Entry 7 is the sixth event.
        #expect(shown.holds(Array(text.utf8)) == (number == 5), "\(text)")
      }
    }
  }

  @Test func aChangedBundleIsRejected() throws {
    let signed = try SignedLedger()
    #expect(try signed.runner.run("disclose", "12", "-o", "b").code == 0)
    let file = try signed.read("b")
    let text = String(decoding: file, as: UTF8.self)
    #expect(text.contains("\ncontext ") && text.hasPrefix("provender-bundle@v1\n\nentry "))
    #expect(try signed.runner.run("disclose", "12", "--no-context", "-o", "c").code == 0)
    let bare = String(decoding: try signed.read("c"), as: UTF8.self)
    #expect(!bare.contains("\ncontext "))
    var cases: [(String, Int32)] = [(String(text.dropLast(40)), 65)]
    cases.append((text.replacingOccurrences(of: "\ncontext ", with: "\nnothing "), 65))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let place = try #require(lines.firstIndex { $0.hasPrefix("payload ") && $0.count > 200 })
    var changed = lines
    var line = Array(lines[place].utf8)
    line[120] = line[120] == 65 ? 66 : 65
    let replacement = String(decoding: line, as: UTF8.self)
    changed[place] = replacement[...]
    cases.append((changed.joined(separator: "\n"), 4))
    for (text, code) in cases {
      try signed.write(Array(text.utf8), to: "changed")
      let run = try signed.check("changed")
      #expect(run.code == code, "\(run.text)\(run.errors)")
    }
  }

  /// Who leaves both parts of an entry out of a bundle cannot pass it off as erased.
  @Test func whatIsWithheldIsNotCalledErased() throws {
    let signed = try SignedLedger()
    #expect(try signed.runner.run("disclose", "12", "--no-context", "-o", "b").code == 0)
    var lines = String(decoding: try signed.read("b"), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let place = try #require(lines.lastIndex { $0.hasPrefix("payload ") })
    lines.removeSubrange(place...place + 1)
    try signed.write(Array(lines.joined(separator: "\n").utf8), to: "b")
    let run = try signed.check("b")
    #expect(run.code == 0 && !run.text.contains("nothing of it is left"), "\(run.errors)")
    #expect(run.text.contains("nothing of it is shown"), "\(run.text)")
    let json = try signed.check("b", "--json").json()
    let counts = try #require(json["counts"] as? [String: Int])
    #expect(counts["destroyed"] == 0 && counts["withheld"] == 1)
  }

  /// The program on the page *Proofs*, as it stands there.
  @Test func theDocumentedReaderAgrees() throws {
    let signed = try SignedLedger()
    let page = CommandRunner.repository
      .appendingPathComponent("Sources/Provender/Provender.docc/Proofs.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let code = try #require(text.components(separatedBy: "### Reading one in Python").last)
    let lines = code.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { !$0.hasPrefix("    import") }.map { $0.dropFirst(4) }
    try signed.write(Array(lines.joined(separator: "\n").utf8), to: "read.py")
    let probe = try signed.runner.shell("command -v python3")
    guard probe.code == 0 else { return }
    for options in [[], ["--links"], ["--trace", "backward"]] {
      let made = try signed.runner.start(["disclose", Self.lot, "-o", "b"] + options).finish()
      #expect(made.code == 0, "\(made.errors)")
      let run = try signed.runner.shell("cd '\(signed.runner.folder.path)' && python3 read.py b")
      #expect(run.code == 0, "\(run.errors)")
      let entries = try signed.check("b", "--json").json()["entries"] as? [Any]
      #expect(run.text.split(separator: "\n").count == entries?.count)
    }
    let bundle = String(decoding: try signed.read("b"), as: UTF8.self)
    let place = try #require(bundle.range(of: "\npayload ")?.upperBound)
    let changed = bundle[..<place] + "B" + bundle[bundle.index(after: place)...]
    try signed.write(Array(changed.utf8), to: "b")
    #expect(try signed.check("b").code != 0)
    #expect(
      try signed.runner.shell("cd '\(signed.runner.folder.path)' && python3 read.py b").code != 0)
  }

  @Test func bundlesOfEventsAndItems() throws {
    let signed = try SignedLedger()
    let event = "urn:uuid:a1c43290-e384-404d-a181-0ae1411ab2cd"
    #expect(try signed.runner.run("disclose", event, "-o", "b").code == 0)
    let json = try signed.check("b", "--json").json()
    let counts = try #require(json["counts"] as? [String: Int])
    #expect(counts["events"] == 2 && counts["entries"] == 3)
    let item = try signed.runner.run("show", Self.lot, "--json").json()
    let first = try #require((item["items"] as? [[String: Any]])?.first)
    let timeline = try #require(first["events"] as? [Any])
    let made = try signed.runner.run("disclose", Self.lot, "-o", "c", "--json").json()
    #expect(try #require(made["events"] as? Int) >= timeline.count)
    #expect(try signed.check("c").code == 0)
  }
}

/// All that stands in a bundle, decoded.
private struct Bundled {
  let lines: [String]
  private let all: [Data]

  init(_ file: [UInt8]) throws {
    lines = String(decoding: file, as: UTF8.self).split(separator: "\n").map(String.init)
    let words = lines.flatMap { line in
      line.split(separator: " ").compactMap { Base64.decode(Array($0.utf8)) }
    }
    all = ([file] + words).map { Data($0) }
  }

  func holds(_ piece: some DataProtocol) -> Bool {
    all.contains { $0.range(of: Data(piece)) != nil }
  }
}
