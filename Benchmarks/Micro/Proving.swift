import Benchmark
import TransparencyLog

/// Proofs over a tree of a million and one leaves in memory; times are those of one proof.
func proofBenchmarks() {
  let thousand = Benchmark.Configuration(scalingFactor: .kilo)
  let place: @Sendable (Int) -> LeafIndex = { LeafIndex(UInt64($0) &* 7_919 % 1_000_001) }

  Benchmark("prove-inclusion-make", configuration: thousand) { benchmark, state in
    for number in benchmark.scaledIterations {
      blackHole(try state.tree.inclusion(place(number)))
    }
  } setup: {
    try ProofState()
  }

  Benchmark("prove-inclusion-check", configuration: thousand) { benchmark, state in
    for _ in benchmark.scaledIterations {
      blackHole(
        state.inclusion.check(leaf: state.leaf, root: state.root, with: state.tree.hasher))
    }
  } setup: {
    try ProofState()
  }

  Benchmark("prove-consistency-make", configuration: thousand) { benchmark, state in
    for number in benchmark.scaledIterations {
      blackHole(try state.tree.consistency(TreeSize(place(number).rawValue + 1)))
    }
  } setup: {
    try ProofState()
  }

  Benchmark("prove-consistency-check", configuration: thousand) { benchmark, state in
    for _ in benchmark.scaledIterations {
      blackHole(
        state.consistency.check(
          olderRoot: state.olderRoot, newerRoot: state.root, with: state.tree.hasher))
    }
  } setup: {
    try ProofState()
  }
}

/// A tree with a proof of each kind that holds.
struct ProofState {
  let tree: SampleTree
  let root: Hash
  let olderRoot: Hash
  let leaf: Hash
  let inclusion: InclusionProof
  let consistency: ConsistencyProof

  init() throws {
    tree = try SampleTree(leafCount: 1_000_001)
    let index = LeafIndex(345_678)
    root = try tree.root(of: tree.size)
    olderRoot = try tree.root(of: TreeSize(700_001))
    leaf = tree.leaf(index)
    inclusion = try tree.inclusion(index)
    consistency = try tree.consistency(TreeSize(700_001))
    guard inclusion.check(leaf: leaf, root: root, with: tree.hasher) == .valid,
      consistency.check(olderRoot: olderRoot, newerRoot: root, with: tree.hasher) == .valid
    else { throw SampleError("a proof does not hold") }
  }
}

/// A tree whose hashes are all in memory.
struct SampleTree {
  let hasher: SHA256Hasher
  let size: TreeSize
  private let reader: LevelReader

  init(leafCount: Int) throws {
    hasher = try SHA256Hasher()
    size = TreeSize(UInt64(leafCount))
    var level = (0..<leafCount).map { [hasher] number in
      withUnsafeBytes(of: UInt64(number)) { hasher.leafHash($0) }
    }
    var levels: [[Hash]] = []
    while !level.isEmpty {
      levels.append(level)
      level = (0..<level.count / 2).map { [hasher, level] number in
        hasher.nodeHash(level[2 * number], level[2 * number + 1])
      }
    }
    reader = LevelReader(levels: levels)
  }

  func leaf(_ index: LeafIndex) -> Hash { reader.levels[0][Int(index.rawValue)] }

  func root(of size: TreeSize) throws -> Hash {
    var reader = reader
    return try MerkleTree.root(of: size, reader: &reader, with: hasher)
  }

  func inclusion(_ index: LeafIndex) throws -> InclusionProof {
    var reader = reader
    return try .make(index: index, size: size, reader: &reader, with: hasher)
  }

  func consistency(_ older: TreeSize) throws -> ConsistencyProof {
    var reader = reader
    return try .make(older: older, newer: size, reader: &reader, with: hasher)
  }
}

/// Reads hashes of complete subtrees, level by level.
private struct LevelReader: HashReader {
  let levels: [[Hash]]

  func readHashes(at indexes: [StoredHashIndex]) -> [Hash] {
    indexes.map { levels[Int($0.level)][Int($0.offset)] }
  }
}
