public import ProvenanceGraph

/// Answers many questions about what items reached or came from, with the kernels of a ``GraphSearch``
/// and scratch memory of its own.
///
/// One search serves one thread; any number of searches may share an index. Making one reads and checks
/// the graph of the index once, whole, so that questions need no checks.
public final class ReachSearch {
  /// The index that is searched.
  public let index: LedgerIndex
  let search: GraphSearch
  /// The item of each node; the number of items for transformations.
  let nodeItems: ScratchMemory<UInt32>
  /// A bit an item that is in the answer; one more for what is none, which is always set.
  private let seen: ScratchMemory<UInt64>

  /// Made for the first question about common sources.
  private(set) lazy var sources = SourceScratch(items: index.itemCount)

  /// A search over an index.
  /// - Throws: `IndexError` if the graph of the index is damaged.
  /// - Complexity: O(nodes + edges), at the speed of memory.
  public init(_ index: LedgerIndex) throws(IndexError) {
    self.index = index
    do throws(GraphSegmentError) {
      search = GraphSearch(try GraphSegment(checking: index.graph))
    } catch {
      throw IndexError("\(error)")
    }
    let items = UInt32(index.itemCount)
    let count = index.graph.nodeCount
    nodeItems = ScratchMemory(count: count + 1)
    for node in 0..<count {
      nodeItems.start[node] = index.item(ofNode: UInt32(node))?.raw ?? items
    }
    if let damage = index.damage { throw damage }
    seen = ScratchMemory(count: index.itemCount / 64 + 1)
    seen.start[Int(items >> 6)] |= 1 << UInt64(items & 63)
  }

  /// Everything that items can have reached (forward) or can have come from (backward), themselves
  /// included: the items of the conservative trace.
  ///
  /// - Complexity: O(reached links).
  public func reach(_ direction: GraphDirection, from seeds: [ItemNumber]) -> Reach {
    let starts = index.startNodes(of: seeds, direction)
    let numbers = search.withReach(from: starts, direction) { items(of: $0, seeds) }
    return Reach(index: index, direction: direction, numbers: numbers)
  }

  /// As ``reach(_:from:)`` from one item.
  public func reach(_ direction: GraphDirection, from seed: ItemNumber) -> Reach {
    guard index.hadContents(seed) else {
      let numbers = search.withReach(from: index.nodes(of: seed), direction) {
        items(of: $0, CollectionOfOne(seed))
      }
      return Reach(index: index, direction: direction, numbers: numbers)
    }
    return reach(direction, from: [seed])
  }

  /// The items of some nodes, each once, the seeds first.
  private func items(
    of nodes: UnsafeBufferPointer<UInt32>, _ seeds: some Collection<ItemNumber>
  ) -> [UInt32] {
    let nodeItems = nodeItems.start
    let seen = seen.start
    let limit = index.itemCount
    // One more than there are, as each is written before it is known to be new.
    let capacity = nodes.count + seeds.count + 1
    return [UInt32](unsafeUninitializedCapacity: capacity) { buffer, count in
      guard let items = buffer.baseAddress else { return }
      var end = 0
      func put(_ item: UInt32) {
        let word = seen[Int(item >> 6)]
        let bit: UInt64 = 1 << UInt64(item & 63)
        seen[Int(item >> 6)] = word | bit
        items[end] = item
        end &+= word & bit == 0 ? 1 : 0
      }
      for seed in seeds where Int(seed.raw) < limit { put(seed.raw) }
      for node in nodes { put(nodeItems[Int(node)]) }
      for place in 0..<end {
        let item = items[place]
        seen[Int(item >> 6)] &= ~(1 << UInt64(item & 63))
      }
      count = end
    }
  }
}
