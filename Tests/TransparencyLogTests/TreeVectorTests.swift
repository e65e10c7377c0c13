import Foundation
import Testing
import TransparencyLog

@Suite("Published tree vectors", .needsVectors)
struct TreeVectorTests {
  let hasher: SHA256Hasher

  init() throws {
    hasher = try SHA256Hasher()
  }

  struct KnownAnswers: Decodable {
    struct Inclusion: Decodable {
      let index: UInt64
      let size: UInt64
      let proof: [String]
    }
    struct Consistency: Decodable {
      let size1: UInt64
      let size2: UInt64
      let proof: [String]
    }
    let leafInputs: [String]
    let rootHashesBySize: [String]
    let nodeHashes: [[String]]
    let inclusion: [Inclusion]
    let consistency: [Consistency]
  }

  @Test("RFC 6962 known answers")
  func knownAnswers() throws {
    let known = try Vectors.decode(
      Data(try Vectors.bytes("rfc6962-kat.json")), as: KnownAnswers.self)
    let leaves = try known.leafInputs.map { hasher.leafHash(try Self.bytes(hex: $0)) }
    #expect(known.rootHashesBySize.count == leaves.count + 1)
    for (size, root) in known.rootHashesBySize.enumerated() {
      #expect(NaiveTree.root(leaves[..<size], hasher).hex == root)
      var frontier = MerkleFrontier()
      for leaf in leaves[..<size] { frontier.append(leaf, with: hasher) }
      #expect(frontier.root(with: hasher).hex == root)
    }
    for (level, row) in known.nodeHashes.enumerated() {
      for (place, node) in row.enumerated() {
        let first = place << level
        #expect(NaiveTree.root(leaves[first..<(first + (1 << level))], hasher).hex == node)
      }
    }
    var reader = MemoryReader(leaves: leaves, hasher: hasher)
    for row in known.inclusion {
      let proof = try InclusionProof.make(
        index: LeafIndex(row.index), size: TreeSize(row.size), reader: &reader, with: hasher)
      #expect(proof.hashes.map(\.hex) == row.proof)
    }
    for row in known.consistency {
      let proof = try ConsistencyProof.make(
        older: TreeSize(row.size1), newer: TreeSize(row.size2), reader: &reader, with: hasher)
      #expect(proof.hashes.map(\.hex) == row.proof)
    }
  }

  static func bytes(hex: String) throws -> [UInt8] {
    let digits = Array(hex)
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0...($0 + 1)]), radix: 16))
    }
  }

  struct RootRow: Decodable {
    let size: UInt64
    let root: String
  }

  @Test("roots")
  func roots() throws {
    let rows = try Vectors.rows("roots.jsonl", as: RootRow.self)
    var frontier = MerkleFrontier()
    for row in rows.sorted(by: { $0.size < $1.size }) {
      while frontier.size.rawValue < row.size {
        let data = Array("leaf-\(frontier.size.rawValue)".utf8)
        frontier.append(hasher.leafHash(data), with: hasher)
      }
      #expect(frontier.root(with: hasher).hex == row.root, "size \(row.size)")
    }
    #expect(rows.count == 52)
  }

  struct InclusionRow: Decodable {
    let index: UInt64
    let size: UInt64
    let leafHash: String
    let root: String
    let proof: [String]
    let ok: Bool
  }

  @Test("inclusion proofs and their mutations")
  func inclusion() throws {
    let rows = try Vectors.rows("inclusion.jsonl", as: InclusionRow.self)
    for row in rows {
      let proof = InclusionProof(
        index: LeafIndex(row.index), size: TreeSize(row.size),
        hashes: try row.proof.map(Vectors.hash))
      let verdict = proof.check(
        leaf: try Vectors.hash(row.leafHash), root: try Vectors.hash(row.root), with: hasher)
      #expect(verdict.isValid == row.ok, "\(row)")
    }
    #expect(rows.count == 300)
  }

  struct ConsistencyRow: Decodable {
    let size1: UInt64
    let size2: UInt64
    let root1: String
    let root2: String
    let proof: [String]
    let ok: Bool
  }

  @Test("consistency proofs and their mutations")
  func consistency() throws {
    let rows = try Vectors.rows("consistency.jsonl", as: ConsistencyRow.self)
    for row in rows {
      let proof = ConsistencyProof(
        older: TreeSize(row.size1), newer: TreeSize(row.size2),
        hashes: try row.proof.map(Vectors.hash))
      let verdict = proof.check(
        olderRoot: try Vectors.hash(row.root1), newerRoot: try Vectors.hash(row.root2),
        with: hasher)
      #expect(verdict.isValid == row.ok, "\(row)")
    }
    #expect(rows.count == 200)
  }
}
