import Foundation
import Testing

/// The page *For auditors*, followed to the letter.
@Suite(.enabled(if: AuditorsPage.absence == nil, "\(AuditorsPage.absence ?? "")"))
struct AuditorsPageTests {
  let page: AuditorsPage
  let desk: AuditorsPage.Desk

  init() throws {
    page = try AuditorsPage()
    desk = try AuditorsPage.Desk(page)
  }

  private func takeLedger() throws {
    let ledger = try AuditorsPage.handout.get().runner.path("dairy.ledger")
    try FileManager.default.copyItem(
      atPath: ledger, toPath: "\(desk.folder.path)/dairy.ledger")
  }

  @Test func eachStepPrintsWhatThePageSays() throws {
    #expect(try desk.run("command -v provender").code != 0)
    let run = try desk.run(page.script)
    #expect(run.code == 0, "\(run.text)\(run.errors)")
    let outputs = run.text.components(separatedBy: "--- ").dropFirst()
    #expect(outputs.count == page.steps.count && page.steps.count >= 8)
    for (step, output) in zip(page.steps, outputs) {
      let printed = output.drop { $0 != "\n" }.dropFirst()
      #expect(
        AuditorsPage.shape(String(printed)) == AuditorsPage.shape(step.output ?? ""),
        "\(step.heading)")
    }
    #expect(page.program.split(separator: "\n").count <= 125)
  }

  @Test func provenderSaysTheSame() throws {
    try takeLedger()
    let lines = page.withProvender.text.split(separator: "\n")
    let expected = try #require(page.withProvender.output).split(separator: "\n")
    #expect(lines.count == expected.count)
    for (line, first) in zip(lines, expected) {
      let run = try desk.run(String(line), provender: true)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.text.split(separator: "\n").first == first, "\(line)")
    }
  }

  /// A change to one file of the handout, and the step that must see it.
  struct Change: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let file: String
    let step: String
    let edit: @Sendable (String) throws -> String

    init(
      _ what: String, in file: String, _ step: String,
      edit: @escaping @Sendable (String) throws -> String
    ) {
      testDescription = "\(what) in \(file)".replacingOccurrences(of: "\n", with: "⏎")
      (self.file, self.step, self.edit) = (file, step, edit)
    }

    /// Something else in the place of the one place where a text stands.
    init(_ text: String, to other: String, in file: String, _ step: String) {
      self.init("\(text) to \(other)", in: file, step) { content in
        #expect(content.components(separatedBy: text).count == 2)
        return content.replacingOccurrences(of: text, with: other)
      }
    }

    /// Another letter, so many places behind where a text begins.
    init(at offset: Int, behind text: String, in file: String, _ step: String) {
      self.init("letter \(offset) behind \(text)", in: file, step) { content in
        let start = try #require(content.range(of: text)?.lowerBound)
        let place = content.index(start, offsetBy: offset)
        let letter = content[place] == "A" ? "B" : "A"
        return content.replacingCharacters(in: place...place, with: letter)
      }
    }

    static let all = [
      Change("3330", to: "3331", in: "event.json", "Step 2"),
      Change("a line feed", in: "event.json", "Step 2") { $0 + "\n" },
      Change("index 121", to: "index 120", in: "event.tlog-proof", "Step 2"),
      Change(at: 14, behind: "index 121\n", in: "event.tlog-proof", "Step 2"),
      Change("\n216\n", to: "\n217\n", in: "event.tlog-proof", "Step 1"),
      Change(at: 5, behind: "216\n", in: "event.tlog-proof", "Step 1"),
      Change(at: 40, behind: "— dairy.example", in: "event.tlog-proof", "Step 1"),
      Change(at: 24, behind: "— w.example ", in: "event.tlog-proof", "Step 5"),
      Change(at: 60, behind: "— w.example ", in: "event.tlog-proof", "Step 5"),
      Change("\n70\n", to: "\n69\n", in: "older", "Step 4"),
      Change(at: 2, behind: "\n\ndairy", in: "growth", "Step 4"),
      Change("\n216\n", to: "\n217\n", in: "growth", "Step 4"),
      Change(at: 3, behind: "216\n", in: "published/checkpoint", "Step 7"),
      Change(at: 200, behind: "\npayload ", in: "bundle", "A bundle"),
      Change(at: 8, behind: "\n216\n", in: "bundle", "A bundle"),
    ]
  }

  /// One thing is changed; the step that must see it is the last that is reached.
  @Test(arguments: Change.all) func whatWasChangedIsSeen(_ change: Change) throws {
    let path = "\(desk.folder.path)/\(change.file)"
    try desk.write(change.edit(String(contentsOfFile: path, encoding: .utf8)), change.file)
    try expectFailure(at: change.step)
  }

  /// Files that are sound, and are not those that are wanted.
  @Test(arguments: [
    ("other.vkey", "log.vkey", "Step 1"), ("other.json", "event.json", "Step 2"),
    ("event.tlog-proof", "growth", "Step 4"), ("other.w", "w.vkey", "Step 5"),
    ("other.tsr", "head.tsr", "Step 6"), ("older", "published/checkpoint", "Step 7"),
  ])
  func whatIsNotWantedIsSeen(other: String, file: String, step: String) throws {
    #expect(try desk.run("cp '\(other)' '\(file)'").code == 0)
    try expectFailure(at: step)
  }

  private func expectFailure(at step: String) throws {
    let run = try desk.run(page.script)
    #expect(run.code != 0)
    let last = run.text.components(separatedBy: "--- ").last ?? ""
    #expect(last.hasPrefix(step + "\n"), "\(last)")
  }

  /// No letter of what came along with the proof can be another.
  @Test func everyPartOfTheProofCounts() throws {
    let step = try #require(page.steps.first { $0.heading == "Step 2" }).text
    let begin = page.steps.filter { $0.heading == "Step 1" }.map(\.text).joined()
    let proof = try String(contentsOfFile: "\(desk.folder.path)/event.tlog-proof", encoding: .utf8)
    let start = try #require(proof.range(of: "extra ")?.upperBound)
    let end = try #require(proof[start...].firstIndex(of: "\n"))
    let length = proof.distance(from: start, to: end)
    let lines = stride(from: 0, to: length - 4, by: length / 12).map { offset in
      let place = proof.index(start, offsetBy: offset)
      let letter = proof[place] == "A" ? "B" : "A"
      let sed = "sed '2s/^\\(.\\{\(offset + 6)\\}\\)./\\1\(letter)/' whole > event.tlog-proof"
      return "\(sed)\nif ( \(step) ) > said 2>&1; then echo 'missed \(offset)'; fi"
    }
    let run = try desk.run(
      "\(begin)\ncp event.tlog-proof whole\n\(lines.joined(separator: "\n"))\ncat said")
    #expect(lines.count >= 12 && !run.text.contains("missed"), "\(run.text)")
    #expect(try desk.run("cp whole event.tlog-proof; VKEY=$(cat log.vkey)\n\(step)").code == 0)
  }

  /// A bundle of a log of its maker's own, with a checkpoint of the right log laid beside.
  @Test func aSignatureOverAnotherCheckpointInTheFileShowsNothing() throws {
    let forge = """
      import base64, hashlib
      text, signatures = open("older").read().split("\\n\\n")
      entry = bytes([1, 2]) + bytes(94)
      line, root = base64.b64encode(entry).decode(), hashlib.sha256(bytes(1) + entry).digest()
      decoy = f"context A\\ncheckpoint\\n{text}\\n\\ncontext B\\n{signatures}"
      head = f"provender-bundle@v1\\n\\n{decoy}\\n\\nentry {line}\\npath".replace("\\n\\n\\n", "\\n\\n")
      note = f"diary.example/trace\\n1\\n{base64.b64encode(root).decode()}\\n\\n{signatures}"
      open("bundle", "w").write(f"{head}\\n\\ncheckpoint\\n{note}")
      """
    try desk.write(forge, "forge.py")
    let forged = try desk.run("python3 forge.py && python3 read.py bundle")
    #expect(forged.text.contains("of 1 entries"), "\(forged.errors)")
    try expectFailure(at: "A bundle")
  }

  /// A whole log in which all hashes are right, and a signature in its key entry is not.
  @Test func aKeyEntryNeedsItsSignatures() throws {
    let forge = #"""
      import base64, hashlib, struct, sys
      sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
      old = base64.b64decode(open("whole").read().split("\n")[1][6:])
      salt, number = bytes(16), lambda n: struct.pack(">I", n)
      whole = lambda a, b: sha(b"provender/payload/v1\n", a, b)
      start = len(old) - 257 - 230 - 4 - 96 - 257 - 39 - 4 - 96  # both public entries are last
      genesis, name = old[start:start + 96], old[start + 100:start + 139]
      key, body = old[-587:-491], bytearray(old[-487:-257])
      body[int(sys.argv[1])] ^= 1 if len(sys.argv) > 2 else 0
      key = key[:64] + whole(sha(b"\2", salt, body), sha(b"\3", salt))
      event = open("event.json", "rb").read()
      payload = b"\1" + number(0) + number(len(event)) + event
      entry = struct.pack(">BBHIQqQ", 1, 2, 0, 0, 2, 0, 2) + bytes(32)
      entry += whole(sha(b"\2", salt, payload), bytes(32))
      a, b, c = (sha(b"\0", leaf) for leaf in (genesis, key, entry))
      extra = b"\1" + entry + b"\2" + salt + bytes(33) + b"\0\2"
      extra += genesis + number(39) + name + b"\2" + b + c
      extra += key + number(230) + body + b"\2" + a + c
      text, left = lambda data: base64.b64encode(data).decode(), sha(b"\1", a, b)
      root = text(sha(b"\1", left, c))
      head = f"dairy.example/trace\n3\n{root}\n"
      open("checkpoint.text", "w").write(head)
      proof = f"extra {text(extra)}\nindex 2\n{text(left)}\n\n{head}\n"
      open("event.tlog-proof", "w").write("c2sp.org/tlog-proof@v1\n" + proof)
      """#
    let step = try #require(page.steps.first { $0.heading == "Step 2" }).text
    try desk.write(forge, "forge.py")
    #expect(try desk.run("cp event.tlog-proof whole").code == 0)
    let check = "set -e; VKEY=$(cat log.vkey); python3 forge.py"
    let right = try desk.run("\(check) 0; \(step)")
    #expect(right.code == 0 && right.text.contains("entry 2 of 3"), "\(right.errors)")
    for place in [102, 229] {  // the first byte of one signature, the last of the other
      let wrong = try desk.run("\(check) \(place) x; \(step)")
      #expect(wrong.code != 0 && wrong.errors.contains("a signature in entry 1"), "\(wrong.errors)")
    }
  }

  @Test func aRotationIsFollowedAndARevocationStops() throws {
    try takeLedger()
    let heads = page.steps.prefix { $0.heading != "Step 4" }.map(\.text).joined()
    let prove = "provender prove 121 -o event.tlog-proof"
    let rotate = "provender key rotate --sign-with log.pem -o log-2.pem && \(prove)"
    let setting = "export PROVENDER_LEDGER=dairy.ledger; rm event.tlog-proof"
    let rotated = try desk.run("\(setting); \(rotate)", provender: true)
    #expect(rotated.code == 0, "\(rotated.errors)")
    let old = try desk.run(heads)
    #expect(old.code != 0 && !old.text.contains("Successfully"))
    let said = try #require(old.errors.range(of: "the newest is "))
    let vkey = old.errors[said.upperBound...].prefix { $0 != "\n" }
    try desk.write(String(vkey), "log.vkey")
    let new = try desk.run("set -e\n\(heads)")
    #expect(new.code == 0 && new.text.contains("Verified Successfully"), "\(new.errors)")
    #expect(new.text.contains("the key is the log's newest"))
    let revoke = "provender key revoke --recovery r.pem --key log.vkey --above 100"
    let revoked = try desk.run(
      "\(setting); \(revoke) --replacement other.pem && \(prove)", provender: true)
    #expect(revoked.code == 0, "\(revoked.errors)")
    let last = try desk.run(heads)
    #expect(last.code != 0 && last.text.contains("revokes"))
    #expect(last.errors.contains("only the page Keys tells"))
  }
}
