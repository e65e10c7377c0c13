import ProvenanceGraph

/// An item that could explain some of several cases.
public struct CommonSource: Sendable, Hashable {
  /// The item.
  public let item: ItemNumber
  /// How many of the cases it stands upstream of, itself included.
  public let caseCount: Int
}

extension ReachSearch {
  /// The items that could explain several cases at once: everything that stands upstream of any of them
  /// in the conservative trace, with how many of them it stands upstream of.
  ///
  /// - Parameter cases: the items to explain, themselves among the answers; one that is named twice
  ///   counts twice, and more than 64 are taken in rounds.
  /// - Returns: the items, those that explain most first, then in order of first mention.
  /// - Complexity: O(links upstream) for each 64 cases, and O(n log n) in the answers.
  public func commonSources(of cases: [ItemNumber]) -> [CommonSource] {
    let cases = cases.filter { Int($0.raw) < index.itemCount }
    let scratch = sources
    let starts = cases.map { index.startNodes(of: [$0], .backward) }
    search.withReach(ofEach: starts, .backward) { _, nodes, sets in
      for (node, set) in zip(nodes, sets) { scratch.add(set, to: nodeItems.start[Int(node)]) }
      scratch.endRound()
    }
    return scratch.take(below: index.itemCount)
  }
}

/// The cases that each item explains, in scratch memory that is clean between questions.
final class SourceScratch {
  /// The cases of this round, a bit each.
  private let sets: ScratchMemory<UInt64>
  /// How many cases of earlier rounds.
  private let counts: ScratchMemory<UInt32>
  private var touched: [UInt32] = []
  private var found: [UInt32] = []

  /// - Parameter items: how many items there are; one more stands for what is none.
  init(items: Int) {
    sets = ScratchMemory(count: items + 1)
    counts = ScratchMemory(count: items + 1)
  }

  func add(_ set: UInt64, to item: UInt32) {
    if sets.start[Int(item)] == 0 { touched.append(item) }
    sets.start[Int(item)] |= set
  }

  func endRound() {
    for item in touched {
      if counts.start[Int(item)] == 0 { found.append(item) }
      counts.start[Int(item)] += UInt32(sets.start[Int(item)].nonzeroBitCount)
      sets.start[Int(item)] = 0
    }
    touched.removeAll(keepingCapacity: true)
  }

  /// What was found, those with most cases first, then in the order of items; all is clean then.
  func take(below limit: Int) -> [CommonSource] {
    // The complement of the count above the item: numbers in this order are the sources in theirs.
    var keys: [UInt64] = []
    keys.reserveCapacity(found.count)
    for item in found {
      let count = counts.start[Int(item)]
      counts.start[Int(item)] = 0
      if Int(item) < limit { keys.append(UInt64(~count) << 32 | UInt64(item)) }
    }
    found.removeAll(keepingCapacity: true)
    keys.sort()
    return keys.map { key in
      CommonSource(
        item: ItemNumber(UInt32(truncatingIfNeeded: key)), caseCount: Int(~UInt32(key >> 32)))
    }
  }
}
