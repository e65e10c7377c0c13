import Foundation
import LedgerTestSupport
import Testing

/// `provender timestamp` beside `openssl ts`, as processes.
@Suite(.enabled(if: TestAuthority.isPossible, "\(TestAuthority.absence)"))
struct TimestampCommandTests {
  let runner: CommandRunner
  let authority: TestAuthority

  init() throws {
    runner = try CommandRunner()
    authority = try TestAuthority()
    let line = """
      set -e
      $PROVENDER init --origin test.example/log >/dev/null
      $PROVENDER key generate --ledger "$PROVENDER_LEDGER" -o log.pem --recovery recovery.pem \
        > log.vkey
      """
    let run = try shell(line)
    #expect(run.code == 0, "\(run.errors)")
  }

  private func shell(_ line: String) throws -> CommandRunner.Run {
    try runner.shell("cd '\(runner.folder.path)'\n\(line)")
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: runner.path(name))))
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: runner.path(name)))
  }

  @Test func aStampIsKeptAndOpensslConfirmsIt() throws {
    let asked = try shell("$PROVENDER timestamp --request head.tsq --json")
    #expect(asked.code == 0, "\(asked.errors)")
    #expect(try asked.json()["keptIn"] as? String == "checkpoints/00000000000000000002.0.tsq")
    try write(authority.reply(to: bytes("head.tsq")), "head.tsr")
    let root = authority.rootPath
    let kept = try shell("$PROVENDER timestamp --reply head.tsr --authority '\(root)' --json")
    #expect(kept.code == 0, "\(kept.errors)")
    let stamp = try #require((try kept.json()["stamps"] as? [[String: Any]])?.first)
    #expect(stamp["file"] as? String == "checkpoints/00000000000000000002.0.tsr")
    #expect(stamp["accuracyMicroseconds"] as? Int == 1_500_100)
    #expect((stamp["authority"] as? String)?.contains("Test Time Stamps") == true)
    // As the documentation says it, with nothing of ours.
    let confirmed = try shell(
      """
      set -e
      cd "$PROVENDER_LEDGER/checkpoints"
      sed '/^$/,$d' 00000000000000000002 > /tmp/head.$$
      openssl ts -verify -data /tmp/head.$$ -in 00000000000000000002.0.tsr -CAfile '\(root)'
      openssl ts -verify -queryfile 00000000000000000002.0.tsq \
        -in 00000000000000000002.0.tsr -CAfile '\(root)'
      rm /tmp/head.$$
      """)
    #expect(confirmed.code == 0, "\(confirmed.errors)")
    #expect(confirmed.text == "Verification: OK\nVerification: OK\n")
    // Kept once, however often it is handed in.
    #expect(try shell("$PROVENDER timestamp --reply - < head.tsr").code == 0)
    let list = try shell("$PROVENDER timestamp --list --authority '\(root)' --json")
    #expect(list.code == 0)
    #expect((try list.json()["stamps"] as? [[String: Any]])?.count == 1)
    #expect(try shell("$PROVENDER verify").code == 0)
  }

  @Test func whatIsNoStampOfOursIsRefused() throws {
    #expect(try shell("$PROVENDER timestamp --request head.tsq").code == 0)
    try write(authority.reply(to: bytes("head.tsq")), "head.tsr")
    let stranger = try TestAuthority()
    let refused = try shell(
      "$PROVENDER timestamp --reply head.tsr --authority '\(stranger.rootPath)'")
    #expect(refused.code == 65, "\(refused.text)")
    // The right digest, but nobody of us asked: another random number.
    let line = """
      sed '/^$/,$d' "$PROVENDER_LEDGER/checkpoint" > text
      openssl ts -query -data text -sha256 -cert -out other.tsq 2>/dev/null
      """
    #expect(try shell(line).code == 0)
    try write(authority.reply(to: bytes("other.tsq")), "other.tsr")
    let foreign = try shell("$PROVENDER timestamp --reply other.tsr")
    #expect(foreign.code == 65)
    #expect(foreign.errors.contains("answers no request"), "\(foreign.errors)")
    try write(Array("hello".utf8), "junk")
    #expect(try shell("$PROVENDER timestamp --reply junk").code == 65)
    #expect(try shell("$PROVENDER timestamp --reply head.tsr --authority junk").code == 65)
    let list = try shell("$PROVENDER timestamp --list")
    #expect(list.code == 0 && list.text.contains("no time stamp"))
    // A stamp that was damaged in the ledger is told.
    #expect(try shell("$PROVENDER timestamp --reply head.tsr").code == 0)
    let damage = """
      cd "$PROVENDER_LEDGER/checkpoints"
      printf 'x' | dd of=00000000000000000002.0.tsr bs=1 seek=700 conv=notrunc 2>/dev/null
      $PROVENDER timestamp --list --authority '\(authority.rootPath)'
      """
    #expect(try shell(damage).code == 1)
  }

  @Test func withoutASignedCheckpointThereIsNothingToStamp() throws {
    let line = """
      $PROVENDER init --ledger bare --origin bare.example/log >/dev/null
      $PROVENDER timestamp --ledger bare
      """
    let run = try shell(line)
    #expect(run.code == 65)
    #expect(run.errors.contains("no signed checkpoint"))
  }
}
