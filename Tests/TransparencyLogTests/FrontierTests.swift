import Testing
import TransparencyLog

@Suite("Merkle frontier")
struct FrontierTests {
  @Test("equals the recursive definition at every size up to 200")
  func recursion() throws {
    let hasher = try SHA256Hasher()
    let leaves = NaiveTree.leaves(200, hasher)
    var frontier = MerkleFrontier()
    #expect(frontier.root(with: hasher) == Hash.emptyTree)
    for count in 1...200 {
      frontier.append(leaves[count - 1], with: hasher)
      #expect(frontier.size == TreeSize(UInt64(count)))
      #expect(frontier.root(with: hasher) == NaiveTree.root(leaves[..<count], hasher))
      let resumed = try #require(MerkleFrontier(size: frontier.size, hashes: frontier.hashes))
      #expect(resumed == frontier)
    }
  }

  @Test("refuses to resume with a wrong number of hashes")
  func wrongCount() {
    #expect(MerkleFrontier(size: 5, hashes: [.zero]) == nil)
    #expect(MerkleFrontier(size: 0, hashes: [.zero]) == nil)
    #expect(MerkleFrontier(size: 4, hashes: [.zero, .zero]) == nil)
    let most = [Hash](repeating: .zero, count: 64)
    #expect(MerkleFrontier(size: TreeSize(.max), hashes: most) == nil)
    #expect(MerkleFrontier(size: 0, hashes: []) == MerkleFrontier())
  }
}
