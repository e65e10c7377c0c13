import LedgerStorage
import TransparencyLog

/// The roots that a tree had at the sizes of pinned checkpoints, as its leaves go by.
internal struct PinnedRoots {
  private var frontier = MerkleFrontier()
  private var sizes: [UInt64]
  private(set) var roots: [UInt64: Hash] = [:]

  init(sizes: [UInt64]) {
    self.sizes = Set(sizes).sorted(by: >)
    if self.sizes.last == 0 {
      roots[0] = .emptyTree
      self.sizes.removeLast()
    }
  }

  /// Takes in the hash of a leaf; `nil`, or one out of turn, ends what can be told.
  mutating func take(_ leaf: Hash?, at index: UInt64, with hasher: SHA256Hasher) {
    guard let next = sizes.last else { return }
    guard let leaf, index == frontier.size.rawValue else {
      sizes.removeAll()
      return
    }
    frontier.append(leaf, with: hasher)
    guard frontier.size.rawValue == next else { return }
    roots[next] = frontier.root(with: hasher)
    sizes.removeLast()
  }
}
