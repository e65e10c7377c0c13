import Testing
import TransparencyLog

@Suite("Inclusion and consistency proofs")
struct ProofTests {
  static let sizeMax = 100

  let hasher: SHA256Hasher
  let leaves: [Hash]
  var reader: MemoryReader

  init() throws {
    hasher = try SHA256Hasher()
    leaves = NaiveTree.leaves(ProofTests.sizeMax, hasher)
    reader = MemoryReader(leaves: leaves, hasher: hasher)
  }

  private func roots() -> [Hash] {
    (0...ProofTests.sizeMax).map { NaiveTree.root(leaves[..<$0], hasher) }
  }

  @Test("roots at every past size")
  mutating func pastRoots() throws {
    for (count, expected) in roots().enumerated() {
      let size = TreeSize(UInt64(count))
      #expect(try MerkleTree.root(of: size, reader: &reader, with: hasher) == expected)
      let frontier = try MerkleTree.frontier(of: size, reader: &reader)
      #expect(frontier.root(with: hasher) == expected)
    }
  }

  @Test("every tree up to 100 leaves, every leaf: made, checked, mutated")
  mutating func inclusion() throws {
    let roots = roots()
    var checked = 0
    for count in 1...ProofTests.sizeMax {
      let size = TreeSize(UInt64(count))
      for place in 0..<count {
        let index = LeafIndex(UInt64(place))
        let proof = try InclusionProof.make(
          index: index, size: size, reader: &reader, with: hasher)
        #expect(proof.hashes == NaiveTree.path(place, leaves[..<count], hasher))
        #expect(proof.check(leaf: leaves[place], root: roots[count], with: hasher) == .valid)
        expectRejected(proof, leaf: leaves[place], other: place, roots: roots)
        checked += 1
      }
    }
    #expect(checked == 5050)
  }

