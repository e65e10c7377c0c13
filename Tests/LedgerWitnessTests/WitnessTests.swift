import Foundation
import LedgerStorage
import LedgerTestSupport
import LedgerWitness
import Testing
import TransparencyLog

@Suite("A witness") struct WitnessTests {
  let log: WatchedLog
  let disk = SimulatedDisk()

  init() throws { log = try WatchedLog() }

  func decide(_ older: Int, _ newer: Int, of leaves: [Hash]? = nil) throws -> WitnessDecision {
    let witness = try log.witness(on: disk)
    return try witness.decide(log.request(older, newer, of: leaves), signingWith: log.cosigner)
  }

  var keptSize: TreeSize {
    get throws { try Witness(disk).records().first?.size ?? 0 }
  }

  @Test("a growing log is cosigned at every step, from size 0, and anew at the same size")
  func growing() throws {
    for (older, newer) in [(0, 0), (0, 1), (1, 1), (1, 5), (5, 8), (8, 8), (8, 24)] {
      guard case .cosigned(let line, let head) = try decide(older, newer) else {
        Issue.record("\(older) to \(newer) was refused")
        continue
      }
      #expect(head.checkpoint.size == TreeSize(UInt64(newer)))
      let policy = CheckpointPolicy(
        origin: log.origin, logKeys: [log.signer.verifierKey],
        witnesses: [log.cosigner.verifierKey], quorum: 1)
      let cosigned = try log.head(newer).adding([line]).verify(by: policy).get()
      #expect(cosigned.cosignatures.map(\.time) == [1_000])
      #expect(try keptSize == TreeSize(UInt64(newer)))
    }
    #expect(disk.state.files.keys.count(where: { $0.hasSuffix(".fork") }) == 0)
  }

