import Foundation
import Testing

/// `provender witness` beside `provender checkpoint`, as processes.
@Suite struct WitnessCommandTests {
  let runner: CommandRunner

  init() throws { runner = try CommandRunner() }

  /// A ledger with keys and a signed checkpoint, and a witness's key.
  private func begin() throws {
    let line = """
      set -e
      $PROVENDER init --origin test.example/log >/dev/null
      $PROVENDER key generate --ledger "$PROVENDER_LEDGER" -o log.pem --recovery recovery.pem \
        > log.vkey
      $PROVENDER key generate --name w.example --cosigner -o witness.pem > witness.vkey
      """
    try check(shell(line))
  }

  private func shell(_ line: String) throws -> CommandRunner.Run {
    try runner.shell("cd '\(runner.folder.path)'\n\(line)")
  }

  private func check(_ run: CommandRunner.Run, code: Int32 = 0) throws {
    #expect(run.code == code, "\(run.text) \(run.errors)")
  }

  private static let witness =
    "$PROVENDER witness --state w --sign-with witness.pem --name w.example"

  @Test func aCheckpointIsCosignedAndTheLedgerKeepsIt() throws {
    try begin()
    let vkey = try shell("\(Self.witness.replacing("--state w ", with: "")) --vkey")
    #expect(try vkey.text == String(contentsOfFile: runner.path("witness.vkey"), encoding: .utf8))
    try check(shell("$PROVENDER witness --state w --log log.vkey"))
    try check(shell("$PROVENDER checkpoint --request 0 -o body"))
    let answer = try shell("\(Self.witness) body | tee answer")
    #expect(answer.text.hasPrefix("\u{2014} w.example "), "\(answer.errors)")
    try check(shell("$PROVENDER checkpoint --cosignatures answer --witness witness.vkey"))
    try documentedCommandsConfirmIt()
    // An answer that comes when the next checkpoint is signed already finds the one it is of.
    let document = try CommandRunner.yoghurt()[0]
    let late = """
      set -e
      $PROVENDER checkpoint --request 2 -o again
      $PROVENDER capture --sign-with log.pem '\(document)' >/dev/null
      \(Self.witness) again > late
      $PROVENDER checkpoint --cosignatures late --witness witness.vkey | sed -n 2p
      """
    #expect(try shell(late).text == "2\n")
    // The same request is stale now, and says from where to ask.
    let stale = try shell("\(Self.witness) < body")
    #expect(stale.code == 1 && stale.text == "2\n")
    try check(shell("$PROVENDER checkpoint --request 2 | \(Self.witness) --json -"))
    try check(shell("\(Self.witness) --ledger \"$PROVENDER_LEDGER\""))
    let list = try shell("$PROVENDER witness --state w --list --json").json()
    let log = try #require((list["logs"] as? [[String: Any]])?.first)
    #expect(log["origin"] as? String == "test.example/log")
    #expect(log["size"] as? Int == 26)
    // A stranger's log, a wrong body and a log that is no longer believed.
    try check(shell("echo hello | \(Self.witness)"), code: 65)
    try check(shell("$PROVENDER witness --state w --distrust log.vkey"))
    let refused = try shell("$PROVENDER checkpoint --request 26 | \(Self.witness) --json")
    #expect(refused.code == 5)
    #expect(try refused.json()["status"] as? Int == 403)
    try check(shell("\(Self.witness.replacing("--state w", with: "--state other")) body"), code: 65)
  }

  @Test func aPublishedLogIsCosignedFromItsTiles() throws {
    try begin()
    let documents = try CommandRunner.yoghurt()
    let publish = """
      rm -rf pub; mkdir -p pub/tile/0/000.p; cp "$PROVENDER_LEDGER/checkpoint" pub
      size=$(sed -n 2p pub/checkpoint)
      head -c $((size * 32)) "$PROVENDER_LEDGER/tree/0" > pub/tile/0/000.p/$size
      """
    try check(shell("$PROVENDER witness --state w --log log.vkey; \(publish)"))
    try check(shell("\(Self.witness) --tiles pub"))
    try check(
      shell("$PROVENDER capture --sign-with log.pem '\(documents[0])' >/dev/null; \(publish)"))
    let answer = try shell("\(Self.witness) --tiles pub --json")
    #expect(answer.code == 0, "\(answer.text)")
    #expect(try answer.json()["size"] as? Int == 26)
    // A tile that is missing, and one that is another's.
    try check(
      shell("$PROVENDER capture --sign-with log.pem '\(documents[1])' >/dev/null; \(publish)"))
    let size = try shell("sed -n 2p pub/checkpoint").text.split(separator: "\n").joined()
    try check(shell("mv pub/tile/0/000.p/\(size) tile; \(Self.witness) --tiles pub"), code: 65)
    let damage = "tr '\\000-\\377' '\\001-\\377\\000' < tile > pub/tile/0/000.p/\(size)"
    try check(shell("\(damage); \(Self.witness) --tiles pub"), code: 65)
    try check(shell("mv tile pub/tile/0/000.p/\(size); \(Self.witness) --tiles pub"))
  }

