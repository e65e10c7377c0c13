/// A graph as plain as can be, to compare answers with.
struct PlainGraph: Sendable {
  var nodeCount: Int
  var edges: [Edge]

  struct Edge: Sendable {
    var from: UInt32
    var to: UInt32
    var quantity: UInt32
  }

  var sources: [UInt32] { edges.map(\.from) }
  var targets: [UInt32] { edges.map(\.to) }
  var quantities: [UInt32] { edges.map(\.quantity) }

  func reach(from node: UInt32, isForward: Bool) -> Set<UInt32> {
    reach(from: node, neighbours: neighbours(isForward: isForward))
  }

  /// The other ends of each node's edges.
  func neighbours(isForward: Bool) -> [[UInt32]] {
    var neighbours = [[UInt32]](repeating: [], count: nodeCount)
    for edge in edges {
      if isForward {
        neighbours[Int(edge.from)].append(edge.to)
      } else {
        neighbours[Int(edge.to)].append(edge.from)
      }
    }
    return neighbours
  }

  func reach(from node: UInt32, neighbours: [[UInt32]]) -> Set<UInt32> {
    var seen: Set<UInt32> = [node]
    var queue = [node]
    while let next = queue.popLast() {
      for end in neighbours[Int(next)] where seen.insert(end).inserted { queue.append(end) }
    }
    return seen
  }

  /// A graph of random edges.
  /// - Parameter ascending: whether every edge goes to a higher number.
  static func random(
    nodes: Int, edges: Int, ascending: Bool, seed: UInt64, window: Int = .max
  ) -> PlainGraph {
    var generator = SplitMix(state: seed)
    var graph = PlainGraph(nodeCount: nodes, edges: [])
    while graph.edges.count < edges {
      let first = Int.random(in: 0..<nodes, using: &generator)
      let reach = min(nodes, window == .max ? nodes : window)
      let second = (first + Int.random(in: 0..<reach, using: &generator)) % nodes
      if ascending && first == second { continue }
      let pair = ascending ? (min(first, second), max(first, second)) : (first, second)
      graph.edges.append(
        Edge(
          from: UInt32(pair.0), to: UInt32(pair.1),
          quantity: UInt32.random(in: 1...100, using: &generator)))
    }
    return graph
  }
}

/// A small generator with a seed, so that every run sees the same graphs.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}
