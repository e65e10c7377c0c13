import LedgerStorage
import LedgerWriter
import Synchronization
import SystemThreads
import TransparencyLog

/// Signs checkpoints of a ledger that is being written: beside the captures, at most once a second,
/// and when it is closed.
final class CheckpointSigner: Sendable {
  private static let interval = Duration.seconds(1)

  private let writer: LedgerWriter
  private let state: Mutex<State>

  private struct State {
    var signer: NoteSigner
    var due: ContinuousClock.Instant?
    var isRunning = false
    var failure: LedgerError?
  }

  /// A signer with a key that is the log's.
  init(_ writer: LedgerWriter, key: Ed25519PrivateKey) throws {
    let signer = try NoteSigner(key: key, origin: writer.genesis.origin)
    let current = try writer.keyRecords().history.current
    guard current?.key == signer.verifierKey else {
      throw LedgerError(
        .invalid, "the key \(signer.verifierKey) is not the log's present key",
        advice: current.map { "sign with \($0.key)" }
          ?? "name it with `provender key generate --ledger`")
    }
    self.writer = writer
    state = Mutex(State(signer: signer))
  }

  /// Why the last attempt to sign beside the captures failed, if it did.
  var failure: LedgerError? { state.withLock { $0.failure } }

  /// Signs with another key from now on.
  func use(_ key: Ed25519PrivateKey) throws {
    let signer = try NoteSigner(key: key, origin: writer.genesis.origin)
    state.withLock { $0.signer = signer }
  }

  /// Something was acknowledged: signs if the last signature is a second old. Nobody waits for it.
  func didAppend() {
    let isDue = state.withLock { state in
      guard !state.isRunning, state.due.map({ $0 <= .now }) ?? true else { return false }
      state.isRunning = true
      return true
    }
    guard isDue else { return }
    // Without a thread, the next capture signs.
    if !Threads.detach({ self.signBeside() }) { state.withLock { $0.isRunning = false } }
  }

  private func signBeside() {
    let result = Result { try sign() }
    // A ledger that was closed meanwhile was signed then.
    let isOver = writer.isClosed
    state.withLock { state in
      state.isRunning = false
      state.due = .now + Self.interval
      state.failure = nil
      if case .failure(let error) = result, !isOver { state.failure = error as? LedgerError }
    }
  }

  /// Signs what is durable now.
  @discardableResult
  func sign() throws -> TrustedCheckpoint {
    try writer.sign(with: state.withLock { $0.signer })
  }

  /// Signs what is durable now, if that was not done.
  func finish() throws {
    let key = state.withLock { $0.signer.verifierKey }
    if let newest = writer.newestCheckpoint, newest.claim.size == writer.snapshot.size,
      newest.note.signatures.contains(where: { $0.name == key.name && $0.id == key.id })
    {
      return
    }
    try sign()
  }
}

extension NoteSigner {
  /// A signer of a log's checkpoints.
  init(key: Ed25519PrivateKey, origin: LogOrigin) throws {
    guard let name = KeyName(origin.name) else {
      throw LedgerError(
        .invalid, "the origin \(origin) cannot be the name of a key", advice: "use another")
    }
    try self.init(name: name, key: key)
  }
}