  @Test("another size than the kept one: 409 with the kept size; nothing changes")
  func otherSize() throws {
    #expect(try decide(0, 9).status == 200)
    for (older, newer) in [(0, 12), (5, 12), (0, 5), (5, 5), (12, 20), (0, 0)] {
      let decision = try decide(older, newer)
      #expect(decision == .otherSize(kept: 9), "\(older) to \(newer)")
      #expect(decision.reply.body == Array("9\n".utf8))
    }
    let request = try AddCheckpointRequest(olderSize: 9, hashes: [], checkpoint: log.head(5))
    let witness = try log.witness(on: disk)
    #expect(
      try witness.decide(request, signingWith: log.cosigner)
        == .sizesReversed(older: 9, newer: 5))
    #expect(try keptSize == 9)
  }

  @Test("unknown log 404, wrong signature 403, malformed 400")
  func refusals() throws {
    let witness = try log.witness(on: disk)
    let origin = try #require(CheckpointOrigin("stranger.example"))
    let stranger = try WatchedLog.signer("stranger.example", seed: 3)
    let foreign = try AddCheckpointRequest(
      olderSize: 0, hashes: [],
      checkpoint: stranger.sign(Checkpoint(origin: origin, size: 3, root: .zero)))
    #expect(
      try witness.decide(foreign, signingWith: log.cosigner) == .unknownLog(origin))
    let impostor = try WatchedLog.signer(WatchedLog.origin, seed: 3)
    let forged = try AddCheckpointRequest(
      olderSize: 0, hashes: [], checkpoint: log.head(3, by: impostor))
    #expect(try witness.decide(forged, signingWith: log.cosigner).status == 403)
    var body = try log.request(0, 3).encoded
    #expect(try witness.decide(body: body, signingWith: log.cosigner).status == 200)
    body[4] = UInt8(ascii: "x")
    #expect(try witness.decide(body: body, signingWith: log.cosigner).status == 400)
    #expect(try witness.decide(body: [], signingWith: log.cosigner).status == 400)
    #expect(disk.state.files.count == 1, "\(disk.state.files.keys)")
  }

  @Test("a fork is refused, and the evidence convinces whoever has the log's key")
  func forked() throws {
    #expect(try decide(0, 9).status == 200)
    for newer in [9, 12, 23] {
      guard case .forked(let evidence, let file) = try decide(9, newer, of: log.branch) else {
        Issue.record("the fork was not shown")
        continue
      }
      let name = try #require(file)
      let bytes = try #require(disk.state.files[name])
      let read = try ForkEvidence(parsing: bytes)
      #expect(read == evidence)
      let fork = try read.verify(by: [log.signer.verifierKey], with: log.hasher).get()
      #expect(fork.older.checkpoint.root != fork.newer.checkpoint.root)
      #expect(try decide(9, newer, of: log.branch).reply.status == (newer == 9 ? 409 : 422))
    }
    // Of one size no proof is needed: whatever size the request begins with.
    guard case .forked(_, let again) = try decide(7, 9, of: log.branch) else {
      Issue.record("the fork was not shown")
      return
    }
    #expect(again?.hasSuffix("-0.fork") == true)
    let files = try Witness(disk).evidenceFiles(against: log.origin)
    #expect(files.count == 3, "the same evidence is kept once")
    #expect(try keptSize == 9)
    #expect(try decide(9, 12).status == 200)
  }

  @Test("where the proof shows no fork, the request is kept; with the tree the fork is shown")
  func unproven() throws {
    #expect(try decide(0, 8).status == 200)
    guard case .unproven(_, let file) = try decide(8, 12, of: log.branch) else {
      Issue.record("8 is a power of two: the proof holds no other root")
      return
    }
    let kept = try AddCheckpointRequest(parsing: disk.state.files[file] ?? [])
    #expect(try kept == log.request(8, 12, of: log.branch))
    var reader = log.reader(log.branch)
    let decision = try log.witness(on: disk).decide(
      log.head(12, of: log.branch), reader: &reader, signingWith: log.cosigner)
    guard case .forked(let evidence, _) = decision else {
      Issue.record("the fork was not shown: \(decision)")
      return
    }
    #expect(throws: Never.self) {
      try evidence.verify(by: [log.signer.verifierKey], with: log.hasher).get()
    }
    // Rubbish for a proof, and a proof where there is nothing to prove.
    let rubbish = try AddCheckpointRequest(
      olderSize: 8, hashes: [.zero, .zero], checkpoint: log.head(12))
    let witness = try log.witness(on: disk)
    #expect(try witness.decide(rubbish, signingWith: log.cosigner).status == 422)
    let surplus = try AddCheckpointRequest(
      olderSize: 8, hashes: [.zero], checkpoint: log.head(8))
    #expect(try witness.decide(surplus, signingWith: log.cosigner).status == 422)
    let other = SimulatedDisk()
    let first = try AddCheckpointRequest(olderSize: 0, hashes: [.zero], checkpoint: log.head(8))
    #expect(try log.witness(on: other).decide(first, signingWith: log.cosigner).status == 422)
    #expect(try keptSize == 8)
  }

  @Test("evidence does not fill the disk")
  func bounded() throws {
    let long = try WatchedLog(partingAt: 6, count: 40)
    let witness = try long.witness(on: disk)
    #expect(try witness.decide(long.request(0, 7), signingWith: long.cosigner).status == 200)
    for newer in 8..<40 {
      let request = try long.request(7, newer, of: long.branch)
      #expect(try witness.decide(request, signingWith: long.cosigner).status == 422)
    }
    #expect(try witness.evidenceFiles(against: long.origin).count == 16)
  }

  @Test("with the tree at hand no size needs to be named")
  func byTree() throws {
    let witness = try log.witness(on: disk)
    var reader = log.reader()
    for size in [5, 5, 17, 24] {
      let decision = try witness.decide(
        log.head(size), reader: &reader, signingWith: log.cosigner)
      #expect(decision.status == 200)
    }
    let smaller = try witness.decide(log.head(9), reader: &reader, signingWith: log.cosigner)
    #expect(smaller == .otherSize(kept: 24))
    // A tree that is not the checkpoint's is no evidence.
    var wrong = log.reader(log.branch)
    let other = SimulatedDisk()
    let second = try log.witness(on: other)
    #expect(
      try second.decide(log.head(9), reader: &wrong, signingWith: log.cosigner).status == 200)
    let decision = try second.decide(
      log.head(17), reader: &wrong, signingWith: log.cosigner)
    #expect(decision.status == 422)
    #expect(try second.evidenceFiles(against: log.origin).isEmpty)
  }

  @Test("keys are believed and distrusted; what a former key signed stays the head")
  func keys() throws {
    #expect(try decide(0, 9).status == 200)
    let witness = try log.witness(on: disk)
    let next = try WatchedLog.signer(WatchedLog.origin, seed: 2)
    try witness.trust(next.verifierKey)
    #expect(try witness.distrust(log.signer.verifierKey) == [log.origin])
    let old = try log.request(9, 12)
    #expect(try witness.decide(old, signingWith: log.cosigner).status == 403)
    let rotated = try AddCheckpointRequest(
      olderSize: 9, hashes: old.hashes, checkpoint: log.head(12, by: next))
    #expect(try witness.decide(rotated, signingWith: log.cosigner).status == 200)
    #expect(try keptSize == 12)
    let record = try #require(try witness.records().first)
    #expect(record.keys == [next.verifierKey])
    #expect(record.formerKeys == [log.signer.verifierKey])
    #expect(throws: LedgerError.self) { try witness.trust(log.cosigner.verifierKey) }
  }

  @Test("a damaged file of the witness stops it, whatever bit it is")
  func damaged() throws {
    #expect(try decide(0, 5).status == 200)
    let files = disk.state.files
    let name = try #require(files.keys.first { $0.hasSuffix(".log") })
    let bytes = try #require(files[name])
    let request = try log.request(5, 9)
    var survived = 0
    for bit in stride(from: 0, to: bytes.count * 8, by: 3) {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      let damaged = SimulatedDisk(SimulatedState(files: [name: changed]))
      let outcome = Result { try Witness(damaged).decide(request, signingWith: log.cosigner) }
      // A digit of the key's number may change its case, and means the same.
      if case .success(let decision) = outcome {
        survived += 1
        #expect(decision.status == 200, "bit \(bit)")
      }
    }
    #expect(survived < 10)
    for count in 0..<bytes.count {
      let cut = SimulatedDisk(SimulatedState(files: [name: Array(bytes[..<count])]))
      #expect(throws: LedgerError.self) {
        try Witness(cut).decide(request, signingWith: log.cosigner)
      }
    }
  }

  @Test("threads at once: each step is cosigned once, and no two histories")
  func threads() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("provender-witness-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    _ = try log.witness(on: PosixDisk(folder))
    let cosigner = log.cosigner
    var history = [log.trunk, log.branch]
    var older = 0
    for newer in [8, 10, 11, 15, 24] {
      let requests = try (0..<16).map {
        try log.request(older, newer, of: history[$0 % history.count])
      }
      let decisions = try await withThrowingTaskGroup(of: WitnessDecision.self) { group in
        for request in requests {
          group.addTask {
            try Witness(directory: folder).decide(request, signingWith: cosigner)
          }
        }
        var all: [WitnessDecision] = []
        for try await decision in group { all.append(decision) }
        return all
      }
      #expect(decisions.map(\.status).sorted() == [200] + Array(repeating: 409, count: 15))
      for case .cosigned(_, let head) in decisions where history.count > 1 {
        let isTrunk = try head.checkpoint == log.head(newer).claim
        history = [isTrunk ? log.trunk : log.branch]
      }
      older = newer
    }
  }

  /// Anybody can add a line to a checkpoint on its way. One that claims to be by a key that the log
  /// takes later must not stand against the witness's own record then.
  @Test("a line that claims a later key does not spoil the record")
  func laterKey() throws {
    let later = try WatchedLog.signer(WatchedLog.origin, seed: 2)
    let head = try log.head(9)
    let wrong = try #require(log.head(8, by: later).note.signatures.first)
    let witness = try log.witness(on: disk)
    let request = try AddCheckpointRequest(
      olderSize: 0, hashes: [], checkpoint: head.adding([wrong]))
    #expect(try witness.decide(request, signingWith: log.cosigner).status == 200)
    try witness.trust(later.verifierKey)
    #expect(try keptSize == 9)
    #expect(try decide(9, 12).status == 200)
  }
}
