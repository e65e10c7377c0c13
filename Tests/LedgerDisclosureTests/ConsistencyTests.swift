import LedgerDisclosure
import LedgerStorage
import LedgerTestSupport
import Testing
import TransparencyLog

@Suite struct ConsistencyTests {
  private static func log() throws -> HandLog {
    let log = try HandLog()
    try log.establish()
    for number in 0..<5 { try log.addEvent("event \(number)") }
    return log
  }

  @Test func everyPairOfSizesIsProven() throws {
    let log = try Self.log()
    for newer in 2...log.size.rawValue {
      for older in 2...newer {
        let made = try log.consistency(log.sign(TreeSize(older)), log.sign(TreeSize(newer)))
        let read = try ConsistencyEvidence(parsing: made.encoded())
        #expect(read == made)
        let checked = try log.policy().check(read, with: log.hasher).get()
        #expect(checked.older.checkpoint.size.rawValue == older && !checked.isPinned)
      }
    }
  }

  @Test func theKeptCheckpointIsTheOneInTheFile() throws {
    let log = try Self.log()
    let (older, newer) = (try log.sign(3), try log.sign())
    let evidence = try log.consistency(older, newer)
    let policy = log.policy()
    #expect(try policy.check(evidence, pinned: older, with: log.hasher).get().isPinned)
    let other = policy.check(evidence, pinned: try log.sign(4), with: log.hasher)
    #expect(other.rejection == .otherCheckpoint)
  }

  @Test func aRewrittenLogIsRejected() throws {
    let log = try Self.log()
    let older = try log.sign(4)
    let fork = try HandLog()
    try fork.establish()
    for number in 0..<5 { try fork.addEvent("event \(number) rewritten") }
    let honest = try log.consistency(older, log.sign())
    // The newer note is of another tree, signed by the same key.
    var forged = honest
    let origin = try #require(CheckpointOrigin(HandLog.name))
    var reader = LeafReader(leaves: fork.leaves, hasher: fork.hasher)
    let root = try MerkleTree.root(of: fork.size, reader: &reader, with: fork.hasher)
    forged.newer = try log.keys[0].sign(Checkpoint(origin: origin, size: fork.size, root: root))
    forged.keys = KeyEvidence()
    guard case .consistency? = log.policy().check(forged, with: log.hasher).rejection else {
      Issue.record("the fork was not seen")
      return
    }
  }

  @Test func noChangedByteIsAccepted() throws {
    let log = try Self.log()
    let file = try log.consistency(log.sign(3), log.sign()).encoded()
    for place in file.indices {
      for change in [UInt8(1), 0x20] {
        var bytes = file
        bytes[place] ^= change
        #expect(!Self.isAccepted(bytes, log), "byte \(place) ^ \(change)")
      }
      #expect(!Self.isAccepted(Array(file[..<place]), log), "cut at \(place)")
    }
    #expect(Self.isAccepted(file, log))
  }

  private static func isAccepted(_ bytes: [UInt8], _ log: HandLog) -> Bool {
    guard let evidence = try? ConsistencyEvidence(parsing: bytes) else { return false }
    return log.policy().check(evidence, with: log.hasher).rejection == nil
  }
}
