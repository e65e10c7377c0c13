import Foundation
import Provender
import Testing

/// A ledger with the yoghurt in it, signed by a key that the test holds.
struct SignedLedger {
  let runner: CommandRunner
  let signer: NoteSigner

  init() throws {
    runner = try CommandRunner.withYoghurt()
    let name = try #require(KeyName("test.example/yoghurt"))
    signer = try NoteSigner(name: name, key: .generate())
    try sign()
    try write(Array("\(signer.verifierKey)\n".utf8), to: "log.vkey")
  }

  init(_ runner: CommandRunner, _ signer: NoteSigner) {
    self.runner = runner
    self.signer = signer
  }

  /// Signs what the ledger holds now, and gives the checkpoint.
  @discardableResult
  func sign() throws -> UnverifiedCheckpoint {
    let snapshot = try Ledger.open(at: runner.ledger).snapshot()
    let origin = try #require(CheckpointOrigin(snapshot.origin.name))
    let checkpoint = try signer.sign(
      Checkpoint(origin: origin, size: snapshot.size, root: snapshot.root))
    try Data(checkpoint.note.encoded).write(
      to: URL(fileURLWithPath: "\(runner.ledger)/checkpoint"))
    return checkpoint
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: runner.path(name)))
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: runner.path(name))))
  }

  /// Checks a file with this log's key, without the ledger.
  func check(_ arguments: String...) throws -> CommandRunner.Run {
    var blind = runner
    blind.environment["PROVENDER_LEDGER"] = runner.path("none")
    return try blind.start(["check", "--key", "log.vkey"] + arguments).finish()
  }
}
