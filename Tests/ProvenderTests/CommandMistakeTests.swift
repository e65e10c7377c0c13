import Foundation
import Testing

/// What the command says to those who mistake one thing for another.
@Suite struct CommandMistakeTests {
  @Test func aDeviceAPipeOrALinkIsWrittenToAndNotReplaced() throws {
    let signed = try SignedLedger()
    let runner = signed.runner
    let link = "cd '\(runner.folder.path)' && ln -s target link && mkfifo pipe"
    #expect(try runner.shell(link).code == 0)
    #expect(try runner.run("disclose", "121", "-o", "link").code == 0)
    let made = try runner.shell("cd '\(runner.folder.path)' && test -L link && cat target")
    #expect(made.code == 0 && made.text.hasPrefix("provender-bundle@v1"))
    let piped = try runner.shell(
      "cd '\(runner.folder.path)' && { cat pipe & $PROVENDER disclose 121 -o pipe; wait; } "
        + "&& test -p pipe")
    #expect(piped.code == 0 && piped.output == made.output, "\(piped.errors)")
    for command in [["disclose", "121"], ["checkpoint"], ["prove", "121"]] {
      let run = try runner.start(command + ["-o", "-"]).finish()
      #expect(run.code == 0 && !run.text.isEmpty, "\(command)")
      #expect(!FileManager.default.fileExists(atPath: runner.path("-")))
    }
    let folder = try runner.run("checkpoint", "-o", ".")
    #expect(folder.code == 74 && folder.errors.contains("directory"), "\(folder.errors)")
  }

  @Test func theKeyOfALogIsNoWitnessAndTheOtherWayRound() throws {
    let runner = try CommandRunner()
    let made = try runner.shell(
      """
      set -e; cd '\(runner.folder.path)'
      $PROVENDER init --generate-key log.pem --recovery recovery.pem
      $PROVENDER key show log.pem > log.vkey
      $PROVENDER key generate --name w.example --cosigner -o w.pem > w.vkey
      """)
    #expect(made.code == 0, "\(made.errors)")
    #expect(try runner.run("prove", "1", "-o", "p").code == 0)
    #expect(try runner.run("publish", "published").code == 0)
    for command in [["check", "p"], ["verify"], ["verify", "--tiles", "published"]] {
      let wrongWitness = try runner.start(
        command + ["--key", "log.vkey", "--witness", "log.vkey"]
      ).finish()
      #expect(wrongWitness.code == 64 && wrongWitness.errors.contains("no witness's key"))
      let wrongKey = try runner.start(command + ["--key", "w.vkey"]).finish()
      #expect(wrongKey.code == 64 && wrongKey.errors.contains("is a witness's key"), "\(command)")
      let right = try runner.start(command + ["--key", "log.vkey"]).finish()
      let missing = try runner.start(
        command + ["--key", "log.vkey", "--witness", "w.vkey"]
      ).finish()
      #expect(right.code != 64 && missing.code == 5, "\(command) \(missing.errors)")
    }
    let merged = try runner.run("checkpoint", "--cosignatures", "p", "--witness", "log.vkey")
    #expect(merged.code == 64 && merged.errors.contains("no witness's key"))
  }

  @Test func aLedgerIsNoPublishedLog() throws {
    let runner = try CommandRunner()
    #expect(try runner.run("init").code == 0)
    let run = try runner.run("verify", "--tiles", runner.ledger)
    #expect(run.code == 64 && run.errors.contains("--ledger"), "\(run.errors)")
  }

  @Test func aDirectoryIsNoFile() throws {
    let runner = try CommandRunner()
    #expect(try runner.run("init").code == 0)
    let run = try runner.run("capture", ".")
    #expect(run.code == 74 && run.errors.contains(". is a directory"), "\(run.errors)")
  }

  @Test func whereALedgerCannotBeMadeThePathIsNamedAndNothingIsLeft() throws {
    let runner = try CommandRunner()
    let run = try runner.run("init", "--ledger", "none/above")
    #expect(run.code == 74 && run.errors.contains("none/above"), "\(run.errors)")
    let keys = try runner.run(
      "init", "--generate-key", "none/log.pem", "--recovery", "recovery.pem")
    #expect(keys.code == 74 && keys.errors.contains("none/log.pem"), "\(keys.errors)")
    #expect(!FileManager.default.fileExists(atPath: runner.ledger))
    let named = try runner.run("init", "--generate-key", "log.pem", "--recovery", "recovery.pem")
    #expect(named.code == 0)
    #expect(named.errors.contains("provender key show log.pem --name"), "\(named.errors)")
  }

  @Test func aNewKeyThatIsLessProtectedThanTheOldIsTold() throws {
    let runner = try CommandRunner()
    try Data("secret\n".utf8).write(to: URL(fileURLWithPath: runner.path("pw")))
    let made = try runner.run(
      "init", "--generate-key", "1.pem", "--recovery", "r.pem", "--new-passphrase-file", "pw")
    #expect(made.code == 0, "\(made.errors)")
    let rotate = ["key", "rotate", "--passphrase-file", "pw", "--sign-with"]
    let same = try runner.start(rotate + ["1.pem", "-o", "2.pem", "--new-passphrase-file", "pw"])
      .finish()
    #expect(same.code == 0 && !same.errors.contains("not encrypted"), "\(same.errors)")
    let less = try runner.start(rotate + ["2.pem", "-o", "3.pem"]).finish()
    #expect(less.code == 0 && less.errors.contains("3.pem is not encrypted"), "\(less.errors)")
    let plain = try runner.run("key", "rotate", "--sign-with", "3.pem", "-o", "4.pem")
    #expect(plain.code == 0 && !plain.errors.contains("not encrypted"), "\(plain.errors)")
  }
}