  private func expectRejected(
    _ proof: InclusionProof, leaf: Hash, other: Int, roots: [Hash]
  ) {
    let root = roots[Int(proof.size.rawValue)]
    let surplus = proof.changed { $0.append(.zero) }
    #expect(
      surplus.check(leaf: leaf, root: root, with: hasher)
        == .invalid(.surplusHashes(count: proof.hashes.count + 1)))
    #expect(!proof.check(leaf: .zero, root: root, with: hasher).isValid)
    #expect(!proof.check(leaf: leaf, root: .zero, with: hasher).isValid)
    if !proof.hashes.isEmpty {
      let short = proof.changed { $0.removeLast() }
      #expect(
        short.check(leaf: leaf, root: root, with: hasher)
          == .invalid(.missingHashes(count: proof.hashes.count - 1)))
      for place in proof.hashes.indices {
        let flipped = proof.changed { $0[place] = $0[place].flipped(bit: place * 5 % 256) }
        #expect(!flipped.check(leaf: leaf, root: root, with: hasher).isValid)
      }
      // A node is no leaf: the domain bytes keep an inner hash from passing for one.
      let shifted = proof.changed { $0.removeFirst() }
      #expect(!shifted.check(leaf: leaf, root: root, with: hasher).isValid)
    }
    let elsewhere = InclusionProof(
      index: LeafIndex(proof.index.rawValue ^ 1), size: proof.size, hashes: proof.hashes)
    if elsewhere.index.rawValue < proof.size.rawValue {
      #expect(!elsewhere.check(leaf: leaf, root: root, with: hasher).isValid)
    }
    let beyond = InclusionProof(
      index: LeafIndex(proof.size.rawValue), size: proof.size, hashes: proof.hashes)
    #expect(
      beyond.check(leaf: leaf, root: root, with: hasher)
        == .invalid(.indexBeyondSize(beyond.index, beyond.size)))
  }

  @Test("every pair of sizes up to 100: made, checked, mutated")
  mutating func consistency() throws {
    let roots = roots()
    var checked = 0
    for newer in 1...ProofTests.sizeMax {
      for older in 1...newer {
        let proof = try ConsistencyProof.make(
          older: TreeSize(UInt64(older)), newer: TreeSize(UInt64(newer)),
          reader: &reader, with: hasher)
        #expect(proof.hashes == NaiveTree.subproof(older, leaves[..<newer], true, hasher))
        #expect(
          proof.check(olderRoot: roots[older], newerRoot: roots[newer], with: hasher) == .valid)
        expectRejected(proof, roots[older], roots[newer])
        checked += 1
      }
    }
    #expect(checked == 5050)
  }

  private func expectRejected(_ proof: ConsistencyProof, _ older: Hash, _ newer: Hash) {
    let surplus = proof.changed { $0.append(.zero) }
    #expect(
      surplus.check(olderRoot: older, newerRoot: newer, with: hasher)
        == .invalid(.surplusHashes(count: proof.hashes.count + 1)))
    #expect(!proof.check(olderRoot: .zero, newerRoot: newer, with: hasher).isValid)
    #expect(!proof.check(olderRoot: older, newerRoot: .zero, with: hasher).isValid)
    for place in proof.hashes.indices {
      let flipped = proof.changed { $0[place] = $0[place].flipped(bit: place * 5 % 256) }
      #expect(!flipped.check(olderRoot: older, newerRoot: newer, with: hasher).isValid)
    }
    if !proof.hashes.isEmpty {
      let short = proof.changed { $0.removeLast() }
      #expect(
        short.check(olderRoot: older, newerRoot: newer, with: hasher)
          == .invalid(.missingHashes(count: proof.hashes.count - 1)))
      #expect(!proof.check(olderRoot: newer, newerRoot: older, with: hasher).isValid)
      let reversed = ConsistencyProof(
        older: proof.newer, newer: proof.older, hashes: proof.hashes)
      #expect(
        reversed.check(olderRoot: newer, newerRoot: older, with: hasher)
          == .invalid(.sizesReversed(older: proof.newer, newer: proof.older)))
    }
  }

  /// RFC 9162 section 2.1.4 is about 0 < first < second; these are its edges.
  @Test("equal sizes and the empty tree")
  func edges() {
    let root = leaves[0]
    let equal = ConsistencyProof(older: 5, newer: 5, hashes: [])
    #expect(equal.check(olderRoot: root, newerRoot: root, with: hasher) == .valid)
    #expect(!equal.check(olderRoot: root, newerRoot: .zero, with: hasher).isValid)
    let empty = ConsistencyProof(older: 0, newer: 0, hashes: [])
    #expect(empty.check(olderRoot: .emptyTree, newerRoot: .emptyTree, with: hasher) == .valid)
    #expect(!empty.check(olderRoot: root, newerRoot: root, with: hasher).isValid)
    let fromEmpty = ConsistencyProof(older: 0, newer: 1, hashes: [])
    #expect(
      fromEmpty.check(olderRoot: .emptyTree, newerRoot: root, with: hasher)
        == .invalid(.emptyOlderTree))
  }

  @Test("sizes at the end of 64 bits neither trap nor hang")
  func hugeSizes() throws {
    let many = [Hash](repeating: .zero, count: 64)
    for index in [0, 1, 1 << 63, UInt64.max - 1] {
      let proof = InclusionProof(
        index: LeafIndex(index), size: TreeSize(.max), hashes: many)
      #expect(!proof.check(leaf: .zero, root: .zero, with: hasher).isValid)
      #expect(try InclusionProof.indexes(index: LeafIndex(index), size: TreeSize(.max)).count > 62)
    }
    for older in [1, 2, 3, 1 << 63, UInt64.max - 1] {
      let proof = ConsistencyProof(
        older: TreeSize(older), newer: TreeSize(.max), hashes: many)
      #expect(!proof.check(olderRoot: .zero, newerRoot: .zero, with: hasher).isValid)
      _ = try ConsistencyProof.indexes(older: TreeSize(older), newer: TreeSize(.max))
    }
    let tooLong = InclusionProof(
      index: 0, size: TreeSize(.max), hashes: many + [.zero])
    #expect(
      tooLong.check(leaf: .zero, root: .zero, with: hasher) == .invalid(.tooLong(count: 65)))
    let tooLongConsistency = ConsistencyProof(
      older: 1, newer: TreeSize(.max), hashes: many + [.zero])
    #expect(
      tooLongConsistency.check(olderRoot: .zero, newerRoot: .zero, with: hasher)
        == .invalid(.tooLong(count: 65)))
  }

  @Test("proofs that no tree has are refused")
  mutating func refused() {
    #expect(throws: ProofRequestError.indexBeyondSize(3, 3)) {
      try InclusionProof.indexes(index: 3, size: 3)
    }
    #expect(throws: ProofRequestError.sizesOutOfOrder(older: 0, newer: 3)) {
      try ConsistencyProof.indexes(older: 0, newer: 3)
    }
    #expect(throws: ProofRequestError.sizesOutOfOrder(older: 4, newer: 3)) {
      try ConsistencyProof.indexes(older: 4, newer: 3)
    }
    #expect(StoredHashIndex(level: 64, offset: 0) == nil)
    #expect(StoredHashIndex(level: 63, offset: 1) == nil)
    #expect(StoredHashIndex(level: 0, offset: .max) == nil)
    #expect(StoredHashIndex(level: 63, offset: 0) != nil)
  }

  /// CVE-2012-2459: where a lone last node is doubled, lists with repeated ends share a root. And
  /// where leaves and nodes share a domain, a node's children pass for one leaf.
  @Test("both Merkle collisions are rejected")
  func collisions() {
    let three = Array(leaves[..<3])
    let doubled = three + [three[2]]
    let root = NaiveTree.root(three[...], hasher)
    #expect(root != NaiveTree.root(doubled[...], hasher))
    let proof = InclusionProof(
      index: 3, size: 4, hashes: [three[2], hasher.nodeHash(three[0], three[1])])
    #expect(!proof.check(leaf: three[2], root: root, with: hasher).isValid)

    let children = leaves[0].bytes + leaves[1].bytes
    let pair = NaiveTree.root(leaves[..<2], hasher)
    #expect(hasher.leafHash(children) != pair)
    let posing = InclusionProof(index: 0, size: 1, hashes: [])
    #expect(!posing.check(leaf: hasher.leafHash(children), root: pair, with: hasher).isValid)
  }
}

extension Hash {
  func flipped(bit: Int) -> Hash {
    var bytes = bytes
    bytes[bit / 8] ^= 1 << (bit % 8)
    return Hash(bytes) ?? .zero
  }
}

extension InclusionProof {
  func changed(_ change: (inout [Hash]) -> Void) -> InclusionProof {
    var hashes = hashes
    change(&hashes)
    return InclusionProof(index: index, size: size, hashes: hashes)
  }
}

extension ConsistencyProof {
  func changed(_ change: (inout [Hash]) -> Void) -> ConsistencyProof {
    var hashes = hashes
    change(&hashes)
    return ConsistencyProof(older: older, newer: newer, hashes: hashes)
  }
}
