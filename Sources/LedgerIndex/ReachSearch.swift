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
  /// The only node of each item that has but one and was no unit; `several` for the others.
  let itemNodes: ScratchMemory<UInt32>
  /// A bit an item that is in the answer; one more for what is none, which is always set.
  private let seen: ScratchMemory<UInt64>
  /// The answer in the making, and one number more.
  private let answer: ScratchMemory<ItemNumber>

  /// Made for the first question about common sources.
  private(set) lazy var sources = SourceScratch(items: index.itemCount)
  /// The nodes that stand for each item, made for the first question whether a unit is reached.
  private(set) lazy var nodesByItem = groupNodes()

  /// Stands for no node, or more than one.
  static let several = UInt32.max

  /// A search over an index.
  /// - Throws: `IndexError` if the graph of the index is damaged.
  /// - Complexity: O(items + nodes + edges), at the speed of memory.
  public init(_ index: LedgerIndex) throws(IndexError) {
    self.index = index
    do throws(GraphSegmentError) {
      search = GraphSearch(try GraphSegment(checking: index.graph))
    } catch {
      throw IndexError("\(error)")
    }
    let items = index.itemCount
    let count = index.graph.nodeCount
    nodeItems = ScratchMemory(count: count + 1, isDense: true)
    for node in 0..<count {
      nodeItems.start[node] = index.item(ofNode: UInt32(node))?.raw ?? UInt32(items)
    }
    itemNodes = ScratchMemory(count: items + 1, isDense: true)
    for item in 0..<items {
      let number = ItemNumber(UInt32(item))
      let nodes = index.nodes(of: number)
      let isSingle = nodes.count == 1 && !index.hadContents(number)
      itemNodes.start[item] = isSingle ? nodes.lowerBound : Self.several
    }
    if let damage = index.damage { throw damage }
    seen = ScratchMemory(count: items / 64 + 1)
    seen.start[items >> 6] |= 1 << UInt64(items & 63)
    answer = ScratchMemory(count: items + 1)
  }

  /// Everything that items can have reached (forward) or can have come from (backward), themselves
  /// included: the items of the conservative trace.
  ///
  /// - Complexity: O(reached links).
  public func reach(_ direction: GraphDirection, from seeds: [ItemNumber]) -> Reach {
    Reach(index: index, direction: direction, numbers: Array(find(direction, from: seeds)))
  }

  /// As ``reach(_:from:)`` from one item.
  public func reach(_ direction: GraphDirection, from seed: ItemNumber) -> Reach {
    Reach(index: index, direction: direction, numbers: Array(find(direction, from: seed)))
  }

  /// As ``reach(_:from:)`` from one item, with an answer that is lent and costs no memory.
  ///
  /// - Parameter body: gets the items, which are gone when it returns or asks this search anything;
  ///   ``LedgerIndex/forEachURI(of:_:)`` gives their names.
  /// - Complexity: O(reached links).
  @inlinable
  public func withReach<Result>(
    _ direction: GraphDirection, from seed: ItemNumber,
    _ body: (UnsafeBufferPointer<ItemNumber>) throws -> Result
  ) rethrows -> Result {
    try body(find(direction, from: seed))
  }

  @usableFromInline
  func find(_ direction: GraphDirection, from seed: ItemNumber) -> UnsafeBufferPointer<ItemNumber> {
    guard Int(seed.raw) < index.itemCount else {
      return UnsafeBufferPointer(start: answer.start, count: 0)
    }
    let node = itemNodes.start[Int(seed.raw)]
    guard node != Self.several else { return find(direction, from: [seed]) }
    return search.withReach(from: node, direction) { items(of: $0, CollectionOfOne(seed)) }
  }

  private func find(
    _ direction: GraphDirection, from seeds: [ItemNumber]
  ) -> UnsafeBufferPointer<ItemNumber> {
    let starts = index.startNodes(of: seeds, direction)
    return search.withReach(from: starts, direction) { items(of: $0, seeds) }
  }

  /// The items of some nodes, each once, the seeds first.
  private func items(
    of nodes: UnsafeBufferPointer<UInt32>, _ seeds: some Collection<ItemNumber>
  ) -> UnsafeBufferPointer<ItemNumber> {
    let nodeItems = nodeItems.start
    let seen = seen.start
    let items = answer.start
    let limit = index.itemCount
    var end = 0
    func put(_ item: UInt32) {
      let word = seen[Int(item >> 6)]
      let bit: UInt64 = 1 << UInt64(item & 63)
      seen[Int(item >> 6)] = word | bit
      items[end] = ItemNumber(item)
      end &+= word & bit == 0 ? 1 : 0
    }
    for seed in seeds where Int(seed.raw) < limit { put(seed.raw) }
    for node in nodes { put(nodeItems[Int(node)]) }
    for place in 0..<end {
      let item = items[place].raw
      seen[Int(item >> 6)] &= ~(1 << UInt64(item & 63))
    }
    return UnsafeBufferPointer(start: items, count: end)
  }

  private func groupNodes() -> Grouping {
    var items = Column<UInt32>()
    for node in 0..<index.graph.nodeCount { items.append(nodeItems.start[node]) }
    return Grouping(items, below: index.itemCount)
  }
}