  /// The commands for auditors on the page about witnesses, word for word.
  private func documentedCommandsConfirmIt() throws {
    let page = CommandRunner.repository
      .appendingPathComponent("Sources/Provender/Provender.docc/Witnesses.md")
    let lines = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "\n")
    let first = try #require(lines.firstIndex { $0.hasSuffix("sed '/^$/,$d' checkpoint > text") })
    let commands = lines[first...].prefix { $0.hasPrefix("    ") }.joined(separator: "\n")
    let run = try shell(
      """
      set -e
      cp "$PROVENDER_LEDGER/checkpoint" checkpoint; cp witness.vkey w.vkey
      \(commands)
      """)
    #expect(run.code == 0 && run.text.hasPrefix("Signature Verified Successfully"), "\(run.errors)")
  }

  @Test func aForkIsShownAndAnyoneCanCheckIt() throws {
    try begin()
    let documents = try CommandRunner.yoghurt()
    let first = "$PROVENDER capture --sign-with log.pem '\(documents[0])' >/dev/null"
    let line = """
      set -e
      cp -r "$PROVENDER_LEDGER" copy
      $PROVENDER witness --state w --log log.vkey >/dev/null
      \(first)
      \(Self.witness) --ledger "$PROVENDER_LEDGER" >/dev/null
      $PROVENDER capture --ledger copy --sign-with log.pem '\(documents[1])' '\(documents[2])' \
        >/dev/null
      """
    try check(shell(line))
    let refused = try shell("\(Self.witness) --ledger copy --json")
    #expect(refused.code == 4, "\(refused.text)")
    let answer = try refused.json()
    let file = try #require(answer["keptIn"] as? String)
    #expect(answer["status"] as? Int == 422 || answer["status"] as? Int == 409)
    let shown = try shell("$PROVENDER witness --evidence 'w/\(file)' --log log.vkey")
    #expect(shown.code == 4)
    #expect(shown.text.components(separatedBy: "\u{2014} test.example/log ").count == 3)
    try check(shell("$PROVENDER witness --evidence 'w/\(file)' --log log.vkey --json"), code: 4)
    let stranger = "$PROVENDER key generate --name test.example/log -o other.pem > other.vkey"
    try check(shell(stranger))
    try check(shell("$PROVENDER witness --evidence 'w/\(file)' --log other.vkey"), code: 65)
    // The honest history goes on.
    try check(shell("$PROVENDER capture --sign-with log.pem '\(documents[1])' >/dev/null"))
    try check(shell("\(Self.witness) --ledger \"$PROVENDER_LEDGER\""))
  }

  @Test func ofTwoProcessesAtOnceOneIsRefused() throws {
    try begin()
    let documents = try CommandRunner.yoghurt()
    try check(shell("$PROVENDER witness --state w --log log.vkey >/dev/null"))
    for (round, document) in documents.prefix(4).enumerated() {
      // Two histories, offered in the same moment with the same older size.
      let line = """
        set -e
        size=$($PROVENDER witness --state w --list --json | sed -n 's/.*"size": \\([0-9]*\\),.*/\\1/p')
        rm -rf copy; cp -r "$PROVENDER_LEDGER" copy
        $PROVENDER capture --sign-with log.pem '\(document)' >/dev/null
        $PROVENDER capture --ledger copy --sign-with log.pem '\(document)' >/dev/null
        $PROVENDER checkpoint --request ${size:-0} -o a.body
        $PROVENDER checkpoint --ledger copy --request ${size:-0} -o b.body
        """
      try check(shell(line))
      let race = """
        \(Self.witness) a.body > a.out 2>/dev/null & a=$!
        \(Self.witness) b.body > b.out 2>/dev/null & b=$!
        wait $a; echo $?; wait $b; echo $?
        """
      let codes = try shell(race).text.split(separator: "\n").map(String.init)
      #expect(codes.sorted() == ["0", "4"], "round \(round): \(codes)")
      // The history that was cosigned is the one that goes on.
      if codes.first != "0" {
        try check(shell("rm -rf \"$PROVENDER_LEDGER\"; mv copy \"$PROVENDER_LEDGER\""))
      }
    }
  }
}
